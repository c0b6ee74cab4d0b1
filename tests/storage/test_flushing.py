"""A write to SQLite is durable when it returns: what was flushed by then holds all of it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from embedcomments.domain.errors import Unavailable
from embedcomments.storage import flushing
from embedcomments.storage.database import Database
from embedcomments.storage.flushing import Flusher
from embedcomments.storage.tables import meta


def _note(name: str) -> Callable[[Connection], str]:
    def work(connection: Connection) -> str:
        connection.execute(insert(meta).values(name=name, value=""))
        return name

    return work


def _after_power_loss(path: Path, folder: Path) -> set[str]:
    """What a database has whose machine lost its power now, and kept no more than the files as they are."""
    folder.mkdir()
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", folder / f"lost.db{suffix}")
    with sqlite3.connect(folder / "lost.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {name for (name,) in connection.execute("SELECT name FROM meta")} - {"epoch"}


def test_what_is_flushed_before_the_answer_holds_the_write(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(sqlite_database.url.database or "")
    flushed: list[set[str]] = []
    flush = flushing._fdatasync

    def look(file: int) -> None:
        assert os.fstat(file).st_ino == os.stat(f"{path}-wal").st_ino
        flush(file)
        flushed.append(_after_power_loss(path, tmp_path / f"power loss {len(flushed)}"))

    monkeypatch.setattr(flushing, "_fdatasync", look)
    for number, name in enumerate(("a", "b", "c"), 1):
        assert sqlite_database.write(_note(name)) == name
        assert flushed[-1] == set("abc"[:number])
        assert len(flushed) == number


def test_the_next_is_written_while_one_is_flushed_and_one_flush_serves_those_who_wait(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, flushing_now = threading.Event(), threading.Event()
    flushes: list[int] = []
    flush = flushing._fdatasync

    def wait(file: int) -> None:
        flushes.append(file)
        flushing_now.set()
        assert gate.wait(30)
        flush(file)

    monkeypatch.setattr(flushing, "_fdatasync", wait)
    answered: list[str] = []
    threads = [threading.Thread(target=lambda: answered.append(sqlite_database.write(_note("first"))))]
    threads[0].start()
    assert flushing_now.wait(30)
    for number in range(8):
        threads.append(
            threading.Thread(target=lambda n=number: answered.append(sqlite_database.write(_note(f"later {n}"))))
        )
        threads[-1].start()
    reader = sqlite3.connect(sqlite_database.url.database or "")
    deadline = time.monotonic() + 30
    while reader.execute("SELECT count(*) FROM meta WHERE name LIKE 'later %'").fetchone()[0] < 8:
        assert time.monotonic() < deadline  # all are committed, though the first is still on its way to the disk
        time.sleep(0.01)
    reader.close()
    assert answered == []
    gate.set()
    for thread in threads:
        thread.join(30)
    assert len(answered) == 9
    assert len(flushes) <= 3  # of nine: those who came while the first was flushed share the next


def test_a_disk_that_fails_is_no_answer_and_the_next_write_is_flushed_again(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush = flushing._fdatasync

    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(flushing, "_fdatasync", fail)
    with pytest.raises(Unavailable, match="may not be on the disk"):
        sqlite_database.write(_note("a"))
    monkeypatch.setattr(flushing, "_fdatasync", flush)
    assert sqlite_database.write(_note("b")) == "b"


def test_a_work_that_fails_flushes_nothing(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_: int) -> None:
        raise AssertionError("nothing was written")

    monkeypatch.setattr(flushing, "_fdatasync", never)

    def fail(_: Connection) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        sqlite_database.write(fail)


def test_a_log_that_was_made_anew_is_the_one_that_is_flushed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "x.db-wal"
    seen: list[int] = []
    monkeypatch.setattr(flushing, "_fdatasync", lambda file: seen.append(os.fstat(file).st_ino))
    flusher = Flusher(log)
    flusher.flush()  # none is there: what it held was carried over
    assert seen == []
    log.write_bytes(b"1")
    flusher.flush()
    (tmp_path / "new").write_bytes(b"2")
    (tmp_path / "new").replace(log)
    flusher.flush()
    flusher.flush()
    assert seen[1:] == [os.stat(log).st_ino] * 2
    assert seen[0] != seen[1]
    flusher.close()
    flusher.close()
