"""Facts about the whole instance that its processes share: a name and a text each."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update

from embedcomments.storage.conflict import insert_ignore
from embedcomments.storage.tables import meta


def get_fact(connection: Connection, name: str) -> str | None:
    """What is known under ``name``."""
    value: str | None = connection.execute(select(meta.c.value).where(meta.c.name == name)).scalar()
    return value


def set_fact(connection: Connection, name: str, value: str) -> None:
    """Know ``value`` under ``name`` from now on."""
    if not insert_ignore(connection, meta, name=name, value=value):
        connection.execute(update(meta).where(meta.c.name == name).values(value=value))


def get_facts(connection: Connection, prefix: str) -> dict[str, str]:
    """What is known under all names that begin with ``prefix``."""
    query = select(meta.c.name, meta.c.value).where(meta.c.name.startswith(prefix, autoescape=True))
    return {row.name: row.value for row in connection.execute(query)}


def forget_fact(connection: Connection, name: str) -> None:
    """Know nothing under ``name`` any more."""
    connection.execute(delete(meta).where(meta.c.name == name))
