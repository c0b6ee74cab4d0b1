"""Transactions: durable when they return, alone in their failures, seen by others."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text

from embedcomments.domain.errors import Unavailable
from embedcomments.storage import writer
from embedcomments.storage.database import Database
from embedcomments.storage.tables import meta, site
from embedcomments.storage.tables import thread as thread_table


def _note(name: str, value: str = "") -> Callable[[Connection], str]:
    def work(connection: Connection) -> str:
        connection.execute(insert(meta).values(name=name, value=value))
        return name

    return work


def _notes(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.execute(select(meta.c.name)).scalars()) - {"epoch"}


def _waiting(database: Database) -> int:
    assert database._writer is not None
    return len(database._writer._waiting)


def test_a_write_answers_and_is_there_for_others(
    database: Database, database_url: Any, open_database: Callable[..., Database]
) -> None:
    assert database.write(_note("a")) == "a"
    assert _notes(open_database(database_url)) == {"a"}


def test_what_a_work_raises_rolls_its_own_writes_back(database: Database) -> None:
    def fail(connection: Connection) -> None:
        _note("lost")(connection)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        database.write(fail)
    assert _notes(database) == set()


def test_a_failing_write_does_not_hurt_the_others_of_its_group(
    sqlite_database: Database, together: Callable[..., list[Any]]
) -> None:
    gate = threading.Event()
    queued = threading.Semaphore(0)

    def hold(_: Connection) -> None:
        queued.release()
        gate.wait(10)

    def work(n: int) -> str:
        def fail(connection: Connection) -> None:
            _note(f"lost{n}")(connection)
            connection.execute(insert(meta).values(name=f"lost{n}", value=""))  # the same key again

        try:
            sqlite_database.write(fail if n % 2 else _note(f"kept{n}"))
        except Exception as error:  # noqa: BLE001 - its name is the answer
            return type(error).__name__
        return "written"

    holder = threading.Thread(target=sqlite_database.write, args=(hold,))
    holder.start()
    queued.acquire()
    opener = threading.Timer(0.05, gate.set)  # while the first is held, the rest gathers into a group
    opener.start()
    answers = together(work, 8)
    holder.join()
    opener.join()
    assert answers == ["written", "IntegrityError"] * 4
    assert _notes(sqlite_database) == {"kept0", "kept2", "kept4", "kept6"}


def test_a_write_is_answered_after_the_commit_that_holds_it(
    sqlite_database: Database, sqlite_url: Any, together: Callable[..., list[Any]]
) -> None:
    def work(n: int) -> bool:
        sqlite_database.write(_note(f"n{n}"))
        other = sqlite3.connect(sqlite_url.database)
        try:
            return bool(other.execute("SELECT 1 FROM meta WHERE name = ?", (f"n{n}",)).fetchone())
        finally:
            other.close()

    assert together(work, 16) == [True] * 16


def test_many_writes_share_commits(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, wait_for: Callable[..., Any]
) -> None:
    groups: list[int] = []
    commit = writer.GroupWriter._commit

    def counting(self: Any, group: Any) -> Any:
        groups.append(len(group))
        return commit(self, group)

    monkeypatch.setattr(writer.GroupWriter, "_commit", counting)
    gate = threading.Event()
    threads = [threading.Thread(target=sqlite_database.write, args=(lambda _: gate.wait(10),))]
    threads[0].start()
    wait_for(lambda: groups)
    threads += [threading.Thread(target=sqlite_database.write, args=(_note(f"n{n}"),)) for n in range(100)]
    for thread in threads[1:]:
        thread.start()
    wait_for(lambda: _waiting(sqlite_database) == 100)
    gate.set()
    for thread in threads:
        thread.join()
    assert groups == [1, writer.GROUP_SIZE, 100 - writer.GROUP_SIZE]


def test_a_commit_that_fails_is_nobodys_write(sqlite_database: Database, together: Callable[..., list[Any]]) -> None:
    def orphan(connection: Connection) -> None:
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        connection.execute(text("INSERT INTO origin (site_id, origin) VALUES (99, 'https://a.example')"))

    with pytest.raises(Exception, match="FOREIGN KEY"):
        sqlite_database.write(orphan)
    assert sqlite_database.write(_note("after")) == "after"
    assert _notes(sqlite_database) == {"after"}


def test_after_close_writing_is_unavailable(sqlite_url: Any) -> None:
    database = Database(sqlite_url)
    database.write(_note("a"))
    database.close()
    with pytest.raises(Unavailable, match="stopping"):
        database.write(_note("b"))
    database.close()


def test_closing_writes_what_waits(
    sqlite_url: Any, open_database: Callable[..., Database], wait_for: Callable[..., Any]
) -> None:
    database = Database(sqlite_url)
    gate, held = threading.Event(), threading.Event()

    def hold(_: Connection) -> None:
        held.set()
        gate.wait(10)

    threads = [threading.Thread(target=database.write, args=(hold,))]
    threads[0].start()
    held.wait(10)
    threads += [threading.Thread(target=database.write, args=(_note(f"n{n}"),)) for n in range(5)]
    for thread in threads[1:]:
        thread.start()
    wait_for(lambda: _waiting(database) == 5)
    threads.append(threading.Thread(target=database.close))
    threads[-1].start()
    gate.set()
    for thread in threads:
        thread.join()
    assert _notes(open_database(sqlite_url)) == {"n0", "n1", "n2", "n3", "n4"}


def test_a_write_that_is_interrupted_while_it_waits_leaves_the_others_their_turn(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, wait_for: Callable[..., Any]
) -> None:
    class Interrupted:
        def acquire(self) -> None:
            raise KeyboardInterrupt

    new_item = writer._Item.__init__

    def item(self: Any, work: Any) -> None:
        new_item(self, work)
        if threading.current_thread() is threading.main_thread():
            self.ready = Interrupted()

    monkeypatch.setattr(writer._Item, "__init__", item)
    gate = threading.Event()
    threads = [threading.Thread(target=sqlite_database.write, args=(lambda _: gate.wait(10),))]
    threads[0].start()
    wait_for(lambda: sqlite_database._writer is not None and sqlite_database._writer._busy)
    with pytest.raises(KeyboardInterrupt):
        sqlite_database.write(_note("left"))
    threads.append(threading.Thread(target=sqlite_database.write, args=(_note("after"),)))
    threads[-1].start()
    gate.set()
    for thread in threads:
        thread.join()
    assert _notes(sqlite_database) == {"after"}


def test_a_folder_that_cannot_be_written_to_is_unavailable_and_not_a_wait_without_end(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'missing' / 'a.sqlite3'}")
    with pytest.raises(Unavailable):
        database.write(_note("a"))
    database.close()


def test_reads_see_one_moment(database: Database) -> None:
    with database.read() as connection:
        count = text("SELECT count(*) FROM meta")
        before = connection.execute(count).scalar_one()
        database.write(_note("meanwhile"))
        assert connection.execute(count).scalar_one() == before


def test_data_version_sees_commits_of_other_connections_and_processes(
    sqlite_database: Database, sqlite_url: Any, open_database: Callable[..., Database]
) -> None:
    versions = [sqlite_database.data_version()]
    assert sqlite_database.data_version() == versions[0]
    sqlite_database.write(_note("own"))
    versions.append(sqlite_database.data_version())
    open_database(sqlite_url).write(_note("other"))
    versions.append(sqlite_database.data_version())
    with sqlite_database.read() as connection:
        connection.execute(select(meta)).all()
    assert len(set(versions)) == 3
    assert sqlite_database.data_version() == versions[-1]


def test_where_there_is_no_data_version_commits_are_counted(
    database: Database, together: Callable[..., list[Any]]
) -> None:
    if database.is_sqlite:
        assert database.data_version() is not None
        return
    together(lambda n: database.write(_note(f"n{n}")), 8)
    assert (database.data_version(), database.commits) == (None, 8)


def test_strangers_text_is_stored_without_what_no_database_holds(database: Database, at: datetime) -> None:
    def work(connection: Connection) -> int:
        site_id: int = connection.execute(
            insert(site).values(name="s", title="", settings={}, created_at=at).returning(site.c.id)
        ).scalar_one()
        connection.execute(
            insert(thread_table).values(site_id=site_id, key="/", url="\0", title="a\0b\ud800c", created_at=at)
        )
        return site_id

    database.write(work)
    with database.read() as connection:
        assert connection.execute(select(thread_table.c.url, thread_table.c.title)).one() == ("", "abc")


def test_a_write_that_cannot_begin_is_unavailable_and_the_next_one_is_made(
    sqlite_database: Database, sqlite_url: Any
) -> None:
    sqlite_database.write(_note("before"))
    assert sqlite_database._writer is not None
    standing = sqlite_database._writer._standing
    assert standing is not None
    standing.connection.exec_driver_sql("PRAGMA busy_timeout=0")
    stranger = sqlite3.connect(sqlite_url.database)  # a program that does not know our lock
    stranger.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable):
        sqlite_database.write(_note("refused"))
    stranger.close()
    sqlite_database.write(_note("after"))
    assert _notes(sqlite_database) == {"before", "after"}


def test_what_a_reader_changed_is_taken_back_when_it_ends(sqlite_database: Database) -> None:
    with sqlite_database.read() as connection:
        _note("nowhere")(connection)
    assert _notes(sqlite_database) == set()


@pytest.mark.parametrize("ending", [None, ValueError("no")])
def test_a_reader_holds_nobody_up_once_it_has_ended(sqlite_database: Database, ending: Exception | None) -> None:
    try:
        with sqlite_database.read() as connection:
            connection.execute(select(meta.c.name)).first()
            if ending is not None:
                raise ending
    except ValueError:
        pass
    sqlite_database.write(_note("a"))
    with sqlite_database.read() as connection:  # a checkpoint that empties the log waits for whoever reads an older one
        busy, _, _ = connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()  # type: ignore[union-attr]
    assert busy == 0
