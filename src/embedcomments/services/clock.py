"""The real clock."""

import threading
import time
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FOLLOWED_STEP = timedelta(seconds=5)


class SystemClock:
    """The machine's time, in whole milliseconds, as the database keeps it.

    A small step back, as setting a clock right makes, is waited out: ids are ordered by time, and an answer must not
    come to stand before what it answers. A larger one is followed, for the time before it was wrong.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told = 0, datetime.min.replace(tzinfo=UTC)  # the last moment, also as milliseconds since 1970

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        millis = time.time_ns() // 1_000_000
        known, last = self._told
        if millis == known:  # asked several times while a comment is taken
            return last
        moment = _EPOCH + timedelta(milliseconds=millis)
        with self._lock:
            known, last = self._told
            if not moment < last <= moment + _FOLLOWED_STEP:
                self._told = millis, moment
            return self._told[1]
