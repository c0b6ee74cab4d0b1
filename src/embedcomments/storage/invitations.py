"""Rows of invitations to the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from embedcomments.domain.permissions import Role
from embedcomments.storage.tables import invitation


@dataclass(frozen=True, kw_only=True, slots=True)
class Invitation:
    """One that is open. ``site_id`` None: every site. ``email``: where it was sent, None for a link handed over.
    ``invited_by`` is a name, "" for whoever runs the server."""

    id: int
    site_id: int | None
    role: Role
    email: str | None
    invited_by: str
    created_at: datetime
    expires_at: datetime


def add_invitation(
    connection: Connection,
    *,
    token_hash: str | None,
    site_id: int | None,
    role: Role,
    email: str | None,
    invited_by: str,
    at: datetime,
    expires_at: datetime,
) -> int:
    """Keep a new one; its id."""
    values = {"token_hash": token_hash, "site_id": site_id, "role": role.value, "email": email}
    rest = {"invited_by": invited_by, "created_at": at, "expires_at": expires_at}
    return int(connection.execute(insert(invitation).values(**values, **rest).returning(invitation.c.id)).scalar_one())


def set_token(connection: Connection, invitation_id: int, token_hash: str, at: datetime) -> Invitation | None:
    """The invitation with another secret, whose mail is about to be written; None when it is gone or over."""
    where = (invitation.c.id == invitation_id) & (invitation.c.expires_at > at)
    statement = update(invitation).where(where).values(token_hash=token_hash).returning(invitation)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _invitation(row)


def find_invitation(connection: Connection, token_hash: str, at: datetime) -> Invitation | None:
    """The open one with that secret; looking does not use it up."""
    where = (invitation.c.token_hash == token_hash) & (invitation.c.expires_at > at)
    row = connection.execute(select(invitation).where(where)).one_or_none()
    return None if row is None else _invitation(row)


def use_invitation(connection: Connection, token_hash: str, at: datetime) -> Invitation | None:
    """Use it up; None when it was used or revoked, is over or never was."""
    statement = delete(invitation).where(invitation.c.token_hash == token_hash).returning(invitation)
    row = connection.execute(statement).one_or_none()
    return None if row is None or row.expires_at <= at else _invitation(row)


def list_invitations(connection: Connection, site_id: int, at: datetime) -> Sequence[Invitation]:
    """The open ones for a site and for all, oldest first."""
    here = (invitation.c.site_id == site_id) | invitation.c.site_id.is_(None)
    rows = connection.execute(select(invitation).where(here, invitation.c.expires_at > at).order_by(invitation.c.id))
    return [_invitation(row) for row in rows]


def revoke_invitation(connection: Connection, invitation_id: int, site_id: int | None) -> Invitation | None:
    """Remove the one of just that reach; None when it is not there."""
    reach = invitation.c.site_id.is_(None) if site_id is None else invitation.c.site_id == site_id
    statement = delete(invitation).where(invitation.c.id == invitation_id, reach).returning(invitation)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _invitation(row)


def forget_expired(connection: Connection, at: datetime) -> None:
    """Remove those that are over."""
    connection.execute(delete(invitation).where(invitation.c.expires_at <= at))


def _invitation(row: Row[Any]) -> Invitation:
    return Invitation(
        id=row.id,
        site_id=row.site_id,
        role=Role(row.role),
        email=row.email,
        invited_by=row.invited_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
