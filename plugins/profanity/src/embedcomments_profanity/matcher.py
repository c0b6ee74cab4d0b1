"""Finds the words of the lists in a text and says where."""

from __future__ import annotations

import re
import time
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from embedcomments_profanity.lists import DEFAULT_LANGUAGES, UNSPACED_SCRIPTS, Entry, Severity, load_list
from embedcomments_profanity.normalise import Word, normalise_entry, words
from embedcomments_profanity.patterns import expression, first_letters
from embedcomments_profanity.within import WithinPatterns

SITE_LIST = "site"
# Compiling holds the interpreter: without a rest the first seconds of a server would be slow for everybody.
_PAUSE_S = 0.03
OTHERWISE = ""
_SHORTEST_REVERSED = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """``text[start:end]`` is a form of ``word``. ``language``: that of the list, or "site" for a word of the site's.
    ``form``: the spelling that was compared."""

    start: int
    end: int
    word: str
    severity: Severity
    language: str
    is_name: bool
    kind: str
    form: str
    notes: str = ""


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
        self._has_latin = any(form.isascii() for number in self._anywhere for form in self._entries[number].forms)
        self._compiled: dict[str, re.Pattern[str]] = {}
        self.match = lru_cache(maxsize=8192)(self._match)

    def compile_all(self, pause_s: float = 0.0) -> None:
        """Be ready for every word. ``pause_s``: rest so long after each letter, and let others work."""
        for first in (*self._by_first, OTHERWISE):
            self._pattern(first)
            if pause_s:
                time.sleep(pause_s)

    def _match(self, form: str) -> Entry | None:
        if form[0] not in self._by_first and (not self._anywhere or (form.isascii() and not self._has_latin)):
            return None
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

    def __init__(
        self, lists: Sequence[Patterns], allowed: Sequence[str], within: Sequence[WithinPatterns] = ()
    ) -> None:
        self._lists = tuple(lists)
        self._within = tuple(within)
        self._allowed = re.compile("|".join(expression(word, may_be_doubled=False) for word in allowed) or r"(?!)")
        self._entries_of = lru_cache(maxsize=8192)(self._look_up)
        # A text is looked at once for masking and once for judging.
        self._kept_hits = lru_cache(maxsize=64)(self._find)

    def find(self, text: str) -> list[Hit]:
        """All hits, in the order of the text, none inside of another."""
        return list(self._kept_hits(text))

    def _find(self, text: str) -> tuple[Hit, ...]:
        hits = [hit for word in words(text) if (hit := self._look(word, text)) is not None]
        for patterns in self._within:
            hits += [_hit(entry, start, end, text[start:end]) for start, end, entry in patterns.find(text)]
        hits.sort(key=lambda hit: (hit.start, -hit.end))
        outer: list[Hit] = []
        for hit in hits:
            if not outer or hit.start >= outer[-1].end:
                outer.append(hit)
        return tuple(outer)

    def _look_up(self, form: str) -> tuple[Entry, ...]:
        entries = self._matches(form)
        if not entries and len(form) >= _SHORTEST_REVERSED:
            backwards = [entry for entry in self._matches(form[::-1]) if _may_be_reversed(entry, form[::-1])]
            entries = tuple(backwards)
        return () if entries and self._allowed.fullmatch(form) else entries

    def _matches(self, form: str) -> tuple[Entry, ...]:
        return tuple(found for patterns in self._lists if (found := patterns.match(form)) is not None)

    def _look(self, word: Word, text: str) -> Hit | None:
        candidates = self._entries_of(word.form)
        if word.cyrillic:
            candidates += self._entries_of(word.cyrillic)
        if not candidates:
            return None
        written = text[word.start : word.end]
        for entry in candidates:
            if not (entry.is_name and written.istitle()) and entry.is_spelled_like(written):
                return _hit(entry, word.start, _after_marks(text, word.end), word.form)
        return None


def _after_marks(text: str, end: int) -> int:
    while end < len(text) and unicodedata.category(text[end]) in ("Mn", "Me"):
        end += 1
    return end


def _may_be_reversed(entry: Entry, form: str) -> bool:
    # Short mild words are other words when read backwards, and a wildcard would meet any beginning.
    return entry.severity is not Severity.MILD and (form in entry.forms or f"*{form}*" in entry.forms)


def _hit(entry: Entry, start: int, end: int, form: str) -> Hit:
    return Hit(
        start=start,
        end=end,
        word=entry.word,
        severity=entry.severity,
        language=entry.language,
        is_name=entry.is_name,
        kind=entry.kind,
        form=form,
        notes=entry.notes,
    )


@cache
def patterns_of(language: str) -> Patterns:
    """The expressions of a language's list, shared by all sites."""
    return Patterns(load_list(language).entries)


@cache
def within_of(language: str) -> WithinPatterns:
    """The same for a language that is written without blanks."""
    chosen = load_list(language)
    return WithinPatterns(chosen.entries, chosen.allowed)


def compile_defaults() -> None:
    """Be ready to read with the languages of a site that chose none."""
    matcher_for((), ())
    for name in DEFAULT_LANGUAGES:
        if load_list(name).script not in UNSPACED_SCRIPTS:
            patterns_of(name).compile_all(_PAUSE_S)


@lru_cache(maxsize=64)
def matcher_for(
    extra_words: tuple[str, ...], allowed_words: tuple[str, ...], languages: tuple[str, ...] = ()
) -> Matcher:
    """The matcher of a site with those words of its own. No ``languages``: English, and by the script of the text."""
    chosen = languages or DEFAULT_LANGUAGES
    own = tuple(
        Entry(word=word, severity=Severity.STRONG, language=SITE_LIST, forms=(normalise_entry(word),), kind="site")
        for word in extra_words
    )
    # What a site forbids by name is forbidden, even where the list would allow it.
    forbidden = {form for entry in own for form in entry.forms}
    spaced = [name for name in chosen if load_list(name).script not in UNSPACED_SCRIPTS]
    allowed = [word for name in spaced for word in load_list(name).allowed if word not in forbidden]
    return Matcher(
        (Patterns(own), *map(patterns_of, spaced)),
        (*allowed, *map(normalise_entry, allowed_words)),
        [within_of(name) for name in chosen if name not in spaced],
    )
