"""Comment ids: opaque, ordered by time, not guessable.

24 characters of Crockford's base 32 in lower case: 48 bits of milliseconds
since 1970 and 72 random bits, after the idea of ULID. Their order as ASCII
text is their order in time, so a path of ids sorts a thread. Those that one
process makes within a millisecond are in the order of their making.
"""

from __future__ import annotations

import re
import secrets
import threading
from datetime import datetime

ID_LENGTH = 24
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_PATTERN = re.compile(r"[0-9a-hjkmnp-tv-z]{24}")


class _Tails:
    """The random bits of ids; of one millisecond each is greater than the one before, by 48 random bits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._millis = -1
        self._tail = 0

    def next(self, millis: int) -> int:
        with self._lock:
            if millis == self._millis:
                self._tail = (self._tail + 1 + secrets.randbits(48)) % (1 << 72)
            else:
                self._millis, self._tail = millis, secrets.randbits(71)  # room for millions above it
            return self._tail


_TAILS = _Tails()


def new_id(at: datetime) -> str:
    """An id whose place in the order is ``at`` (aware; before 1970 counts as 1970)."""
    millis = _millis(at)
    return _spelt((millis << 72) | _TAILS.next(millis))


def _millis(at: datetime) -> int:
    return max(0, int(at.timestamp() * 1000)) & ((1 << 48) - 1)


def _spelt(number: int) -> str:
    return "".join([_PAIRS[(number >> shift) & 1023] for shift in range(110, -1, -10)])


def first_id(at: datetime) -> str:
    """The lowest id that a comment of ``at`` could have: bounds a range of time in the order of ids."""
    return _spelt(_millis(at) << 72)


def is_id(value: object) -> bool:
    """Whether ``value`` has the form of an id; says nothing about existence."""
    return isinstance(value, str) and _PATTERN.fullmatch(value) is not None
