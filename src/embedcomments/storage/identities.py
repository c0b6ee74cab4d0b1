"""Rows of writers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, update

from embedcomments.domain.identities import Identity
from embedcomments.storage.conflict import insert_ignore
from embedcomments.storage.tables import identity


def add_identity(connection: Connection, new: Identity) -> None:
    """Remember a writer; nothing happens when they are known."""
    insert_ignore(connection, identity, id=new.id, site_id=new.site_id, name=new.name, created_at=new.created_at)


def get_identity(connection: Connection, identity_id: str) -> Identity | None:
    """The writer with that id."""
    row = connection.execute(select(identity).where(identity.c.id == identity_id)).one_or_none()
    if row is None:
        return None
    return Identity(id=row.id, site_id=row.site_id, name=row.name, created_at=row.created_at, badge=row.badge)


def badges(connection: Connection, site_id: int, identity_ids: Sequence[str]) -> dict[str, str]:
    """By id the badges of a site's writers; those without are absent."""
    if not identity_ids:
        return {}
    query = select(identity.c.id, identity.c.badge).where(
        identity.c.id.in_(set(identity_ids)), identity.c.site_id == site_id, identity.c.badge.is_not(None)
    )
    return {row.id: row.badge for row in connection.execute(query)}


def set_badge(connection: Connection, identity_id: str, badge: str | None) -> None:
    """What the site says of a writer from now on."""
    connection.execute(update(identity).where(identity.c.id == identity_id).values(badge=badge))


def blank_identity(connection: Connection, identity_id: str) -> None:
    """Forget the name of a writer, but not that there is one: plugins may have to be asked about them again."""
    connection.execute(update(identity).where(identity.c.id == identity_id).values(name=""))


def forget_identity(connection: Connection, identity_id: str) -> None:
    """Remove a writer. What they wrote is the caller's matter."""
    connection.execute(delete(identity).where(identity.c.id == identity_id))
