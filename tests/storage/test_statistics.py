"""Counts by period, what waits, and busy threads; of one site alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from embedcomments.domain.comments import Comment, CommentState
from embedcomments.domain.ids import first_id, new_id
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Thread, ThreadRef
from embedcomments.storage import sites as site_rows
from embedcomments.storage import statistics as rows
from embedcomments.storage import threads as thread_rows
from embedcomments.storage.database import Database

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HELD, PUBLISHED, SPAM, DELETED = (
    CommentState.HELD,
    CommentState.PUBLISHED,
    CommentState.SPAM,
    CommentState.DELETED,
)
NOTHING = dict.fromkeys(CommentState, 0)
Write = Callable[..., None]


@pytest.fixture
def write(database: Database, add: Callable[..., Comment]) -> Write:
    """Adds a comment of a moment, in a thread that is not the usual one unless it says so."""

    def one(at: datetime, state: CommentState = PUBLISHED, thread: Thread | None = None) -> None:
        comment_id = new_id(at)
        changes: dict[str, Any] = {"id": comment_id, "path": comment_id, "created_at": at, "state": state}
        if thread is not None:
            changes |= {"thread_id": thread.id, "site_id": thread.site_id}
        add(**changes)

    return one


def thread_on(database: Database, site_id: int, key: str) -> Thread:
    return database.write(lambda c: thread_rows.ensure_thread(c, site_id, ThreadRef(key=key), NOON))


@pytest.fixture
def elsewhere(database: Database) -> Thread:
    """A thread of another site."""
    database.write(lambda c: site_rows.add_site(c, name="press", title="", at=NOON))
    with database.read() as connection:
        site = site_rows.get_site(connection, "press")
    assert site is not None
    return thread_on(database, site.id, "/there")


def test_first_id_stands_before_all_of_its_moment_and_behind_all_earlier_ones() -> None:
    bound = first_id(NOON)
    assert max(new_id(NOON - timedelta(milliseconds=1)) for _ in range(50)) < bound
    assert bound <= min(new_id(NOON) for _ in range(50))


def test_comments_are_counted_by_period_and_state(
    database: Database, site: Site, write: Write, elsewhere: Thread
) -> None:
    midnight = NOON.replace(hour=0)
    moments = [midnight - timedelta(days=1), midnight, midnight + timedelta(days=1), midnight + timedelta(days=2)]
    tick = timedelta(milliseconds=1)
    write(moments[0] - tick)
    for state in (PUBLISHED, PUBLISHED, HELD, DELETED):
        write(moments[0], state)
    write(moments[1] - tick, SPAM)
    write(moments[1], SPAM)
    write(moments[1], SPAM, elsewhere)
    write(moments[3])
    with database.read() as connection:
        found = rows.counts_by_period(connection, site.id, moments)
    assert found == [
        {**NOTHING, PUBLISHED: 2, HELD: 1, DELETED: 1, SPAM: 1},
        {**NOTHING, SPAM: 1},
        NOTHING,
    ]


def test_one_moment_bounds_no_period(database: Database, site: Site) -> None:
    with database.read() as connection:
        assert rows.counts_by_period(connection, site.id, [NOON]) == []
        assert rows.counts_by_period(connection, site.id, []) == []


def test_what_waits_is_counted_and_its_oldest_named(
    database: Database, site: Site, write: Write, elsewhere: Thread
) -> None:
    with database.read() as connection:
        assert rows.waiting(connection, site.id) == (0, None)
    write(NOON - timedelta(days=9))
    write(NOON - timedelta(days=8), HELD, elsewhere)
    write(NOON - timedelta(days=3), HELD)
    write(NOON - timedelta(days=5), HELD)
    with database.read() as connection:
        assert rows.waiting(connection, site.id) == (2, NOON - timedelta(days=5))


def test_busiest_threads_come_first(database: Database, site: Site, write: Write, elsewhere: Thread) -> None:
    quiet, busy = thread_on(database, site.id, "/quiet"), thread_on(database, site.id, "/busy")
    since = NOON - timedelta(days=7)
    for number in range(3):
        write(NOON - timedelta(hours=number), PUBLISHED, busy)
        write(NOON, SPAM, quiet)
        write(since - timedelta(seconds=1), PUBLISHED, quiet)
        write(NOON, PUBLISHED, elsewhere)
    write(since, PUBLISHED, quiet)
    with database.read() as connection:
        assert rows.busiest_since(connection, site.id, since, among=100, limit=8) == ([(busy.id, 3), (quiet.id, 1)], 4)
        assert rows.busiest_since(connection, site.id, since, among=100, limit=1) == ([(busy.id, 3)], 4)
        assert rows.busiest_since(connection, site.id, since, among=2, limit=8) == ([(busy.id, 2)], 2)
        assert rows.busiest_since(connection, site.id, NOON + timedelta(1), among=2, limit=8) == ([], 0)


def test_counting_takes_one_query_each(
    database: Database, site: Site, write: Write, count_queries: Callable[..., Any]
) -> None:
    for number in range(30):
        write(NOON - timedelta(days=number), (HELD, PUBLISHED)[number % 2])
    moments = [NOON - timedelta(days=ago) for ago in range(181, -1, -1)]
    with count_queries() as queries, database.read() as connection:
        rows.counts_by_period(connection, site.id, moments)
        rows.waiting(connection, site.id)
        rows.busiest_since(connection, site.id, NOON - timedelta(days=7), among=100, limit=8)
    assert len(queries) == 3
