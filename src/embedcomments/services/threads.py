"""What moderators do to whole threads: hide, show anew, move to another key, merge."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from embedcomments.domain.audit import Subject
from embedcomments.domain.errors import Conflict, InvalidRequest, ThreadNotFound
from embedcomments.domain.events import Hint
from embedcomments.domain.identities import Actor, actor_named
from embedcomments.domain.permissions import Right
from embedcomments.domain.protocols import Clock, Publisher
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Thread
from embedcomments.services.rights import require
from embedcomments.storage import audit as audit_rows
from embedcomments.storage import moving
from embedcomments.storage import threads as rows
from embedcomments.storage.database import Database, Stale


class Threads:
    """Threads as a whole. Keys are normalised by the caller; an old key of a thread that was moved names it as well."""

    def __init__(self, database: Database, publisher: Publisher, clock: Clock) -> None:
        self._database = database
        self._publisher = publisher
        self._clock = clock

    def set_hidden(
        self, site: Site, key: str, hidden: bool, *, actor: Actor | str, reason: str | None = None
    ) -> Thread:
        """Show readers nothing of the thread, and take no comments, or show it again. Raises ThreadNotFound."""
        who, at = actor_named(actor), self._clock.now()
        require(who, Right.CHANGE_COMMENTS, site.id)

        def work(connection: Connection) -> Thread:
            thread = _held(connection, site, key)
            if thread.hidden == hidden:
                return thread
            rows.set_hidden(connection, thread.id, hidden)
            action = "thread.hide" if hidden else "thread.show"
            _record(connection, thread, action, who, at, {"hidden": thread.hidden}, {"hidden": hidden}, reason)
            # What was sent before must not be sent again out of the log: everybody fetches the thread anew.
            return moving.begin_history(connection, thread, who, at)

        thread = self._database.write(work)
        self._announce(thread, thread.key)
        return thread

    def refresh(self, site: Site, key: str, *, actor: Actor | str) -> Thread:
        """Have everybody who looks at the thread fetch it anew: what is shown with it, but not by a comment of it, has
        changed. Raises ThreadNotFound."""
        who, at = actor_named(actor), self._clock.now()
        require(who, Right.CHANGE_COMMENTS, site.id)
        thread = self._database.write(
            lambda connection: moving.begin_history(connection, _held(connection, site, key), who, at)
        )
        self._announce(thread, thread.key)
        return thread

    def move(self, site: Site, key: str, new_key: str, *, actor: Actor | str, reason: str | None = None) -> Thread:
        """The thread under another key; its old ones lead to it from now on. Again, it changes nothing.

        Raises ThreadNotFound; Conflict when another thread has the key, for then they can only be merged.
        """
        who, at = actor_named(actor), self._clock.now()
        require(who, Right.CHANGE_COMMENTS, site.id)

        def work(connection: Connection) -> tuple[Thread, str]:
            moving.hold_keys(connection, site.id)
            thread = _held(connection, site, key)
            if thread.key == new_key:
                return thread, new_key
            return _move(connection, site, thread, new_key, who, at, reason), thread.key

        thread, old_key = self._write(work)
        self._announce(thread, old_key, thread.key)
        return thread

    def merge(
        self, site: Site, from_key: str, into_key: str, *, actor: Actor | str, reason: str | None = None
    ) -> Thread:
        """The thread ``into_key`` with all comments of ``from_key`` in it; the old key leads to it from now on. When
        nobody wrote under ``into_key`` yet, the thread is moved there. Again, it changes nothing.

        Ids stay; the comments that are carried over get numbers behind those that are there, and lose their pins.
        Everybody who looks at either fetches it anew. Raises ThreadNotFound; InvalidRequest for one key given twice.
        """
        who, at = actor_named(actor), self._clock.now()
        require(who, Right.CHANGE_COMMENTS, site.id)
        if from_key == into_key:
            raise InvalidRequest("A thread cannot be merged with itself.")

        def work(connection: Connection) -> tuple[Thread, str]:
            moving.hold_keys(connection, site.id)
            found = _found(connection, site, from_key)
            into = rows.get_thread(connection, site.id, into_key)
            if into is None:
                thread = _held(connection, site, from_key)
                return _move(connection, site, thread, into_key, who, at, reason), thread.key
            if found.id == into.id:
                return into, into.key  # it was done before
            # In one order, whoever asks: else two who take them the other way round would wait for one another.
            held = {thread_id: rows.lock_thread(connection, thread_id) for thread_id in sorted((found.id, into.id))}
            source, target = held[found.id], held[into.id]
            if source is None or target is None:
                raise Stale
            moving.absorb(connection, source, target)
            _record(connection, target, "thread.merge", who, at, {"key": source.key}, {"key": target.key}, reason)
            return moving.begin_history(connection, target, who, at), source.key

        thread, old_key = self._write(work)
        self._announce(thread, old_key, thread.key)
        return thread

    def aliases(self, thread: Thread) -> list[str]:
        """The other keys under which a thread is found."""
        with self._database.read() as connection:
            return moving.aliases_of(connection, thread.id)

    def _write(self, work: Any) -> tuple[Thread, str]:
        try:
            return self._database.write(work)  # type: ignore[no-any-return]
        except IntegrityError as error:
            raise Conflict("Somebody began to write under that key just now. Try again.") from error

    def _announce(self, thread: Thread, *keys: str) -> None:
        for key in dict.fromkeys(keys):
            self._publisher.publish(Hint(site_id=thread.site_id, key=key, seq=thread.seq))


def _move(
    connection: Connection, site: Site, thread: Thread, new_key: str, actor: Actor, at: datetime, reason: str | None
) -> Thread:
    other = rows.get_thread(connection, site.id, new_key)
    if other is not None and other.id != thread.id:
        raise Conflict("There is a thread with that key already. Merge the two instead.")
    moving.rename(connection, thread, new_key, new_key if new_key.startswith(("http://", "https://")) else None)
    _record(connection, thread, "thread.move", actor, at, {"key": thread.key}, {"key": new_key}, reason)
    return moving.begin_history(connection, thread, actor, at)


def _found(connection: Connection, site: Site, key: str) -> Thread:
    found = rows.get_thread(connection, site.id, key)
    if found is None:
        raise ThreadNotFound("There is no thread with that key.")
    return found


def _held(connection: Connection, site: Site, key: str) -> Thread:
    """The thread, its row held to the commit."""
    thread = rows.lock_thread(connection, _found(connection, site, key).id)
    if thread is None:
        raise Stale
    return thread


def _record(
    connection: Connection,
    thread: Thread,
    action: str,
    actor: Actor,
    at: datetime,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str | None,
) -> None:
    audit_rows.add_entry(
        connection,
        site_id=thread.site_id,
        at=at,
        actor=actor,
        action=action,
        subject=Subject(kind="thread", id=str(after.get("key", thread.key))),
        before=before,
        after=after,
        reason=reason,
    )
