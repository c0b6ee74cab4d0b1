"""Words of a list in a text of any script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

STAR = "*"
# No word of any language is longer; of a longer run of letters only the beginning is looked at.
_LONGEST = 60


def find_listed(text: str, entries: Sequence[str]) -> str | None:
    """The first entry of the list that ``text`` has, as it stands in the list; None for none.

    An entry is one or more whole words; ``*`` stands for any letters within one. What is a word is told by Unicode's
    categories: letters, marks and digits (so vowel signs do not end one). Case, compatibility forms and invisible
    characters make no difference.
    """
    if not entries:
        return None
    found = _pattern(tuple(entries)).search(f" {' '.join(_words(text))} ")
    return None if found is None else entries[int((found.lastgroup or "_0")[1:])]


@lru_cache(maxsize=64)
def _pattern(entries: tuple[str, ...]) -> re.Pattern[str]:
    # Blanks stand between all words, so an entry is met from one blank to the next; the last is left for its neighbour.
    parts = []
    for number, entry in enumerate(entries):
        words = [re.escape(word).replace(re.escape(STAR), "[^ ]*") for word in _words(entry, keep=STAR)]
        if words:
            parts.append(f"(?P<e{number}> {' '.join(words)}(?= ))")
    return re.compile("|".join(parts) or "(?!)")


def _words(text: str, keep: str = "") -> list[str]:
    words: list[str] = []
    word = ""
    for character in unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()):
        category = unicodedata.category(character)
        if category == "Cf":  # zero-width joiners and their like are written into words to hide them
            continue
        if category[0] in "LMN" or character in keep:
            word += character
        elif word:
            words.append(word[:_LONGEST])
            word = ""
    return [*words, word[:_LONGEST]] if word else words
