"""The record of who did what: read by the desk and by plugins, written out for the owner.

It is written where things change, in the transaction of the change (``storage.audit.add_entry``); nothing removes
lines from it, and what it holds of people's words goes when these are erased.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from embedcomments.domain.audit import AuditEntry, AuditFilter, Subject
from embedcomments.domain.identities import Actor
from embedcomments.domain.protocols import Clock
from embedcomments.services.views import moment
from embedcomments.storage import audit as audit_rows
from embedcomments.storage.database import Database

PAGE = 500
MAX_TEXT = 2000


class Auditing:
    """The record of an instance."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def record(
        self,
        *,
        site_id: int | None,
        actor: Actor,
        action: str,
        subject: Subject,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        reason: str | None = None,
        batch: str | None = None,
    ) -> None:
        """Write a line of what was done elsewhere than in the core's tables; durable when it returns."""
        at = self._clock.now()
        self._database.write(
            lambda connection: audit_rows.add_entry(
                connection,
                site_id=site_id,
                at=at,
                actor=actor,
                action=action,
                subject=subject,
                before=before,
                after=after,
                reason=reason,
                batch=batch,
            )
        )

    def list(self, which: AuditFilter, limit: int = 50) -> Sequence[AuditEntry]:
        """Newest first, at most ``limit`` and 500."""
        with self._database.read() as connection:
            return audit_rows.list_entries(connection, which, max(0, min(limit, PAGE)))

    def all(self, which: AuditFilter) -> Iterator[AuditEntry]:
        """Every line, oldest first, however many there are."""
        after = 0
        while True:
            with self._database.read() as connection:
                page = audit_rows.entries_after(connection, which, after, PAGE)
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1].id


def entry_json(entry: AuditEntry, sites: Mapping[int, str]) -> dict[str, Any]:
    """A line as it is exported. ``sites``: names by id."""
    return {
        "id": entry.id,
        "at": moment(entry.at),
        "site": None if entry.site_id is None else sites.get(entry.site_id),
        "actor_kind": entry.actor_kind.value,
        "actor": entry.actor,
        "action": entry.action,
        "subject": {"kind": entry.subject.kind, "id": entry.subject.id},
        "before": entry.before,
        "after": entry.after,
        "reason": entry.reason,
        "batch": entry.batch,
    }


def changes_of(
    before: Mapping[str, Any], after: Mapping[str, Any], secret: frozenset[str] = frozenset()
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs between two mappings, before and after, for the record. Long texts are cut, and of what is
    ``secret`` only the name is told."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return (
        {name: _told(name, before.get(name), secret) for name in names},
        {name: _told(name, after.get(name), secret) for name in names},
    )


def _told(name: str, value: Any, secret: frozenset[str]) -> Any:
    if name in secret:
        return "(secret)" if value else None
    if isinstance(value, str) and len(value) > MAX_TEXT:
        return value[:MAX_TEXT] + "…"
    return list(value) if isinstance(value, tuple) else value
