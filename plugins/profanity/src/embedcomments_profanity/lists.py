"""The lists of words, as data files."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from embedcomments_profanity.normalise import normalise_entry

LANGUAGES = (
    "en", "ru", "uk", "hy", "hy-latn", "tr", "az", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "ka", "fa", "ar",
    "he", "hi", "zh", "ja", "ko",
)  # fmt: skip
# What is read when a site chooses nothing: a script other than Latin tells its language well enough, and words of
# Latin lists are clean in too many other languages.
DEFAULT_LANGUAGES = ("en", "ru", "uk", "hy", "ka", "fa", "ar", "he", "hi", "zh", "ja", "ko")
# Their words are written without blanks, so they are sought anywhere.
UNSPACED_SCRIPTS = frozenset({"Hans", "Jpan"})
EXACT = "!"
_KINDS = {"mild": "vulgar", "strong": "vulgar", "slur": "hate", "sexual": "sex"}


class Severity(StrEnum):
    """How bad a word is, or of what kind."""

    MILD = "mild"
    STRONG = "strong"
    SLUR = "slur"
    SEXUAL = "sexual"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One word of a list. ``forms``: its spellings in the one form of ``normalise_entry``, where ``*`` stands for any
    letters. ``spellings``: the same as people write them; a leading ``!`` asks for exactly these marks (``coño`` is
    vulgar, ``cono`` a cone). ``is_name``: capitalised it is a person's or place's name, and clean."""

    word: str
    severity: Severity
    language: str
    forms: tuple[str, ...]
    kind: str = "vulgar"
    notes: str = ""
    is_name: bool = False
    spellings: tuple[str, ...] = ()
    letters: str = ""

    def is_spelled_like(self, written: str) -> bool:
        """Whether the marks in ``written`` allow this word: ``şık`` is not ``sik``. Letters without marks may stand
        for those with, as many keyboards have none."""
        if not self.letters:
            return True
        plain = unicodedata.normalize("NFC", written.lower())
        return any(self._fits(spelling, plain) for spelling in self.spellings)

    def _fits(self, spelling: str, written: str) -> bool:
        is_exact = spelling.startswith(EXACT)
        # A form that begins with a wildcard has no place to compare from.
        return spelling.startswith("*") or all(
            letter == wanted or not (letter in self.letters or (is_exact and wanted in self.letters))
            for letter, wanted in zip(written, spelling.strip(EXACT + "*"), strict=False)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class WordList:
    """A language's entries and the words that stay clean whatever an entry's wildcard says. ``script``: its code of
    ISO 15924."""

    language: str
    script: str
    entries: tuple[Entry, ...]
    allowed: tuple[str, ...]


@cache
def load_list(language: str) -> WordList:
    """The list of a language. Raises FileNotFoundError when there is none."""
    raw = json.loads(files(__package__).joinpath("words", f"{language}.json").read_text(encoding="utf-8"))
    return WordList(
        language=language,
        script=raw["script"],
        entries=tuple(_entry(item, language, raw.get("letters", "")) for item in raw["entries"]),
        allowed=tuple(normalise_entry(word) for word in raw["allowed"]),
    )


def _entry(item: dict[str, Any], language: str, letters: str) -> Entry:
    spellings = tuple(item.get("forms", [item["word"]]))
    return Entry(
        word=item["word"],
        severity=Severity(item["severity"]),
        language=language,
        forms=tuple(normalise_entry(spelling.removeprefix(EXACT)) for spelling in spellings),
        kind=item.get("kind", _KINDS[item["severity"]]),
        notes=item.get("notes", ""),
        is_name=item.get("is_name", False),
        spellings=spellings,
        letters=letters,
    )
