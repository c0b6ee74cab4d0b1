"""How many comments come in ten minutes, how many are usual, and when a site is being flooded.

Each comment is counted while it is taken, in a table that all server processes share, and the answer follows from the
table alone: so they agree on it however long the queue of events is, and a flood is over by itself half an hour after
its last wave.

What is usual is what the busiest moments of three different days of the last two weeks had: an article that is much
talked about does not look like a flood to a site that has such, and a flood of one night does not make the next one
usual. Moments of a flood count only if seven days had them: then it is no flood but the site's new size. What a flood
does is harmless where it is none: proofs of work take a second longer, and writers whom the site does not know wait for
a moderator.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Row, delete, select, update

from embedcomments.api import Action, Draft, EmbedCommentsError, PluginContext, Subject, Tables
from embedcomments_spam.filter import FRESH
from embedcomments_spam.rules import Finding
from embedcomments_spam.tables import insert_into, pace

AUTOMATIC, ON, OFF = "automatic", "on", "off"
SLOT_S = 600
LAST_SLOTS = 3
REMEMBERED = timedelta(days=14)
# Fewer than so many in ten minutes are read in no time, whatever is usual.
LEAST = 30
TIMES_THE_USUAL = 4
# On so many different days there was as much as is called usual, or more; of floods on so many.
USUAL_DAYS, FLOODED_DAYS = 3, 7
_SLOTS_A_DAY = 86_400 // SLOT_S
REASON = "Very many comments come just now; until that is over, writers whom this site does not know wait."

_MAIL = """\
{site} is being flooded: {written} comments came within ten minutes, where the busiest moments have {usual}.

Until it is over, writers whom the site does not know wait for a moderator, and proofs of work are harder. That ends by
itself half an hour after the last wave. How it stands: {url}/admin/{site}/spam/
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """Comments in ten minutes. ``last``: of the present slot and the two before it, the present one first.
    ``usual``: see USUAL_DAYS. ``limit``: from here on it is a flood. ``limited``: what was held in the last day for
    the pace or its sender's."""

    last: tuple[int, ...] = (0,) * LAST_SLOTS
    usual: int = 0
    limited: int = 0

    @property
    def limit(self) -> int:
        """So many in one slot are too many."""
        return max(LEAST, TIMES_THE_USUAL * self.usual)

    @property
    def is_flood(self) -> bool:
        """Whether one of the last slots had too many."""
        return max(self.last) >= self.limit


def is_flooded(ctx: PluginContext) -> bool:
    """Whether the site is being flooded, by what is counted or by what its owner says."""
    choice = ctx.settings["under_attack"]
    if choice != AUTOMATIC:
        return bool(choice == ON)
    return pace_of(ctx).is_flood


def pace_of(ctx: PluginContext) -> Pace:
    """The site's pace, at most five seconds old."""
    now = ctx.now()
    with _lock:
        kept = _kept.get(ctx.tables)
    if kept is None or not kept[0] <= now < kept[0] + FRESH:
        kept = (now, _read(ctx.tables, ctx.site.id, now))
        with _lock:
            _kept[ctx.tables] = kept
    return kept[1]


def newcomer(ctx: PluginContext, draft: Draft) -> Finding | None:
    """While the site is flooded, hold who has no published comment on it. Mentions are limited by their own plugin."""
    if draft.link is not None or draft.published_before or not is_flooded(ctx):
        return None
    return Finding(action=Action.HOLD, score=0.4, reason=REASON)


def is_counted(draft: Draft) -> bool:
    """Whether it is a new comment of a reader: edits and mentions are no part of the pace."""
    return draft.previous is None and draft.link is None


def count(connection: Connection, site_id: int, slot: int, limited: bool) -> int:
    """Count a comment that is being taken; how many the slot has with it."""
    more = int(limited)
    insert = insert_into(connection, pace).values(site_id=site_id, slot=slot, written=1, limited=more)
    insert = insert.on_conflict_do_update(
        index_elements=["site_id", "slot"],
        set_={"written": pace.c.written + 1, "limited": pace.c.limited + more},
    )
    return int(connection.execute(insert.returning(pace.c.written)).scalar_one())


def notice(ctx: PluginContext, at: datetime, written: int) -> None:
    """Take what the slot of ``at`` has by now into account at once, and tell of a flood that begins with it."""
    known = pace_of(ctx)
    slot = slot_of(at)
    if slot == slot_of(ctx.now()):
        known = replace(known, last=(max(written, known.last[0]), *known.last[1:]))
        with _lock:
            read_at, _ = _kept.get(ctx.tables, (ctx.now(), known))
            _kept[ctx.tables] = (read_at, known)
    # Who decides it by hand need not be told.
    if ctx.settings["under_attack"] == AUTOMATIC and written >= known.limit:
        _begin(ctx, slot, written, known.usual)


def _begin(ctx: PluginContext, slot: int, written: int, usual: int) -> None:
    """Note that the slot is flooded; the first to do so says it in the record, unless the flood is an earlier one."""
    with _lock:
        if _flooded.get(ctx.tables) == slot:
            return

    def work(connection: Connection) -> bool:
        here = pace.c.site_id == ctx.site.id
        marked = update(pace).where(here, pace.c.slot == slot, pace.c.flooded.is_(False)).values(flooded=True)
        if connection.execute(marked.returning(pace.c.slot)).first() is None:
            return False
        before = select(pace.c.slot).where(here, pace.c.slot.between(slot - LAST_SLOTS + 1, slot - 1), pace.c.flooded)
        return connection.execute(before.limit(1)).first() is None

    begins = ctx.tables.write(work)
    with _lock:
        _flooded[ctx.tables] = slot
    if begins:
        subject = Subject(kind="site", id=ctx.site.name)
        ctx.audit.record("flood", subject, after={"written": written, "usual": usual})
        _mail(ctx, written, usual)


def _mail(ctx: PluginContext, written: int, usual: int) -> None:
    """Tell of it those whom the site names; the comment that began it must not fail for that."""
    if not ctx.mail.is_set_up:
        return
    text = _MAIL.format(site=ctx.site.name, written=written, usual=usual, url=ctx.public_url)
    for address in addresses_in(ctx.settings["flood_mail_to"]):
        try:
            ctx.mail.send(address, f"Very many comments on {ctx.site.name}", text)
        except EmbedCommentsError:
            ctx.log.exception("The mail about a flood could not be sent.")


def addresses_in(listed: str) -> list[str]:
    """The e-mail addresses of a setting, with commas or lines between them."""
    return listed.replace(",", " ").split()


def slot_of(at: datetime) -> int:
    """The ten minutes in which that moment lies, counted since 1970."""
    return int(at.timestamp()) // SLOT_S


def forget_old(connection: Connection, site_id: int, now: datetime) -> None:
    """Remove what counts no more."""
    connection.execute(delete(pace).where(pace.c.site_id == site_id, pace.c.slot < slot_of(now - REMEMBERED)))


_kept: WeakKeyDictionary[Tables, tuple[datetime, Pace]] = WeakKeyDictionary()
# The slot of which this process knows that it is noted as flooded.
_flooded: WeakKeyDictionary[Tables, int] = WeakKeyDictionary()
_lock = threading.Lock()


def _read(tables: Tables, site_id: int, now: datetime) -> Pace:
    slot = slot_of(now)
    query = select(pace).where(pace.c.site_id == site_id, pace.c.slot >= slot_of(now - REMEMBERED), pace.c.slot <= slot)
    with tables.read() as connection:
        rows = connection.execute(query).all()  # one for each ten minutes of two weeks at the most
    written = {row.slot: row.written for row in rows}
    before = [row for row in rows if row.slot <= slot - LAST_SLOTS]
    peaceful = _on_days([row for row in before if not row.flooded], USUAL_DAYS)
    return Pace(
        last=tuple(written.get(slot - back, 0) for back in range(LAST_SLOTS)),
        usual=max(peaceful, _on_days(before, FLOODED_DAYS)),
        limited=sum(row.limited for row in rows if row.slot > slot - _SLOTS_A_DAY),
    )


def _on_days(rows: Sequence[Row[Any]], days: int) -> int:
    """What one slot had, or more, on so many different days."""
    most: dict[int, int] = {}
    for row in rows:
        day = row.slot // _SLOTS_A_DAY
        most[day] = max(most.get(day, 0), row.written)
    return sorted(most.values(), reverse=True)[days - 1] if len(most) >= days else 0
