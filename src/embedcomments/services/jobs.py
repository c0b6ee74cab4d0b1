"""Runs the durable queue: claims what is due, retries with backoff, buries what keeps failing."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from embedcomments.domain.protocols import Clock
from embedcomments.storage import jobs as job_rows
from embedcomments.storage.database import Database
from embedcomments.storage.jobs import JobRow

_log = logging.getLogger(__name__)

POLL_S = 2.0
MAX_BACKOFF_S = 6 * 3600
MAX_ATTEMPTS = 8


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

    def run_due(self) -> int:
        """Work off all that is due now, in the caller's thread; how many jobs ran."""
        done = 0
        while not self._stopping.is_set() and self._run_one():
            done += 1
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
                self.run_due()
            except Exception:  # noqa: BLE001 - the queue outlives whatever goes wrong with the database for a while
                _log.exception("The job queue stumbled; it goes on")
            self._wake.wait(POLL_S)
            self._wake.clear()

    def _run_one(self) -> bool:
        now = self._clock.now()
        with self._database.read() as connection:
            if not job_rows.is_any_due(connection, now):
                return False
        claimed = self._database.write(lambda connection: job_rows.claim(connection, now, self._lease))
        if claimed is None:
            return False
        try:
            outcome = self._run(claimed)
        except Exception as error:  # noqa: BLE001 - whatever it is, the queue goes on
            # Not the job's own failure, but it must not come back every lease for ever either.
            _log.exception("Job %s of %s could not be run", claimed.name, claimed.plugin)
            outcome = Outcome(error=f"{type(error).__name__}: {error}"[:2000], final=claimed.attempts >= MAX_ATTEMPTS)
        if outcome.error is None:
            self._database.write(lambda connection: job_rows.finish(connection, claimed.id))
        elif outcome.final:
            _log.error("Job %s of %s is given up: %s", claimed.name, claimed.plugin, outcome.error)
            self._database.write(lambda connection: job_rows.bury(connection, claimed.id, outcome.error or ""))
        else:
            again = self._clock.now() + backoff(claimed.attempts)
            self._database.write(
                lambda connection: job_rows.retry(connection, claimed.id, run_at=again, error=outcome.error or "")
            )
        return True
