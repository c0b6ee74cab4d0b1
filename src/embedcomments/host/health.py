"""How plugins are doing: failures counted by plugin and hook, and a breaker that rests a plugin that keeps failing."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

FAILURES_TO_OPEN = 5
REST_S = 30.0


@dataclass(kw_only=True)
class PluginHealth:
    """One plugin's record in this process. ``last_error`` is a sentence for the admin."""

    failures: Counter[str] = field(default_factory=Counter)
    in_a_row: int = 0
    rests_until: float = 0.0
    last_error: str = ""


class Health:
    """The records of all plugins, safe to use from many threads. ``now``: seconds of a clock that never goes back."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._records: dict[str, PluginHealth] = {}

    def is_resting(self, plugin: str) -> bool:
        """Whether its hooks are not called just now. Looking changes nothing."""
        record = self._records.get(plugin)
        return record is not None and record.in_a_row >= FAILURES_TO_OPEN and self._now() < record.rests_until

    def admits(self, plugin: str) -> bool:
        """Whether a hook may be called now. After a rest one call is let through: its success ends the rest,
        its failure begins another."""
        record = self._records.get(plugin)
        if record is None or record.in_a_row < FAILURES_TO_OPEN:
            return True
        with self._lock:
            if self._now() < record.rests_until:
                return False
            record.rests_until = self._now() + REST_S
            return True

    def succeeded(self, plugin: str) -> None:
        """A call went well."""
        record = self._records.get(plugin)
        if record is not None and record.in_a_row:
            with self._lock:
                record.in_a_row = 0

    def failed(self, plugin: str, hook: str, error: str) -> None:
        """A call raised, answered nonsense or took too long."""
        with self._lock:
            record = self._records.setdefault(plugin, PluginHealth())
            record.failures[hook] += 1
            record.in_a_row += 1
            record.last_error = f"{hook}: {error}"
            if record.in_a_row >= FAILURES_TO_OPEN:
                record.rests_until = self._now() + REST_S

    def records(self) -> dict[str, PluginHealth]:
        """By plugin name; plugins that never failed are absent."""
        with self._lock:
            return dict(self._records)
