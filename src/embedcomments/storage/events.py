"""Reading a thread's log."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from embedcomments.domain.events import Event, EventKind
from embedcomments.storage.tables import event


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
