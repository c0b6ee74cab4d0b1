"""The core's own jobs, in the same queue as those of plugins."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from embedcomments.domain.errors import InvalidRequest, MailRefused
from embedcomments.services.jobs import MAX_ATTEMPTS, Outcome
from embedcomments.storage.jobs import JobRow

CORE = "embedcomments"  # stands where the plugin's name does; no plugin can have it


class OwnJobs:
    """Runs the core's jobs, and hands all others on. ``handlers`` raise when it did not work."""

    def __init__(self, handlers: Mapping[str, Callable[[JobRow], None]], others: Callable[[JobRow], Outcome]) -> None:
        self._handlers = handlers
        self._others = others

    def run(self, row: JobRow) -> Outcome:
        """Execute one job. What was refused for good is not tried again."""
        if row.plugin != CORE:
            return self._others(row)
        handler = self._handlers.get(row.name)
        if handler is None:
            return Outcome(error=f"There is no job {row.name!r} any more.", final=True)
        try:
            handler(row)
        except (MailRefused, InvalidRequest) as error:
            return Outcome(error=error.message[:2000], final=True)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told and tried again
            return Outcome(error=f"{type(error).__name__}: {error}"[:2000], final=row.attempts >= MAX_ATTEMPTS)
        return Outcome()
