"""What other servers do not answer just now is tried again, for a day and a half, and then given up.

That stands in the plugin's own tables, and no dead letter tells of it: it is no fault of this server, and strangers
choose whom it is asked to call.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from embedcomments.api import PluginContext

PAUSES = (
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(hours=24),
)


def attempt_of(payload: Mapping[str, Any]) -> int:
    """How often the job ran before: 0 the first time."""
    return int(payload.get("attempt", 0))


def is_last(payload: Mapping[str, Any]) -> bool:
    """Whether the job is not tried again when it fails this time."""
    return attempt_of(payload) >= len(PAUSES)


def try_again(ctx: PluginContext, job: str, payload: Mapping[str, Any], key: str) -> None:
    """Have the job done again after a pause that grows from time to time, unless this was the last time or it waits
    already."""
    if not is_last(payload):
        attempt = attempt_of(payload)
        ctx.jobs.enqueue(job, {**payload, "attempt": attempt + 1}, after=PAUSES[attempt], key=f"{job}-again:{key}")
