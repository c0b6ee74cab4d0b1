"""The record: who did what, to what, when, and how it was before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from embedcomments.domain.identities import ActorKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """What something was done to: ``comment``, ``thread``, ``identity``, ``moderator``, ``plugin`` …, and its id."""

    kind: str
    id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEntry:
    """One line of the record.

    ``id`` grows with time. ``site_id`` is None for what concerns the whole instance. ``action`` is a stable dotted
    name, ``comment.publish``; those of plugins begin with the plugin's. ``before`` and ``after`` are small JSON
    objects with the same keys: what changed, and nothing else; None when there is nothing to tell. E-mail addresses
    of readers are never in it; texts are, and go when the comment's words are erased. What was done at once shares
    ``batch``.
    """

    id: int
    site_id: int | None
    at: datetime
    actor_kind: ActorKind
    actor: str
    action: str
    subject: Subject
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    reason: str | None
    batch: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditFilter:
    """Which lines are meant; None and "" mean all. ``action``: that one, or with a dot at its end all that begin so.
    ``before``: those with a lower id.

    Beside the lines of ``site_id`` there may be asked for those that concern no single site: of ``people``, who are
    moderators' ids, or all of them (``with_instance``)."""

    site_id: int | None = None
    people: frozenset[int] = frozenset()
    with_instance: bool = False
    action: str = ""
    actor: str = ""
    subject: Subject | None = None
    batch: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
