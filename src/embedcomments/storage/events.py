"""Reading a thread's log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from embedcomments.domain.events import Event, EventKind
from embedcomments.domain.identities import ActorKind
from embedcomments.storage.tables import comment, event


def events_after(connection: Connection, thread_id: int, seq: int, limit: int) -> Sequence[Event]:
    """The events above ``seq`` in order, at most ``limit``."""
    query = select(event).where(event.c.thread_id == thread_id, event.c.seq > seq).order_by(event.c.seq).limit(limit)
    return [
        Event(
            thread_id=row.thread_id,
            seq=row.seq,
            kind=EventKind(row.kind),
            comment_id=row.comment_id,
            created_at=row.created_at,
        )
        for row in connection.execute(query)
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedEvent:
    """An event about a comment, with who was at work. ``actor_kind`` None: an earlier version wrote it."""

    kind: EventKind
    actor: str
    actor_kind: ActorKind | None
    at: datetime


def events_about(connection: Connection, comment_id: str, limit: int) -> Sequence[RecordedEvent]:
    """What happened to a comment, oldest first: the last ``limit`` events, those left out that only showed it anew."""
    query = (
        select(event.c.kind, event.c.actor, event.c.actor_kind, event.c.created_at)
        .where(event.c.comment_id == comment_id, event.c.kind != EventKind.EXTENDED.value)
        .order_by(event.c.seq.desc())
        .limit(limit)
    )
    return [
        RecordedEvent(
            kind=EventKind(row.kind),
            actor=row.actor,
            actor_kind=ActorKind(row.actor_kind) if row.actor_kind else None,
            at=row.created_at,
        )
        for row in reversed(connection.execute(query).all())
    ]


def newest_moment(connection: Connection) -> datetime | None:
    """When the newest event of all sites was."""
    found: datetime | None = connection.execute(
        select(event.c.created_at).order_by(event.c.created_at.desc()).limit(1)
    ).scalar()
    return found


def changes_since(connection: Connection, since: datetime | None, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """What happened to comments of all sites at or after ``since``, the newest first: rows of ``site_id``,
    ``thread_id``, ``seq``, ``kind``, ``comment_id``, ``actor``, ``created_at`` and the comment's present ``state``.
    Events that changed nothing of the comment itself, and those of comments that are erased, are left out."""
    query = (
        select(
            comment.c.site_id,
            comment.c.state,
            event.c.thread_id,
            event.c.seq,
            event.c.kind,
            event.c.comment_id,
            event.c.actor,
            event.c.created_at,
        )
        .join(comment, comment.c.id == event.c.comment_id)
        .where(event.c.kind != EventKind.EXTENDED.value)
    )
    if since is not None:
        query = query.where(event.c.created_at >= since)
    return connection.execute(query.order_by(event.c.created_at.desc(), event.c.seq.desc()).limit(limit)).all()
