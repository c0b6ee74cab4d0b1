"""What happened to a comment from its writing on: the thread's log and the record, told as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from embedcomments.domain.audit import AuditFilter, Subject
from embedcomments.domain.comments import Comment
from embedcomments.domain.events import EventKind
from embedcomments.domain.identities import ActorKind
from embedcomments.storage import audit as audit_rows
from embedcomments.storage import events as event_rows

MAX_EVENTS = 300
_ACTIONS = {
    EventKind.SUBMITTED: "comment.submit",
    EventKind.PUBLISHED: "comment.publish",
    EventKind.EDITED: "comment.edit",
    EventKind.HELD: "comment.hold",
    EventKind.SPAMMED: "comment.spam",
    EventKind.DELETED: "comment.delete",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """One thing that happened to a comment, as AuditEntry tells it. ``actor_kind`` is None for what an earlier version
    wrote down, which did not say; of that ``before`` and ``after`` are not known either."""

    at: datetime
    actor_kind: ActorKind | None
    actor: str
    action: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str | None = None
    batch: str | None = None


def history_of(connection: Connection, comment: Comment) -> Sequence[Happening]:
    """Oldest first, in two queries; of a comment with more than 300 events the last ones."""
    which = AuditFilter(site_id=comment.site_id, subject=Subject(kind="comment", id=comment.id))
    lines = list(reversed(audit_rows.list_entries(connection, which, MAX_EVENTS)))
    told = {(line.at, line.actor) for line in lines}
    found = [
        Happening(
            at=line.at,
            actor_kind=line.actor_kind,
            actor=line.actor,
            action=line.action,
            before=line.before or {},
            after=line.after or {},
            reason=line.reason,
            batch=line.batch,
        )
        for line in lines
    ]
    begun = []
    for number, event in enumerate(event_rows.events_about(connection, comment.id, MAX_EVENTS)):
        action = _ACTIONS.get(event.kind)
        if number == 0 and event.kind is EventKind.PUBLISHED:
            action = "comment.submit"  # it was published as it was written
        if action is None or (event.at, event.actor) in told:
            continue
        after = {"state": "published"} if event.kind is EventKind.PUBLISHED else {}
        begun.append(
            Happening(
                at=event.at, actor_kind=event.actor_kind, actor=event.actor, action=action, before={}, after=after
            )
        )
    # Sorting keeps the order of equals: what began stands before what was done to it at the same moment.
    return sorted([*begun, *found], key=lambda item: item.at)
