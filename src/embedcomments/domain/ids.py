"""Comment ids: opaque, ordered by time, not guessable.

24 characters of Crockford's base 32 in lower case: 48 bits of milliseconds
since 1970 and 72 random bits, after the idea of ULID. Their order as ASCII
text is their order in time, so a path of ids sorts a thread.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime

ID_LENGTH = 24
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PATTERN = re.compile(r"[0-9a-hjkmnp-tv-z]{24}")


def new_id(at: datetime) -> str:
    """An id whose place in the order is ``at`` (aware; before 1970 counts as 1970)."""
    millis = max(0, int(at.timestamp() * 1000)) & ((1 << 48) - 1)
    number = (millis << 72) | secrets.randbits(72)
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(115, -1, -5))


def is_id(value: object) -> bool:
    """Whether ``value`` has the form of an id; says nothing about existence."""
    return isinstance(value, str) and _PATTERN.fullmatch(value) is not None
