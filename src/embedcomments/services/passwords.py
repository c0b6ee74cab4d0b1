"""Passwords: argon2id, few at a time, and as slow for unknown accounts as for known ones."""

from __future__ import annotations

import threading
import unicodedata
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from embedcomments.domain.errors import InvalidRequest, Unavailable

MIN_LENGTH, MAX_LENGTH = 12, 256
AT_ONCE = 2  # each takes 64 MiB and a core for a while
PATIENCE_S = 10.0


class Passwords:
    """Hashes and checks, in the caller's thread. The parameters are those of RFC 9106 for little memory (section 4)
    unless tests give cheaper ones."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = threading.BoundedSemaphore(AT_ONCE)

    def hash(self, password: str) -> str:
        """What is stored. Raises InvalidRequest for a password that is too short or too long, Unavailable when the
        server is busy with others."""
        text = _normal(password)
        if not MIN_LENGTH <= len(text) <= MAX_LENGTH or len(set(text)) < 4:
            sentence = f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters, and more than a few different ones."
            raise InvalidRequest(sentence, errors={"password": [sentence]})
        with _Turn(self._turns):
            return self._hasher.hash(text)

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether ``password`` is the one that ``stored`` is the hash of. None, for who has none, takes as long and is
        never right. Raises Unavailable when the server is busy with others."""
        text = _normal(password)[:MAX_LENGTH]
        with _Turn(self._turns):
            try:
                return self._hasher.verify(stored or self._nobodys, text) and stored is not None
            except (VerificationError, InvalidHashError):
                return False

    def is_dated(self, stored: str) -> bool:
        """Whether it was hashed with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash("nobody has this password")


class _Turn:
    """A turn at hashing, waited for a while. Raises Unavailable."""

    def __init__(self, turns: threading.BoundedSemaphore) -> None:
        self._turns = turns

    def __enter__(self) -> None:
        if not self._turns.acquire(timeout=PATIENCE_S):
            raise Unavailable("Too many are signing in just now.")

    def __exit__(self, *_: object) -> None:
        self._turns.release()


def _normal(password: str) -> str:
    """Keyboards write the same letters in different ways (RFC 8265, section 4.2: NFC)."""
    return unicodedata.normalize("NFC", password).encode(errors="replace").decode()
