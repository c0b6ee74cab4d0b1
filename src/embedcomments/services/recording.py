"""The one way in which a comment's row changes: with its thread's next event, counts and jobs, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from embedcomments.domain.comments import Comment, CommentKind, CommentState
from embedcomments.domain.errors import CommentNotFound
from embedcomments.domain.events import CommentEvent, EventKind, Hint, PluginEvent
from embedcomments.domain.protocols import Extensions, Publisher
from embedcomments.domain.sites import Site
from embedcomments.services.views import moment
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import jobs as job_rows
from embedcomments.storage import threads as thread_rows
from embedcomments.storage.database import Database

ON_EVENT = "on_event"

_ENTERED = {
    CommentState.PUBLISHED: EventKind.PUBLISHED,
    CommentState.HELD: EventKind.HELD,
    CommentState.SPAM: EventKind.SPAMMED,
    CommentState.DELETED: EventKind.DELETED,
}


class Recorder:
    """Writes comments and what follows from them."""

    def __init__(
        self, database: Database, extensions: Extensions, publisher: Publisher, site_by_id: Callable[[int], Site]
    ) -> None:
        self._database = database
        self._extensions = extensions
        self._publisher = publisher
        self._site_by_id = site_by_id

    def insert(
        self,
        connection: Connection,
        comment: Comment,
        kind: EventKind,
        actor: str,
        at: datetime,
        listeners: Sequence[str],
        thread_key: str,
    ) -> Comment:
        """Insert a comment with its event and jobs; returned with its ``seq`` and ``number``."""
        public = comment.is_public
        counts = public and comment.kind is CommentKind.COMMENT
        seq, number = thread_rows.advance(connection, comment.thread_id, count=int(counts), number=public)
        stored = replace(comment, seq=seq, number=number if public else None)
        comment_rows.add_comment(connection, stored)
        if public:
            comment_rows.count_reply(connection, stored, +1)
        self._log(connection, stored, kind, actor, at, listeners, thread_key)
        return stored

    def touch(self, comment_id: str, *, actor: str, at: datetime) -> Comment:
        """The comment with a new ``rev`` and an event, though nothing in its row changed. Raises CommentNotFound."""
        return self._change(comment_id, lambda _, present: present, actor=actor, at=at, shown_anew=True)

    def rate(self, comment_id: str, work: Callable[[Connection], int | None], *, actor: str, at: datetime) -> Comment:
        """The comment with the score that ``work`` answered, a new ``rev`` and an event; as it was when ``work``
        answered None. What ``work`` wrote is in the same transaction. Raises CommentNotFound."""

        def alter(connection: Connection, present: Comment) -> Comment | None:
            score = work(connection)
            return None if score is None else replace(present, score=score)

        return self._change(comment_id, alter, actor=actor, at=at, shown_anew=True)

    def change(self, comment_id: str, alter: Callable[[Comment], Comment], *, actor: str, at: datetime) -> Comment:
        """The comment after ``alter``, which gets the row as it is and may raise; an equal answer changes nothing.

        The event is that of the state it entered, or an edit. Counts of the thread and of the comments above follow.
        Raises CommentNotFound.
        """

        def altered(_: Connection, present: Comment) -> Comment | None:
            changed = alter(present)
            return None if changed == present else changed

        return self._change(comment_id, altered, actor=actor, at=at)

    def _change(
        self,
        comment_id: str,
        alter: Callable[[Connection, Comment], Comment | None],
        *,
        actor: str,
        at: datetime,
        shown_anew: bool = False,
    ) -> Comment:
        """The comment after ``alter``; None changes nothing. ``shown_anew``: the event is not that of an edit."""
        with self._database.read() as connection:
            found = comment_rows.get_comment(connection, comment_id)
        if found is None:
            raise CommentNotFound("There is no such comment.")
        listeners = self._extensions.event_listeners(self._site_by_id(found.site_id))

        def work(connection: Connection) -> tuple[Comment, str] | None:
            # The thread's row is taken first, so that two changes of a comment follow one another.
            thread = thread_rows.lock_thread(connection, found.thread_id)
            present = comment_rows.get_comment(connection, comment_id)
            if present is None:
                raise CommentNotFound("There is no such comment.")
            changed = alter(connection, present)
            if changed is None:
                return None
            appears = changed.is_public and not present.is_public
            vanishes = present.is_public and not changed.is_public
            shift = int(appears) - int(vanishes)
            seq, number = thread_rows.advance(
                connection,
                thread.id,
                count=shift if changed.kind is CommentKind.COMMENT else 0,
                number=appears and present.number is None,
            )
            if appears and present.number is None:
                changed = replace(changed, number=number)
            changed = replace(changed, rev=present.rev + 1, seq=seq)
            comment_rows.save_comment(connection, changed)
            if shift:
                comment_rows.count_reply(connection, changed, shift)
            kind = EventKind.EXTENDED if shown_anew else EventKind.EDITED
            if changed.state is not present.state:
                kind = _ENTERED[changed.state]
            self._log(connection, changed, kind, actor, at, listeners, thread.key)
            return changed, thread.key

        outcome = self._database.write(work)
        if outcome is None:
            return found
        changed, key = outcome
        self.announce(changed, key)
        return changed

    def announce(self, comment: Comment, thread_key: str) -> None:
        """Tell those who watch the thread, after the commit."""
        self._publisher.publish(Hint(site_id=comment.site_id, key=thread_key, seq=comment.seq))

    def _log(
        self,
        connection: Connection,
        comment: Comment,
        kind: EventKind,
        actor: str,
        at: datetime,
        listeners: Sequence[str],
        thread_key: str,
    ) -> None:
        thread_rows.log(connection, comment.thread_id, comment.seq, kind, comment.id, actor, at)
        event = CommentEvent(
            kind=kind, site_id=comment.site_id, thread_key=thread_key, comment_id=comment.id, actor=actor, at=at
        )
        job_rows.add_jobs(connection, [event_job(plugin, event) for plugin in listeners])


def event_job(plugin: str, event: CommentEvent) -> dict[str, Any]:
    """The row by which one plugin hears of an event."""
    payload = asdict(event) | {"kind": event.kind.value, "at": moment(event.at)}
    return {
        "plugin": plugin,
        "name": ON_EVENT,
        "site_id": event.site_id,
        "payload": payload,
        "run_at": event.at,
        "created_at": event.at,
    }


def plugin_event_job(plugin: str, event: PluginEvent) -> dict[str, Any]:
    """The row by which one plugin hears of another's event."""
    payload = {"name": event.name, "site_id": event.site_id, "data": dict(event.data), "at": moment(event.at)}
    return {
        "plugin": plugin,
        "name": ON_EVENT,
        "site_id": event.site_id,
        "payload": payload,
        "run_at": event.at,
        "created_at": event.at,
    }


def event_of(payload: Mapping[str, Any]) -> CommentEvent | PluginEvent:
    """The event back from a job's payload."""
    values = dict(payload)
    if "kind" not in values:
        values["at"] = datetime.fromisoformat(values["at"])
        return PluginEvent(**values)
    values["kind"] = EventKind(values["kind"])
    values["at"] = datetime.fromisoformat(values["at"])
    return CommentEvent(**values)
