"""The real clock."""

import threading
from datetime import UTC, datetime, timedelta

_FOLLOWED_STEP = timedelta(seconds=5)


class SystemClock:
    """The machine's time, in whole milliseconds, as the database keeps it.

    A small step back, as setting a clock right makes, is waited out: ids are ordered by time, and an answer must not
    come to stand before what it answers. A larger one is followed, for the time before it was wrong.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        moment = datetime.now(UTC)
        moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        with self._lock:
            if not moment < self._last <= moment + _FOLLOWED_STEP:
                self._last = moment
            return self._last
