"""Rows of one-time links and of the sessions that signing in opens. Secrets are stored as hashes alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from embedcomments.domain.identities import Moderator
from embedcomments.storage.moderators import moderator_of
from embedcomments.storage.tables import moderator, moderator_role, session, sign_in_link

PUBLIC_ID_LENGTH = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionRow:
    """A session as its owner may see it. ``id`` is the beginning of its secret's hash and opens nothing; ``network`` a
    keyed hash of the sender's network; ``proved_at``: when its owner last proved who they are."""

    id: str
    device: str
    network: str
    created_at: datetime
    proved_at: datetime
    seen_at: datetime
    expires_at: datetime


def add_sign_in_link(
    connection: Connection, token_hash: str, moderator_id: int, expires_at: datetime, *, by_mail: bool = False
) -> None:
    """Keep the hash of a one-time link."""
    values = {"token_hash": token_hash, "moderator_id": moderator_id, "expires_at": expires_at, "by_mail": by_mail}
    connection.execute(insert(sign_in_link).values(**values))


def sign_in_link_is_open(connection: Connection, token_hash: str, at: datetime) -> bool:
    """Whether the link could still be used."""
    where = (sign_in_link.c.token_hash == token_hash) & (sign_in_link.c.expires_at > at)
    return connection.execute(select(sign_in_link.c.token_hash).where(where)).first() is not None


def use_sign_in_link(connection: Connection, token_hash: str, at: datetime) -> tuple[int, bool] | None:
    """Use a link up; the moderator's id and whether it went by mail; None when it was used, is over or never was."""
    row = connection.execute(
        delete(sign_in_link)
        .where(sign_in_link.c.token_hash == token_hash)
        .returning(sign_in_link.c.moderator_id, sign_in_link.c.by_mail, sign_in_link.c.expires_at)
    ).one_or_none()
    return None if row is None or row.expires_at <= at else (row.moderator_id, row.by_mail)


def forget_links(connection: Connection, moderator_id: int) -> None:
    """Make all open links of somebody useless."""
    connection.execute(delete(sign_in_link).where(sign_in_link.c.moderator_id == moderator_id))


def add_session(
    connection: Connection,
    token_hash: str,
    moderator_id: int,
    *,
    at: datetime,
    expires_at: datetime,
    device: str = "",
    network: str = "",
) -> None:
    """Start a session; those that are over are removed on the way."""
    connection.execute(delete(session).where(session.c.expires_at <= at))
    moments = {"created_at": at, "proved_at": at, "seen_at": at, "expires_at": expires_at}
    values = {"token_hash": token_hash, "moderator_id": moderator_id, "device": device, "network": network}
    connection.execute(insert(session).values(**values, **moments))


def get_session(
    connection: Connection, token_hash: str, *, at: datetime, seen_after: datetime
) -> tuple[Moderator, SessionRow] | None:
    """Whose session it is, while it lasts and unless it was last used before ``seen_after``. One query."""
    query = (
        select(session, moderator.c.id, moderator.c.name, moderator_role.c.site_id, moderator_role.c.role)
        .join(moderator, session.c.moderator_id == moderator.c.id)
        .join(moderator_role, moderator_role.c.moderator_id == moderator.c.id, isouter=True)
        .where(session.c.token_hash == token_hash, session.c.expires_at > at, session.c.seen_at > seen_after)
    )
    rows = connection.execute(query).all()
    found = moderator_of(rows)
    return None if found is None else (found, _session(rows[0]))


def list_sessions(
    connection: Connection, moderator_id: int, *, at: datetime, seen_after: datetime
) -> Sequence[SessionRow]:
    """Those of somebody that last, the one used last first."""
    where = (session.c.moderator_id == moderator_id, session.c.expires_at > at, session.c.seen_at > seen_after)
    return [
        _session(row) for row in connection.execute(select(session).where(*where).order_by(session.c.seen_at.desc()))
    ]


def see_session(connection: Connection, token_hash: str, at: datetime) -> None:
    """Remember that it was used."""
    connection.execute(update(session).where(session.c.token_hash == token_hash).values(seen_at=at))


def prove_session(connection: Connection, token_hash: str, new_hash: str, at: datetime) -> bool:
    """Remember that its owner proved who they are, and give it another secret; whether it was there."""
    values = {"token_hash": new_hash, "proved_at": at, "seen_at": at}
    return connection.execute(update(session).where(session.c.token_hash == token_hash).values(**values)).rowcount > 0


def end_session(connection: Connection, token_hash: str) -> None:
    """Sign out."""
    connection.execute(delete(session).where(session.c.token_hash == token_hash))


def end_session_of(connection: Connection, moderator_id: int, session_id: str) -> bool:
    """End somebody's session by its public id; whether there was one."""
    public_id = func.substr(session.c.token_hash, 1, PUBLIC_ID_LENGTH)
    where = (session.c.moderator_id == moderator_id) & (public_id == session_id)
    return connection.execute(delete(session).where(where)).rowcount > 0


def end_sessions(connection: Connection, moderator_id: int, *, but: str | None = None) -> int:
    """End all of somebody's sessions, except the one with the hash ``but``; how many."""
    where = session.c.moderator_id == moderator_id
    if but is not None:
        where &= session.c.token_hash != but
    return connection.execute(delete(session).where(where)).rowcount


def forget_expired(connection: Connection, at: datetime) -> None:
    """Remove links and sessions that are over."""
    connection.execute(delete(sign_in_link).where(sign_in_link.c.expires_at <= at))
    connection.execute(delete(session).where(session.c.expires_at <= at))


def _session(row: Row[Any]) -> SessionRow:
    return SessionRow(
        id=row.token_hash[:PUBLIC_ID_LENGTH],
        device=row.device,
        network=row.network,
        created_at=row.created_at,
        proved_at=row.proved_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
    )
