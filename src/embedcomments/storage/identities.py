"""Rows of writers, moderators, their sign-in links and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from embedcomments.domain.identities import Identity, Moderator
from embedcomments.storage.conflict import insert_ignore
from embedcomments.storage.tables import identity, moderator, session, sign_in_link


def add_identity(connection: Connection, new: Identity) -> None:
    """Remember a writer; nothing happens when they are known."""
    insert_ignore(connection, identity, id=new.id, site_id=new.site_id, name=new.name, created_at=new.created_at)


def get_identity(connection: Connection, identity_id: str) -> Identity | None:
    """The writer with that id."""
    row = connection.execute(select(identity).where(identity.c.id == identity_id)).one_or_none()
    if row is None:
        return None
    return Identity(id=row.id, site_id=row.site_id, name=row.name, created_at=row.created_at)


def blank_identity(connection: Connection, identity_id: str) -> None:
    """Forget the name of a writer, but not that there is one: plugins may have to be asked about them again."""
    connection.execute(update(identity).where(identity.c.id == identity_id).values(name=""))


def forget_identity(connection: Connection, identity_id: str) -> None:
    """Remove a writer. What they wrote is the caller's matter."""
    connection.execute(delete(identity).where(identity.c.id == identity_id))


def set_moderator_email(connection: Connection, moderator_id: int, email: str) -> None:
    """Remember the address by which an auth provider may prove a moderator."""
    connection.execute(update(moderator).where(moderator.c.id == moderator_id).values(email=email))


def ensure_moderator(connection: Connection, *, name: str, site_id: int | None, at: datetime) -> Moderator:
    """The moderator of that name and reach, made if there was none."""
    where = (moderator.c.name == name) & (
        moderator.c.site_id.is_(None) if site_id is None else moderator.c.site_id == site_id
    )
    row = connection.execute(select(moderator).where(where)).first()
    if row is not None:
        return Moderator(id=row.id, name=row.name, site_id=row.site_id)
    statement = insert(moderator).values(name=name, site_id=site_id, created_at=at).returning(moderator.c.id)
    return Moderator(id=connection.execute(statement).scalar_one(), name=name, site_id=site_id)


def list_moderators(connection: Connection) -> Sequence[Moderator]:
    """Everybody who may moderate."""
    return [
        Moderator(id=row.id, name=row.name, site_id=row.site_id)
        for row in connection.execute(select(moderator).order_by(moderator.c.id))
    ]


def moderator_by_email(connection: Connection, email: str) -> Moderator | None:
    """The moderator whose address an auth provider proved."""
    row = connection.execute(select(moderator).where(moderator.c.email == email)).first()
    return None if row is None else Moderator(id=row.id, name=row.name, site_id=row.site_id)


def add_sign_in_link(connection: Connection, token_hash: str, moderator_id: int, expires_at: datetime) -> None:
    """Keep the hash of a one-time link."""
    connection.execute(
        insert(sign_in_link).values(token_hash=token_hash, moderator_id=moderator_id, expires_at=expires_at)
    )


def sign_in_link_is_open(connection: Connection, token_hash: str, at: datetime) -> bool:
    """Whether the link could still be used."""
    where = (sign_in_link.c.token_hash == token_hash) & (sign_in_link.c.expires_at > at)
    return connection.execute(select(sign_in_link.c.token_hash).where(where)).first() is not None


def use_sign_in_link(connection: Connection, token_hash: str, at: datetime) -> int | None:
    """Use a link up; the moderator's id, or None when it was used, is over or never was."""
    row = connection.execute(
        delete(sign_in_link)
        .where(sign_in_link.c.token_hash == token_hash)
        .returning(sign_in_link.c.moderator_id, sign_in_link.c.expires_at)
    ).one_or_none()
    return None if row is None or row.expires_at <= at else row.moderator_id


def add_session(
    connection: Connection, token_hash: str, moderator_id: int, *, at: datetime, expires_at: datetime
) -> None:
    """Start a session; those that are over are removed on the way."""
    connection.execute(delete(session).where(session.c.expires_at <= at))
    connection.execute(
        insert(session).values(token_hash=token_hash, moderator_id=moderator_id, created_at=at, expires_at=expires_at)
    )


def session_moderator(connection: Connection, token_hash: str, at: datetime) -> Moderator | None:
    """Whose session it is, while it lasts."""
    row = connection.execute(
        select(moderator.c.id, moderator.c.name, moderator.c.site_id)
        .join(session, session.c.moderator_id == moderator.c.id)
        .where(session.c.token_hash == token_hash, session.c.expires_at > at)
    ).one_or_none()
    return None if row is None else Moderator(id=row.id, name=row.name, site_id=row.site_id)


def end_session(connection: Connection, token_hash: str) -> None:
    """Sign out."""
    connection.execute(delete(session).where(session.c.token_hash == token_hash))


def forget_expired(connection: Connection, at: datetime) -> None:
    """Remove links and sessions that are over."""
    connection.execute(delete(sign_in_link).where(sign_in_link.c.expires_at <= at))
    connection.execute(delete(session).where(session.c.expires_at <= at))
