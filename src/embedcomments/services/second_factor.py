"""Codes of an authenticator app (RFC 6238) and recovery codes, each of which is taken once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

import pyotp
from sqlalchemy import Connection

from embedcomments.domain.errors import BadToken
from embedcomments.services.sealing import Sealer
from embedcomments.services.tokens import token_hash
from embedcomments.storage import moderators as rows
from embedcomments.storage.moderators import Account

ISSUER = "embedcomments"
RECOVERY_CODES = 10
_STEP_S = 30
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that are read as others


class SecondFactor:
    """Makes secrets, and takes codes."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def new_secret(self) -> str:
        """A secret for an app, in base32."""
        return pyotp.random_base32()

    def uri(self, secret: str, account: str) -> str:
        """What the QR code for the app says."""
        return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)

    def enroll(self, connection: Connection, moderator_id: int, secret: str, code: str, at: datetime) -> Sequence[str]:
        """Require codes of ``secret`` from now on, once one proved that the app has it: the recovery codes, to be shown
        once. Raises BadToken for a wrong code."""
        step = _step_of(secret, code, at)
        if step is None:
            raise BadToken("That is not the code the app shows now. Is the clock of your device right?")
        rows.set_totp(connection, moderator_id, self._sealer.seal(secret), step)
        return self.renew_recovery_codes(connection, moderator_id)

    def renew_recovery_codes(self, connection: Connection, moderator_id: int) -> Sequence[str]:
        """New recovery codes in place of those there are, to be shown once."""
        codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
        rows.set_recovery_codes(connection, moderator_id, [token_hash(_plain(code)) for code in codes])
        return codes

    def take(self, connection: Connection, account: Account, code: str, at: datetime) -> bool:
        """Whether ``code`` is one that the app shows now, or a recovery code. Either is used up by this.

        Raises BadToken when the secret cannot be read, for the instance's key was replaced."""
        if account.totp_secret is None:
            return False
        typed = _plain(code)
        step = _step_of(self._sealer.open(account.totp_secret), typed, at)
        if step is not None:
            return rows.use_totp_step(connection, account.moderator.id, step)
        return rows.use_recovery_code(connection, account.moderator.id, token_hash(typed))


def _step_of(secret: str, code: str, at: datetime) -> int | None:
    """The step whose code it is: the present one, or the one before or after it (RFC 6238, section 5.2)."""
    typed = _plain(code)
    totp = pyotp.TOTP(secret)
    now = int(at.timestamp()) // _STEP_S
    found = None
    for step in (now - 1, now, now + 1):  # all three, so that time does not tell which was near
        if secrets.compare_digest(totp.at(step * _STEP_S).encode(), typed.encode(errors="replace")):
            found = step
    return found


def _recovery_code() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(16))  # 79 bits: no slow hash is needed
    return "-".join(letters[start : start + 4] for start in range(0, 16, 4))


def _plain(code: str) -> str:
    """As typed, without what people put between."""
    return "".join(code.split()).replace("-", "").lower()[:64]
