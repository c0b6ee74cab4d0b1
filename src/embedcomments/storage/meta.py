"""Facts about the whole instance that its processes share: a name and a text each."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

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
