"""Whether anything may have changed since something was kept in memory."""

from __future__ import annotations

import time
from collections.abc import Hashable

from embedcomments.storage.database import Database

MAX_AGE_S = 1.0


class Freshness:
    """Hands out stamps: an equal stamp means that nothing was committed in between.

    On SQLite that is exact over all processes (``PRAGMA data_version``, 3 µs). On PostgreSQL a stamp
    changes with this process's own commits, with every hint from another one (``hint``), and each second.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._hints = 0

    def hint(self) -> None:
        """News of a commit elsewhere."""
        self._hints += 1

    def stamp(self) -> Hashable:
        """Take it before reading what is to be kept, never after."""
        version = self._database.data_version()
        return self._commits() if version is None else version

    def sites_stamp(self) -> Hashable:
        """Likewise, of sites and what is chosen there alone: it stays while people only write comments."""
        version = self._database.sites_version()
        return self._commits() if version is None else version

    def _commits(self) -> Hashable:
        return (self._database.commits, self._hints, int(time.monotonic() / MAX_AGE_S))
