"""Rows of the record. They are only ever added, but for words that go with their comment (``forget_words``) and for
lines that count (``count_entry``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, insert, select, true, update

from embedcomments.domain.audit import AuditEntry, AuditFilter, Subject
from embedcomments.domain.identities import Actor, ActorKind
from embedcomments.storage.prepared import Prepared
from embedcomments.storage.tables import audit
from embedcomments.storage.types import storable

_NAMES = (
    "site_id", "at", "actor_kind", "actor", "action", "subject_kind", "subject_id", "before", "after", "reason",
    "batch",
)  # fmt: skip
_ADD = Prepared(insert(audit), _NAMES)
# What stands in ``before`` and ``after`` of the core's own lines without being anybody's words.
_WORDLESS = frozenset({"state", "pinned", "closed", "hidden", "key"})


def add_entry(
    connection: Connection,
    *,
    site_id: int | None,
    at: datetime,
    actor: Actor,
    action: str,
    subject: Subject,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str | None = None,
    batch: str | None = None,
) -> None:
    """Write a line, in the caller's transaction: it stands there if and only if the change does."""
    _ADD.run(
        connection,
        {
            "site_id": site_id,
            "at": at,
            "actor_kind": actor.kind.value,
            "actor": actor.name,
            "action": action,
            "subject_kind": subject.kind,
            "subject_id": subject.id,
            "before": _storable(before),
            "after": _storable(after),
            "reason": reason,
            "batch": batch,
        },
    )


def count_entry(
    connection: Connection, *, at: datetime, since: datetime, actor: Actor, action: str, subject: Subject
) -> None:
    """One more attempt of what strangers may do as often as they like: a line of no site for all of them since then,
    with their number, so that nobody fills the record. In the caller's transaction."""
    query = select(audit.c.id, audit.c.after).where(
        audit.c.site_id.is_(None),
        audit.c.action == action,
        audit.c.subject_kind == subject.kind,
        audit.c.subject_id == subject.id,
        audit.c.at > since,
    )
    row = connection.execute(query.order_by(audit.c.id.desc()).limit(1).with_for_update()).one_or_none()
    if row is None:
        add_entry(connection, site_id=None, at=at, actor=actor, action=action, subject=subject, after={"attempts": 1})
    else:
        after = {"attempts": row.after["attempts"] + 1}
        connection.execute(update(audit).where(audit.c.id == row.id).values(after=after))


def list_entries(connection: Connection, which: AuditFilter, limit: int) -> Sequence[AuditEntry]:
    """Newest first, at most ``limit``."""
    found = [
        _entry(row)
        for part in _parts(which)
        for row in connection.execute(_chosen(which, part).order_by(audit.c.id.desc()).limit(limit))
    ]
    return sorted(found, key=lambda entry: entry.id, reverse=True)[:limit]


def entries_after(connection: Connection, which: AuditFilter, after: int, limit: int) -> Sequence[AuditEntry]:
    """Oldest first, those behind the id ``after``, at most ``limit``: for writing all of them out."""
    found = [
        _entry(row)
        for part in _parts(which)
        for row in connection.execute(_chosen(which, part).where(audit.c.id > after).order_by(audit.c.id).limit(limit))
    ]
    return sorted(found, key=lambda entry: entry.id)[:limit]


def entries_of(
    connection: Connection, subjects: Sequence[Subject], *, after: int = 0, limit: int = 1000
) -> Sequence[AuditEntry]:
    """The lines about any of these subjects, which are of one kind, oldest first."""
    if not subjects:
        return []
    query = select(audit).where(
        audit.c.subject_kind == subjects[0].kind,
        audit.c.subject_id.in_([subject.id for subject in subjects]),
        audit.c.id > after,
    )
    return [_entry(row) for row in connection.execute(query.order_by(audit.c.id).limit(limit))]


def forget_words(connection: Connection, subject: Subject) -> None:
    """Leave of the lines about a subject that something was done, by whom and when, and no words."""
    rows = select(audit.c.id, audit.c.action, audit.c.before, audit.c.after, audit.c.reason).where(
        audit.c.subject_kind == subject.kind, audit.c.subject_id == subject.id
    )
    for row in connection.execute(rows).all():
        kept = {"before": _wordless(row.before), "after": _wordless(row.after), "reason": None}
        if kept != {"before": row.before, "after": row.after, "reason": row.reason}:
            connection.execute(update(audit).where(audit.c.id == row.id).values(kept))


def _wordless(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {name: item for name, item in (value or {}).items() if name in _WORDLESS} or None


def _storable(value: Any) -> Any:
    """``value`` with texts that both engines hold."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {storable(str(name)): _storable(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_storable(item) for item in value]
    return value


def _parts(which: AuditFilter) -> Sequence[ColumnElement[bool]]:
    """Whose lines are meant, in parts that are read one by one: an index serves each in the order of the ids, and
    neither engine uses one for all of them together."""
    if which.site_id is None:
        return [true()]
    site, nobody = audit.c.site_id == which.site_id, audit.c.site_id.is_(None)
    if which.with_instance:
        return [site, nobody]
    if which.people:
        ids = [str(number) for number in sorted(which.people)]
        return [site, and_(nobody, audit.c.subject_kind == "moderator", audit.c.subject_id.in_(ids))]
    return [site]


def _chosen(which: AuditFilter, part: ColumnElement[bool]) -> Select[Any]:
    query = select(audit).where(part)
    if which.action.endswith("."):
        # A range, which an index serves, instead of LIKE: "/" is the character behind ".".
        query = query.where(audit.c.action > which.action, audit.c.action < which.action[:-1] + "/")
    elif which.action:
        query = query.where(audit.c.action == which.action)
    if which.actor:
        query = query.where(audit.c.actor == storable(which.actor))
    if which.subject is not None:
        query = query.where(
            audit.c.subject_kind == which.subject.kind, audit.c.subject_id == storable(which.subject.id)
        )
    if which.batch is not None:
        query = query.where(audit.c.batch == which.batch)
    if which.since is not None:
        query = query.where(audit.c.at >= which.since)
    if which.until is not None:
        query = query.where(audit.c.at < which.until)
    if which.before is not None:
        query = query.where(audit.c.id < which.before)
    return query


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        site_id=row.site_id,
        at=row.at,
        actor_kind=ActorKind(row.actor_kind),
        actor=row.actor,
        action=row.action,
        subject=Subject(kind=row.subject_kind, id=row.subject_id),
        before=row.before,
        after=row.after,
        reason=row.reason,
        batch=row.batch,
    )
