"""Runs the durable queue: claims what is due, retries with backoff, buries what keeps failing."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from embedcomments.domain.protocols import Clock
from embedcomments.storage import jobs as job_rows
from embedcomments.storage.database import Database
from embedcomments.storage.jobs import JobRow

_log = logging.getLogger(__name__)

POLL_S = 2.0
MAX_BACKOFF_S = 6 * 3600
MAX_ATTEMPTS = 8
# Every post may leave jobs that take a millisecond, and claiming one at a time would cost more than the job. So more
# are claimed at once as long as they are quick; what was not begun when they were not is given back to whoever is free.
MOST_AT_ONCE = 64
QUICK_S = 0.1
PATIENCE_S = 0.5
GATHERING_S = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How a run ended. ``error`` None: done. ``final``: no use in trying again."""

    error: str | None = None
    final: bool = False


def backoff(attempts: int) -> timedelta:
    """The pause after the n-th failed run: 5 s doubled each time, at most six hours, with a fifth of jitter."""
    seconds = min(5 * 2 ** (attempts - 1), MAX_BACKOFF_S)
    return timedelta(seconds=seconds * random.SystemRandom().uniform(0.9, 1.1))


class JobRunner:
    """One thread of a process that works the queue off. ``run`` executes a job and says how it ended.

    ``schedule`` is called once a minute, to enqueue what runs every so often.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        run: Callable[[JobRow], Outcome],
        lease: timedelta,
        schedule: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._run = run
        self._lease = lease
        self._schedule = schedule
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._at_once = 1

    def start(self) -> None:
        """Begin; once for a process."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop, name="embedcomments-jobs", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """There may be work now."""
        self._wake.set()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Finish the job at hand. One that takes longer is given back when its lease ends."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout_s)
            self._thread = None

    def run_due(self, pause_s: float = 0.0) -> int:
        """Work off all that is due now, in the caller's thread; how many jobs ran. ``pause_s``: how long to let the
        next ones gather when fewer were there than would have been taken."""
        done = 0
        while not self._stopping.is_set() and (ran := self._run_some(pause_s)):
            done += ran
        return done

    def enqueue_periodic(self) -> None:
        """Enqueue what runs every so often and whose time has come."""
        self._schedule()

    def _loop(self) -> None:
        next_schedule = 0.0
        while not self._stopping.is_set():
            try:
                now = self._clock.now().timestamp()
                if now >= next_schedule:
                    self._schedule()
                    next_schedule = now + 60
                self.run_due(GATHERING_S)
            except Exception:  # noqa: BLE001 - the queue outlives whatever goes wrong with the database for a while
                _log.exception("The job queue stumbled; it goes on")
            self._wake.wait(POLL_S)
            self._wake.clear()

    def _run_some(self, pause_s: float) -> int:
        now = self._clock.now()
        with self._database.read() as connection:
            if not job_rows.is_any_due(connection, now):
                return 0
        limit = self._at_once
        claimed = self._database.write(lambda connection: job_rows.claim(connection, now, self._lease, limit=limit))
        began = time.monotonic()
        ran: list[JobRow] = []
        outcomes: list[Outcome] = []
        for row in claimed:
            if ran and (self._stopping.is_set() or time.monotonic() - began > PATIENCE_S):
                break
            outcomes.append(self._outcome(row))
            ran.append(row)
        if claimed:
            self._at_once = min(2 * self._at_once, MOST_AT_ONCE) if time.monotonic() - began < QUICK_S else 1
            self._database.write(lambda connection: self._settle(connection, claimed, outcomes))
        if pause_s and len(claimed) < limit and all(row.key is None for row in claimed):
            self._stopping.wait(pause_s)
        return len(ran)

    def _outcome(self, row: JobRow) -> Outcome:
        try:
            return self._run(row)
        except Exception as error:  # noqa: BLE001 - whatever it is, the queue goes on
            # Not the job's own failure, but it must not come back every lease for ever either.
            _log.exception("Job %s of %s could not be run", row.name, row.plugin)
            return Outcome(error=f"{type(error).__name__}: {error}"[:2000], final=row.attempts >= MAX_ATTEMPTS)

    def _settle(self, connection: Connection, claimed: Sequence[JobRow], outcomes: Sequence[Outcome]) -> None:
        done = []
        for row, outcome in zip(claimed, outcomes, strict=False):
            if outcome.error is None:
                done.append(row.id)
            elif outcome.final:
                _log.error("Job %s of %s is given up: %s", row.name, row.plugin, outcome.error)
                job_rows.bury(connection, row.id, outcome.error)
            else:
                again = self._clock.now() + backoff(row.attempts)
                job_rows.retry(connection, row.id, run_at=again, error=outcome.error)
        if done:
            job_rows.finish(connection, done)
        if len(claimed) > len(outcomes):
            job_rows.give_back(connection, [row.id for row in claimed[len(outcomes) :]])
