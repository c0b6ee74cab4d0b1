"""The one way in which a comment's row changes: with its thread's next event, counts and jobs, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from embedcomments.domain.audit import Subject
from embedcomments.domain.comments import Comment, CommentKind, CommentState
from embedcomments.domain.errors import CommentNotFound, EmbedCommentsError, Unavailable
from embedcomments.domain.events import CommentEvent, EventKind, Hint, Listener
from embedcomments.domain.identities import Actor
from embedcomments.domain.protocols import Extensions, Publisher
from embedcomments.domain.sites import Site, SiteSettings
from embedcomments.domain.threads import Thread
from embedcomments.domain.verdicts import Verdict
from embedcomments.services.event_jobs import event_job
from embedcomments.services.rights import require_change
from embedcomments.storage import audit as audit_rows
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import jobs as job_rows
from embedcomments.storage import notices as notice_rows
from embedcomments.storage import threads as thread_rows
from embedcomments.storage.database import Database

_ENTERED = {
    CommentState.PUBLISHED: EventKind.PUBLISHED,
    CommentState.HELD: EventKind.HELD,
    CommentState.SPAM: EventKind.SPAMMED,
    CommentState.DELETED: EventKind.DELETED,
}
_ACTIONS = {
    CommentState.PUBLISHED: "comment.publish",
    CommentState.HELD: "comment.hold",
    CommentState.SPAM: "comment.spam",
    CommentState.DELETED: "comment.delete",
}
MAX_MOVES = 5
MANY = 50  # of each some milliseconds, in which nobody else writes to an SQLite database

Alter = Callable[[Connection, Comment], Comment | None]
_Record = Callable[[Connection, Comment, Comment], None]
_Done = tuple[Comment, str]
_Around = tuple[SiteSettings, Sequence[Listener]]


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
        actor: Actor,
        at: datetime,
        listeners: Sequence[Listener],
        thread_key: str,
        verdicts: Sequence[Verdict] = (),
    ) -> Comment:
        """Insert a comment with its event, verdicts and jobs; returned with its ``seq`` and ``number``."""
        public = comment.is_public
        counts = public and self._counts(comment)
        # The author of a hushed one is told a number too; the gap is one as a deleted comment leaves.
        numbered = (public or comment.is_hushed) and not comment.is_apart
        seq, number = thread_rows.advance(connection, comment.thread_id, count=int(counts), number=numbered)
        told = number if comment.is_hushed else None
        stored = replace(comment, seq=seq, number=number if numbered and public else None, told_number=told)
        comment_rows.add_comment(connection, stored, verdicts=verdicts)
        if public:
            comment_rows.count_reply(connection, stored, +1)
        self._log(connection, stored, kind, actor, at, listeners, thread_key)
        return stored

    def touch(self, comment_id: str, *, actor: Actor, at: datetime) -> Comment:
        """The comment with a new ``rev`` and an event, though nothing in its row changed. Raises CommentNotFound."""
        return self._change(comment_id, lambda _, present: present, actor=actor, at=at, shown_anew=True)

    def rate(self, comment_id: str, work: Callable[[Connection], int | None], *, actor: Actor, at: datetime) -> Comment:
        """The comment with the score that ``work`` answered, a new ``rev`` and an event; as it was when ``work``
        answered None. What ``work`` wrote is in the same transaction. Raises CommentNotFound."""

        def alter(connection: Connection, present: Comment) -> Comment | None:
            score = work(connection)
            return None if score is None else replace(present, score=score)

        return self._change(comment_id, alter, actor=actor, at=at, shown_anew=True)

    def change(
        self,
        comment_id: str,
        alter: Callable[[Comment], Comment],
        *,
        actor: Actor,
        at: datetime,
        action: str | None = None,
        reason: str | None = None,
        batch: str | None = None,
        verdicts: Sequence[Verdict] | None = None,
    ) -> Comment:
        """The comment after ``alter``, which gets the row as it is and may raise; an equal answer changes nothing.

        The event is that of the state it entered, or an edit. Counts of the thread and of the comments above follow,
        and the record gets a line: ``action``, else by what changed. When the words go, they go from the record too.
        ``verdicts`` replace those that are kept. Raises CommentNotFound.
        """

        def altered(_: Connection, present: Comment) -> Comment | None:
            changed = alter(present)
            return None if changed == present else changed

        return self.change_within(
            comment_id, altered, actor=actor, at=at, action=action, reason=reason, batch=batch, verdicts=verdicts
        )

    def change_within(
        self,
        comment_id: str,
        alter: Alter,
        *,
        actor: Actor,
        at: datetime,
        action: str | None = None,
        reason: str | None = None,
        batch: str | None = None,
        verdicts: Sequence[Verdict] | None = None,
    ) -> Comment:
        """As ``change``; ``alter`` also gets the connection of the transaction, and answers None for no change."""
        record = _recording(actor, at, action, reason, batch)
        return self._change(comment_id, alter, actor=actor, at=at, record=record, verdicts=verdicts)

    def change_many(
        self,
        comment_ids: Sequence[str],
        alter: Alter,
        *,
        actor: Actor,
        at: datetime,
        action: str | None = None,
        reason: str | None = None,
        batch: str | None = None,
    ) -> tuple[Sequence[Comment], Sequence[str]]:
        """Those comments that ``alter`` changed, and the ids of those that are gone or for which it raised: they stop
        no other. As ``change_within``, fifty in a transaction."""
        record = _recording(actor, at, action, reason, batch)
        changed: dict[str, Comment] = {}
        refused: set[str] = set()
        wanted = list(dict.fromkeys(comment_ids))
        for start in range(0, len(wanted), MANY):
            chunk = wanted[start : start + MANY]
            with self._database.read() as connection:
                found = comment_rows.comments_by_id(connection, chunk)
            refused |= set(chunk) - set(found)
            # Threads are taken in one order, so that two who change many do not wait for one another.
            ordered = sorted(found.values(), key=lambda comment: (comment.thread_id, comment.id))
            known_to = [(known, self._surroundings(known)) for known in ordered]

            def work(connection: Connection, known_to: Any = known_to) -> tuple[list[_Done], list[str]]:
                done, not_done = [], []
                for known, around in known_to:
                    try:
                        outcome = self._apply(connection, known, alter, around, actor=actor, at=at, record=record)
                    except EmbedCommentsError:  # before anything of it was written
                        not_done.append(known.id)
                        continue
                    done += [outcome] if outcome else []
                return done, not_done

            done, not_done = self._database.write(work)
            refused |= set(not_done)
            changed |= {comment.id: comment for comment, _ in done}
            for comment, key in {key: (comment, key) for comment, key in done}.values():
                self.announce(comment, key)
        return [changed[item] for item in wanted if item in changed], [item for item in wanted if item in refused]

    def _change(
        self,
        comment_id: str,
        alter: Alter,
        *,
        actor: Actor,
        at: datetime,
        shown_anew: bool = False,
        record: _Record | None = None,
        verdicts: Sequence[Verdict] | None = None,
    ) -> Comment:
        """The comment after ``alter``; None changes nothing. ``shown_anew``: the event is not that of an edit.
        ``record`` gets the comment as it was and as it is."""
        with self._database.read() as connection:
            found = comment_rows.get_comment(connection, comment_id)
        if found is None:
            raise CommentNotFound("There is no such comment.")
        around = self._surroundings(found)

        def work(connection: Connection) -> _Done | None:
            return self._apply(
                connection, found, alter, around, actor=actor, at=at, shown_anew=shown_anew, record=record,
                verdicts=verdicts,
            )  # fmt: skip

        outcome = self._database.write(work)
        if outcome is None:
            return found
        changed, key = outcome
        self.announce(changed, key)
        return changed

    def _apply(
        self,
        connection: Connection,
        known: Comment,
        alter: Alter,
        around: _Around,
        *,
        actor: Actor,
        at: datetime,
        shown_anew: bool = False,
        record: _Record | None = None,
        verdicts: Sequence[Verdict] | None = None,
    ) -> _Done | None:
        """The changed comment and the key of its thread. What raises one of our errors does so before it writes."""
        settings, listeners = around
        thread, present = lock_comment(connection, known)
        changed = alter(connection, present)
        if changed is None:
            return None
        if record is not None:  # what only shows a comment anew is nobody's deed
            require_change(actor, present, changed)
        if changed.state is not present.state:
            changed = replace(changed, state_changed_at=at)
        appears = changed.is_public and not present.is_public
        vanishes = present.is_public and not changed.is_public
        shift = int(appears) - int(vanishes)
        numbered = changed.is_public and not changed.is_apart and present.number is None
        seq, number = thread_rows.advance(
            connection,
            thread.id,
            count=int(changed.is_public and settings.counts(changed))
            - int(present.is_public and settings.counts(present)),
            number=numbered and present.told_number is None,
        )
        if numbered:
            changed = replace(changed, number=number if present.told_number is None else present.told_number)
        changed = replace(changed, rev=present.rev + 1, seq=seq)
        comment_rows.save_comment(connection, changed, verdicts)
        if changed.is_apart != present.is_apart:
            comment_rows.save_depth(connection, changed)
        if shift:
            comment_rows.count_reply(connection, changed, shift)
        if record is not None:
            record(connection, present, changed)
        marked = (present.pinned, present.closed) != (changed.pinned, changed.closed)
        kind = EventKind.EXTENDED if shown_anew or marked else EventKind.EDITED
        if changed.state is not present.state:
            kind = _ENTERED[changed.state]
        self._log(connection, changed, kind, actor, at, listeners, thread.key)
        return changed, thread.key

    def _surroundings(self, comment: Comment) -> _Around:
        """What of its site a change goes by; asked for before the transaction."""
        site = self._site_by_id(comment.site_id)
        return site.settings, self._extensions.event_listeners(site)

    def _counts(self, comment: Comment) -> bool:
        return comment.kind is CommentKind.COMMENT or self._site_by_id(comment.site_id).settings.counts(comment)

    def announce(self, comment: Comment, thread_key: str) -> None:
        """Tell those who watch the thread, after the commit."""
        self._publisher.publish(Hint(site_id=comment.site_id, key=thread_key, seq=comment.seq))

    def _log(
        self,
        connection: Connection,
        comment: Comment,
        kind: EventKind,
        actor: Actor,
        at: datetime,
        listeners: Sequence[Listener],
        thread_key: str,
    ) -> None:
        thread_rows.log(connection, comment.thread_id, comment.seq, kind, comment.id, actor, at)
        if comment.state is CommentState.HELD and kind in (EventKind.SUBMITTED, EventKind.HELD):
            notice_rows.note_held(connection, comment.site_id, comment.id)
        event = CommentEvent(
            kind=kind,
            site_id=comment.site_id,
            thread_key=thread_key,
            comment_id=comment.id,
            actor=actor.name,
            at=at,
            actor_kind=actor.kind,
        )
        job_rows.add_jobs(
            connection, [event_job(listener.name, event) for listener in listeners if listener.hears(event)]
        )


def _recording(actor: Actor, at: datetime, action: str | None, reason: str | None, batch: str | None) -> _Record:
    """Writes the line of the record for a change."""

    def record(connection: Connection, present: Comment, changed: Comment) -> None:
        before, after = _differences(present, changed)
        if changed.is_erased:
            audit_rows.forget_words(connection, Subject(kind="comment", id=changed.id))
        audit_rows.add_entry(
            connection,
            site_id=changed.site_id,
            at=at,
            actor=actor,
            action=action or _action(present, changed),
            subject=Subject(kind="comment", id=changed.id),
            before=before,
            after=after,
            reason=reason,
            batch=batch,
        )

    return record


def lock_comment(connection: Connection, known: Comment) -> tuple[Thread, Comment]:
    """The thread of a comment, its row held to the commit, and the comment as it is then.

    The thread's row is taken first, so that two changes of a comment follow one another. The comment may be carried
    to another thread while this waits for the row; then that thread is taken. Raises CommentNotFound.
    """
    thread_id = known.thread_id
    for _ in range(MAX_MOVES):
        thread = thread_rows.lock_thread(connection, thread_id)
        present = comment_rows.get_comment(connection, known.id)
        if present is None:
            raise CommentNotFound("There is no such comment.")
        if thread is not None and present.thread_id == thread.id:
            return thread, present
        thread_id = present.thread_id
    raise Unavailable("The comment's thread is being moved just now.")


def _action(present: Comment, changed: Comment) -> str:
    """What the record calls a change that its author did not name."""
    if (present.source, present.author) != (changed.source, changed.author):
        return "comment.erase" if changed.is_erased else "comment.edit"
    if changed.state is not present.state:
        return _ACTIONS[changed.state]
    if changed.pinned != present.pinned:
        return "comment.pin" if changed.pinned else "comment.unpin"
    if changed.closed != present.closed:
        return "comment.close" if changed.closed else "comment.reopen"
    return "comment.edit"


def _differences(present: Comment, changed: Comment) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of it changed, before and after. Texts only when there still is one: what is erased leaves no copy."""
    pairs: dict[str, tuple[Any, Any]] = {
        "state": (present.state.value, changed.state.value),
        "pinned": (present.pinned, changed.pinned),
        "closed": (present.closed, changed.closed),
    }
    if not changed.is_erased:
        pairs["text"] = (present.source, changed.source)
        pairs["name"] = (present.author.name, changed.author.name)
    differing = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    return {name: pair[0] for name, pair in differing.items()}, {name: pair[1] for name, pair in differing.items()}
