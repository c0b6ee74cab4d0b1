"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


class ManualClock:
    """Fulfils ``embedcomments.api.Clock``. It begins on a Tuesday morning, 24 November 2026, 9:30 UTC."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """The moment it was last set to, in UTC."""
        return self.moment

    def set(self, moment: datetime) -> None:
        """Show that moment from now on. Raises ValueError for one without a time zone."""
        if moment.tzinfo is None:
            raise ValueError("A moment needs a time zone, such as datetime.UTC.")
        self.moment = moment.astimezone(UTC)

    def advance(self, **by: float) -> datetime:
        """Move on by what ``timedelta`` takes (``minutes=5``); the new moment."""
        self.moment += timedelta(**by)
        return self.moment
