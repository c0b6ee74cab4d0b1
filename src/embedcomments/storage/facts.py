"""What the database is: its engine, its size, and the versions of the tables in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, String, column, select, table, text
from sqlalchemy.exc import SQLAlchemyError


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseFacts:
    """``engine`` with its version, as a person would write it. ``revisions``: the migration that was run last, by
    ledger; ledgers that are not there are absent."""

    engine: str
    size_bytes: int
    revisions: dict[str, str]


def database_facts(connection: Connection, ledgers: Sequence[str]) -> DatabaseFacts:
    """Asked anew each time, in one query for each ledger and two more."""
    if connection.dialect.name == "sqlite":
        version = connection.execute(text("SELECT sqlite_version()")).scalar_one()
        size = text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        engine = f"SQLite {version}"
    else:
        version = connection.execute(text("SHOW server_version")).scalar_one()
        size = text("SELECT pg_database_size(current_database())")
        engine = f"PostgreSQL {version.split()[0]}"
    return DatabaseFacts(
        engine=engine,
        size_bytes=int(connection.execute(size).scalar_one()),
        revisions={name: found for name in ledgers if (found := _revision(connection, name)) is not None},
    )


def _revision(connection: Connection, ledger: str) -> str | None:
    try:
        with connection.begin_nested():
            found = connection.execute(select(column("version_num", String)).select_from(table(ledger))).scalars().all()
    except SQLAlchemyError:
        return None  # the plugin has no tables here
    return ", ".join(sorted(found)) or None
