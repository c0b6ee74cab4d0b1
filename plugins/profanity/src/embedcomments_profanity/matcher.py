"""Finds the words of the lists in a text and says where."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from embedcomments_profanity.lists import Entry, Severity, load_list
from embedcomments_profanity.normalise import Word, normalise_entry, words
from embedcomments_profanity.patterns import expression, first_letters

SITE_LIST = "site"
OTHERWISE = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """``text[start:end]`` is a form of ``word``. ``language``: that of the list, or "site" for a word of the site's."""

    start: int
    end: int
    word: str
    severity: Severity
    language: str
    is_name: bool


class Patterns:
    """The expressions of some entries, by the letter that a word begins with; compiled when first needed, or by
    ``compile_all``, since a whole list takes some tenths of a second. ``match(form)`` is the entry, or None."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = tuple(entries)
        self._by_first: defaultdict[str, list[int]] = defaultdict(list)
        self._anywhere: set[int] = set()
        for number, entry in enumerate(self._entries):
            for first in {letter for form in entry.forms for letter in first_letters(form)}:
                self._by_first[first].append(number)
            if any(not first_letters(form) for form in entry.forms):
                self._anywhere.add(number)
        self._compiled: dict[str, re.Pattern[str]] = {}
        self.match = lru_cache(maxsize=8192)(self._match)

    def compile_all(self) -> None:
        """Be ready for every word."""
        for first in (*self._by_first, OTHERWISE):
            self._pattern(first)

    def _match(self, form: str) -> Entry | None:
        found = self._pattern(form[0]).fullmatch(form)
        return None if found is None else self._entries[int((found.lastgroup or "e0")[1:])]

    def _pattern(self, first: str) -> re.Pattern[str]:
        if first not in self._by_first:
            first = OTHERWISE
        pattern = self._compiled.get(first)
        if pattern is None:
            numbers = sorted({*self._by_first.get(first, ()), *self._anywhere})
            pattern = self._compiled[first] = re.compile("|".join(map(self._group, numbers)) or r"(?!)")
        return pattern

    def _group(self, number: int) -> str:
        # Each entry is a group of its own, named by its number: the group that matched tells the entry.
        return f"(?P<e{number}>{'|'.join(expression(form) for form in self._entries[number].forms)})"


class Matcher:
    """Lists that are looked through in turn, and words that are allowed whatever these say. ``find`` is linear in the
    text: each word is looked at by the entries that begin with its first letter, and only up to a bounded length."""

    def __init__(self, lists: Sequence[Patterns], allowed: Sequence[str]) -> None:
        self._lists = tuple(lists)
        self._allowed = re.compile("|".join(expression(word) for word in allowed) or r"(?!)")
        # A text is looked at once for masking and once for judging.
        self._kept_hits = lru_cache(maxsize=64)(self._find)

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

    def _entry_of(self, form: str) -> Entry | None:
        entry = next((found for patterns in self._lists if (found := patterns.match(form)) is not None), None)
        return None if entry is None or self._allowed.fullmatch(form) else entry

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


@cache
def patterns_of(language: str) -> Patterns:
    """The expressions of a language's list, shared by all sites."""
    return Patterns(load_list(language).entries)


@lru_cache(maxsize=64)
def matcher_for(extra_words: tuple[str, ...], allowed_words: tuple[str, ...]) -> Matcher:
    """The matcher of a site with those words of its own."""
    own = tuple(
        Entry(word=word, severity=Severity.STRONG, language=SITE_LIST, forms=(normalise_entry(word),))
        for word in extra_words
    )
    # What a site forbids by name is forbidden, even where the list would allow it.
    forbidden = {form for entry in own for form in entry.forms}
    allowed = [word for word in load_list("en").allowed if word not in forbidden]
    return Matcher((Patterns(own), patterns_of("en")), (*allowed, *map(normalise_entry, allowed_words)))
