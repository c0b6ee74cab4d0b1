"""Signing in to the desk: links, passwords, second factors, and the sessions that they open.

Secrets are handed out once and stored as hashes.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from embedcomments.domain.audit import Subject
from embedcomments.domain.errors import NotAllowed
from embedcomments.domain.identities import Actor, ActorKind, Moderator
from embedcomments.domain.permissions import Role
from embedcomments.domain.protocols import Clock
from embedcomments.services.limits import RateLimits
from embedcomments.services.mailing.addresses import address_of
from embedcomments.services.passwords import Passwords
from embedcomments.services.second_factor import SecondFactor
from embedcomments.services.tokens import token_hash
from embedcomments.storage import audit as audit_rows
from embedcomments.storage import moderators as rows
from embedcomments.storage import sessions as session_rows
from embedcomments.storage.database import Database
from embedcomments.storage.sessions import SessionRow

LINK_LIFETIME = timedelta(hours=24)
MAIL_LINK_LIFETIME = timedelta(minutes=30)
SESSION_LIFETIME = timedelta(days=30)
IDLE_LIFETIME = timedelta(days=7)
PROOF_LIFETIME = timedelta(minutes=15)
_PUBLIC_ID = re.compile(f"[0-9a-f]{{{session_rows.PUBLIC_ID_LENGTH}}}")
_COUNTED_TOGETHER = timedelta(hours=1)
SOMEBODY = Actor(name="somebody")
UNKNOWN_ADDRESS = Subject(kind="address", id="unknown")
_SEEN_EVERY = timedelta(minutes=5)  # a write for each page would be much for what is shown in minutes


@dataclass(frozen=True, kw_only=True, slots=True)
class Browser:
    """Where somebody signs in from. ``network`` is a keyed hash; ``known_as``: who signed in there before."""

    device: str = ""
    network: str = ""
    known_as: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SignIn:
    """How far it got. ``session``: the secret of a new one; None while a code of the second factor is needed."""

    moderator_id: int
    session: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A session that lasts. ``is_proven``: its owner proved who they are within the last quarter of an hour."""

    moderator: Moderator
    row: SessionRow
    is_proven: bool


NOWHERE = Browser()


class SigningIn:
    """Ways to sign in, and sessions."""

    def __init__(
        self, database: Database, clock: Clock, passwords: Passwords, second: SecondFactor, limits: RateLimits
    ) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._second = second
        self._limits = limits

    def one_time_token(
        self, *, name: str, site_id: int | None, email: str | None = None, role: Role = Role.OWNER
    ) -> str:
        """A secret that opens one session for the moderator ``name`` (made with ``role`` if new) within 24 hours.
        ``email``: the address by which ``session_for_email`` shall know them; None leaves it as it is.

        It needs no second factor: whoever may make it can read the database. Raises NotAllowed for an address that
        another has."""
        token = secrets.token_urlsafe(24)
        now = self._clock.now()

        def work(connection: Connection) -> None:
            moderator = rows.ensure_moderator(connection, name=name, site_id=site_id, at=now, role=role)
            if email is not None and not rows.set_email(connection, moderator.id, address_of(email)):
                raise NotAllowed("Another moderator has that address.")
            session_rows.add_sign_in_link(connection, token_hash(token), moderator.id, now + LINK_LIFETIME)

        self._database.write(work)
        return token

    def mail_token(self, email: str) -> tuple[str, str] | None:
        """A secret that signs in once within half an hour, and the name of the one whose address it is; None when it is
        nobody's."""
        token = secrets.token_urlsafe(24)
        now = self._clock.now()

        def work(connection: Connection) -> str | None:
            found = rows.id_by_email(connection, address_of(email))
            moderator = None if found is None else rows.get_moderator(connection, found)
            if moderator is None:
                return None
            hashed = token_hash(token)
            session_rows.add_sign_in_link(connection, hashed, moderator.id, now + MAIL_LINK_LIFETIME, by_mail=True)
            return moderator.name

        name = self._database.write(work)
        return None if name is None else (token, name)

    def is_open(self, token: str) -> bool:
        """Whether the link could still be used; looking does not use it up (mail scanners look)."""
        with self._database.read() as connection:
            return session_rows.sign_in_link_is_open(connection, token_hash(token), self._clock.now())

    def redeem(self, token: str, browser: Browser = NOWHERE) -> SignIn | None:
        """Sign in by a link that is used up by this; None when it is no good. One that came by mail proves the mailbox
        alone: the second factor is asked for as after a password."""
        now = self._clock.now()

        def work(connection: Connection) -> SignIn | None:
            used = session_rows.use_sign_in_link(connection, token_hash(token), now)
            if used is None:
                return None
            moderator_id, by_mail = used
            return self._first(connection, moderator_id, browser) if by_mail else self._open(
                connection, moderator_id, browser
            )  # fmt: skip

        return self._database.write(work)

    def with_password(self, email: str, password: str, browser: Browser) -> SignIn | None:
        """Sign in by address and password; None when either is wrong, which takes as long in both cases and is counted
        in the record.

        Raises RateLimited after many attempts of this network at the account, or of all networks."""
        email = address_of(email)
        who = token_hash(email)
        self._limits.slow_down("password", f"{who} {browser.network}")
        with self._database.read() as connection:
            found = rows.password_by_email(connection, email)
        moderator_id, stored = found or (None, None)
        if moderator_id is None or moderator_id != browser.known_as:
            # A browser in which they signed in before is not counted with all others: who guesses from everywhere at
            # once slows guessing down, but does not keep the owner out.
            self._limits.slow_down("password-account", who)
        if not self._passwords.verify(stored, password) or moderator_id is None or stored is None:
            self._count_wrong_password(moderator_id)
            return None
        self._limits.forgive("password", f"{who} {browser.network}")
        self._limits.forgive("password-account", who)
        newer = self._passwords.hash(password) if self._passwords.is_dated(stored) else None

        def work(connection: Connection) -> SignIn | None:
            present = rows.get_account(connection, moderator_id)
            if present is None or present.password_hash != stored:
                return None  # it was changed while we were checking
            if newer is not None:
                rows.replace_password(connection, moderator_id, stored, newer)
            return self._first(connection, moderator_id, browser)

        return self._database.write(work)

    def with_code(self, moderator_id: int, code: str, browser: Browser) -> str | None:
        """The secret of a new session for who passed the first step, by a code of their app or a recovery code; None
        when it is wrong or was used. Raises RateLimited after many attempts."""
        self._limits.slow_down("code", str(moderator_id))

        def work(connection: Connection) -> str | None:
            account = rows.get_account(connection, moderator_id)
            if account is None or not self._second.take(connection, account, code, self._clock.now()):
                return None
            return self._open(connection, moderator_id, browser).session

        session = self._database.write(work)
        if session is not None:
            self._limits.forgive("code", str(moderator_id))
        else:
            self._database.write(lambda c: self._note(c, moderator_id, "account.code_failed", browser))
        return session

    def session_for_email(self, email: str, browser: Browser = NOWHERE) -> str | None:
        """The secret of a new session for the moderator whose address a provider proved; None when unknown."""

        def work(connection: Connection) -> str | None:
            found = rows.id_by_email(connection, address_of(email))
            return None if found is None else self._open(connection, found, browser).session

        return self._database.write(work)

    def session_for(self, moderator_id: int, browser: Browser) -> str:
        """The secret of a new session for somebody who was let in just now, as by an invitation."""
        opened = self._database.write(lambda connection: self._open(connection, moderator_id, browser))
        assert opened.session is not None, "it was opened"
        return opened.session

    def session(self, secret: str) -> Session | None:
        """The session, while it lasts and is used now and then; this is a use."""
        now = self._clock.now()
        hashed = token_hash(secret)
        found = self._find(hashed)
        if found is None:
            return None
        moderator, row = found
        if now - row.seen_at >= _SEEN_EVERY:
            self._database.write(lambda connection: session_rows.see_session(connection, hashed, now))
        return Session(moderator=moderator, row=row, is_proven=now - row.proved_at < PROOF_LIFETIME)

    def moderator(self, session: str) -> Moderator | None:
        """Whose session it is, while it lasts. No use of it: a page that is left open keeps nobody signed in."""
        found = self._find(token_hash(session))
        return None if found is None else found[0]

    def prove_again(self, secret: str, password: str, code: str) -> str | None:
        """Another secret for the session, whose owner has proved again who they are, by the password and the code that
        their account has; None when one is wrong, or when it has neither: then they sign in again.

        Raises RateLimited after many attempts."""
        found = self.session(secret)
        if found is None:
            return None
        moderator_id = found.moderator.id
        self._limits.slow_down("proof", str(moderator_id))
        with self._database.read() as connection:
            account = rows.get_account(connection, moderator_id)
        if account is None or (account.password_hash is None and account.totp_secret is None):
            return None
        if account.password_hash is not None and not self._passwords.verify(account.password_hash, password):
            self._count_wrong_password(moderator_id)
            return None
        new = secrets.token_urlsafe(32)

        def work(connection: Connection) -> bool:
            now = self._clock.now()
            if account.totp_secret is not None and not self._second.take(connection, account, code, now):
                return False
            return session_rows.prove_session(connection, token_hash(secret), token_hash(new), now)

        if not self._database.write(work):
            return None
        self._limits.forgive("proof", str(moderator_id))
        return new

    def sessions_of(self, moderator_id: int) -> Sequence[SessionRow]:
        """Somebody's sessions, the one used last first."""
        now = self._clock.now()
        with self._database.read() as connection:
            return session_rows.list_sessions(connection, moderator_id, at=now, seen_after=now - IDLE_LIFETIME)

    def end_one(self, moderator_id: int, session_id: str) -> bool:
        """End one of somebody's sessions by its public id; whether there was one."""
        if not _PUBLIC_ID.fullmatch(session_id):
            return False

        def work(connection: Connection) -> bool:
            ended = session_rows.end_session_of(connection, moderator_id, session_id)
            if ended:
                self._note(connection, moderator_id, "account.sessions_ended")
            return ended

        return self._database.write(work)

    def end_others(self, moderator_id: int, secret: str) -> int:
        """End all of somebody's sessions but this one, and their open links; how many sessions."""

        def work(connection: Connection) -> int:
            session_rows.forget_links(connection, moderator_id)
            self._note(connection, moderator_id, "account.sessions_ended")
            return session_rows.end_sessions(connection, moderator_id, but=token_hash(secret))

        return self._database.write(work)

    def sign_out(self, session: str) -> None:
        """End a session."""
        found = self._find(token_hash(session))

        def work(connection: Connection) -> None:
            session_rows.end_session(connection, token_hash(session))
            if found is not None:
                self._note(connection, found[0].id, "account.sign_out")

        self._database.write(work)

    def _find(self, hashed: str) -> tuple[Moderator, SessionRow] | None:
        now = self._clock.now()
        with self._database.read() as connection:
            return session_rows.get_session(connection, hashed, at=now, seen_after=now - IDLE_LIFETIME)

    def _first(self, connection: Connection, moderator_id: int, browser: Browser) -> SignIn:
        account = rows.get_account(connection, moderator_id)
        if account is not None and account.totp_secret is not None:
            return SignIn(moderator_id=moderator_id, session=None)
        return self._open(connection, moderator_id, browser)

    def _open(self, connection: Connection, moderator_id: int, browser: Browser) -> SignIn:
        session = secrets.token_urlsafe(32)
        now = self._clock.now()
        session_rows.add_session(
            connection,
            token_hash(session),
            moderator_id,
            at=now,
            expires_at=now + SESSION_LIFETIME,
            device=browser.device,
            network=browser.network,
        )
        self._note(connection, moderator_id, "account.sign_in", browser)
        return SignIn(moderator_id=moderator_id, session=session)

    def _count_wrong_password(self, moderator_id: int | None) -> None:
        """One more stands in the record: in one line for an account and an hour, and in one for all addresses that are
        nobody's. So it is written as often for these as for others, and the time of the answer tells no difference."""
        subject = UNKNOWN_ADDRESS if moderator_id is None else Subject(kind="moderator", id=str(moderator_id))
        now = self._clock.now()
        self._database.write(
            lambda connection: audit_rows.count_entry(
                connection,
                at=now,
                since=now - _COUNTED_TOGETHER,
                actor=SOMEBODY,
                action="account.password_failed",
                subject=subject,
            )
        )

    def _note(self, connection: Connection, moderator_id: int, action: str, browser: Browser = NOWHERE) -> None:
        """Who came, tried and went stands in the record, with the browser as far as it said; no address does."""
        moderator = rows.get_moderator(connection, moderator_id)
        if moderator is None:
            return
        audit_rows.add_entry(
            connection,
            site_id=None,
            at=self._clock.now(),
            actor=Actor(kind=ActorKind.MODERATOR, name=moderator.name, moderator=moderator),
            action=action,
            subject=Subject(kind="moderator", id=str(moderator_id)),
            after={"device": browser.device} if browser.device else None,
        )
