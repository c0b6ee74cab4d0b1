"""What a site's owner wants to know at a glance: how much is written, what waits, where people talk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median_low

from embedcomments.domain.comments import CommentState
from embedcomments.domain.protocols import Clock
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Thread
from embedcomments.storage import statistics as rows
from embedcomments.storage import threads as thread_rows
from embedcomments.storage.database import Database

BUSY_DAYS = 7
BUSY_THREADS = 8
# Of more comments than this only the newest are looked at for the busiest threads: that costs 6 ms, all of a flood far
# more, and who leads is the same.
BUSY_AMONG = 2_000
DECISIONS = 500  # of each kind, for the median


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """How many comments were written on ``date`` (UTC), by their present state; every state is there."""

    date: date
    counts: Mapping[CommentState, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """A site's figures.

    ``days``: one for each day, the last is today. ``before``: sums of as many days before them. ``waiting``: held now,
    whenever written; ``oldest_waiting_at`` None when nothing is. ``median_wait``: of held comments until a moderator
    decided them on one of the days, None when nobody did. ``busiest``: threads of the last BUSY_DAYS days with the
    number of comments published there, among ``busy_among`` comments, at most BUSY_AMONG.
    """

    days: tuple[Day, ...]
    before: Mapping[CommentState, int]
    waiting: int
    oldest_waiting_at: datetime | None
    median_wait: timedelta | None
    busiest: tuple[tuple[Thread, int], ...]
    busy_among: int

    def total(self, state: CommentState) -> int:
        """The sum over all days."""
        return sum(day.counts[state] for day in self.days)


class Overviews:
    """Counts what the overview of a site shows: five queries, whatever the site's size."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def of(self, site: Site, days: int) -> Overview:
        """The last ``days`` days of the site, today included. Days begin at midnight in UTC."""
        now = self._clock.now().astimezone(UTC)
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        starts = [today - timedelta(days=ago) for ago in range(days - 1, -1, -1)]
        moments = [starts[0] - timedelta(days=days), *starts, today + timedelta(days=1)]
        with self._database.read() as connection:
            before, *counts = rows.counts_by_period(connection, site.id, moments)
            waiting, oldest = rows.waiting(connection, site.id)
            busiest, among = rows.busiest_since(
                connection, site.id, now - timedelta(days=BUSY_DAYS), among=BUSY_AMONG, limit=BUSY_THREADS
            )
            waits = rows.decision_times(connection, site.id, starts[0], among=DECISIONS)
            threads = thread_rows.threads_by_id(connection, [thread_id for thread_id, _ in busiest])
        return Overview(
            days=tuple(Day(date=at.date(), counts=found) for at, found in zip(starts, counts, strict=True)),
            before=before,
            waiting=waiting,
            oldest_waiting_at=oldest,
            median_wait=median_low(waits) if waits else None,
            busiest=tuple((threads[thread_id], number) for thread_id, number in busiest),
            busy_among=among,
        )
