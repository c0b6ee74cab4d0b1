"""How much one address, one writer and one thread had within ten minutes.

Counted while a comment is taken, in a table that all server processes share. What stands there are keyed hashes of the
site (of IPv6 addresses the /64 that one subscriber has), and all of it is forgotten within the hour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from embedcomments.api import Action, Draft, PluginContext
from embedcomments_spam.pace import SLOT_S, slot_of
from embedcomments_spam.rules import Finding
from embedcomments_spam.tables import insert_into, sent

_WITHOUT_DOUBT = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """One whose comments are counted. ``name``: of its row; ``whose``: in words; ``allowed``: in ten minutes."""

    name: str
    whose: str
    allowed: int


def marks_of(ctx: PluginContext, draft: Draft) -> Sequence[Mark]:
    """By whom and where it was written, as far as the site limits that."""
    settings = ctx.settings
    found = []
    if draft.sender is not None and (allowed := settings["max_from_address"]):  # a keyed hash as it is
        found.append(Mark(name=f"a{draft.sender.address}", whose="This Internet address", allowed=allowed))
    if draft.identity_id is not None and (allowed := settings["max_from_writer"]):
        name = ctx.fingerprint(f"spam: writer {draft.identity_id}")
        found.append(Mark(name=f"w{name}", whose="This writer", allowed=allowed))
    if allowed := settings["max_in_thread"]:
        name = ctx.fingerprint(f"spam: thread {draft.thread.key}")
        found.append(Mark(name=f"t{name}", whose="This discussion", allowed=allowed))
    return found


def count(connection: Connection, site_id: int, marks: Sequence[Mark], at: datetime) -> Mapping[str, int]:
    """Count a comment of these; how many each had within ten minutes before it, by name. Of the slot before the
    present one as much counts as these reach into it."""
    if not marks:
        return {}
    slot = slot_of(at)
    names = sorted(mark.name for mark in marks)  # always in one order, so that two processes never wait for each other
    rows = [{"site_id": site_id, "slot": slot, "mark": name, "written": 1} for name in names]
    insert = insert_into(connection, sent).values(rows)
    insert = insert.on_conflict_do_update(
        index_elements=["site_id", "slot", "mark"], set_={"written": sent.c.written + 1}
    )
    written = {row.mark: row.written for row in connection.execute(insert.returning(sent.c.mark, sent.c.written))}
    query = select(sent.c.mark, sent.c.written).where(
        sent.c.site_id == site_id, sent.c.slot == slot - 1, sent.c.mark.in_(names)
    )
    earlier = {row.mark: row.written for row in connection.execute(query)}
    share = 1 - at.timestamp() % SLOT_S / SLOT_S
    return {name: written[name] - 1 + int(share * earlier.get(name, 0)) for name in names}


def too_many(marks: Sequence[Mark], times: Mapping[str, int]) -> Finding | None:
    """Hold what is too much of one address, of one writer or in one thread."""
    for mark in marks:
        had = times[mark.name]
        if had >= mark.allowed:
            score = 0.8 if had >= _WITHOUT_DOUBT * mark.allowed else 0.5
            reason = f"{mark.whose} had {had} comments within ten minutes; {mark.allowed} are let through."
            return Finding(action=Action.HOLD, score=score, reason=reason)
    return None


def forget_old(connection: Connection, site_id: int, now: datetime) -> None:
    """Remove what counts no more."""
    connection.execute(delete(sent).where(sent.c.site_id == site_id, sent.c.slot < slot_of(now) - 1))
