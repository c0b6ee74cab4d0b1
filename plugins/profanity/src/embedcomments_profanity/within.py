"""Finds words of languages that are written without blanks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from embedcomments_profanity.lists import Entry
from embedcomments_profanity.normalise import fold

# From Hiragana to the end of the common Han characters, and the rarer ones.
_UNSPACED = re.compile("[\u3040-\u9fff\U00020000-\U0003ffff]")
_CLEAN = "clean"
# What may stand between two letters that are set apart.
_APART = r"[\s.\-_·・,*。、]?"


class WithinPatterns:
    """Entries sought anywhere. ``find(text)`` yields (start, end, entry) in order, none inside of another; an allowed
    word takes the place of those in it. Linear in the text: each place is tried once, for a word's length."""

    def __init__(self, entries: Sequence[Entry], allowed: Sequence[str]) -> None:
        self._entries = tuple(entries)
        choices = [(word, _CLEAN) for word in allowed]
        choices += [(form, f"e{number}") for number, entry in enumerate(entries) for form in entry.forms]
        # The longest first, as alternatives are tried in order.
        choices.sort(key=lambda choice: -len(choice[0]))
        self._meaning = dict(reversed(choices))
        expressions = [_APART.join(map(re.escape, form)) for form, _ in choices]
        self._pattern = re.compile("|".join(expressions) or "(?!)")

    def find(self, text: str) -> Iterator[tuple[int, int, Entry]]:
        """See the class."""
        if not _UNSPACED.search(text):
            return
        folded, _, places = fold(text)
        for match in self._pattern.finditer(folded):
            meaning = self._meaning.get(match.group()) or self._meaning[re.sub(r"[\s.\-_·・,*。、]", "", match.group())]
            if meaning != _CLEAN:
                yield places[match.start()], places[match.end() - 1] + 1, self._entries[int(meaning[1:])]
