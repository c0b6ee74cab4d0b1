"""Inserts that step aside when the row is already there, in both dialects."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from embedcomments.storage.prepared import Prepared


def insert_ignore(connection: Connection, table: Table, **values: Any) -> bool:
    """Insert a row unless a unique key forbids it; whether it was inserted."""
    # The row itself tells: the count of rows is not promised for inserts (psycopg under SQLAlchemy 2.1 says -1).
    return _statement(connection.dialect.name, table, tuple(values)).first(connection, values) is not None


@cache
def _statement(dialect: str, table: Table, columns: tuple[str, ...]) -> Prepared:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return Prepared(insert(table).on_conflict_do_nothing().returning(*table.primary_key), columns)
