"""How plugins are doing: failures counted by plugin and hook, and a breaker that rests a hook that keeps failing."""

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
    """One plugin's record in this process, by hook. ``in_a_row``: failures since its last success;
    ``rests_until``: when a hook that is not called may be tried again. ``last_error`` is a sentence for the admin."""

    failures: Counter[str] = field(default_factory=Counter)
    in_a_row: Counter[str] = field(default_factory=Counter)
    rests_until: dict[str, float] = field(default_factory=dict)
    last_error: str = ""


class Health:
    """The records of all plugins, safe to use from many threads. ``now``: seconds of a clock that never goes back.

    Each hook rests by itself: one that always hangs would otherwise never rest beside another that works.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._records: dict[str, PluginHealth] = {}

    def resting(self, plugin: str) -> list[str]:
        """Its hooks that are not called just now. Looking changes nothing."""
        record = self._records.get(plugin)
        now = self._now()
        return [] if record is None else sorted(hook for hook, until in list(record.rests_until.items()) if now < until)

    def is_resting(self, plugin: str) -> bool:
        """Whether any of its hooks is not called just now."""
        return bool(self.resting(plugin))

    def admits(self, plugin: str, hook: str) -> bool:
        """Whether the hook may be called now. After a rest one call is let through: its success ends the rest,
        its failure begins another."""
        record = self._records.get(plugin)
        if record is None or hook not in record.rests_until:
            return True
        with self._lock:
            if self._now() < record.rests_until.get(hook, 0.0):
                return False
            record.rests_until[hook] = self._now() + REST_S
            return True

    def succeeded(self, plugin: str, hook: str) -> None:
        """A call went well."""
        record = self._records.get(plugin)
        if record is not None and record.in_a_row[hook]:
            with self._lock:
                del record.in_a_row[hook]
                record.rests_until.pop(hook, None)

    def failed(self, plugin: str, hook: str, error: str, *, may_rest: bool = True) -> None:
        """A call raised, answered nonsense or took too long. ``may_rest``: whether the breaker is for such calls. It is
        not for routes, which strangers could put to rest by what they send, nor for jobs, which have a backoff."""
        with self._lock:
            record = self._records.setdefault(plugin, PluginHealth())
            record.failures[hook] += 1
            record.in_a_row[hook] += 1
            record.last_error = f"{hook}: {error}"
            if may_rest and record.in_a_row[hook] >= FAILURES_TO_OPEN:
                record.rests_until[hook] = self._now() + REST_S

    def records(self) -> dict[str, PluginHealth]:
        """By plugin name; plugins that never failed are absent."""
        with self._lock:
            return dict(self._records)
