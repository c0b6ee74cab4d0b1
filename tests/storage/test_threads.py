"""Threads: one row for a key, and events without gaps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection

from embedcomments.domain.events import Event, EventKind
from embedcomments.domain.identities import Actor
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Thread, ThreadRef
from embedcomments.storage import events as event_rows
from embedcomments.storage import threads as rows
from embedcomments.storage.database import Database


def _log_one(thread: Thread, at: datetime, name: str = "ani") -> Callable[[Connection], int]:
    def work(connection: Connection) -> int:
        seq, _ = rows.advance(connection, thread.id)
        rows.log(connection, thread.id, seq, EventKind.THREAD_CHANGED, None, Actor(name=name), at)
        return seq

    return work


def test_a_threads_first_mention_makes_its_row_and_later_ones_fill_in(
    database: Database, site: Site, at: datetime
) -> None:
    first = database.write(lambda c: rows.ensure_thread(c, site.id, ThreadRef(key="/a"), at))
    url = "https://a.example/"
    second = database.write(lambda c: rows.ensure_thread(c, site.id, ThreadRef(key="/a", url=url, title="A"), at))
    third = database.write(
        lambda c: rows.ensure_thread(c, site.id, ThreadRef(key="/a", url="https://evil.example/", title="B"), at)
    )
    expected = Thread(
        id=first.id,
        site_id=site.id,
        key="/a",
        url=url,
        title="A",
        seq=0,
        count=0,
        closed=False,
        created_at=at,
    )
    with database.read() as connection:
        assert [second, third, rows.get_thread(connection, site.id, "/a")] == [expected] * 3
    assert (first.url, first.title) == (None, None)


def test_threads_in_parallel_take_one_row(
    database: Database, site: Site, at: datetime, together: Callable[..., list[Any]]
) -> None:
    made = together(lambda _: database.write(lambda c: rows.ensure_thread(c, site.id, ThreadRef(key="/a"), at)).id, 8)
    assert len(set(made)) == 1


def test_parallel_events_are_gapless(
    database: Database, thread: Thread, at: datetime, together: Callable[..., list[Any]]
) -> None:
    taken = together(lambda n: [database.write(_log_one(thread, at, f"t{n}")) for _ in range(10)], 8)
    assert sorted(seq for seqs in taken for seq in seqs) == list(range(1, 81))
    assert all(seqs == sorted(seqs) for seqs in taken)
    with database.read() as connection:
        assert [e.seq for e in event_rows.events_after(connection, thread.id, 0, 1000)] == list(range(1, 81))
        assert [e.seq for e in event_rows.events_after(connection, thread.id, 70, 5)] == [71, 72, 73, 74, 75]


def test_events_become_visible_in_order(
    database: Database, thread: Thread, at: datetime, together: Callable[..., list[Any]]
) -> None:
    done = threading.Event()
    seen: list[list[int]] = []

    def write_or_watch(n: int) -> None:
        if n:
            for _ in range(15):
                database.write(_log_one(thread, at))
            return
        while not done.wait(0.001):
            with database.read() as connection:
                seen.append([e.seq for e in event_rows.events_after(connection, thread.id, 0, 1000)])

    watcher = threading.Thread(target=write_or_watch, args=(0,))
    watcher.start()
    try:
        together(lambda n: write_or_watch(n + 1), 8)
    finally:
        done.set()
        watcher.join()
    assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in seen)


def test_an_event_comes_back_as_it_was_written(database: Database, thread: Thread, at: datetime) -> None:
    database.write(_log_one(thread, at))
    with database.read() as connection:
        assert event_rows.events_after(connection, thread.id, 0, 10) == [
            Event(thread_id=thread.id, seq=1, kind=EventKind.THREAD_CHANGED, comment_id=None, created_at=at)
        ]


def test_a_write_that_fails_gives_its_seq_back(database: Database, thread: Thread, at: datetime) -> None:
    def fail(connection: Connection) -> None:
        rows.advance(connection, thread.id, count=1, number=True)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        database.write(fail)
    assert database.write(lambda c: rows.advance(c, thread.id, count=1, number=True)) == (1, 1)
    with database.read() as connection:
        assert rows.counts(connection, thread.site_id, ["/a", "/b"]) == {"/a": 1}


def test_positions_tell_the_seq_of_known_threads(database: Database, thread: Thread, at: datetime) -> None:
    database.write(_log_one(thread, at))
    topics = [(thread.site_id, "/a"), (thread.site_id, "/unknown"), (thread.site_id + 1, "/a")]
    many = [(thread.site_id, f"/{n}") for n in range(1200)]
    with database.read() as connection:
        assert rows.positions(connection, topics + many) == {(thread.site_id, "/a"): 1}


def test_busiest_threads_come_first_and_search_takes_signs_as_they_are(
    database: Database, site: Site, at: datetime
) -> None:
    def work(connection: Connection) -> None:
        for count, (key, title) in enumerate([("/100%", "Sale"), ("/1000", "Plain"), ("/a_b", "Under"), ("/axb", "X")]):
            made = rows.ensure_thread(connection, site.id, ThreadRef(key=key, title=title), at)
            rows.advance(connection, made.id, count=count)

    database.write(work)
    with database.read() as connection:
        found = {
            search: [thread.key for thread in rows.busiest(connection, site.id, search)]
            for search in ("", "0%", "a_b", "PLAIN", "nothing")
        }
    assert found == {
        "": ["/axb", "/a_b", "/1000", "/100%"],
        "0%": ["/100%"],
        "a_b": ["/a_b"],
        "PLAIN": ["/1000"],
        "nothing": [],
    }


def test_closing_is_kept(database: Database, thread: Thread) -> None:
    database.write(lambda c: rows.set_closed(c, thread.id, True))
    with database.read() as connection:
        found = rows.threads_by_id(connection, [thread.id, 999])
        assert {thread_id: item.closed for thread_id, item in found.items()} == {thread.id: True}
