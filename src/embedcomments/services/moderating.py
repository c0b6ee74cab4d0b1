"""What moderators and plugins do to comments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from embedcomments.domain.audit import Subject
from embedcomments.domain.comments import Comment, CommentKind, CommentState, SourceFormat
from embedcomments.domain.errors import Conflict, InvalidRequest, ThreadNotFound
from embedcomments.domain.events import EventKind, Hint
from embedcomments.domain.identities import SYSTEM, Actor, actor_named
from embedcomments.domain.ids import new_id
from embedcomments.domain.permissions import Right
from embedcomments.domain.protocols import Clock, Publisher
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import MAX_PINS, Thread
from embedcomments.domain.verdicts import Verdict
from embedcomments.services.recording import Recorder
from embedcomments.services.rendering import TextRenderer
from embedcomments.services.rights import require
from embedcomments.storage import audit as audit_rows
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import threads as thread_rows
from embedcomments.storage.database import Database

MAX_TEXT = 100_000
PAGE = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """What was done to many comments at once. ``id`` is the batch, by which it is undone; ``changed`` are those that
    are not as before; ``refused`` the ids of those that are gone or could not be changed."""

    id: str
    changed: Sequence[Comment]
    refused: Sequence[str] = ()


class Moderating:
    """Changes of state and words, pins, closed branches, lists, and threads opened and closed.

    ``actor`` is who does it; a name alone is that of a moderator. ``batch`` is shared by what is done at once
    (``new_batch``).
    """

    def __init__(
        self, database: Database, recorder: Recorder, publisher: Publisher, clock: Clock, renderer: TextRenderer
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._publisher = publisher
        self._clock = clock
        self._renderer = renderer

    def new_batch(self) -> str:
        """An id for what is done at once."""
        return new_id(self._clock.now())

    def set_state(
        self,
        comment_id: str,
        state: CommentState,
        *,
        actor: Actor | str,
        reason: str | None = None,
        batch: str | None = None,
        rev: int | None = None,
    ) -> Comment:
        """The comment in ``state``; the same state again changes nothing. ``rev``: that of the comment whom the actor
        has seen.

        Raises CommentNotFound; Conflict for one whose author took it back, for its words are gone, and for one that
        has another ``rev`` by now.
        """

        def alter(present: Comment) -> Comment:
            if rev is not None and present.rev != rev:
                raise Conflict("This comment was decided or changed meanwhile.")
            return _in_state(present, state, reason)

        return self._recorder.change(
            comment_id, alter, actor=actor_named(actor), at=self._clock.now(), reason=reason, batch=batch
        )

    def set_states(
        self,
        comment_ids: Sequence[str],
        state: CommentState,
        *,
        actor: Actor | str,
        reason: str | None = None,
        batch: str | None = None,
    ) -> Batch:
        """Many comments in ``state``, fifty in a transaction; one that cannot be changed stops no other."""
        batch = batch or self.new_batch()

        def alter(_: Connection, present: Comment) -> Comment | None:
            return None if present.state is state else _in_state(present, state, reason)

        changed, refused = self._recorder.change_many(
            comment_ids, alter, actor=actor_named(actor), at=self._clock.now(), reason=reason, batch=batch
        )
        return Batch(id=batch, changed=changed, refused=refused)

    def delete_all(
        self, site: Site, identity_id: str, *, actor: Actor | str, reason: str | None = None, batch: str | None = None
    ) -> Batch:
        """Delete everything that a writer has on the site; their words stay for moderators, and ``undo`` puts all
        back. What they write meanwhile may be missed."""
        actor = actor_named(actor)
        require(actor, Right.CHANGE_COMMENTS, site.id)
        batch = batch or self.new_batch()
        states = tuple(state for state in CommentState if state is not CommentState.DELETED)
        which = comment_rows.Filter(site_id=site.id, identity_id=identity_id, states=states)
        changed: list[Comment] = []
        refused: list[str] = []
        before: str | None = None
        while True:
            with self._database.read() as connection:
                page = comment_rows.list_comments(connection, which, before=before, limit=PAGE)
            if not page:
                return Batch(id=batch, changed=changed, refused=refused)
            done = self.set_states(
                [comment.id for comment in page], CommentState.DELETED, actor=actor, reason=reason, batch=batch
            )
            changed += done.changed
            refused += done.refused
            before = page[-1].id

    def edit(
        self, comment_id: str, text: str, *, actor: Actor | str, reason: str | None = None, batch: str | None = None
    ) -> Comment:
        """The comment with another text, marked as edited. No plugin changes or judges what a moderator wrote; it is
        rendered and sanitized as every text is.

        Raises CommentNotFound; Conflict for one that is deleted; InvalidRequest for no text, or one beyond 100,000
        characters.
        """
        if not text.strip():
            raise InvalidRequest("There is nothing in the comment.", errors={"text": ["Write something first."]})
        if len(text) > MAX_TEXT:
            sentence = f"A comment has at most {MAX_TEXT} characters."
            raise InvalidRequest(sentence, errors={"text": [sentence]})
        now = self._clock.now()

        def alter(present: Comment) -> Comment:
            if present.state is CommentState.DELETED:
                raise Conflict("This comment is deleted. Restore it before you change its words.")
            if present.source == text:
                return present
            if present.kind is not CommentKind.COMMENT and present.source_format is SourceFormat.MARKDOWN:
                html = self._renderer.plain(text)
            else:
                html = self._renderer.render(text, present.source_format)
            return replace(present, source=text, html=html, edited_at=now)

        return self._recorder.change(comment_id, alter, actor=actor_named(actor), at=now, reason=reason, batch=batch)

    def pin(
        self,
        comment_id: str,
        pinned: bool,
        *,
        actor: Actor | str,
        reason: str | None = None,
        batch: str | None = None,
    ) -> Comment:
        """Have a comment stand first in its thread, or no longer.

        Raises CommentNotFound; Conflict for an answer, for one that is not published, and for a fourth of a thread.
        """

        def alter(connection: Connection, present: Comment) -> Comment | None:
            if present.pinned == pinned:
                return None
            if pinned and present.depth:
                raise Conflict("Only a comment at the top level can be pinned.")
            if pinned and not present.is_public:
                raise Conflict("Only a published comment can be pinned.")
            if pinned and comment_rows.count_pinned(connection, present.thread_id) >= MAX_PINS:
                raise Conflict(f"A thread has at most {MAX_PINS} pinned comments; unpin another one first.")
            return replace(present, pinned=pinned)

        return self._recorder.change_within(
            comment_id, alter, actor=actor_named(actor), at=self._clock.now(), reason=reason, batch=batch
        )

    def close_branch(
        self,
        comment_id: str,
        closed: bool,
        *,
        actor: Actor | str,
        reason: str | None = None,
        batch: str | None = None,
    ) -> Comment:
        """Take no answers to a comment and to what stands below it, or take them again. Raises CommentNotFound."""
        return self._recorder.change(
            comment_id,
            lambda present: replace(present, closed=closed),
            actor=actor_named(actor),
            at=self._clock.now(),
            reason=reason,
            batch=batch,
        )

    def erase(self, comment_id: str, *, actor: Actor | str, reason: str | None = None) -> Comment:
        """Delete a comment with its words, name and address for good, also from the record. Its place stays while
        answers do. Raises CommentNotFound."""
        return self._recorder.change(
            comment_id,
            Comment.without_words,
            actor=actor_named(actor),
            at=self._clock.now(),
            action="comment.erase",
            reason=reason,
        )

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

    def verdicts(self, site: Site, comment_ids: Sequence[str]) -> dict[str, tuple[Verdict, ...]]:
        """What plugins said of comments of the site when they were last judged, by id; those without are absent."""
        with self._database.read() as connection:
            return comment_rows.verdicts_of(connection, site.id, comment_ids)

    def refresh(self, comment_id: str, actor: Actor | str) -> None:
        """Show a comment anew to all who watch: what a plugin shows with it has changed. Raises CommentNotFound."""
        self._recorder.touch(comment_id, actor=actor_named(actor), at=self._clock.now())

    def set_score(self, comment_id: str, work: Callable[[Connection], int | None], actor: Actor | str) -> Comment:
        """The comment with the score that ``work`` answered, shown anew to all who watch. ``work`` runs in the same
        transaction, with the thread's row held; None from it changes nothing. Raises CommentNotFound."""
        return self._recorder.rate(comment_id, work, actor=actor_named(actor), at=self._clock.now())

    def set_closed(
        self, site: Site, key: str, closed: bool, *, actor: Actor | str = SYSTEM, reason: str | None = None
    ) -> Thread:
        """Close or reopen the thread ``key`` (normalised). Raises ThreadNotFound."""
        at = self._clock.now()
        who = actor_named(actor)
        require(who, Right.CHANGE_COMMENTS, site.id)

        def work(connection: Connection) -> Thread:
            found = thread_rows.get_thread(connection, site.id, key)
            thread = found and thread_rows.lock_thread(connection, found.id)
            if thread is None:
                raise ThreadNotFound("There is no thread with that key.")
            return _log_closed(connection, thread, closed, who, at, reason)

        thread = self._database.write(work)
        self._publisher.publish(Hint(site_id=site.id, key=thread.key, seq=thread.seq))
        return thread


def _in_state(present: Comment, state: CommentState, reason: str | None) -> Comment:
    if present.state is state:
        return present
    if present.is_erased:
        raise Conflict("The words of this comment were erased; there is nothing left to publish.")
    return replace(present, state=state, reason=reason if reason is not None else present.reason)


def _log_closed(
    connection: Connection, thread: Thread, closed: bool, actor: Actor, at: datetime, reason: str | None
) -> Thread:
    if thread.closed == closed:
        return thread
    thread_rows.set_closed(connection, thread.id, closed)
    seq, _ = thread_rows.advance(connection, thread.id)
    thread_rows.log(connection, thread.id, seq, EventKind.THREAD_CHANGED, None, actor, at)
    audit_rows.add_entry(
        connection,
        site_id=thread.site_id,
        at=at,
        actor=actor,
        action="thread.close" if closed else "thread.reopen",
        subject=Subject(kind="thread", id=thread.key),
        before={"closed": thread.closed},
        after={"closed": closed},
        reason=reason,
    )
    return replace(thread, closed=closed, seq=seq)
