"""The lists of words, as data files."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
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
# Before the name of a set of the list's endings: "բոզ~noun" is that stem with each of them.
STEM = "~"
_BETWEEN_WORDS = re.compile(r"[\s'’ʼ.-]+")
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
    vulgar, ``cono`` a cone). ``phrases``: those of several words, each by the forms of its words, the last of which may
    end in ``*``; ``forms`` has them joined. ``stems``: what grows by endings, each with all that may follow it, of
    which ``forms`` has the first only. ``is_name``: capitalised it is a person's or place's name, and clean."""

    word: str
    severity: Severity
    language: str
    forms: tuple[str, ...]
    kind: str = "vulgar"
    notes: str = ""
    is_name: bool = False
    spellings: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    stems: tuple[tuple[str, tuple[str, ...]], ...] = ()
    letters: str = ""
    script: str = ""

    def is_spelled_like(self, spelling: str, written: str) -> bool:
        """Whether the marks in ``written`` allow that spelling: ``şık`` is not ``sik``. A word without any marks may
        stand for one with them, as many keyboards have none; who sets one sets all (``píca`` is not ``píča``)."""
        # A form that begins with a wildcard has no place to compare from.
        if not self.letters or spelling.startswith("*"):
            return True
        plain = unicodedata.normalize("NFC", written.lower())
        is_exact = spelling.startswith(EXACT) or any(letter in self.letters for letter in plain)
        return all(
            letter == wanted or not (letter in self.letters or (is_exact and wanted in self.letters))
            for letter, wanted in zip(plain, spelling.strip(EXACT + "*"), strict=False)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class WordList:
    """A language's entries and the words that stay clean whatever an entry's wildcard says, and phrases in which words
    of the list are clean. ``script``: its code of ISO 15924."""

    language: str
    script: str
    entries: tuple[Entry, ...]
    allowed: tuple[str, ...]
    allowed_phrases: tuple[tuple[str, ...], ...]


@cache
def load_list(language: str) -> WordList:
    """The list of a language. Raises FileNotFoundError when there is none."""
    raw = json.loads(files(__package__).joinpath("words", f"{language}.json").read_text(encoding="utf-8"))
    # Shared by all stems that take them.
    endings = {name: tuple(map(normalise_entry, some)) for name, some in raw.get("endings", {}).items()}
    return WordList(
        language=language,
        script=raw["script"],
        entries=tuple(_entry(item, language, raw, endings) for item in raw["entries"]),
        allowed=tuple(normalise_entry(word) for word in raw["allowed"] if phrase_of(word) is None),
        allowed_phrases=tuple(phrase for word in raw["allowed"] if (phrase := phrase_of(word)) is not None),
    )


def phrase_of(spelling: str) -> tuple[str, ...] | None:
    """The forms of the words of a phrase, None for a single word. An apostrophe parts words, as in a text."""
    words = _BETWEEN_WORDS.split(spelling.removeprefix(EXACT))
    return tuple(map(normalise_entry, words)) if len(words) > 1 and all(words) else None


def _entry(
    item: dict[str, Any], language: str, raw: Mapping[str, Any], endings: Mapping[str, tuple[str, ...]]
) -> Entry:
    written = item.get("forms", [item["word"]])
    parted = [spelling.partition(STEM) for spelling in written]
    spellings = tuple(stem + raw["endings"][name][0] if name else stem for stem, _, name in parted)
    return Entry(
        word=item["word"],
        severity=Severity(item["severity"]),
        language=language,
        forms=tuple(normalise_entry(spelling.removeprefix(EXACT)) for spelling in spellings),
        kind=item.get("kind", _KINDS[item["severity"]]),
        notes=item.get("notes", ""),
        is_name=item.get("is_name", False),
        spellings=spellings,
        phrases=tuple(phrase for spelling in spellings if (phrase := phrase_of(spelling)) is not None),
        stems=tuple((normalise_entry(stem), endings[name]) for stem, _, name in parted if name),
        letters=raw.get("letters", ""),
        script=raw["script"],
    )
