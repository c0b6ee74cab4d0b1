"""Cursors: the place in a thread's log that a client has reached."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PATTERN = re.compile(r"1\.([^\s.]{1,64})\.([0-9]{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cursor:
    """After event ``seq`` of the history ``epoch``."""

    epoch: str
    seq: int

    def __str__(self) -> str:
        return f"1.{self.epoch}.{self.seq}"


def parse_cursor(text: str) -> Cursor | None:
    """The cursor that ``text`` spells, None when it is of no form we ever gave out."""
    match = _PATTERN.fullmatch(text)
    return Cursor(match[1], int(match[2])) if match else None
