"""Rows of threads. ``advance`` is the only way to a new ``seq``, and it holds the row to the commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Connection,
    Row,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    union_all,
    update,
)

from embedcomments.domain.comments import CommentKind, CommentState
from embedcomments.domain.events import EventKind
from embedcomments.domain.identities import Actor
from embedcomments.domain.threads import Thread, ThreadRef
from embedcomments.storage.conflict import insert_ignore
from embedcomments.storage.database import Stale
from embedcomments.storage.prepared import Prepared
from embedcomments.storage.tables import comment, event, thread, thread_alias
from embedcomments.storage.types import storable

_COUNT = thread.c.count.label("comments")  # as ``count`` it would hide behind the method of tuples
_ANSWER = (
    thread.c.id,
    thread.c.site_id,
    thread.c.key,
    thread.c.url,
    thread.c.title,
    thread.c.seq,
    thread.c.numbers,
    _COUNT,
    thread.c.closed,
    thread.c.hidden,
    thread.c.history,
    thread.c.created_at,
)

_SITE: BindParameter[int] = bindparam("site_id")
_KEY: BindParameter[str] = bindparam("key")
# No key is in both tables, and the second is looked into only when the first has none.
_BY_KEY = Prepared(
    union_all(
        select(*_ANSWER).where(thread.c.site_id == _SITE, thread.c.key == _KEY),
        select(*_ANSWER)
        .join(thread_alias, thread_alias.c.thread_id == thread.c.id)
        .where(thread_alias.c.site_id == _SITE, thread_alias.c.key == _KEY),
    ).limit(1)
)
_ADVANCE = Prepared(
    update(thread)
    .where(thread.c.id == bindparam("thread_id"))
    .values(
        seq=thread.c.seq + 1,
        count=thread.c.count + bindparam("more_comments"),
        numbers=thread.c.numbers + bindparam("more_numbers"),
    )
    .returning(thread.c.seq, thread.c.numbers)
)
_LOG = Prepared(insert(event))


def get_thread(connection: Connection, site_id: int, key: str) -> Thread | None:
    """The thread with that (normalised) key, or that was moved away from it."""
    row = _BY_KEY.first(connection, {"site_id": site_id, "key": key})
    return None if row is None else _thread(row)


def get_thread_by_id(connection: Connection, thread_id: int) -> Thread | None:
    """The thread with that id."""
    row = connection.execute(select(*_ANSWER).where(thread.c.id == thread_id)).one_or_none()
    return None if row is None else _thread(row)


def threads_by_id(connection: Connection, ids: Sequence[int]) -> dict[int, Thread]:
    """By id; unknown ids are absent."""
    if not ids:
        return {}
    rows = connection.execute(select(*_ANSWER).where(thread.c.id.in_(set(ids))))
    return {row.id: _thread(row) for row in rows}


def threads_by_key(connection: Connection, site_id: int, keys: Sequence[str]) -> dict[str, Thread]:
    """By key; keys nobody wrote under are absent."""
    if not keys:
        return {}
    rows = connection.execute(select(*_ANSWER).where(thread.c.site_id == site_id, thread.c.key.in_(list(keys))))
    return {row.key: _thread(row) for row in rows}


def counts(connection: Connection, site_id: int, keys: Sequence[str]) -> dict[str, int]:
    """Published comments by key as readers see them; keys nobody wrote under are absent."""
    shown = case((thread.c.hidden, 0), else_=thread.c.count).label("comments")
    return {row.key: row.comments for row in connection.execute(_under_keys(site_id, list(keys), shown))}


def positions(connection: Connection, topics: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """``seq`` by (site id, key); threads without a row are absent."""
    found: dict[tuple[int, str], int] = {}
    by_site: dict[int, list[str]] = {}
    for site_id, key in topics:
        by_site.setdefault(site_id, []).append(key)
    for site_id, keys in by_site.items():
        for start in range(0, len(keys), 500):
            chunk = keys[start : start + 500]
            query = _under_keys(site_id, chunk, thread.c.seq)
            found.update({(site_id, row.key): row.seq for row in connection.execute(query)})
    return found


def _under_keys(site_id: int, keys: Sequence[str], column: ColumnElement[Any]) -> CompoundSelect[Any]:
    """The column of the threads that have, or once had, these keys, with the key that was asked for."""
    return union_all(
        select(thread.c.key, column).where(thread.c.site_id == site_id, thread.c.key.in_(keys)),
        select(thread_alias.c.key, column)
        .join(thread, thread.c.id == thread_alias.c.thread_id)
        .where(thread_alias.c.site_id == site_id, thread_alias.c.key.in_(keys)),
    )


def ensure_thread(connection: Connection, site_id: int, ref: ThreadRef, at: datetime) -> Thread:
    """The thread, with a row made for it if there was none. A URL or title that was unknown is filled in."""
    present = get_thread(connection, site_id, ref.key)
    if present is None:
        insert_ignore(connection, thread, site_id=site_id, key=ref.key, url=ref.url, title=ref.title, created_at=at)
        present = get_thread(connection, site_id, ref.key)
        if present is None:
            raise AssertionError("a thread that was just inserted is not there")
    missing = {
        name: value for name, value in (("url", ref.url), ("title", ref.title)) if value and not getattr(present, name)
    }
    if missing:
        connection.execute(update(thread).where(thread.c.id == present.id).values(**missing))
    return replace(present, url=present.url or ref.url, title=present.title or ref.title)


def advance(connection: Connection, thread_id: int, *, count: int = 0, number: bool = False) -> tuple[int, int]:
    """Take the thread's next ``seq`` (and comment number when ``number``), changing its count of published
    comments by ``count``. Returns (seq, the number last given). The row stays locked to the commit,
    so a thread's events are gapless and become visible in order. Raises Stale when the thread is gone."""
    values = {"thread_id": thread_id, "more_comments": count, "more_numbers": int(number)}
    row = _ADVANCE.first(connection, values)
    if row is None:
        raise Stale  # it became part of another thread meanwhile
    return row.seq, row.numbers


def log(
    connection: Connection,
    thread_id: int,
    seq: int,
    kind: EventKind,
    comment_id: str | None,
    actor: Actor,
    at: datetime,
) -> None:
    """Write the event that took ``seq``."""
    _LOG.run(
        connection,
        {
            "thread_id": thread_id,
            "seq": seq,
            "kind": kind.value,
            "comment_id": comment_id,
            "actor": actor.name,
            "actor_kind": actor.kind.value,
            "created_at": at,
        },
    )


def lock_thread(connection: Connection, thread_id: int) -> Thread | None:
    """The thread, its row held to the commit (SQLite holds the whole database anyway); None when it is gone."""
    query = select(*_ANSWER).where(thread.c.id == thread_id).with_for_update()
    row = connection.execute(query).one_or_none()
    return None if row is None else _thread(row)


def set_closed(connection: Connection, thread_id: int, closed: bool) -> None:
    """Close or reopen a thread."""
    connection.execute(update(thread).where(thread.c.id == thread_id).values(closed=closed))


def recount(connection: Connection, site_id: int, *, mentions: bool) -> None:
    """Count the published comments of all threads of a site anew, those mentions among them that do not stand apart
    when ``mentions``."""
    kinds = comment.c.depth >= 0 if mentions else comment.c.kind == CommentKind.COMMENT.value
    published = (
        select(func.count())
        .where(comment.c.thread_id == thread.c.id, comment.c.state == CommentState.PUBLISHED.value, kinds)
        .scalar_subquery()
    )
    connection.execute(update(thread).where(thread.c.site_id == site_id).values(count=published))


def set_hidden(connection: Connection, thread_id: int, hidden: bool) -> None:
    """Hide or show a thread."""
    connection.execute(update(thread).where(thread.c.id == thread_id).values(hidden=hidden))


def busiest(connection: Connection, site_id: int, search: str = "", limit: int = 50) -> Sequence[Thread]:
    """Threads with the most comments first; ``search`` is part of the key or title."""
    query = select(*_ANSWER).where(thread.c.site_id == site_id)
    if search:
        query = query.where(
            or_(thread.c.key.icontains(search, autoescape=True), thread.c.title.icontains(search, autoescape=True))
        )
    rows = connection.execute(query.order_by(thread.c.count.desc(), thread.c.id).limit(limit))
    return [_thread(row) for row in rows]


def newest_threads(
    connection: Connection,
    site_id: int,
    *,
    search: str = "",
    closed: bool | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Thread]:
    """Threads of a site, the newest first, with a lower id than ``before``. ``search`` is part of the key, URL or
    title; ``closed`` None means both."""
    query = select(*_ANSWER).where(thread.c.site_id == site_id)
    text = storable(search)
    if text:
        columns = (thread.c.key, thread.c.url, thread.c.title)
        query = query.where(or_(*(column.icontains(text, autoescape=True) for column in columns)))
    if closed is not None:
        query = query.where(thread.c.closed.is_(closed))
    if before is not None:
        query = query.where(thread.c.id < before)
    return [_thread(row) for row in connection.execute(query.order_by(thread.c.id.desc()).limit(limit))]


def threads_after(connection: Connection, site_id: int, after: int, limit: int) -> Sequence[Thread]:
    """The site's threads behind the id ``after``, in the order of ids."""
    query = select(*_ANSWER).where(thread.c.site_id == site_id, thread.c.id > after)
    return [_thread(row) for row in connection.execute(query.order_by(thread.c.id).limit(limit))]


def _thread(row: Row[*tuple[Any, ...]]) -> Thread:
    return Thread(
        id=row.id,
        site_id=row.site_id,
        key=row.key,
        url=row.url,
        title=row.title,
        seq=row.seq,
        count=row.comments,
        closed=bool(row.closed),
        hidden=bool(row.hidden),
        history=row.history,
        created_at=row.created_at,
    )
