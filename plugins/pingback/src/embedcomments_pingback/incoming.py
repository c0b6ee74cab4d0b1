"""What was told to us: one row for each kind, source and page, from the first word of it to what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, or_, select, update

from embedcomments.api import CommentKind, PluginContext
from embedcomments_pingback.addresses import host_of
from embedcomments_pingback.moments import fingerprint, seconds
from embedcomments_pingback.rows import put
from embedcomments_pingback.tables import received

WAITING, TAKEN, REFUSED, GONE = "waiting", "taken", "refused", "gone"
FAILED, GIVEN_UP = "failed", "given-up"  # it could not be reached, and will be tried again or not
KEPT_S = 180 * 86_400


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A link that somebody told us of. ``source`` and ``target`` are URLs, ``key`` is the target's thread."""

    kind: CommentKind
    source: str
    target: str
    key: str

    @property
    def pair(self) -> str:
        """The name of its row."""
        return fingerprint(self.kind.value, self.source, self.key)


def find(connection: Connection, site_id: int, pair: str) -> Row[Any] | None:
    """The row of a pair, or None."""
    return connection.execute(
        select(received).where(received.c.site_id == site_id, received.c.pair == pair)
    ).one_or_none()


def waiting(connection: Connection, site_id: int) -> int:
    """How many checks are to be made."""
    return connection.execute(
        select(func.count()).where(received.c.site_id == site_id, received.c.state == WAITING)
    ).scalar_one()


def of_host(connection: Connection, site_id: int, host: str, since: int, *, but: str) -> int:
    """How many links of a host were told since then, whatever came of them, one pair left out."""
    return connection.execute(
        select(func.count()).where(
            received.c.site_id == site_id,
            received.c.host == host,
            received.c.told_at > since,
            received.c.pair != but,
        )
    ).scalar_one()


def tell(connection: Connection, site_id: int, told: Told, *, now: int, due: int) -> None:
    """Note that the pair was told and will be checked at ``due``."""
    key = {"site_id": site_id, "pair": told.pair}
    first = {
        "kind": told.kind.value,
        "source": told.source,
        "host": host_of(told.source),
        "type": "",
        "comment_id": None,
    }
    always = {"state": WAITING, "detail": "", "told_at": now, "due_at": due, "target": told.target}
    put(connection, received, key, first, always)


def settle(ctx: PluginContext, pair: str, state: str, detail: str = "", **values: Any) -> None:
    """Note what came of it."""
    query = update(received).where(received.c.site_id == ctx.site.id, received.c.pair == pair)
    ctx.tables.write(lambda c: c.execute(query.values(state=state, detail=detail[:500], **values)))


def types_of(ctx: PluginContext, pairs: Mapping[str, str]) -> Mapping[str, str]:
    """What each mention does with the page, by comment id; those that were never checked here are absent.

    ``pairs``: of the comments, by their ids. A comment is known by its pair until its check is over, and by its id
    also when its thread has moved to another page.
    """
    if not pairs:
        return {}
    query = select(received.c.pair, received.c.comment_id, received.c.type).where(
        received.c.site_id == ctx.site.id,
        or_(received.c.pair.in_(list(pairs.values())), received.c.comment_id.in_(list(pairs))),
        received.c.type != "",
    )
    with ctx.tables.read() as connection:
        rows = connection.execute(query).all()
    by_pair = {row.pair: row.type for row in rows}
    found = {comment_id: by_pair[pair] for comment_id, pair in pairs.items() if pair in by_pair}
    return found | {row.comment_id: row.type for row in rows if row.comment_id in pairs}


def newest(ctx: PluginContext, limit: int) -> Sequence[Row[Any]]:
    """What was told last, the newest first."""
    query = select(received).where(received.c.site_id == ctx.site.id).order_by(received.c.told_at.desc())
    with ctx.tables.read() as connection:
        return connection.execute(query.limit(limit)).all()


def forget_old(ctx: PluginContext) -> None:
    """Drop what came to nothing half a year ago."""
    before = seconds(ctx.now()) - KEPT_S
    query = delete(received).where(
        received.c.site_id == ctx.site.id,
        received.c.told_at < before,
        received.c.state.in_([REFUSED, GONE, FAILED, GIVEN_UP]),
    )
    ctx.tables.write(lambda c: c.execute(query))
