"""Words of a text in one spelling, however they are dressed, each with its place in the original.

Folded away: case, compatibility forms (full width, circled, mathematical letters), marks on Latin letters, invisible
characters, look-alikes of other scripts within a word that is partly Latin, and digits or signs that stand for letters.
What can stand for more than one letter stays a placeholder that the matcher's patterns know.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

I_OR_L = "1"
G_OR_B = "6"
ANY_LETTER = "*"
# After a letter: it stood there three times or more.
RUN = "+"

# No word of any list is longer; of a longer one only the beginning is looked at, so that work stays linear.
LONGEST_WORD = 60

_LEET = str.maketrans("@43€05$7!89", "aaeeosst1bg")
_DIGITS = frozenset("0123456789")
# Letters that are written with a stroke or as one glyph, which no decomposition takes apart.
_LATIN_SPECIALS = dict(zip("øłđðħıŧƒɡə", "olddhitfge", strict=True)) | {"æ": "ae", "œ": "oe"}
# Letters of Cyrillic, Greek and Armenian that look like Latin ones.
_LOOKALIKES = str.maketrans(
    dict(zip("авсԁеёнһіїјкӏмпоорԛѕтуѵхԝүґг", "abcdeehhiijklmnoopqstyvxwyrr", strict=True))  # Cyrillic
    | dict(zip("αβεηικνορτυχω", "abenikvoptuxw", strict=True))  # Greek
    | dict(zip("սոօցհղյ", "unoghnj", strict=True))  # Armenian
)
_TO_CYRILLIC = str.maketrans("aceopxykmthbunrgi@03468", "асеорхукмтнвипггиаозчбв")
_CYRILLIC_LETTER = re.compile("[\u0400-\u04ff]")
_ALL_CYRILLIC = re.compile("[\u0400-\u04ff]+")
# Latin letters that are drawn like Cyrillic ones: a word of these alone may be either ("cyka").
_CYRILLIC_AT_SIGHT = re.compile("[aceopxykmthb0346]{3,}")
_MARKED_CYRILLIC = {("и", "\u0306"): "й", ("і", "\u0308"): "ї"}
_RUNS = re.compile(r"([^*])\1{2,}")
# On the string of classes: w is part of a word, i only between two that are.
_WORDS = re.compile(r"w(?:w|i++(?=w))*")
_SEPARATORS = frozenset(" .-_·,")
_SHORTEST_SPACED = 3


@dataclass(frozen=True, slots=True)
class Word:
    """``form`` is the one spelling, placeholders included; ``start`` and ``end`` are where it stands in the text.
    ``cyrillic`` is the word read as Cyrillic when its letters come from two scripts or look alike in both, else ""."""

    form: str
    start: int
    end: int
    cyrillic: str = ""


def words(text: str) -> Iterator[Word]:
    """Every word of ``text`` in order, then those whose letters stand apart (``f.u.c.k``). A word with ``!`` or
    ``*`` inside comes whole and piece by piece. Linear in the text's length."""
    folded, classes, places = fold(text)
    spans = [match.span() for match in _WORDS.finditer(classes)]
    has_pieces = "i" in classes
    for start, end in spans:
        yield _word(folded, places, start, end)
        if has_pieces and "i" in classes[start:end]:
            yield from _pieces(folded, classes, places, start, end)
    yield from _spaced(folded, places, spans)


def normalise_entry(word: str) -> str:
    """A word of a list in the spelling that ``words`` gives; ``*`` stays. Blanks and signs are dropped."""
    parts = []
    for part in word.split(ANY_LETTER):
        folded, classes, _ = fold(part)
        parts.append(_undress("".join(c for c, kind in zip(folded, classes, strict=True) if kind == "w")))
    return ANY_LETTER.join(parts)


def _pieces(folded: str, classes: str, places: range | list[int], start: int, end: int) -> Iterator[Word]:
    for match in re.finditer("w+", classes[start:end]):
        yield _word(folded, places, start + match.start(), start + match.end())


def _spaced(folded: str, places: range | list[int], spans: list[tuple[int, int]]) -> Iterator[Word]:
    run: list[tuple[int, int]] = []
    for span in [*spans, (len(folded) + 2, len(folded) + 2)]:
        follows = bool(run) and span[0] == run[-1][1] + 1 and folded[run[-1][1]] in _SEPARATORS
        if run and not (follows and span[1] - span[0] == 1):
            if len(run) >= _SHORTEST_SPACED:
                letters = "".join(folded[start] for start, _ in run)
                yield Word(_form(letters), places[run[0][0]], places[run[-1][0]] + 1, _cyrillic(letters))
            run = []
        if span[1] - span[0] == 1:
            run.append(span)


def _word(folded: str, places: range | list[int], start: int, end: int) -> Word:
    written = folded[start : min(end, start + 4 * LONGEST_WORD)]
    return Word(_form(written), places[start], places[end - 1] + 1, _cyrillic(written))


def _form(word: str) -> str:
    # Most words of most texts are the same few thousand; a long one is no word and not worth the memory.
    return _kept_form(word) if len(word) <= LONGEST_WORD else _new_form(word)


@lru_cache(maxsize=8192)
def _kept_form(word: str) -> str:
    return _new_form(word)


def _new_form(word: str) -> str:
    return _RUNS.sub(rf"\1{RUN}", _undress(word))[:LONGEST_WORD]


@lru_cache(maxsize=8192)
def _cyrillic(word: str) -> str:
    if len(word) > LONGEST_WORD or word.isdigit():
        return ""
    if word.isascii():
        if not _CYRILLIC_AT_SIGHT.fullmatch(word):
            return ""
    elif not _CYRILLIC_LETTER.search(word) or _ALL_CYRILLIC.fullmatch(word):
        return ""
    return _RUNS.sub(rf"\1{RUN}", word.translate(_TO_CYRILLIC))


def _undress(word: str) -> str:
    """A folded word without look-alikes and digits for letters, if it is partly Latin; else as it is."""
    if not any("a" <= character <= "z" for character in word):
        return word
    if not word.isascii():
        word = word.translate(_LOOKALIKES)
    if not word.isalpha():
        digits = sum(character in _DIGITS for character in word)
        # A55 is a road, not a word; 5h1t is one.
        if digits * 2 <= len(word):
            word = word.translate(_LEET)
    return word


def fold(text: str) -> tuple[str, str, range | list[int]]:
    """The folded text, the class of each of its characters, and the place of each in the original."""
    if text.isascii():
        folded = text.lower()
        return folded, "".join([_fold_character(character)[1] for character in folded]), range(len(text))
    characters: list[str] = []
    classes: list[str] = []
    places: list[int] = []
    without_marks = False
    for place, character in enumerate(text):
        pieces, kinds, is_mark = _fold_character(character)
        if is_mark and without_marks:
            # These two make letters of their own.
            characters[-1] = _MARKED_CYRILLIC.get((characters[-1], character), characters[-1])
            continue
        if pieces and not is_mark:
            without_marks = pieces[-1] < "\u0530"
        characters.append(pieces)
        classes.append(kinds)
        places.extend([place] * len(pieces))
    return "".join(characters), "".join(classes), places


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> tuple[str, str, bool]:
    """What one character becomes ("" when invisible), the class of each part, and whether it is a combining mark."""
    category = unicodedata.category(character)
    if category == "Cf" or character in "\u034f\u115f\u1160\u3164":
        return "", "", False
    if category in ("Mn", "Me"):
        return character, "w", True
    if "\U0001f1e6" <= character <= "\U0001f1ff":
        return chr(ord(character) - 0x1F1E6 + ord("a")), "w", False
    apart = unicodedata.normalize("NFKD", character).casefold()
    bare = "".join(_LATIN_SPECIALS.get(c, c) for c in apart if unicodedata.category(c) != "Mn")
    pieces = bare if bare.isascii() else unicodedata.normalize("NFKC", character).casefold().replace("ё", "е")
    return pieces, "".join(_class(piece) for piece in pieces), False


def _class(character: str) -> str:
    if character in "@$€" or unicodedata.category(character)[0] in "LMN":
        return "w"
    return "i" if character in "!*" else "."
