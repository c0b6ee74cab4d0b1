"""Finds the words of the lists in a text and says where."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from embedcomments_profanity.lists import Entry, Severity, load_list
from embedcomments_profanity.normalise import Word, normalise_entry, words
from embedcomments_profanity.patterns import expression, first_letters

SITE_LIST = "site"


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """``text[start:end]`` is a form of ``word``. ``language``: that of the list, or "site" for a word of the site's."""

    start: int
    end: int
    word: str
    severity: Severity
    language: str
    is_name: bool


class Matcher:
    """Entries and allowances, compiled once. ``find`` is linear in the text: each word is looked at by the
    entries that begin with its first letter, and only up to a bounded length."""

    def __init__(self, entries: Sequence[Entry], allowed: Sequence[str]) -> None:
        self._entries = tuple(entries)
        by_first: defaultdict[str, list[int]] = defaultdict(list)
        anywhere: set[int] = set()
        for number, entry in enumerate(self._entries):
            for first in {letter for form in entry.forms for letter in first_letters(form)}:
                by_first[first].append(number)
            if any(not first_letters(form) for form in entry.forms):
                anywhere.add(number)
        self._by_first = {first: self._compile(sorted({*numbers, *anywhere})) for first, numbers in by_first.items()}
        self._otherwise = self._compile(sorted(anywhere))
        self._allowed = re.compile("|".join(expression(word) for word in allowed) or r"(?!)")
        # A text is looked at once for masking and once for judging; a word stands in many texts.
        self._kept_hits = lru_cache(maxsize=64)(self._find)
        self._entry_of = lru_cache(maxsize=8192)(self._match)

    def find(self, text: str) -> list[Hit]:
        """All hits, in the order of the text, none inside of another."""
        return list(self._kept_hits(text))

    def _find(self, text: str) -> tuple[Hit, ...]:
        hits = [hit for word in words(text) if (hit := self._look(word, text)) is not None]
        hits.sort(key=lambda hit: (hit.start, -hit.end))
        outer: list[Hit] = []
        for hit in hits:
            if not outer or hit.start >= outer[-1].end:
                outer.append(hit)
        return tuple(outer)

    def _compile(self, numbers: Sequence[int]) -> re.Pattern[str]:
        # Each entry is a group of its own, named by its number: the group that matched tells the entry.
        groups = (
            f"(?P<e{number}>{'|'.join(expression(form) for form in self._entries[number].forms)})" for number in numbers
        )
        return re.compile("|".join(groups) or r"(?!)")

    def _match(self, form: str) -> Entry | None:
        found = self._by_first.get(form[0], self._otherwise).fullmatch(form)
        if found is None or self._allowed.fullmatch(form):
            return None
        return self._entries[int((found.lastgroup or "e0")[1:])]

    def _look(self, word: Word, text: str) -> Hit | None:
        entry = self._entry_of(word.form)
        if entry is None:
            return None
        if entry.is_name and text[word.start : word.end].istitle():
            return None
        return Hit(
            start=word.start,
            end=word.end,
            word=entry.word,
            severity=entry.severity,
            language=entry.language,
            is_name=entry.is_name,
        )


@lru_cache(maxsize=64)
def matcher_for(extra_words: tuple[str, ...], allowed_words: tuple[str, ...]) -> Matcher:
    """The matcher of a site with those words of its own; kept, since compiling takes some tenths of a second."""
    english = load_list("en")
    own = tuple(
        Entry(word=word, severity=Severity.STRONG, language=SITE_LIST, forms=(normalise_entry(word),))
        for word in extra_words
    )
    # What a site forbids by name is forbidden, even where the list would allow it.
    forbidden = {form for entry in own for form in entry.forms}
    allowed = [word for word in english.allowed if word not in forbidden]
    return Matcher((*own, *english.entries), (*allowed, *map(normalise_entry, allowed_words)))
