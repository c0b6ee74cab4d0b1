"""Moderators: one-time links and sessions. Secrets are handed out once and stored as hashes."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import Connection

from embedcomments.domain.identities import Moderator
from embedcomments.domain.protocols import Clock
from embedcomments.services.tokens import token_hash
from embedcomments.storage import identities as rows
from embedcomments.storage.database import Database

LINK_LIFETIME = timedelta(hours=24)
SESSION_LIFETIME = timedelta(days=14)


class SigningIn:
    """One-time links, and the sessions that they open."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def one_time_token(self, *, name: str, site_id: int | None, email: str | None = None) -> str:
        """A secret that opens one session for the moderator ``name`` (made if new) within 24 hours. ``email``: the
        address by which ``session_for_email`` shall know them; None leaves it as it is."""
        token = secrets.token_urlsafe(24)
        now = self._clock.now()

        def work(connection: Connection) -> None:
            moderator = rows.ensure_moderator(connection, name=name, site_id=site_id, at=now)
            if email is not None:
                rows.set_moderator_email(connection, moderator.id, _address(email))
            rows.add_sign_in_link(connection, token_hash(token), moderator.id, now + LINK_LIFETIME)

        self._database.write(work)
        return token

    def is_open(self, token: str) -> bool:
        """Whether the link could still be used; looking does not use it up (mail scanners look)."""
        with self._database.read() as connection:
            return rows.sign_in_link_is_open(connection, token_hash(token), self._clock.now())

    def redeem(self, token: str) -> str | None:
        """The secret of a new session for a link that is used up by this; None when it is no good."""
        now = self._clock.now()

        def work(connection: Connection) -> str | None:
            moderator_id = rows.use_sign_in_link(connection, token_hash(token), now)
            return None if moderator_id is None else self._open(connection, moderator_id)

        return self._database.write(work)

    def session_for_email(self, email: str) -> str | None:
        """The secret of a new session for the moderator whose address a provider proved; None when unknown."""

        def work(connection: Connection) -> str | None:
            moderator = rows.moderator_by_email(connection, _address(email))
            return None if moderator is None else self._open(connection, moderator.id)

        return self._database.write(work)

    def moderator(self, session: str) -> Moderator | None:
        """Whose session it is, while it lasts."""
        with self._database.read() as connection:
            return rows.session_moderator(connection, token_hash(session), self._clock.now())

    def sign_out(self, session: str) -> None:
        """End a session."""
        self._database.write(lambda connection: rows.end_session(connection, token_hash(session)))

    def _open(self, connection: Connection, moderator_id: int) -> str:
        session = secrets.token_urlsafe(32)
        now = self._clock.now()
        rows.add_session(connection, token_hash(session), moderator_id, at=now, expires_at=now + SESSION_LIFETIME)
        return session


def _address(email: str) -> str:
    """Providers write the same address in capitals or not."""
    return email.strip().lower()
