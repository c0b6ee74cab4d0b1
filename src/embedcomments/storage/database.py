"""The engine and its transactions: many readers, and writes that are durable when they return."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError

from embedcomments.domain.errors import Unavailable
from embedcomments.storage.flushing import Flusher
from embedcomments.storage.standing import StandingConnection, is_standing
from embedcomments.storage.writer import TAKES_TURNS, GroupWriter

T = TypeVar("T")

_WRITE_ATTEMPTS = 5
# Of SQLite's; to get one from the pool and give it back takes as long as three prepared statements.
_KEPT_READERS = 16


class Stale(Exception):
    """Another transaction carried away what this one had found: ``write`` runs it again. Not on SQLite, whose write
    transactions follow one another."""


class Database:
    """One database, SQLite or PostgreSQL.

    On SQLite the writes of a process are made one after another, what waits in one commit
    (GroupWriter); on PostgreSQL each write is a transaction of its own on a pooled connection.
    """

    def __init__(self, url: str | URL) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer: GroupWriter | None = None
        self._watch: sqlite3.Connection | None = None
        self._watch_lock = threading.Lock()
        self._idle: list[StandingConnection] = []  # for reading, in no transaction
        self._is_closed = False
        self._commits_lock = threading.Lock()
        self.commits = 0  # of this process; only PostgreSQL needs it, see services/freshness.py
        if self.is_sqlite:
            path = Path(self.url.database or "")
            self._readers = _sqlite_engine(self.url)
            # Where processes cannot take turns by a lock of their own, they do so within the commit, and flush there.
            flusher = Flusher(path.with_name(path.name + "-wal")) if TAKES_TURNS else None
            engine = _sqlite_engine(self.url, synchronous="NORMAL" if flusher else "FULL")
            self._writer = GroupWriter(engine, path.with_name(path.name + ".lock"), flusher)
        else:
            if self.url.drivername in ("postgresql", "postgres"):
                self.url = self.url.set(drivername="postgresql+psycopg")
            self._readers = create_engine(self.url, pool_pre_ping=True, pool_size=8, max_overflow=32)

    @property
    def engine(self) -> Engine:
        """The engine for reading, and for migrations."""
        return self._readers

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection in one read transaction: all its queries see the same moment."""
        if not self.is_sqlite:
            with self._readers.connect() as connection:
                yield connection.execution_options(isolation_level="REPEATABLE READ")
            return
        try:
            reader = self._idle.pop()
        except IndexError:
            reader = StandingConnection(self._readers, "BEGIN")
        try:
            reader.begin()
            yield reader.connection
            reader.rollback()
        except BaseException:
            reader.close()
            raise
        if self._is_closed or len(self._idle) >= _KEPT_READERS:
            reader.close()
        else:
            self._idle.append(reader)

    def write(self, work: Callable[[Connection], T]) -> T:
        """The answer of ``work``, once what it wrote is durable.

        ``work`` may run more than once (after a deadlock, a lost connection, or Stale), always on a clean
        transaction, so it must have no effect beside the database. What it raises rolls its own writes
        back, and only these. Raises Unavailable when the database cannot be written to.
        """
        if self._writer is not None:
            return self._writer.write(work)
        for attempt in range(1, _WRITE_ATTEMPTS + 1):
            try:
                with self._readers.begin() as connection:
                    result = work(connection)
                with self._commits_lock:
                    self.commits += 1
                return result
            except (OperationalError, Stale) as error:
                if attempt == _WRITE_ATTEMPTS:
                    raise Unavailable("The database cannot be written to just now.") from error
        raise AssertionError("unreachable")

    def data_version(self) -> int | None:
        """A number that changes with every commit of any process; None where the engine has none.

        SQLite's ``PRAGMA data_version`` on a connection of its own, a few microseconds.
        """
        return self._watched("data_version")

    def sites_version(self) -> int | None:
        """A number that changes with every change of a site or of its plugins (``bump_sites``), by any process; None
        where the engine has none. SQLite's ``PRAGMA user_version``, which is part of the transaction that sets it."""
        return self._watched("user_version")

    def _watched(self, pragma: str) -> int | None:
        if not self.is_sqlite:
            return None
        with self._watch_lock:
            if self._watch is None:
                self._watch = sqlite3.connect(self.url.database or "", check_same_thread=False, isolation_level=None)
            version: int = self._watch.execute(f"PRAGMA {pragma}").fetchone()[0]
            return version

    def close(self) -> None:
        """Finish what is being written and give all connections back."""
        if self._writer is not None:
            self._writer.close()
        with self._watch_lock:
            if self._watch is not None:
                self._watch.close()
                self._watch = None
        self._is_closed = True
        self.release()
        self._readers.dispose()

    def release(self) -> None:
        """Give back to the pool what is kept for the next reads."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()


def bump_sites(connection: Connection) -> None:
    """Have ``sites_version`` change with this transaction."""
    if connection.dialect.name == "sqlite":
        version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        connection.exec_driver_sql(f"PRAGMA user_version = {(int(version) + 1) % 2**31}")


def _sqlite_engine(url: URL, *, synchronous: str = "FULL") -> Engine:
    engine = create_engine(url, pool_size=16, max_overflow=64, connect_args={"timeout": 30, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        # The driver's own BEGIN comes too late for reads and too mild for writes; ours is below.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            "busy_timeout=30000",
            "temp_store=MEMORY",
            "cache_size=-16000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        if not is_standing(connection):
            driver: Any = connection.connection.dbapi_connection
            driver.execute("BEGIN")

    return engine
