"""The durable queue: claimed once, tried again, buried, revived."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from embedcomments.domain.sites import Site
from embedcomments.storage import jobs as rows
from embedcomments.storage.database import Database
from embedcomments.storage.jobs import JobRow

LEASE = timedelta(minutes=10)


def _add(database: Database, site: Site, at: datetime, name: str = "mail", **changes: Any) -> bool:
    values: dict[str, Any] = {"plugin": "p", "name": name, "site_id": site.id, "payload": {"n": 1}, "run_at": at}
    return database.write(lambda c: rows.add_job(c, **{**values, "at": at, **changes}))


def _claim(database: Database, at: datetime) -> JobRow | None:
    return next(iter(database.write(lambda c: rows.claim(c, at, LEASE))), None)


def _length(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return rows.queue_length(connection)


def _claimed_name(database: Database, at: datetime) -> str | None:
    job = _claim(database, at)
    return None if job is None else job.name


def test_what_is_due_longest_is_claimed_first_and_nothing_before_its_time(
    database: Database, site: Site, at: datetime
) -> None:
    _add(database, site, at, "late", run_at=at + timedelta(hours=1))
    _add(database, site, at, "second", run_at=at - timedelta(seconds=1))
    _add(database, site, at, "first", run_at=at - timedelta(minutes=1))
    with database.read() as connection:
        assert rows.is_any_due(connection, at)
        assert not rows.is_any_due(connection, at - timedelta(hours=1))
    assert [_claimed_name(database, at) for _ in range(3)] == ["first", "second", None]


def test_a_job_comes_as_it_was_enqueued(database: Database, site: Site, at: datetime) -> None:
    payload = {"text": "Ա\0", "list": [1, None, True], "deep": {"a": 1.5}}
    _add(database, site, at, payload=payload)
    job = _claim(database, at)
    assert job is not None
    assert (job.plugin, job.name, job.site_id, job.payload, job.attempts, job.error, job.created_at) == (
        "p", "mail", site.id, payload, 1, None, at,
    )  # fmt: skip


def test_runners_never_claim_the_same_job(
    database: Database,
    database_url: Any,
    open_database: Callable[..., Database],
    site: Site,
    at: datetime,
    together: Callable[..., list[Any]],
) -> None:
    for n in range(20):
        _add(database, site, at, f"n{n}")
    runners = [database, open_database(database_url)]

    def work(n: int) -> list[str]:
        names = []
        while (name := _claimed_name(runners[n % 2], at)) is not None:
            names.append(name)
        return names

    claimed = [name for names in together(work, 4) for name in names]
    if not database.is_sqlite:  # a runner that looks past locked rows may leave before the others commit
        claimed += work(0)
    assert sorted(claimed) == sorted(f"n{n}" for n in range(20))


def test_a_job_whose_runner_died_is_due_again_after_its_lease(database: Database, site: Site, at: datetime) -> None:
    _add(database, site, at)
    first = _claim(database, at)
    assert _claim(database, at + LEASE - timedelta(milliseconds=1)) is None
    again = _claim(database, at + LEASE)
    assert first is not None
    assert again is not None
    assert (again.id, again.attempts) == (first.id, 2)


def test_many_are_claimed_at_once_but_one_with_a_key_alone(database: Database, site: Site, at: datetime) -> None:
    for name, key in (("a", None), ("b", None), ("c", "k"), ("d", None), ("e", None)):
        _add(database, site, at, name, key=key)
    claims = [[job.name for job in database.write(lambda c: rows.claim(c, at, LEASE, limit=9))] for _ in range(4)]
    assert claims == [["a", "b"], ["c"], ["d", "e"], []]


def test_what_was_not_begun_is_due_as_before(database: Database, site: Site, at: datetime) -> None:
    for name in ("a", "b", "c"):
        _add(database, site, at, name)
    _, b, c = database.write(lambda c: rows.claim(c, at, LEASE, limit=3))
    _add(database, site, at, "d")
    database.write(lambda connection: rows.give_back(connection, [b.id, c.id]))
    claimed = database.write(lambda c: rows.claim(c, at, LEASE, limit=3))
    assert [(job.name, job.attempts) for job in claimed] == [("b", 1), ("c", 1), ("d", 1)]


def test_a_job_that_is_done_is_gone(database: Database, site: Site, at: datetime) -> None:
    _add(database, site, at)
    job = _claim(database, at)
    assert job is not None
    assert _length(database) == {"running": 1}
    database.write(lambda c: rows.finish(c, [job.id]))
    assert _length(database) == {}


def test_a_failed_job_is_tried_again_later_with_its_error(database: Database, site: Site, at: datetime) -> None:
    _add(database, site, at)
    job = _claim(database, at)
    assert job is not None
    later = at + timedelta(seconds=5)
    database.write(lambda c: rows.retry(c, job.id, run_at=later, error="ValueError: no\0"))
    assert _claim(database, at) is None
    again = _claim(database, later)
    assert again is not None
    assert (again.attempts, again.error) == (2, "ValueError: no")


def test_a_buried_job_is_shown_revived_or_thrown_away(database: Database, site: Site, at: datetime) -> None:
    for name in ("a", "b"):
        _add(database, site, at, name)
        job = _claim(database, at)
        assert job is not None
        database.write(lambda c, job=job: rows.bury(c, job.id, "given up"))  # type: ignore[misc]
    with database.read() as connection:
        letters = rows.dead_letters(connection, site.id)
        assert rows.dead_letters(connection, site.id + 1) == []
    assert [(letter.name, letter.error, letter.attempts) for letter in letters] == [
        ("b", "given up", 1),
        ("a", "given up", 1),
    ]
    assert _claim(database, at + timedelta(days=9)) is None
    b, a = letters
    answers = [
        database.write(lambda c: rows.revive(c, site.id + 1, a.id, at)),
        database.write(lambda c: rows.revive(c, site.id, a.id, at)),
        database.write(lambda c: rows.revive(c, site.id, a.id, at)),
        database.write(lambda c: rows.discard(c, site.id + 1, b.id)),
        database.write(lambda c: rows.discard(c, site.id, b.id)),
        database.write(lambda c: rows.discard(c, site.id, b.id)),
    ]
    assert answers == [False, True, False, False, True, False]
    revived = _claim(database, at)
    assert revived is not None
    assert (revived.name, revived.attempts) == ("a", 1)


def test_one_job_of_a_key_waits_at_a_time(database: Database, site: Site, at: datetime) -> None:
    assert [_add(database, site, at, key="k"), _add(database, site, at, key="k")] == [True, False]
    assert [_add(database, site, at, key="other"), _add(database, site, at, plugin="q", key="k")] == [True, True]
    assert _add(database, site, at) is True
    assert _add(database, site, at) is True
    first = _claim(database, at)
    assert first is not None
    assert _add(database, site, at, key="k") is True  # one runs, one waits
    database.write(lambda c: rows.retry(c, first.id, run_at=at, error="again"))
    assert _length(database) == {"waiting": 6}


def test_a_dead_letter_is_revived_even_while_another_of_its_key_waits(
    database: Database, site: Site, at: datetime
) -> None:
    _add(database, site, at, key="k")
    job = _claim(database, at)
    assert job is not None
    database.write(lambda c: rows.bury(c, job.id, "given up"))
    _add(database, site, at, key="k")
    assert database.write(lambda c: rows.revive(c, site.id, job.id, at)) is True
    assert _length(database) == {"waiting": 2}


def test_many_are_enqueued_at_once(database: Database, site: Site, at: datetime) -> None:
    row = {"plugin": "p", "name": "n", "site_id": site.id, "payload": {}, "run_at": at, "created_at": at}
    database.write(lambda c: rows.add_jobs(c, [row, {**row, "plugin": "q"}]))
    database.write(lambda c: rows.add_jobs(c, []))
    assert _length(database) == {"waiting": 2}


def test_a_period_has_one_job_however_many_processes_ask(
    database: Database,
    database_url: Any,
    open_database: Callable[..., Database],
    site: Site,
    at: datetime,
    together: Callable[..., list[Any]],
) -> None:
    processes = [database, *(open_database(database_url) for _ in range(3))]
    runs = []
    for period in ("period 1", "period 2", "period 2", "period 3"):
        due = [("p", "tick", site.id, period), ("p", "tock", site.id, period)]
        # Each process works its job off at once, so that a second one would not be stopped by the first that waits.
        together(lambda n, due=due: processes[n].write(lambda c: rows.add_periodic(c, due, at)), 4)
        names = []
        while (job := _claim(database, at)) is not None:
            names.append(job.name)
            database.write(lambda c, job=job: rows.finish(c, [job.id]))  # type: ignore[misc]
            processes[1].write(lambda c, due=due: rows.add_periodic(c, due, at))  # type: ignore[misc]
        runs.append(sorted(names))
    assert runs == [["tick", "tock"], ["tick", "tock"], [], ["tick", "tock"]]


def test_a_periodic_job_that_still_waits_is_not_doubled(database: Database, site: Site, at: datetime) -> None:
    for period in ("1", "2"):
        database.write(lambda c, period=period: rows.add_periodic(c, [("p", "tick", site.id, period)], at))  # type: ignore[misc]
    assert _length(database) == {"waiting": 1}
