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
# These part clauses: "你真傻，逼我走" has no word of two letters.
_CLAUSE_ENDS = frozenset(",。、")
_SHORTEST_ACROSS_CLAUSES = 3
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc]")
_LONG_VOWEL = "ー"


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
            if match and (clause := _clause_end(match.group())):
                match = self._of(first).match(folded, at, at + clause)
            if match:
                meaning = self._meaning.get(match.group())
                if meaning is None:
                    meaning = self._meaning[_BETWEEN.sub("", match.group())]
                if meaning != _CLEAN:
                    is_second_half = at > end and at > 0 and _KATAKANA.match(folded[at - 1]) is not None
                    if _is_part_of_a_loan(folded, at, match.end(), is_second_half):
                        continue
                    yield places[at], places[match.end() - 1] + 1, self._entries[meaning]
                end = match.end()

    def _of(self, first: str) -> re.Pattern[str]:
        found = self._compiled.get(first)
        if found is None:
            forms = self._by_first[first]
            found = self._compiled[first] = re.compile("|".join(_APART.join(map(re.escape, form)) for form in forms))
        return found


def _is_part_of_a_loan(folded: str, start: int, end: int, is_second_half: bool) -> bool:
    """Whether Katakana goes on before or behind, as in バケツ and フェラーリ: a run of them is a word of its own.
    A curse begins where one does or right behind another, and a long vowel at its end draws it out."""
    if is_second_half and _KATAKANA.match(folded[start]):
        return True
    return folded[end : end + 1] == _LONG_VOWEL and _KATAKANA.match(folded[end + 1 : end + 2]) is not None


def _clause_end(found: str) -> int:
    """Where the clause ends within what was found, 0 when it does not or when such signs set all its letters apart."""
    if not _CLAUSE_ENDS.intersection(found):
        return 0
    letters = _BETWEEN.sub("", found)
    if len(letters) >= _SHORTEST_ACROSS_CLAUSES and len(found) == 2 * len(letters) - 1:
        return 0
    return next(at for at, character in enumerate(found) if character in _CLAUSE_ENDS)
