"""From a word of a list to an expression that also meets its disguises."""

from __future__ import annotations

import re
from itertools import groupby

from embedcomments_profanity.normalise import ANY_LETTER, G_OR_B, I_OR_L, RUN

WILDCARD = "*"
_DOUBLED = re.compile(r"(.)\1+")
_OUTLINES = (
    {ord(RUN): None} | {ord(letter): ord(I_OR_L) for letter in "il"} | {ord(letter): ord(G_OR_B) for letter in "gb"}
)
# A masked letter inside is believed from this length on: "f*ck" says what it says, "a*s" does not.
_SHORTEST_MASKED = 4


def expression(word: str, *, may_be_doubled: bool = True) -> str:
    """A regular expression for the whole form of a word. ``word`` is in lower case; ``*`` stands for any letters.
    ``may_be_doubled``: a letter may also stand there twice. Not so for a clean word: "niger" is not another's disguise.

    Nothing in it can match one text in two ways but the wildcards, of which the settings take two at most.
    """
    runs = [(letter, len(list(group))) for letter, group in groupby(word)]
    letters = [at for at, (letter, _) in enumerate(runs) if letter != WILDCARD]
    # The first and the last letter of a masked word are always shown.
    maskable = set(letters[1:-1]) if len(word.replace(WILDCARD, "")) >= _SHORTEST_MASKED else set()
    return "".join(_run(letter, count, at in maskable, may_be_doubled) for at, (letter, count) in enumerate(runs))


def first_letters(word: str) -> str:
    """The characters with which a form of ``word`` may begin, "" when any may."""
    if word.startswith(WILDCARD):
        return ""
    return word[0] + _placeholder(word[0])


def outline(form: str) -> str:
    """What stays of a form, without a mask, when each run of a letter is one and letters that may stand for each other
    are the same: words with other outlines are not spellings of each other."""
    return _DOUBLED.sub(r"\1", form.translate(_OUTLINES))


def _run(letter: str, count: int, may_be_masked: bool, may_be_doubled: bool) -> str:
    if letter == WILDCARD:
        return ".*"
    characters = letter + _placeholder(letter) + (ANY_LETTER if may_be_masked else "")
    one = f"[{re.escape(characters)}]" if len(characters) > 1 else re.escape(letter)
    drawn_out = re.escape(RUN)
    again = f"{drawn_out}|{one}" if may_be_doubled else drawn_out
    return f"{one}(?:{again})?" if count == 1 else f"(?:{one}{{{count}}}|{one}{drawn_out})"


def _placeholder(letter: str) -> str:
    if letter in "il":
        return I_OR_L
    return G_OR_B if letter in "gb" else ""
