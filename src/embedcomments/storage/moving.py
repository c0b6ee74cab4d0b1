"""Threads that get another key, or become part of another one, and the keys that they once had."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from embedcomments.domain.events import EventKind
from embedcomments.domain.identities import Actor
from embedcomments.domain.threads import Thread
from embedcomments.storage.conflict import insert_ignore
from embedcomments.storage.tables import comment, event, site, thread, thread_alias
from embedcomments.storage.threads import get_thread_by_id, log


def canonical_key(connection: Connection, site_id: int, key: str) -> str:
    """The key of the thread that was once under ``key``; ``key`` itself when none was."""
    query = (
        select(thread.c.key)
        .join(thread_alias, thread_alias.c.thread_id == thread.c.id)
        .where(thread_alias.c.site_id == site_id, thread_alias.c.key == key)
    )
    return connection.execute(query).scalar_one_or_none() or key


def aliases_of(connection: Connection, thread_id: int) -> list[str]:
    """The keys that a thread once had, or those that became part of it."""
    query = select(thread_alias.c.key).where(thread_alias.c.thread_id == thread_id).order_by(thread_alias.c.key)
    return list(connection.execute(query).scalars())


def add_alias(connection: Connection, of: Thread, key: str) -> None:
    """Have ``key``, under which no thread stands, lead to a thread."""
    insert_ignore(connection, thread_alias, site_id=of.site_id, key=key, thread_id=of.id)


def hold_keys(connection: Connection, site_id: int) -> None:
    """Have those who move or merge threads of a site follow one another, to the commit. Nobody else waits."""
    connection.execute(select(site.c.id).where(site.c.id == site_id).with_for_update(key_share=True))


def rename(connection: Connection, moved: Thread, key: str, url: str | None) -> None:
    """Give a thread, whose row is held, another key, which no other has; its old one still leads to it."""
    connection.execute(delete(thread_alias).where(thread_alias.c.site_id == moved.site_id, thread_alias.c.key == key))
    connection.execute(update(thread).where(thread.c.id == moved.id).values(key=key, url=url or moved.url))
    insert_ignore(connection, thread_alias, site_id=moved.site_id, key=moved.key, thread_id=moved.id)


def begin_history(connection: Connection, changed: Thread, actor: Actor, at: datetime) -> Thread:
    """The thread as it is now, with an event that it changed, and with all cursors of before void."""
    connection.execute(
        update(thread).where(thread.c.id == changed.id).values(seq=thread.c.seq + 1, history=thread.c.history + 1)
    )
    present = get_thread_by_id(connection, changed.id)
    if present is None:
        raise AssertionError("a thread whose row is held is not there")
    log(connection, present.id, present.seq, EventKind.THREAD_CHANGED, None, actor, at)
    return present


def absorb(connection: Connection, source: Thread, target: Thread) -> None:
    """Make all that is in ``source`` part of ``target``; both rows are held. The row of ``source`` goes, and its keys
    lead to ``target``.

    Events of ``source`` come behind those of ``target``, without a gap between them. Numbers go on where those of
    ``target`` end. Ids stay, pins of ``source`` do not.
    """
    names = select(comment.c.external_id).where(comment.c.thread_id == target.id, comment.c.external_id.is_not(None))
    # One import under two keys: which of the twins a later run would know is of no matter, but there can be only one.
    connection.execute(
        update(comment)
        .where(comment.c.thread_id == source.id, comment.c.external_id.in_(names))
        .values(external_id=None)
    )
    numbers = select(thread.c.numbers).where(thread.c.id == target.id).scalar_subquery()
    connection.execute(
        update(comment)
        .where(comment.c.thread_id == source.id)
        .values(
            thread_id=target.id,
            seq=comment.c.seq + target.seq,
            rev=comment.c.rev + 1,
            number=comment.c.number + numbers,
            pinned=False,
        )
    )
    connection.execute(
        update(event).where(event.c.thread_id == source.id).values(thread_id=target.id, seq=event.c.seq + target.seq)
    )
    given = select(thread.c.numbers).where(thread.c.id == source.id).scalar_subquery()
    counted = select(thread.c.count).where(thread.c.id == source.id).scalar_subquery()
    connection.execute(
        update(thread)
        .where(thread.c.id == target.id)
        .values(
            seq=target.seq + source.seq,
            numbers=thread.c.numbers + given,
            count=thread.c.count + counted,
            url=target.url or source.url,
            title=target.title or source.title,
        )
    )
    connection.execute(update(thread_alias).where(thread_alias.c.thread_id == source.id).values(thread_id=target.id))
    connection.execute(delete(thread).where(thread.c.id == source.id))
    insert_ignore(connection, thread_alias, site_id=source.site_id, key=source.key, thread_id=target.id)
