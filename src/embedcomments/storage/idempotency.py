"""Answers that were given under an Idempotency-Key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select

from embedcomments.storage.conflict import insert_ignore
from embedcomments.storage.prepared import Prepared
from embedcomments.storage.tables import idempotency

_BY_KEY = Prepared(
    select(idempotency.c.body_hash, idempotency.c.comment_id).where(
        idempotency.c.site_id == bindparam("site_id"), idempotency.c.key == bindparam("key")
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """What a key was used for."""

    body_hash: str
    comment_id: str


def find_answer(connection: Connection, site_id: int, key: str) -> Answered | None:
    """What the key was used for on the site."""
    row = _BY_KEY.first(connection, {"site_id": site_id, "key": key})
    return None if row is None else Answered(body_hash=row.body_hash, comment_id=row.comment_id)


def remember_answer(
    connection: Connection, site_id: int, key: str, body_hash: str, comment_id: str, at: datetime
) -> bool:
    """Bind the key to a comment, in the comment's own transaction; False when the key was taken meanwhile."""
    return insert_ignore(
        connection,
        idempotency,
        site_id=site_id,
        key=key,
        body_hash=body_hash,
        comment_id=comment_id,
        created_at=at,
    )


def forget_answers(connection: Connection, older_than: datetime) -> int:
    """Drop keys whose retries are long over; how many."""
    return connection.execute(delete(idempotency).where(idempotency.c.created_at < older_than)).rowcount
