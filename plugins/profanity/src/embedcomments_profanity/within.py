"""Finds words of languages that are written without blanks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from embedcomments_profanity.lists import Entry
from embedcomments_profanity.normalise import fold

# From Hiragana to the end of the common Han characters, and the rarer ones.
_UNSPACED = re.compile("[\u3040-\u9fff\U00020000-\U0003ffff]")
_CLEAN = -1
# What may stand between two letters that are set apart.
_BETWEEN = re.compile(r"[\s.\-_·・,*。、]")
_APART = f"{_BETWEEN.pattern}?"


class WithinPatterns:
    """Entries sought anywhere. ``find(text)`` yields (start, end, entry) in order, none inside of another; an allowed
    word takes the place of those in it. Linear in the text: each place is tried once, for a word's length.

    Those with one first character are compiled when a text first has it: a list is ready at once, and a site whose
    readers never write the script pays nothing for it."""

    def __init__(self, entries: Sequence[Entry], allowed: Sequence[str]) -> None:
        self._entries = tuple(entries)
        choices: list[tuple[str, int]] = [(word, _CLEAN) for word in allowed]
        choices += [(form, number) for number, entry in enumerate(entries) for form in entry.forms]
        # The longest first, as alternatives are tried in order.
        choices.sort(key=lambda choice: -len(choice[0]))
        self._meaning = dict(reversed(choices))
        self._by_first: defaultdict[str, list[str]] = defaultdict(list)
        for form, _ in choices:
            self._by_first[form[0]].append(form)
        self._compiled: dict[str, re.Pattern[str]] = {}

    def find(self, text: str) -> Iterator[tuple[int, int, Entry]]:
        """See the class."""
        if not _UNSPACED.search(text):
            return
        folded, _, places = fold(text)
        end = 0
        for at, first in enumerate(folded):
            if at < end or first not in self._by_first:
                continue
            match = self._of(first).match(folded, at)
            if match:
                end = match.end()
                meaning = self._meaning.get(match.group())
                if meaning is None:
                    meaning = self._meaning[_BETWEEN.sub("", match.group())]
                if meaning != _CLEAN:
                    yield places[at], places[end - 1] + 1, self._entries[meaning]

    def _of(self, first: str) -> re.Pattern[str]:
        found = self._compiled.get(first)
        if found is None:
            forms = self._by_first[first]
            found = self._compiled[first] = re.compile("|".join(_APART.join(map(re.escape, form)) for form in forms))
        return found
