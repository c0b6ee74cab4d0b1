"""What somebody changes about their own account: name, address, password, second factor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from itsdangerous import BadData
from sqlalchemy import Connection

from embedcomments.domain.audit import Subject
from embedcomments.domain.errors import BadToken, Conflict, InvalidRequest
from embedcomments.domain.identities import Actor, Moderator
from embedcomments.domain.protocols import Clock
from embedcomments.services.mailing.addresses import checked_address
from embedcomments.services.passwords import Passwords
from embedcomments.services.people import actor_of, checked_name
from embedcomments.services.second_factor import SecondFactor
from embedcomments.services.tokens import Tokens, token_hash
from embedcomments.storage import audit as audit_rows
from embedcomments.storage import moderators as rows
from embedcomments.storage import sessions as session_rows
from embedcomments.storage.database import Database
from embedcomments.storage.moderators import Account

ADDRESS_LIFETIME = timedelta(days=1)


class Accounts:
    """One's own account. ``by`` is its owner, or the command line; whether the owner has proved who they are just now
    is for the page to ask. All of it stands in the record, without the address or any secret."""

    def __init__(
        self, database: Database, clock: Clock, passwords: Passwords, second: SecondFactor, tokens: Tokens
    ) -> None:
        self._database = database
        self._addresses = tokens.desk_signer("new-address")
        self._clock = clock
        self._passwords = passwords
        self._second = second

    def get(self, moderator_id: int) -> Account:
        """The account. Raises Conflict when it is gone."""
        with self._database.read() as connection:
            return _present(connection, moderator_id)

    def rename(self, moderator_id: int, name: str, *, by: Actor) -> None:
        """Another name. Raises InvalidRequest."""
        checked = checked_name(name)

        def work(connection: Connection) -> None:
            before = _present(connection, moderator_id).moderator.name
            rows.set_name(connection, moderator_id, checked)
            if before != checked:
                self._note(connection, by, moderator_id, "account.name", {"name": before}, {"name": checked})

        self._database.write(work)

    def check_email(self, moderator_id: int, email: str) -> bool:
        """Whether it is another address than the present one. Raises as ``change_email`` does."""
        checked = checked_address(email)
        with self._database.read() as connection:
            owner = rows.id_by_email(connection, checked)
            if owner not in (None, moderator_id):
                raise _taken()
            return _present(connection, moderator_id).email != checked

    def email_token(self, moderator_id: int, email: str) -> str | None:
        """What a link to the new address holds, which proves that its mails are read by whom it shall be; None when the
        account is gone. It works for a day, and while the account has the address that it has now: thus once."""
        with self._database.read() as connection:
            account = rows.get_account(connection, moderator_id)
        if account is None:
            return None
        over_at = int((self._clock.now() + ADDRESS_LIFETIME).timestamp())
        return self._addresses.dumps([moderator_id, account.email, checked_address(email), over_at])

    def new_address(self, token: str) -> tuple[Moderator, str]:
        """Whose address shall be another, and which. Raises BadToken."""
        try:
            moderator_id, before, email, over_at = self._addresses.loads(token)
        except (BadData, ValueError, TypeError):
            raise BadToken("This link is not one of ours, or a part of it is missing.") from None
        with self._database.read() as connection:
            account = rows.get_account(connection, moderator_id)
        if account is None or account.email != before or self._clock.now().timestamp() >= over_at:
            raise BadToken("This link was used, or is over: it works once, within a day.")
        return account.moderator, email

    def confirm_email(self, token: str) -> str | None:
        """Set the address that the link was sent to; the old one. Raises BadToken, and as ``change_email`` does."""
        moderator, email = self.new_address(token)
        return self.change_email(moderator.id, email, by=actor_of(moderator))

    def change_email(self, moderator_id: int, email: str, *, by: Actor) -> str | None:
        """Another address, "" for none: links that were sent to the old one do not work any more. The old address, or
        None when nothing changed. Raises InvalidRequest, also for an address that another has."""
        checked = checked_address(email) if email.strip() else None

        def work(connection: Connection) -> str | None:
            before = _present(connection, moderator_id).email
            if before == checked:
                return None
            if not rows.set_email(connection, moderator_id, checked):
                raise _taken()
            session_rows.forget_links(connection, moderator_id)
            self._note(connection, by, moderator_id, "account.email")
            return before

        return self._database.write(work)

    def set_password(self, moderator_id: int, password: str, *, by: Actor, keep_session: str | None) -> None:
        """Another password: all sessions but the one with that secret end, and open links with them. Raises
        InvalidRequest."""
        hashed = self._passwords.hash(password)

        def work(connection: Connection) -> None:
            _present(connection, moderator_id)
            rows.set_password(connection, moderator_id, hashed)
            self._end_sessions(connection, moderator_id, keep_session)
            self._note(connection, by, moderator_id, "account.password")

        self._database.write(work)

    def switch_totp_on(
        self, moderator_id: int, secret: str, code: str, *, by: Actor, keep_session: str
    ) -> Sequence[str]:
        """Ask for codes from now on, once one proved that the app has the secret: the recovery codes, told this once.
        All other sessions end. Raises InvalidRequest for a wrong code; Conflict when it is on already."""

        def work(connection: Connection) -> Sequence[str]:
            if _present(connection, moderator_id).totp_secret is not None:
                raise Conflict("Codes are asked for already. Switch that off first.")
            try:
                codes = self._second.enroll(connection, moderator_id, secret, code, self._clock.now())
            except BadToken as error:
                raise InvalidRequest(error.message, errors={"code": [error.message]}) from error
            self._end_sessions(connection, moderator_id, keep_session)
            self._note(connection, by, moderator_id, "account.totp_on")
            return codes

        return self._database.write(work)

    def switch_totp_off(self, moderator_id: int, *, by: Actor) -> None:
        """Ask for no codes any more, and forget the recovery codes."""

        def work(connection: Connection) -> None:
            if _present(connection, moderator_id).totp_secret is not None:
                rows.set_totp(connection, moderator_id, None)
                self._note(connection, by, moderator_id, "account.totp_off")

        self._database.write(work)

    def renew_recovery_codes(self, moderator_id: int, *, by: Actor) -> Sequence[str]:
        """New recovery codes, told this once; the old ones do not work any more. Raises Conflict without a second
        factor."""

        def work(connection: Connection) -> Sequence[str]:
            if _present(connection, moderator_id).totp_secret is None:
                raise Conflict("Recovery codes are for those who sign in with an app.")
            codes = self._second.renew_recovery_codes(connection, moderator_id)
            self._note(connection, by, moderator_id, "account.recovery_codes")
            return codes

        return self._database.write(work)

    def _end_sessions(self, connection: Connection, moderator_id: int, but: str | None) -> None:
        session_rows.end_sessions(connection, moderator_id, but=None if but is None else token_hash(but))
        session_rows.forget_links(connection, moderator_id)

    def _note(
        self,
        connection: Connection,
        actor: Actor,
        moderator_id: int,
        action: str,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        audit_rows.add_entry(
            connection,
            site_id=None,
            at=self._clock.now(),
            actor=actor,
            action=action,
            subject=Subject(kind="moderator", id=str(moderator_id)),
            before=before,
            after=after,
        )


def _taken() -> InvalidRequest:
    sentence = "Another account has that address."
    return InvalidRequest(sentence, errors={"email": [sentence]})


def _present(connection: Connection, moderator_id: int) -> Account:
    account = rows.get_account(connection, moderator_id)
    if account is None:
        raise Conflict("This account is gone.")
    return account
