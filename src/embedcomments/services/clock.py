"""The real clock."""

from datetime import UTC, datetime


class SystemClock:
    """The machine's time, in whole milliseconds, as the database keeps it."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
