"""Statements that every post runs, prepared for the driver of SQLite.

SQLAlchemy spends five times what SQLite does on such a statement, and all writes of a process are made on one thread.
So these are compiled once, by SQLAlchemy, and handed to the driver itself. On PostgreSQL, where writers do not
wait for one another, they go the ordinary way.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

_Process = Callable[[Any], Any]


class Prepared:
    """A statement with bound names. ``columns``: those that an insert is given, when they are not all."""

    def __init__(self, statement: Any, columns: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._columns = columns

    def run(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Any]:
        """Execute; the rows it returns, with the names of their columns."""
        if connection.dialect.name != "sqlite":
            result = connection.execute(self._statement, values)
            return result.all() if result.returns_rows else ()
        return self._on_sqlite.run(connection, values)

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """Execute; the first row it returns, if any."""
        rows = self.run(connection, values)
        return rows[0] if rows else None

    @cached_property
    def _on_sqlite(self) -> _Compiled:
        return _Compiled(self._statement, self._columns)


class _Compiled:
    def __init__(self, statement: Any, columns: Sequence[str] | None) -> None:
        dialect = sqlite.dialect(paramstyle="named")
        compiled: SQLCompiler = statement.compile(dialect=dialect, column_keys=columns)
        self._text = str(compiled)
        self._constants = {name: value for name, value in compiled.params.items() if value is not None}
        self._outward = _processes(dialect, {name: bind.type for name, bind in compiled.binds.items()}, outward=True)
        returned = {column.key: column.type for column in statement.exported_columns}
        self._inward = [(list(returned).index(name), do) for name, do in _processes(dialect, returned, outward=False)]
        self._row: Any = namedtuple("Row", returned) if returned else None

    def run(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Any]:
        if not connection.in_transaction():
            connection.begin()
        given = {**self._constants, **values}
        for name, process in self._outward:
            given[name] = process(given[name])
        driver: Any = connection.connection.dbapi_connection
        try:
            found = driver.execute(self._text, given).fetchall()
        except sqlite3.Error as error:
            raise DBAPIError.instance(self._text, given, error, sqlite3.Error, dialect=connection.dialect) from error
        for place, process in self._inward:
            found = [(*row[:place], process(row[place]), *row[place + 1 :]) for row in found]
        return [self._row._make(row) for row in found]


def _processes(dialect: Dialect, types: Mapping[str, Any], *, outward: bool) -> list[tuple[str, _Process]]:
    """What SQLAlchemy would make of values on their way, where it makes something of them."""
    processes = []
    for name, kind in types.items():
        own = kind.dialect_impl(dialect)
        process = own.bind_processor(dialect) if outward else own.result_processor(dialect, None)
        if process is not None:
            processes.append((name, process))
    return processes
