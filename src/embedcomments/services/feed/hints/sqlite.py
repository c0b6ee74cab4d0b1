"""Hints between processes that share one SQLite file: the file itself tells that somebody wrote."""

from __future__ import annotations

import threading
from collections.abc import Callable

from embedcomments.domain.events import Hint
from embedcomments.services.feed.hints.steady import Steady
from embedcomments.services.feed.hub import Hub


class SqliteHints:
    """Has the hub compare all its threads whenever ``data_version`` answers something new.

    ``data_version`` reads ``PRAGMA data_version`` on a connection kept for that (the number is the
    connection's own); only this carrier's thread calls it, every ``interval_s`` while anybody watches.
    Source: https://www.sqlite.org/pragma.html#pragma_data_version
    """

    def __init__(self, hub: Hub, data_version: Callable[[], int], *, interval_s: float = 0.15) -> None:
        self._hub = hub
        self._data_version = data_version
        self._interval_s = interval_s
        self._poller = Steady("feed_sqlite_hints", self._run)

    def publish(self, hint: Hint) -> None:
        """Tell the hub of this process at once; the others find out by their polling."""
        self._hub.publish(hint)

    def start(self) -> None:
        """Start polling."""
        self._poller.start()

    def stop(self) -> None:
        """Stop polling."""
        self._poller.stop()

    def _run(self, stopping: threading.Event) -> None:
        seen: int | None = None
        while not stopping.wait(self._interval_s):
            if not self._hub.is_watched:
                continue
            version = self._data_version()
            if version != seen:
                seen = version
                self._hub.check_all()
