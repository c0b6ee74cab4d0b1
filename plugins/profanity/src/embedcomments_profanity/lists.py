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
from itertools import product
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
    raw = _read(language)
    # Shared by all stems that take them.
    endings = {name: tuple(map(normalise_entry, some)) for name, some in raw.get("endings", {}).items()}
    return WordList(
        language=language,
        script=raw["script"],
        entries=tuple(_entry(item, language, raw, endings) for item in raw["entries"]),
        allowed=tuple(normalise_entry(word) for word in raw["allowed"] if phrase_of(word) is None),
        allowed_phrases=tuple(phrase for word in raw["allowed"] if (phrase := phrase_of(word)) is not None),
    )


def _read(language: str) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads(
        files(__package__).joinpath("words", f"{language}.json").read_text(encoding="utf-8")
    )
    if "letters_of" in raw:
        _add_from_other_script(raw, raw["letters_of"])
    return raw


def _add_from_other_script(raw: dict[str, Any], rules: Mapping[str, Any]) -> None:
    """Add to a list in one script the words of another list, in each of the usual spellings: ``ways`` are sets of
    letters that a writer decides upon together, the commonest choice first. ``without``: forms that would be other
    words."""
    other = _read(rules["list"])
    for name, endings in other["endings"].items():
        known = dict.fromkeys(raw["endings"].get(name, []))
        raw["endings"][name] = [*(known | dict.fromkeys(s for e in endings for s in _respelled(e, rules, False)))]
    seen = {_as_written(form, raw) for item in raw["entries"] for form in item.get("forms", [item["word"]])}
    for item in other["entries"]:
        forms = []
        for form in item["forms"]:
            if form in rules["without"]:
                continue
            stem, mark, name = form.partition(STEM)
            for spelling in _respelled(stem, rules, True):
                written = _as_written(spelling + mark + name, raw)
                if written not in seen:
                    seen.add(written)
                    forms.append(spelling + mark + name)
        if forms:
            raw["entries"].append(item | {"word": forms[0].partition(STEM)[0].rstrip("*"), "forms": forms})


def _as_written(form: str, raw: Mapping[str, Any]) -> str:
    """A form as people write it; one with endings with the first of them."""
    stem, _, name = form.partition(STEM)
    return f"{stem}{raw['endings'][name][0]}" if name else stem


def _respelled(form: str, rules: Mapping[str, Any], begins_word: bool) -> list[str]:
    """The spellings of a form in another script, the commonest first."""
    ways = [way for way in rules["ways"] if any(letter.strip("$") in form for letter in way[0])]
    spellings: dict[str, None] = {}
    for numbers in sorted(product(*(range(len(way)) for way in ways)), key=sum):
        letters = dict(rules["letters"])
        for way, number in zip(ways, numbers, strict=True):
            letters |= way[number]
        words = [_in_letters(word, letters, begins_word) for word in form.split(" ")]
        spellings[" ".join(words)] = None
        if len(spellings) == rules["most"]:
            break
    return [*spellings]


def _in_letters(word: str, letters: Mapping[str, str], begins_word: bool) -> str:
    """``^`` is before letters that are others where a word begins, ``$`` behind such where it ends; two may be one."""
    bare = word.rstrip("*")
    at, spelled = 0, []
    while at < len(word):
        first = "^" if begins_word and at == 0 else ""
        last = "$" if bare == word and at == len(word) - 1 and begins_word else ""
        pair, one = word[at : at + 2], word[at]
        tried = (first + pair, pair, first + one, one + last, one)
        found = next((part for part in tried if part in letters), None)
        spelled.append(letters[found] if found else one if one in "*!'" else "")
        at += len(found.strip("^$")) if found else 1
    return "".join(spelled)


def phrase_of(spelling: str) -> tuple[str, ...] | None:
    """The forms of the words of a phrase, None for a single word. An apostrophe parts words, as in a text."""
    words = _BETWEEN_WORDS.split(spelling.removeprefix(EXACT))
    return tuple(map(normalise_entry, words)) if len(words) > 1 and all(words) else None


def _entry(
    item: dict[str, Any], language: str, raw: Mapping[str, Any], endings: Mapping[str, tuple[str, ...]]
) -> Entry:
    written = item.get("forms", [item["word"]])
    parted = [spelling.partition(STEM) for spelling in written]
    spellings = tuple(_as_written(form, raw) for form in written)
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
