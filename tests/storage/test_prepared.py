"""Statements that are handed to SQLite's driver itself: they mean what they mean to SQLAlchemy."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, bindparam, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from embedcomments.domain.sites import Site
from embedcomments.storage.database import Database
from embedcomments.storage.prepared import Prepared
from embedcomments.storage.tables import event, job, meta, site, thread

AT = datetime(2026, 11, 25, 12, 0, 0, 123000, tzinfo=UTC)
_JOB = {
    "plugin": "p",
    "name": "n",
    "payload": {"a": ["Ա", None]},
    "run_at": AT,
    "created_at": AT,
    "error": "x\0\ud800y",
}


def test_values_come_back_as_sqlalchemy_gives_them(database: Database, site: Site) -> None:
    add = Prepared(insert(job), (*_JOB, "site_id"))
    find = select(job.c.payload, job.c.run_at, job.c.error, job.c.state, job.c.attempts).where(
        job.c.site_id == bindparam("site_id")
    )

    def work(connection: Connection) -> tuple[Any, Any]:
        add.run(connection, {**_JOB, "site_id": site.id})
        ours = Prepared(find).first(connection, {"site_id": site.id})
        return ours, connection.execute(find, {"site_id": site.id}).one()

    ours, theirs = database.write(work)
    assert tuple(ours) == tuple(theirs) == ({"a": ["Ա", None]}, AT, "xy", "waiting", 0)
    assert (ours.run_at, ours.state) == (AT, "waiting")


def test_flags_come_back_as_flags(database: Database, site: Site) -> None:
    add = Prepared(insert(thread).returning(thread.c.closed), ("site_id", "key", "created_at", "closed"))
    answers = database.write(
        lambda connection: [
            add.run(connection, {"site_id": site.id, "key": str(closed), "created_at": AT, "closed": closed})[0].closed
            for closed in (True, False)
        ]
    )
    assert answers == [True, False]
    assert all(isinstance(answer, bool) for answer in answers)


def test_constants_of_a_statement_are_kept(database: Database) -> None:
    database.write(lambda connection: connection.execute(insert(meta).values(name="n", value="1")))
    change = Prepared(update(meta).where(meta.c.name == "n").values(value="2").returning(meta.c.value))
    assert database.write(lambda connection: change.run(connection, {})[0].value) == "2"


def test_nothing_found_is_none(database: Database) -> None:
    with database.read() as connection:
        assert Prepared(select(site)).first(connection, {}) is None


def test_refusals_are_those_of_sqlalchemy(database: Database, site: Site) -> None:
    values = {"thread_id": 99, "seq": 1, "kind": "k", "comment_id": None, "actor": "a", "created_at": AT}
    values["actor_kind"] = "reader"
    with pytest.raises(IntegrityError):
        database.write(lambda connection: Prepared(insert(event)).run(connection, values))


def test_a_read_is_one_moment(database: Database) -> None:
    count = Prepared(select(meta.c.value).where(meta.c.name == "moment"))
    with database.read() as connection:
        assert count.run(connection, {}) == []
        database.write(lambda other: other.execute(insert(meta).values(name="moment", value="1")))
        assert count.run(connection, {}) == [], "the transaction began with its first query"
    with database.read() as connection:
        assert len(count.run(connection, {})) == 1


def test_a_missing_table_is_an_error_of_the_database(database: Database) -> None:
    nowhere = Table("nowhere", MetaData(), Column("id", Integer))
    with database.read() as connection, pytest.raises(DBAPIError, match="nowhere"):
        Prepared(select(nowhere)).run(connection, {})
