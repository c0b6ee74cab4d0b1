"""The runner of the durable queue."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from embedcomments.services.jobs import MAX_ATTEMPTS, PATIENCE_S, JobRunner, Outcome, backoff
from embedcomments.storage import jobs as job_rows
from embedcomments.storage import sites as site_rows
from embedcomments.storage.database import Database
from embedcomments.storage.jobs import JobRow

LEASE = timedelta(minutes=10)


class Queue:
    """A queue with a runner whose jobs do what the test says."""

    def __init__(self, database: Database, clock: Any) -> None:
        self.database = database
        self.clock = clock
        self.ran: list[str] = []
        self.outcomes: dict[str, Any] = {}
        self.scheduled = 0
        self.runner = self.new_runner()
        database.write(lambda c: site_rows.add_site(c, name="default", title="", at=clock.now()))
        with database.read() as connection:
            site = site_rows.get_site(connection, "default")
        assert site is not None
        self.site_id = site.id

    def new_runner(self) -> JobRunner:
        return JobRunner(self.database, self.clock, self._run, LEASE, self._schedule)

    def add(self, *names: str) -> None:
        now = self.clock.now()
        for name in names:
            self.database.write(
                lambda c, name=name: job_rows.add_job(  # type: ignore[misc]
                    c, plugin="p", name=name, site_id=self.site_id, payload={}, run_at=now, at=now
                )
            )

    def lengths(self) -> dict[str, int]:
        with self.database.read() as connection:
            return job_rows.queue_length(connection)

    def dead(self) -> list[tuple[str, int, str | None]]:
        with self.database.read() as connection:
            return [(j.name, j.attempts, j.error) for j in job_rows.dead_letters(connection, self.site_id)]

    def _run(self, row: JobRow) -> Outcome:
        self.ran.append(row.name)
        outcome = self.outcomes.get(row.name, Outcome())
        if isinstance(outcome, Exception):
            raise outcome
        ended: Outcome = outcome() if callable(outcome) else outcome
        return ended

    def _schedule(self) -> None:
        self.scheduled += 1


@pytest.fixture
def queue(sqlite_database: Database, clock: Any) -> Queue:
    return Queue(sqlite_database, clock)


def test_all_that_is_due_is_run_once_in_order(queue: Queue) -> None:
    queue.add("a", "b", "c")
    assert queue.runner.run_due() == 3
    assert queue.runner.run_due() == 0
    assert (queue.ran, queue.lengths()) == (["a", "b", "c"], {})


def test_a_failed_job_waits_longer_each_time_and_keeps_its_error(queue: Queue) -> None:
    queue.outcomes["a"] = Outcome(error="ValueError: no")
    queue.add("a", "b")
    queue.runner.run_due()
    assert queue.ran == ["a", "b"]
    queue.clock.advance(seconds=4)
    assert queue.runner.run_due() == 0
    queue.clock.advance(seconds=2)
    assert queue.runner.run_due() == 1
    queue.clock.advance(seconds=8)
    assert queue.runner.run_due() == 0
    queue.outcomes["a"] = Outcome()
    queue.clock.advance(seconds=4)
    assert queue.runner.run_due() == 1
    assert queue.lengths() == {}


def test_failures_among_many_that_are_worked_off_together_are_told_apart(queue: Queue) -> None:
    queue.outcomes |= {"c": Outcome(error="ValueError: no"), "e": Outcome(error="broken", final=True)}
    queue.add(*"abcdefg")
    assert queue.runner.run_due() == 7
    assert (queue.ran, queue.lengths(), queue.dead()) == ([*"abcdefg"], {"waiting": 1, "dead": 1}, [("e", 1, "broken")])
    queue.clock.advance(seconds=6)
    del queue.outcomes["c"]
    assert queue.runner.run_due() == 1
    assert queue.lengths() == {"dead": 1}


def test_quick_jobs_are_claimed_together_and_given_back_behind_one_that_is_not(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    elapsed = 0.0
    monkeypatch.setattr("embedcomments.services.jobs.time.monotonic", lambda: elapsed)
    queue.add(*"abcdefg")
    seen: list[dict[str, int]] = []

    def slow() -> Outcome:
        nonlocal elapsed
        elapsed += PATIENCE_S + 1
        return Outcome()

    def look() -> Outcome:
        seen.append(queue.lengths())
        return Outcome()

    queue.outcomes |= {"d": slow, "c": look, "e": look, "f": look}
    assert queue.runner.run_due() == 7
    assert queue.ran == [*"abcdefg"]
    # b and c came together, then four at once, of which d was slow and the others were given back.
    assert seen == [{"running": 2, "waiting": 4}, {"running": 1, "waiting": 2}, {"running": 2}]


def test_what_was_claimed_but_not_begun_is_given_back_when_the_server_stops(queue: Queue) -> None:
    queue.add(*"abcdefg")

    def stop() -> Outcome:
        queue.runner.stop()
        return Outcome()

    queue.outcomes["d"] = stop
    assert queue.runner.run_due() == 4
    assert queue.lengths() == {"waiting": 3}
    assert queue.new_runner().run_due() == 3


@pytest.mark.parametrize("attempts, least, most", [(1, 4.5, 5.5), (2, 9, 11), (5, 72, 88), (30, 19440, 23760)])
def test_the_pause_doubles_up_to_six_hours(attempts: int, least: float, most: float) -> None:
    pauses = [backoff(attempts).total_seconds() for _ in range(50)]
    assert least <= min(pauses) <= max(pauses) <= most
    assert len(set(pauses)) > 1


def test_a_final_failure_is_a_dead_letter(queue: Queue) -> None:
    queue.outcomes["a"] = Outcome(error="broken", final=True)
    queue.add("a")
    queue.runner.run_due()
    queue.clock.advance(days=30)
    assert queue.runner.run_due() == 0
    assert queue.dead() == [("a", 1, "broken")]


def test_a_job_that_cannot_even_be_run_is_given_up_in_the_end_and_hinders_no_other(queue: Queue) -> None:
    queue.outcomes["a"] = RuntimeError("no such thing")
    queue.add("a", "b")
    for _ in range(MAX_ATTEMPTS):
        queue.runner.run_due()
        queue.clock.advance(days=1)
    assert queue.ran == ["a", "b"] + ["a"] * (MAX_ATTEMPTS - 1)
    assert queue.dead() == [("a", MAX_ATTEMPTS, "RuntimeError: no such thing")]


def test_runners_of_two_processes_share_the_work(queue: Queue) -> None:
    queue.add(*(f"n{n}" for n in range(20)))
    runners = [threading.Thread(target=queue.new_runner().run_due) for _ in range(2)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert sorted(queue.ran) == sorted(f"n{n}" for n in range(20))
    assert queue.lengths() == {}


def test_its_thread_runs_what_comes_when_it_is_woken(queue: Queue, wait_for: Callable[..., Any]) -> None:
    queue.runner.start()
    queue.runner.start()
    try:
        wait_for(lambda: queue.scheduled == 1)
        queue.add("a")
        queue.runner.wake()
        wait_for(lambda: queue.ran == ["a"])
    finally:
        queue.runner.stop()
    queue.add("b")
    queue.runner.wake()
    assert (queue.ran, queue.scheduled) == (["a"], 1)


def test_its_thread_survives_whatever_goes_wrong(
    queue: Queue, wait_for: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble() -> None:
        queue.scheduled += 1
        raise RuntimeError("the database is away")

    monkeypatch.setattr(queue, "_schedule", stumble)
    queue.runner = queue.new_runner()
    queue.runner.start()
    try:
        wait_for(lambda: queue.scheduled)
        monkeypatch.setattr(queue.runner, "_schedule", lambda: None)
        queue.add("a")
        queue.runner.wake()
        wait_for(lambda: queue.ran == ["a"])
    finally:
        queue.runner.stop()


def test_stopping_waits_for_the_job_at_hand_and_takes_no_other(queue: Queue, wait_for: Callable[..., Any]) -> None:
    started, go_on = threading.Event(), threading.Event()

    def slow() -> Outcome:
        started.set()
        go_on.wait(10)
        return Outcome()

    queue.outcomes["a"] = slow
    queue.add("a", "b")
    queue.runner.start()
    started.wait(10)
    stopping = threading.Thread(target=queue.runner.stop)
    stopping.start()
    wait_for(lambda: queue.runner._stopping.is_set())
    go_on.set()
    stopping.join()
    assert (queue.ran, queue.lengths()) == (["a"], {"waiting": 1})
