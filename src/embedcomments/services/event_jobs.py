"""How plugins hear of events: each by a row of the durable queue, written in the transaction of what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from embedcomments.domain.events import CommentEvent, EventKind, PluginEvent
from embedcomments.domain.identities import ActorKind
from embedcomments.services.views import moment

ON_EVENT = "on_event"
_EVENT_FIELDS = tuple(field.name for field in fields(CommentEvent))


def event_job(plugin: str, event: CommentEvent) -> dict[str, Any]:
    """The row by which one plugin hears of an event."""
    payload = {name: getattr(event, name) for name in _EVENT_FIELDS}
    payload |= {"kind": event.kind.value, "at": moment(event.at), "actor_kind": event.actor_kind.value}
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
    # Jobs that an earlier version wrote do not say it.
    values["actor_kind"] = ActorKind(values.get("actor_kind", ActorKind.SYSTEM))
    return CommentEvent(**values)
