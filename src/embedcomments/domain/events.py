"""What happened in a thread, in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from embedcomments.domain.identities import ActorKind


class EventKind(StrEnum):
    """Kinds of events. A row says which comment, never what it says: erasing stays complete."""

    SUBMITTED = "comment_submitted"
    PUBLISHED = "comment_published"
    EDITED = "comment_edited"
    HELD = "comment_held"
    SPAMMED = "comment_marked_as_spam"
    DELETED = "comment_deleted"
    THREAD_CHANGED = "thread_changed"
    EXTENDED = "comment_extended"


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One row of a thread's log; ``seq`` counts from 1 without gaps. ``comment_id`` is None for the thread's own."""

    thread_id: int
    seq: int
    kind: EventKind
    comment_id: str | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CommentEvent:
    """What ``on_event`` of a plugin gets: ``kind`` says what happened to the comment, ``actor`` who did it
    (a name for the record: ``reader``, ``system``, a plugin's or a moderator's name), ``actor_kind`` what they are."""

    kind: EventKind
    site_id: int
    thread_key: str
    comment_id: str
    actor: str
    at: datetime
    actor_kind: ActorKind = ActorKind.SYSTEM


@dataclass(frozen=True, slots=True)
class Listener:
    """A plugin that listens to events, but for those of which it has no use."""

    name: str
    ignores: frozenset[tuple[EventKind, ActorKind]] = frozenset()

    def hears(self, event: CommentEvent) -> bool:
        """Whether the plugin is told of it."""
        return (event.kind, event.actor_kind) not in self.ignores


@dataclass(frozen=True, kw_only=True, slots=True)
class PluginEvent:
    """An event that a plugin declared and published. ``name`` is ``PLUGIN.EVENT``; ``data`` is JSON."""

    name: str
    site_id: int
    data: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Hint:
    """News that a thread has reached ``seq``. Losing one costs delay, never a comment."""

    site_id: int
    key: str
    seq: int
