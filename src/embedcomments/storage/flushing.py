"""Makes what was committed to SQLite durable, after the lock for writing was given to the next.

With ``synchronous=FULL`` SQLite flushes its write-ahead log within each commit, while every other writer waits for the
disk. With ``NORMAL`` a commit only appends to the log (https://www.sqlite.org/pragma.html#pragma_synchronous), and a
flush of that file afterwards makes it as durable: what it holds up to there survives a loss of power, and of what was
appended since, checksums tell how much is whole (https://www.sqlite.org/walformat.html#recovery). So one writes while
another's commit is on its way to the disk, and one flush serves all that committed before it began.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path


class Flusher:
    """Flushes one write-ahead log. Never opens the database itself: to close it would drop SQLite's own locks."""

    def __init__(self, log_path: Path) -> None:
        self._path = log_path
        self._file: int | None = None
        self._changed = threading.Condition()
        self._asked = 0
        self._flushed = 0
        self._is_flushing = False

    def flush(self) -> None:
        """Return when all that was in the log at the call is durable. Raises OSError: it may not be."""
        with self._changed:
            self._asked += 1
            own = self._asked
            while self._is_flushing and self._flushed < own:
                self._changed.wait()
            if self._flushed >= own:
                return
            self._is_flushing = True
            reached = self._asked
        try:
            self._flush()
        finally:
            with self._changed:
                self._is_flushing = False
                self._changed.notify_all()
        with self._changed:
            self._flushed = max(self._flushed, reached)
            self._changed.notify_all()

    def close(self) -> None:
        """Give the file back."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_flushing)
            self._release()

    def _flush(self) -> None:
        try:
            present = os.stat(self._path)
        except FileNotFoundError:
            return  # whoever closed the database last carried all of it over, and flushed that
        if self._file is None or os.fstat(self._file).st_ino != present.st_ino:
            self._release()
            self._file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            folder = os.open(self._path.parent, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(folder)  # a log that is new has to be found again
            finally:
                os.close(folder)
        _fdatasync(self._file)

    def _release(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                os.close(self._file)
            self._file = None


_fdatasync = getattr(os, "fdatasync", os.fsync)  # macOS has no fdatasync
