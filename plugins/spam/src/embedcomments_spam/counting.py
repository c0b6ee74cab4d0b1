"""A comment is counted while it is taken: its site's pace, its senders', and its text, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from embedcomments.api import Draft, PluginContext
from embedcomments_spam import near, pace, repeats, senders
from embedcomments_spam.rules import Finding, is_trusted


@dataclass(frozen=True, kw_only=True, slots=True)
class _Counted:
    too_many: Finding | None = None
    written: int | None = None
    repeats: int = 0


def limits(ctx: PluginContext, draft: Draft) -> list[Finding]:
    """Count the comment, and find what is too much. Trusted writers are counted and not limited."""
    is_known = is_trusted(draft, ctx.settings)
    waits = None if is_known else pace.newcomer(ctx, draft)
    marks = senders.marks_of(ctx, draft)
    is_counted = pace.is_counted(draft) and bool(marks or ctx.settings["under_attack"] != pace.OFF)
    same = None if is_known else repeats.fingerprint_of(ctx, draft)
    looked = None if is_known else near.look(ctx, draft)

    def work(connection: Connection) -> _Counted:
        too_many, written = None, None
        if is_counted:
            times = senders.count(connection, ctx.site.id, marks, draft.submitted_at)
            too_many = None if is_known else senders.too_many(marks, times)
            limited = waits is not None or too_many is not None
            written = pace.count(connection, ctx.site.id, pace.slot_of(draft.submitted_at), limited)
        if looked is not None:
            near.note(connection, looked)
        repeated = 0 if same is None else repeats.count(connection, same, draft)
        return _Counted(too_many=too_many, written=written, repeats=repeated)

    has_to_write = is_counted or same is not None or (looked is not None and looked.row is not None)
    counted = ctx.tables.write(work) if has_to_write else _Counted()
    if counted.written is not None:
        pace.notice(ctx, draft.submitted_at, counted.written)
    found = [waits, counted.too_many]
    if same is not None:
        found.append(repeats.too_often(counted.repeats, ctx.settings["max_repeats"]))
    if looked is not None:
        near.noted(ctx, looked)
        found.append(near.too_often(looked.times, ctx.settings["max_near_repeats"]))
    return [finding for finding in found if finding is not None]
