"""A comment is counted while it is taken: its site's pace and its senders', in one transaction."""

from __future__ import annotations

from sqlalchemy import Connection

from embedcomments.api import Draft, PluginContext
from embedcomments_spam import pace, senders
from embedcomments_spam.rules import Finding, is_trusted


def limits(ctx: PluginContext, draft: Draft) -> list[Finding]:
    """Count the comment, and find what is too much. Trusted writers are counted and not limited."""
    waits = None if is_trusted(draft, ctx.settings) else pace.newcomer(ctx, draft)
    too_many: Finding | None = None
    marks = senders.marks_of(ctx, draft)
    if pace.is_counted(draft) and (marks or ctx.settings["under_attack"] != pace.OFF):

        def work(connection: Connection) -> tuple[Finding | None, int]:
            times = senders.count(connection, ctx.site.id, marks, draft.submitted_at)
            found = None if is_trusted(draft, ctx.settings) else senders.too_many(marks, times)
            limited = waits is not None or found is not None
            return found, pace.count(connection, ctx.site.id, pace.slot_of(draft.submitted_at), limited)

        too_many, written = ctx.tables.write(work)
        pace.notice(ctx, draft.submitted_at, written)
    return [finding for finding in (waits, too_many) if finding is not None]
