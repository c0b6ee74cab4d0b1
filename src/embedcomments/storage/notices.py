"""Rows of who wishes to hear of held comments, and of the comments that they have not heard of yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from embedcomments.domain.notices import Pace
from embedcomments.storage.tables import notice_item, notice_wish


@dataclass(frozen=True, kw_only=True, slots=True)
class DueNotice:
    """A mail that is due: to whom, about which comments, oldest first."""

    moderator_id: int
    site_id: int
    pace: Pace
    comment_ids: Sequence[str]


def set_wish(connection: Connection, moderator_id: int, site_id: int, pace: Pace, at: datetime) -> None:
    """Replace a wish; what was noted for the old one is kept unless it ends."""
    where = (notice_wish.c.moderator_id == moderator_id) & (notice_wish.c.site_id == site_id)
    if pace is Pace.NEVER:
        connection.execute(delete(notice_wish).where(where))
    elif not connection.execute(update(notice_wish).where(where).values(pace=pace.value, next_at=at)).rowcount:
        values = {"moderator_id": moderator_id, "site_id": site_id, "pace": pace.value, "next_at": at}
        connection.execute(insert(notice_wish).values(**values))


def wishes_of(connection: Connection, moderator_id: int) -> dict[int, Pace]:
    """By the id of the site; sites of which nothing is wished are absent."""
    rows = connection.execute(select(notice_wish).where(notice_wish.c.moderator_id == moderator_id))
    return {row.site_id: Pace(row.pace) for row in rows}


def note_held(connection: Connection, site_id: int, comment_id: str) -> None:
    """Note a held comment for all who wish to hear of the site's; one statement, however many they are."""
    whose = select(notice_wish.c.moderator_id, notice_wish.c.site_id, literal(comment_id)).where(
        notice_wish.c.site_id == site_id
    )
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(notice_item).from_select(["moderator_id", "site_id", "comment_id"], whose)
    connection.execute(statement.on_conflict_do_nothing())


def is_any_due(connection: Connection, at: datetime) -> bool:
    """Whether a mail is due, asked without taking the write lock."""
    return connection.execute(select(notice_wish.c.site_id).where(*_due(at)).limit(1)).first() is not None


def take_due(connection: Connection, at: datetime) -> Sequence[DueNotice]:
    """The mails that are due; what they tell of is noted no longer, and the pause before the next begins."""
    wishes = connection.execute(select(notice_wish).where(*_due(at)).with_for_update(skip_locked=True)).all()
    found = []
    for wish in wishes:
        items = (notice_item.c.moderator_id == wish.moderator_id) & (notice_item.c.site_id == wish.site_id)
        taken = connection.execute(delete(notice_item).where(items).returning(notice_item.c.comment_id)).scalars().all()
        pace = Pace(wish.pace)
        here = (notice_wish.c.moderator_id == wish.moderator_id) & (notice_wish.c.site_id == wish.site_id)
        connection.execute(update(notice_wish).where(here).values(next_at=at + pace.pause))
        if taken:
            found.append(
                DueNotice(moderator_id=wish.moderator_id, site_id=wish.site_id, pace=pace, comment_ids=sorted(taken))
            )
    return found


def _due(at: datetime) -> tuple[ColumnElement[bool], ...]:
    noted = exists().where(
        notice_item.c.moderator_id == notice_wish.c.moderator_id, notice_item.c.site_id == notice_wish.c.site_id
    )
    return (notice_wish.c.next_at <= at, noted)
