"""Rows that two processes may make at the same moment."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Values = dict[str, Any]


def put(connection: Connection, table: Table, key: Values, first: Values, always: Values) -> None:
    """The row of ``key`` with the values ``always``, and with ``first`` as well when it was not there."""
    statement = _insert(connection, table).values(**key, **first, **always)
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=always))


def add(connection: Connection, table: Table, values: Values) -> bool:
    """A new row; False when there is one of that key."""
    statement = _insert(connection, table).values(**values).on_conflict_do_nothing()
    # Not by the number of rows, which psycopg does not tell of every statement.
    return connection.execute(statement.returning(table.c.site_id)).first() is not None


def _insert(connection: Connection, table: Table) -> Any:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)
