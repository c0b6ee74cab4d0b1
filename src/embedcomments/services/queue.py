"""Looking through a site's comments as moderators do: what waits, what matches, what stands around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from embedcomments.domain.comments import Comment, CommentState
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import queue as rows
from embedcomments.storage.database import Database

SCAN = 3_000
MOST = 200
_BEFORE, _ANSWERS, _OTHERS = 3, 10, 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Comments that match, newest first. ``next`` is what to give as ``before`` to go on, None when there is nothing
    older. ``searched_to``: how far back was looked when that ended before all was looked at."""

    comments: Sequence[Comment]
    next: str | None = None
    searched_to: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Around:
    """What stands around a comment, in whatever state, in the order of reading: ``above``, what it answers from the top
    down; ``before``, the last ones of its level; ``below``, its first answers; ``others``, the newest by its writer."""

    above: Sequence[Comment] = ()
    before: Sequence[Comment] = ()
    below: Sequence[Comment] = ()
    others: Sequence[Comment] = ()


class Looking:
    """Answers in milliseconds, whatever the number of comments."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, which: comment_rows.Filter, *, before: str | None = None, limit: int = 25) -> Found:
        """The newest comments that match, at most ``limit`` (200), looking at no more than 3,000 of the state."""
        limit = max(1, min(limit, MOST))
        with self._database.read() as connection:
            # One more than is asked for tells whether there are others.
            found, bottom = rows.find(connection, which, before=before, limit=limit + 1, scan=SCAN)
        if len(found) > limit:
            return Found(comments=found[:limit], next=found[limit - 1].id)
        if bottom is not None:
            return Found(comments=found, next=bottom[0], searched_to=bottom[1])
        return Found(comments=found)

    def counts(self, site_id: int, states: Sequence[CommentState], at_most: int) -> Mapping[CommentState, int]:
        """How many comments are in each state, counted no further than ``at_most``."""
        with self._database.read() as connection:
            return rows.counts(connection, site_id, states, max(0, at_most))

    def histories(self, site_id: int, identity_ids: Sequence[str]) -> Mapping[str, Mapping[CommentState, int]]:
        """How many comments each writer has by state."""
        with self._database.read() as connection:
            return rows.histories(connection, site_id, identity_ids)

    def by_id(self, site_id: int, comment_ids: Sequence[str]) -> Mapping[str, Comment]:
        """Comments of the site by id."""
        with self._database.read() as connection:
            found = comment_rows.comments_by_id(connection, comment_ids)
        return {comment.id: comment for comment in found.values() if comment.site_id == site_id}

    def around(self, comment: Comment) -> Around:
        """What stands around it, and what else its writer wrote."""
        with self._database.read() as connection:
            others: Sequence[Comment] = ()
            if comment.identity_id is not None:
                by_writer = comment_rows.Filter(site_id=comment.site_id, identity_id=comment.identity_id)
                latest = comment_rows.list_comments(connection, by_writer, before=None, limit=_OTHERS + 1)
                others = [other for other in latest if other.id != comment.id][:_OTHERS]
            return Around(
                above=rows.above(connection, comment),
                before=rows.just_before(connection, comment, _BEFORE),
                below=rows.answers(connection, comment, _ANSWERS),
                others=others,
            )
