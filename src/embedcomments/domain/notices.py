"""How a moderator hears by mail of comments that wait."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class Pace(StrEnum):
    """How often somebody gets mail about what is held on a site."""

    NEVER = "never"
    EACH = "each"
    HOURLY = "hourly"
    DAILY = "daily"

    @property
    def pause(self) -> timedelta:
        """The least time between two mails."""
        return _PAUSES.get(self, timedelta(0))


_PAUSES = {Pace.HOURLY: timedelta(hours=1), Pace.DAILY: timedelta(days=1)}
