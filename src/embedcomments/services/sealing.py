"""Secrets that have to be read again, kept so that a leaked database alone does not tell them."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken

from embedcomments.domain.errors import BadToken


class Sealer:
    """Encrypts and authenticates short texts with a key that is not in the database."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def seal(self, text: str) -> str:
        """``text``, unreadable."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text again. Raises BadToken for what was sealed with another key, or not by us."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise BadToken("It was sealed with another secret key.") from error
