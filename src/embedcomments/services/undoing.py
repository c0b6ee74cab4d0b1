"""Puts back what was done, as the record tells it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from embedcomments.domain.audit import AuditEntry, AuditFilter, Subject
from embedcomments.domain.comments import Comment, CommentState
from embedcomments.domain.errors import Conflict
from embedcomments.domain.identities import Actor, actor_named
from embedcomments.domain.ids import new_id
from embedcomments.domain.protocols import Clock
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import MAX_PINS
from embedcomments.services.moderating import Batch
from embedcomments.services.recording import Recorder
from embedcomments.storage import audit as audit_rows
from embedcomments.storage import comments as comment_rows
from embedcomments.storage.database import Database

FIELDS = ("state", "pinned", "closed")
MAX_LINES = 100_000


class Undoing:
    """Restores single comments, and undoes batches."""

    def __init__(self, database: Database, recorder: Recorder, clock: Clock) -> None:
        self._database = database
        self._recorder = recorder
        self._clock = clock

    def restore(
        self, comment_id: str, *, actor: Actor | str, reason: str | None = None, batch: str | None = None
    ) -> Comment:
        """The comment in the state that it had before its present one, by the record; held when that does not say.

        Raises CommentNotFound; Conflict for one whose words were erased.
        """

        def alter(connection: Connection, present: Comment) -> Comment | None:
            if present.is_erased:
                raise Conflict("The words of this comment were erased; there is nothing left to restore.")
            state = _state_before(connection, present)
            return None if state is present.state else replace(present, state=state)

        return self._recorder.change_within(
            comment_id,
            alter,
            actor=actor_named(actor),
            at=self._clock.now(),
            action="comment.restore",
            reason=reason,
            batch=batch,
        )

    def undo(self, site: Site, batch: str, *, actor: Actor | str) -> Batch:
        """Put back the states, pins and closed branches that a batch changed, but for what was changed since.

        Edits and erasures are not undone. The answer's ``changed`` are the comments that are as before; ``refused``
        those that were changed since. Undoing again changes nothing; undoing the answer's ``id`` does it all again.
        """
        with self._database.read() as connection:
            lines = audit_rows.list_entries(connection, AuditFilter(site_id=site.id, batch=batch), MAX_LINES)
        deeds = _deeds(reversed(lines))

        def alter(connection: Connection, present: Comment) -> Comment | None:
            return _put_back(connection, present, deeds[present.id])

        undone = new_id(self._clock.now())
        changed, _ = self._recorder.change_many(
            list(deeds), alter, actor=actor_named(actor), at=self._clock.now(), reason="Undone", batch=undone
        )
        done = {comment.id for comment in changed}
        return Batch(id=undone, changed=changed, refused=[comment_id for comment_id in deeds if comment_id not in done])


@dataclass(slots=True)
class _Deed:
    """What a batch did to a comment: how its fields were before, how the batch ``left`` them, and its ``last`` line."""

    before: dict[str, Any] = field(default_factory=dict)
    left: dict[str, Any] = field(default_factory=dict)
    last: int = 0


def _deeds(lines: Iterable[AuditEntry]) -> dict[str, _Deed]:
    """By comment, of those that the batch left otherwise than it found them. ``lines``: oldest first."""
    deeds: dict[str, _Deed] = {}
    for line in lines:
        if line.subject.kind != "comment":
            continue
        deed = deeds.setdefault(line.subject.id, _Deed())
        deed.last = line.id
        for name in FIELDS:
            if name in (line.after or {}):
                deed.before.setdefault(name, (line.before or {}).get(name))
                deed.left[name] = (line.after or {})[name]
    for deed in deeds.values():
        deed.before = {name: value for name, value in deed.before.items() if value != deed.left[name]}
    return {comment_id: deed for comment_id, deed in deeds.items() if deed.before}


def _put_back(connection: Connection, present: Comment, deed: _Deed) -> Comment | None:
    """The comment as before when it still is as it was left, and the record has nothing of these fields since."""
    now = {"state": present.state.value, "pinned": present.pinned, "closed": present.closed}
    since = audit_rows.entries_of(connection, [Subject(kind="comment", id=present.id)], after=deed.last)
    touched = {name for line in since for name in line.after or {}}
    before = deed.before
    if present.is_erased or touched & set(before) or any(now[name] != deed.left[name] for name in before):
        return None
    if before.get("pinned") and comment_rows.count_pinned(connection, present.thread_id) >= MAX_PINS:
        return None
    return replace(
        present,
        state=CommentState(before.get("state", present.state)),
        pinned=bool(before.get("pinned", present.pinned)),
        closed=bool(before.get("closed", present.closed)),
    )


def _state_before(connection: Connection, present: Comment) -> CommentState:
    which = AuditFilter(site_id=present.site_id, subject=Subject(kind="comment", id=present.id))
    for line in audit_rows.list_entries(connection, which, 100):
        if (line.after or {}).get("state") == present.state.value:
            return CommentState((line.before or {})["state"])
    return CommentState.HELD if present.state is CommentState.DELETED else present.state
