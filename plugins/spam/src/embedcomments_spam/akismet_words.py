"""What is asked of Akismet and what comes back, without its library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from typing import Any


class Said(StrEnum):
    """Akismet's opinion. ``DISCARD``: so certainly spam that nobody need see it; we keep it all the same."""

    HAM = "ham"
    SPAM = "spam"
    DISCARD = "discard"

    @property
    def is_spam(self) -> bool:
        """Whether it calls it spam."""
        return self is not Said.HAM


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A comment as Akismet is told of it: ``arguments`` by the names of its API."""

    user_ip: str
    arguments: Mapping[str, Any]


class Unanswered(Exception):
    """There is no answer; the message is a sentence for the desk. ``is_key``: because of the key."""

    def __init__(self, message: str, *, is_key: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.is_key = is_key


def is_installed() -> bool:
    """Whether the library is there, which is an extra: ``pip install 'embedcomments-spam[akismet]'``."""
    return find_spec("akismet") is not None
