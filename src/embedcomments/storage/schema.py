"""What somebody else's migrations do to which tables: found out inside their transaction, before it is committed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, text

Schema = Mapping[str, frozenset[tuple[Any, ...]]]

_TEMPORARY = "_alembic_tmp_"  # what batch operations call the table that replaces another
_SQLITE_WRITES = {sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE}
# The node of the file is another one after TRUNCATE, or when a table is dropped and made anew as it was.
_POSTGRESQL = """
SELECT c.relname, 'column', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text,
       pg_get_expr(d.adbin, d.adrelid), pg_relation_filenode(c.oid)::text
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
UNION ALL
SELECT tablename, 'index', indexname, indexdef, NULL, NULL, NULL FROM pg_indexes WHERE schemaname = current_schema()
UNION ALL
SELECT c.relname, 'constraint', k.conname, pg_get_constraintdef(k.oid), NULL, NULL, NULL
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
UNION ALL
SELECT c.relname, 'trigger', t.tgname, pg_get_triggerdef(t.oid), NULL, NULL, NULL
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid AND NOT t.tgisinternal
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
UNION ALL
SELECT relname, 'rows', NULL, NULL, n_tup_ins::text, n_tup_upd::text, n_tup_del::text
FROM pg_stat_xact_user_tables WHERE schemaname = current_schema()
"""
_SQLITE = "SELECT tbl_name, type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"


def read_schema(connection: Connection) -> Schema:
    """By table (or view): its columns, indexes, constraints and triggers, as the engine describes them; on PostgreSQL
    also how many rows the present transaction has written there."""
    query = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL
    found: dict[str, set[tuple[Any, ...]]] = {}
    for table, *facts in connection.execute(text(query)):
        found.setdefault(table, set()).add(tuple(facts))
    return {table: frozenset(facts) for table, facts in found.items()}


@contextmanager
def watched_writes(connection: Connection) -> Iterator[set[str]]:
    """The tables whose rows are written meanwhile: SQLite tells at once, on PostgreSQL ``read_schema`` does."""
    written: set[str] = set()
    if connection.dialect.name != "sqlite":
        yield written
        return

    def note(action: int, table: str | None, *_: Any) -> int:
        if action in _SQLITE_WRITES and table and not table.startswith("sqlite_"):
            written.add(table.removeprefix(_TEMPORARY))
        return sqlite3.SQLITE_OK

    driver: Any = connection.connection.driver_connection
    driver.set_authorizer(note)
    try:
        yield written
    finally:
        driver.set_authorizer(None)
