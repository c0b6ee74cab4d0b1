"""The rows of pages of ours that were looked at, and of whom we told of their links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from embedcomments.api import PluginContext
from embedcomments_pingback.addresses import host_of
from embedcomments_pingback.moments import fingerprint, seconds
from embedcomments_pingback.rows import add, put
from embedcomments_pingback.tables import page, sent

WAITING, SENT, NONE, REFUSED = "waiting", "sent", "none", "refused"
FAILED, GIVEN_UP = "failed", "given-up"  # it could not be reached, and will be tried again or not
KEPT_S = 400 * 86_400
_AT_ONCE = 500  # parameters of a query


def known_page(connection: Connection, site_id: int, url: str) -> Row[Any] | None:
    """The row of a page, or None."""
    return connection.execute(
        select(page).where(page.c.site_id == site_id, page.c.page == fingerprint(url))
    ).one_or_none()


def changes_of(connection: Connection, site_id: int, urls: Sequence[str]) -> dict[str, str]:
    """What the feed said of the change of each page, by URL; pages that are not known are absent."""
    found: dict[str, str] = {}
    for start in range(0, len(urls), _AT_ONCE):
        prints = [fingerprint(url) for url in urls[start : start + _AT_ONCE]]
        query = select(page.c.url, page.c.changed).where(page.c.site_id == site_id, page.c.page.in_(prints))
        found |= {row.url: row.changed for row in connection.execute(query)}
    return found


def add_page(connection: Connection, site_id: int, url: str, why: str, now: int) -> bool:
    """Note a page; False when it is known."""
    values = {
        "site_id": site_id,
        "page": fingerprint(url),
        "url": url,
        "why": why,
        "state": WAITING,
        "detail": "",
        "digest": "",
        "changed": "",
        "seen_at": now,
    }
    return add(connection, page, values)


def pages_since(connection: Connection, site_id: int, why: str, since: int) -> int:
    """How many pages were first seen since then for that reason."""
    return connection.execute(
        select(func.count()).where(page.c.site_id == site_id, page.c.why == why, page.c.seen_at > since)
    ).scalar_one()


def save_page(connection: Connection, site_id: int, url: str, **values: Any) -> None:
    """Change a page's row."""
    connection.execute(update(page).where(page.c.site_id == site_id, page.c.page == fingerprint(url)).values(**values))


def targets_of(connection: Connection, site_id: int, url: str) -> dict[str, Row[Any]]:
    """Whom the page's links were, by the linked URL."""
    rows = connection.execute(select(sent).where(sent.c.site_id == site_id, sent.c.page == fingerprint(url)))
    return {row.target: row for row in rows}


def expect(connection: Connection, site_id: int, source: str, target: str, *, linked: bool) -> None:
    """Note that a target will be told: of the link, or that it is gone."""
    key = {"site_id": site_id, "pair": fingerprint(source, target)}
    first = {
        "page": fingerprint(source),
        "source": source,
        "target": target,
        "host": host_of(target),
        "protocol": "",
        "endpoint": "",
        "detail": "",
        "sent_at": 0,
    }
    put(connection, sent, key, first, {"linked": linked, "state": WAITING, "attempts": 0})


def delivery(connection: Connection, site_id: int, source: str, target: str) -> Row[Any] | None:
    """The row of a link of ours, or None."""
    query = select(sent).where(sent.c.site_id == site_id, sent.c.pair == fingerprint(source, target))
    return connection.execute(query).one_or_none()


def save_delivery(connection: Connection, site_id: int, source: str, target: str, **values: Any) -> None:
    """Change that row."""
    pair = fingerprint(source, target)
    connection.execute(update(sent).where(sent.c.site_id == site_id, sent.c.pair == pair).values(**values))


def told_since(connection: Connection, site_id: int, host: str, since: int) -> int:
    """How many requests about links went to a host since then."""
    return connection.execute(
        select(func.count()).where(sent.c.site_id == site_id, sent.c.host == host, sent.c.sent_at > since)
    ).scalar_one()


def newest(ctx: PluginContext, limit: int) -> Sequence[Row[Any]]:
    """Whom we told last, the newest first; what waits stands before all."""
    query = select(sent).where(sent.c.site_id == ctx.site.id)
    with ctx.tables.read() as connection:
        waiting = query.where(sent.c.state == WAITING, sent.c.sent_at == 0).limit(limit)
        told = query.where(sent.c.sent_at > 0).order_by(sent.c.sent_at.desc()).limit(limit)
        return [*connection.execute(waiting).all(), *connection.execute(told).all()][:limit]


def newest_pages(ctx: PluginContext, limit: int) -> Sequence[Row[Any]]:
    """The pages that were looked at last."""
    query = select(page).where(page.c.site_id == ctx.site.id).order_by(page.c.seen_at.desc()).limit(limit)
    with ctx.tables.read() as connection:
        return connection.execute(query).all()


def forget_old(ctx: PluginContext) -> None:
    """Drop answers of more than a year ago; pages stay, so that nothing is sent for them again by itself."""
    before = seconds(ctx.now()) - KEPT_S
    query = delete(sent).where(sent.c.site_id == ctx.site.id, sent.c.sent_at.between(1, before))
    ctx.tables.write(lambda c: c.execute(query))
