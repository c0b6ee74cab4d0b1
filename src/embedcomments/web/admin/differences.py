"""What an edit changed, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

# Comparing takes time that grows with the product of both; longer texts are shown as one beside the other.
MAX_PIECES = 1500
_PIECES = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of text that stayed, is new, or is gone."""

    kind: Literal["same", "new", "gone"]
    text: str


def differences(before: str, after: str) -> list[Part]:
    """The parts of both texts in the order of reading; what is gone stands before what came instead."""
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    if len(old) > MAX_PIECES or len(new) > MAX_PIECES:
        return _whole(before, after)
    matcher = SequenceMatcher(None, old, new, autojunk=len(old) + len(new) > 400)
    if matcher.quick_ratio() < 0.2:
        return _whole(before, after)  # another text altogether: crumbs of words that both have would help nobody
    parts: list[Part] = []
    for what, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if what == "equal":
            parts.append(Part("same", "".join(old[old_start:old_end])))
            continue
        if old_end > old_start:
            parts.append(Part("gone", "".join(old[old_start:old_end])))
        if new_end > new_start:
            parts.append(Part("new", "".join(new[new_start:new_end])))
    return parts


def _whole(before: str, after: str) -> list[Part]:
    return [Part("gone", before), Part("new", after)] if before and after else [Part("new", after or before)]
