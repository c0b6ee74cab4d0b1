"""Connections to SQLite whose transactions begin and end in the driver.

SQLAlchemy's own beginning and end of a transaction cost several times what SQLite's do. So it is told of one that lasts
as long as the connection does, and the true ones are made below it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine

_OPTION = "transactions_stand"


def is_standing(connection: Connection) -> bool:
    """Whether somebody else begins its transactions."""
    return bool(connection.get_execution_options().get(_OPTION))


class StandingConnection:
    """One ``connection`` of an engine for one thread at a time. ``statement`` begins a transaction of its driver."""

    def __init__(self, engine: Engine, statement: str) -> None:
        self.connection = engine.connect().execution_options(**{_OPTION: True})
        self._statement = statement
        self.connection.begin()
        self._driver: Any = self.connection.connection.dbapi_connection

    def begin(self) -> None:
        """Begin a transaction. Raises SQLite's errors as they are, like the others here."""
        self._driver.execute(self._statement)

    def commit(self) -> None:
        """Commit it."""
        self._driver.commit()

    def rollback(self) -> None:
        """Take it back."""
        self._driver.rollback()

    def close(self) -> None:
        """Give the connection to its engine's pool, which takes back what was not committed."""
        self.connection.close()
