"""Moments as the tables hold them, and the names of rows."""

from __future__ import annotations

import hashlib
from datetime import datetime


def seconds(at: datetime) -> int:
    """Whole seconds since 1970."""
    return int(at.timestamp())


def fingerprint(*words: str) -> str:
    """64 characters that stand for these words in this order."""
    return hashlib.sha256("\n".join(words).encode()).hexdigest()
