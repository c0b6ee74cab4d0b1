"""What moderators and plugins do to comments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from embedcomments.domain.comments import Author, Comment, CommentState
from embedcomments.domain.errors import Conflict, ThreadNotFound
from embedcomments.domain.events import EventKind, Hint
from embedcomments.domain.protocols import Clock, Publisher
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Thread
from embedcomments.services.recording import Recorder
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import threads as thread_rows
from embedcomments.storage.database import Database


class Moderating:
    """Changes of state, the queue, and threads opened and closed."""

    def __init__(self, database: Database, recorder: Recorder, publisher: Publisher, clock: Clock) -> None:
        self._database = database
        self._recorder = recorder
        self._publisher = publisher
        self._clock = clock

    def set_state(self, comment_id: str, state: CommentState, *, actor: str, reason: str | None = None) -> Comment:
        """The comment in ``state``; the same state again changes nothing.

        Raises CommentNotFound; Conflict for one whose author took it back, for its words are gone.
        """

        def alter(present: Comment) -> Comment:
            if present.state is state:
                return present
            withdrawn = present.state is CommentState.DELETED and not present.source and present.author == Author()
            if withdrawn:
                raise Conflict("Its author took this comment back; there is nothing left to publish.")
            return replace(present, state=state, reason=reason if reason is not None else present.reason)

        return self._recorder.change(comment_id, alter, actor=actor, at=self._clock.now())

    def list(self, which: comment_rows.Filter, *, before: str | None = None, limit: int = 50) -> Sequence[Comment]:
        """Comments of a site, newest first."""
        with self._database.read() as connection:
            return comment_rows.list_comments(connection, which, before=before, limit=max(0, min(limit, 500)))

    def count(self, which: comment_rows.Filter) -> int:
        """How many of these there are."""
        with self._database.read() as connection:
            return comment_rows.count_comments(connection, which)

    def counts_by_kind_and_state(self, site: Site) -> dict[tuple[str, str], int]:
        """How many comments a site has, by (kind, state)."""
        with self._database.read() as connection:
            return comment_rows.counts_by_kind_and_state(connection, site.id)

    def refresh(self, comment_id: str, actor: str) -> None:
        """Show a comment anew to all who watch: what a plugin shows with it has changed. Raises CommentNotFound."""
        self._recorder.touch(comment_id, actor=actor, at=self._clock.now())

    def set_score(self, comment_id: str, work: Callable[[Connection], int | None], actor: str) -> Comment:
        """The comment with the score that ``work`` answered, shown anew to all who watch. ``work`` runs in the same
        transaction, with the thread's row held; None from it changes nothing. Raises CommentNotFound."""
        return self._recorder.rate(comment_id, work, actor=actor, at=self._clock.now())

    def set_closed(self, site: Site, key: str, closed: bool, *, actor: str) -> Thread:
        """Close or reopen the thread ``key`` (normalised). Raises ThreadNotFound."""
        at = self._clock.now()

        def work(connection: Connection) -> Thread:
            thread = thread_rows.get_thread(connection, site.id, key)
            if thread is None:
                raise ThreadNotFound("There is no thread with that key.")
            return _log_thread(connection, thread, closed, actor, at)

        thread = self._database.write(work)
        self._publisher.publish(Hint(site_id=site.id, key=key, seq=thread.seq))
        return thread


def _log_thread(connection: Connection, thread: Thread, closed: bool, actor: str, at: datetime) -> Thread:
    if thread.closed == closed:
        return thread
    thread_rows.set_closed(connection, thread.id, closed)
    seq, _ = thread_rows.advance(connection, thread.id)
    thread_rows.log(connection, thread.id, seq, EventKind.THREAD_CHANGED, None, actor, at)
    return replace(thread, closed=closed, seq=seq)
