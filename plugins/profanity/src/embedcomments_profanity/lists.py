"""The lists of words, as data files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files


class Severity(StrEnum):
    """How bad a word is, or of what kind."""

    MILD = "mild"
    STRONG = "strong"
    SLUR = "slur"
    SEXUAL = "sexual"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One word of a list. ``forms``: its spellings, where ``*`` stands for any letters.
    ``is_name``: capitalised it is a person's or place's name, and clean."""

    word: str
    severity: Severity
    language: str
    forms: tuple[str, ...]
    is_name: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class WordList:
    """A language's entries and the words that stay clean whatever an entry's wildcard says."""

    language: str
    entries: tuple[Entry, ...]
    allowed: tuple[str, ...]


@cache
def load_list(language: str) -> WordList:
    """The list of a language. Raises FileNotFoundError when there is none."""
    raw = json.loads(files(__package__).joinpath("words", f"{language}.json").read_text(encoding="utf-8"))
    entries = tuple(
        Entry(
            word=item["word"],
            severity=Severity(item["severity"]),
            language=language,
            forms=tuple(item.get("forms", [item["word"]])),
            is_name=item.get("is_name", False),
        )
        for item in raw["entries"]
    )
    return WordList(language=language, entries=entries, allowed=tuple(raw["allowed"]))
