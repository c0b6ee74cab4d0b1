"""What every post is compared with, kept in memory: a post must not pay for questions to the database."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Row, or_, select

from embedcomments.api import PluginContext, Tables
from embedcomments_moderation.tables import ban, milliseconds, moment, person

# What another process changed is known here after this long; what this one changed, at once.
FRESH = timedelta(seconds=5)

IDENTITY, EMAIL, ADDRESS, NETWORK = "identity", "email", "address", "network"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ban:
    """A ban. ``kind`` and ``mark`` say of whom (see tables.py), ``label`` what moderators call them. ``reason`` is told
    to the writer, unless ``is_shadow``. ``ends_at`` None: for good."""

    id: int
    kind: str
    mark: str
    label: str
    reason: str
    is_shadow: bool
    comment_id: str | None
    created_at: datetime
    created_by: str
    ends_at: datetime | None

    def holds_at(self, now: datetime) -> bool:
        """Whether it is still in force."""
        return self.ends_at is None or now < self.ends_at


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """``bans`` by kind and mark; ``ranges``: the (version, bits) of the networks among them that were typed in;
    ``people``: the names of known writers by identity."""

    read_at: datetime
    bans: Mapping[tuple[str, str], Ban]
    ranges: frozenset[tuple[int, int]]
    people: Mapping[str, str]
    moderators: Sequence[str]


_kept: WeakKeyDictionary[Tables, Kept] = WeakKeyDictionary()
_lock = threading.Lock()


def kept_of(ctx: PluginContext) -> Kept:
    """As it was at most five seconds ago."""
    now = ctx.now()
    with _lock:
        kept = _kept.get(ctx.tables)
    if kept is None or not kept.read_at <= now < kept.read_at + FRESH:
        kept = _read(ctx, now)
        with _lock:
            _kept[ctx.tables] = kept
    return kept


def forget_kept(ctx: PluginContext) -> None:
    """Read it anew when it is next asked for: something was changed."""
    with _lock:
        _kept.pop(ctx.tables, None)


def ban_of(row: Row[tuple[object, ...]]) -> Ban:
    """A row of the table."""
    return Ban(
        id=row.id, kind=row.kind, mark=row.mark, label=row.label, reason=row.reason, is_shadow=row.is_shadow,
        comment_id=row.comment_id, created_at=moment(row.created_at), created_by=row.created_by,
        ends_at=None if row.ends_at is None else moment(row.ends_at),
    )  # fmt: skip


def _read(ctx: PluginContext, now: datetime) -> Kept:
    in_force = or_(ban.c.ends_at.is_(None), ban.c.ends_at > milliseconds(now))
    with ctx.tables.read() as connection:
        rows = connection.execute(select(ban).where(ban.c.site_id == ctx.site.id, in_force)).all()
        known = connection.execute(select(person).where(person.c.site_id == ctx.site.id)).all()
    return Kept(
        read_at=now,
        bans={(row.kind, row.mark): ban_of(row) for row in rows},
        ranges=frozenset((row.version, row.prefix) for row in rows if row.prefix is not None),
        people={row.identity_id: row.name for row in known},
        moderators=tuple(ctx.moderators()),
    )
