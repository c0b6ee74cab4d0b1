"""Words of a text in one spelling, however they are dressed, each with its place in the original.

Folded away: case, compatibility forms (full width, circled, mathematical letters), marks on Latin letters, invisible
characters, look-alikes of other scripts within a word that is partly Latin, and digits or signs that stand for letters.
What can stand for more than one letter stays a placeholder that the matcher's patterns know.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

I_OR_L = "1"
G_OR_B = "6"
ANY_LETTER = "*"
# After a letter: it stood there three times or more.
RUN = "+"

# No word of any list is longer; of a longer one only the beginning is looked at, so that work stays linear.
LONGEST_WORD = 60

_LEET = str.maketrans("@43€05$7+!89#£¢¥§", "aaeeosstt1bg*lcys")
_DIGITS = frozenset("0123456789")
# Signs that stand for letters between two others, and part words elsewhere.
_INSIDE = frozenset("!*+#")
_LETTER_LIKE = frozenset("@$€£¢¥§")
_DIGIT_RUNS = re.compile(r"(\d)\1{2,}")
# Letters of scripts that nobody writes comments in, beyond Unicode's data; a mere stroke is an I or an l.
_DEAD_LOOKALIKES = dict(zip("ⲁⲉⲅⳅⲓꓲꮎꮜ", "aers11ou", strict=True))
# Upside down: what is turned, and what is another letter then.
_TURNED = frozenset("ɐɔǝɟƃɥᴉɾʞɯɹʇʌʍʎ")
_TURN = str.maketrans("ɐɔǝɟƃɥᴉɾʞɯɹʇʌʍʎnupdbq", "acefghijkmrtvwyundpqb")
_FEWEST_TURNED = 2
# A word with a number behind it, as names have, or that somebody is called by.
_GLUED = re.compile(r"@?([a-z][^\W\d]{2,})\d*")
# Tags and references of HTML: what stands between or instead of the letters that readers see.
_MARKUP = re.compile(
    r"</?[a-z][^<>]{0,200}>|<!--[^<>]{0,200}-->|&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,31});", re.IGNORECASE
)
# Letters that are written with a stroke or as one glyph, which no decomposition takes apart.
_LATIN_SPECIALS = dict(zip("øłđðħıŧƒɡə", "olddhitfge", strict=True)) | {"æ": "ae", "œ": "oe"}
# Letters of Cyrillic, Greek and Armenian that look like Latin ones: beyond Unicode's data, which ask for more alike.
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
# Where A stands of the letters that are signs: in a black circle, in a black square, and those that make flags.
_LETTER_SIGNS = (0x1F150, 0x1F170, 0x1F1E6)
_SMALL_CAPITAL = re.compile("LATIN LETTER SMALL CAPITAL ([A-Z])")
_RUNS = re.compile(r"([^*])\1{2,}")
# On the string of classes: w is part of a word, i only between two that are.
_WORDS = re.compile(r"w(?:w|i++(?=w))*")
_SEPARATORS = frozenset(" .-_·,")
SHORTEST_SPACED = 3
_FEWEST_LETTERS = 2
_LONGEST_GAP = 3


class Word(NamedTuple):
    """``form`` is the one spelling, placeholders included; ``start`` and ``end`` are where it stands in the text.
    ``cyrillic`` is the word read as Cyrillic when its letters come from two scripts or look alike in both, else ""."""

    form: str
    start: int
    end: int
    cyrillic: str = ""


def words(text: str) -> Iterator[Word]:
    """Every word of ``text`` in order, then those whose letters stand apart (``f.u.c.k``), then all again as they are
    without HTML's markup, if there is any. A word with ``!``, ``+``, ``#`` or ``*`` inside comes whole and piece by
    piece. Linear in the text's length."""
    yield from _words(text)
    if has_markup(text):
        bare, places = _without_markup(text)
        for word in _words(bare):
            yield word._replace(start=places[word.start], end=places[word.end - 1] + 1)


def has_markup(text: str) -> bool:
    """Whether there is a tag or a reference of HTML in it."""
    return ("<" in text or "&" in text) and _MARKUP.search(text) is not None


def end_of_reference(text: str, end: int) -> int:
    """Where a reference of HTML ends whose first character ends at ``end``; ``end`` when there is none."""
    found = _MARKUP.match(text, end - 1) if text[end - 1 : end] == "&" else None
    return found.end() if found else end


def _without_markup(text: str) -> tuple[str, list[int]]:
    """The text without tags and with characters for references, and the place of each in the original."""
    parts: list[str] = []
    places: list[int] = []
    end = 0
    for found in _MARKUP.finditer(text):
        parts.append(text[end : found.start()])
        places.extend(range(end, found.start()))
        end = found.end()
        if found[0].startswith("&"):
            meant = html.unescape(found[0])
            parts.append(meant)
            places.extend([found.start()] * len(meant))
    parts.append(text[end:])
    places.extend(range(end, len(text)))
    return "".join(parts), places


def _words(text: str) -> Iterator[Word]:
    folded, classes, places = fold(text)
    spans = [match.span() for match in _WORDS.finditer(classes)]
    has_pieces = "i" in classes
    for start, end in spans:
        if end - start <= LONGEST_WORD:
            form, cyrillic = _kept_reading(folded[start:end])
            yield Word(form, places[start], places[end - 1] + 1, cyrillic)
        else:
            yield _word(folded, places, start, end)
        if has_pieces and "i" in classes[start:end]:
            yield from _pieces(folded, classes, places, start, end)
        elif folded[start] == "@" or folded[end - 1] in _DIGITS:
            glued = _GLUED.fullmatch(folded, start, min(end, start + LONGEST_WORD))
            if glued:
                form, cyrillic = _read(glued[1])
                yield Word(form, places[glued.start(1)], places[glued.end(1) - 1] + 1, cyrillic)
    if has_pieces:
        spans = [match.span() for match in re.finditer("w+", classes)]
    yield from _spaced(folded, places, spans)


def normalise_entry(word: str) -> str:
    """A word of a list in the spelling that ``words`` gives; ``*`` stays. Blanks and signs are dropped."""
    parts = []
    for part in word.split(ANY_LETTER):
        folded, classes, _ = fold(part)
        parts.append(_undress("".join(c for c, kind in zip(folded, classes, strict=True) if kind == "w")))
    return ANY_LETTER.join(parts)


def _pieces(folded: str, classes: str, places: range | list[int], start: int, end: int) -> Iterator[Word]:
    if end - start <= 2 * LONGEST_WORD:  # emphasis within a word
        form, cyrillic = _read(folded[start:end].replace(ANY_LETTER, ""))
        yield Word(form, places[start], places[end - 1] + 1, cyrillic)
    for match in re.finditer("w+", classes[start:end]):
        yield _word(folded, places, start + match.start(), start + match.end())


def _spaced(folded: str, places: range | list[int], spans: list[tuple[int, int]]) -> Iterator[Word]:
    run: list[tuple[int, int]] = []
    between = ""
    for span in [*spans, (len(folded) + _LONGEST_GAP + 1, len(folded) + _LONGEST_GAP + 1)]:
        follows = bool(run) and span[0] - run[-1][1] <= _LONGEST_GAP and span[1] - span[0] == 1
        gap = folded[run[-1][1] : span[0]] if follows else ""
        # One sign sets all of them apart, or some of the usual ones; "f(u, c, k)" is neither.
        if follows and gap != between and not {gap, between or gap} <= _SEPARATORS:
            follows = len(run) == 1 and "\n" not in gap
        if run and not follows:
            if len(run) >= SHORTEST_SPACED:
                form, cyrillic = _read("".join(folded[start] for start, _ in run))
                yield Word(form, places[run[0][0]], places[run[-1][0]] + 1, cyrillic)
            run = []
        if span[1] - span[0] == 1:
            run.append(span)
            between = gap


def _word(folded: str, places: range | list[int], start: int, end: int) -> Word:
    form, cyrillic = _read(folded[start : min(end, start + 4 * LONGEST_WORD)])
    return Word(form, places[start], places[end - 1] + 1, cyrillic)


def _read(word: str) -> tuple[str, str]:
    """The form of a folded word, and the word as Cyrillic."""
    # Most words of most texts are the same few thousand; a long one is no word and not worth the memory.
    return _kept_reading(word) if len(word) <= LONGEST_WORD else (_form(word), "")


@lru_cache(maxsize=8192)
def _kept_reading(word: str) -> tuple[str, str]:
    return _form(word), _cyrillic(word)


def _form(word: str) -> str:
    return _RUNS.sub(rf"\1{RUN}", _undress(word))[:LONGEST_WORD]


def _cyrillic(word: str) -> str:
    if word.isdigit():
        return ""
    if word.isascii():
        if not _CYRILLIC_AT_SIGHT.fullmatch(word):
            return ""
    elif not _CYRILLIC_LETTER.search(word) or _ALL_CYRILLIC.fullmatch(word):
        return ""
    return _RUNS.sub(rf"\1{RUN}", word.translate(_TO_CYRILLIC))


def _undress(word: str) -> str:
    """A folded word without look-alikes and digits for letters, if it is partly Latin; else as it is."""
    if not word.isascii() and len(_TURNED.intersection(word)) >= _FEWEST_TURNED:
        word = word.translate(_TURN)[::-1]
    if not any("a" <= character <= "z" for character in word) and not ("@" in word and "$" in word):
        return word
    if not word.isascii():
        word = word.translate(_LOOKALIKES).translate(_confusables("mixed"))
    if not word.isalpha():
        drawn = _DIGIT_RUNS.sub(r"\1", word)
        if len(drawn) < len(word) and sum(map(str.isalpha, drawn)) < _FEWEST_LETTERS:
            return word  # A555 is a road too
        digits = sum(character in _DIGITS for character in drawn)
        # A55 is a road, not a word; 5h1t is one.
        if digits * 2 <= len(drawn):
            word = word.translate(_LEET)
    return word


def fold(text: str) -> tuple[str, str, range | list[int]]:
    """The folded text, the class of each of its characters, and the place of each in the original."""
    if text.isascii():
        folded = text.lower()
        return folded, folded.translate(_ascii_classes()), range(len(text))
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


@cache
def _ascii_classes() -> Mapping[int, str]:
    return {code: _fold_character(chr(code))[1] for code in range(128)}


@cache
def _confusables(when: str) -> Mapping[int, str]:
    """What Unicode calls confusable with a Latin letter. ``always``: letters of Latin itself and of scripts that nobody
    writes comments in. ``mixed``: letters of living scripts, to be read so in a word that is partly Latin."""
    data = json.loads(files(__package__).joinpath("unicode", "confusables.json").read_text(encoding="utf-8"))
    return {ord(letter): latin for letter, latin in data[when].items()}


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> tuple[str, str, bool]:
    """What one character becomes ("" when invisible), the class of each part, and whether it is a combining mark."""
    category = unicodedata.category(character)
    if category == "Cf" or character in "\u034f\u115f\u1160\u3164" or "\ufe00" <= character <= "\ufe0f":
        return "", "", False
    if category in ("Mn", "Me"):
        return character, "w", True
    if character in _TURNED:
        return character, "w", False
    for first in _LETTER_SIGNS:
        if 0 <= ord(character) - first < 26:
            return chr(ord(character) - first + ord("a")), "w", False
    always = _DEAD_LOOKALIKES.get(character.lower()) or _confusables("always").get(ord(character))
    if always is not None:
        return always, "w", False
    small_capital = _SMALL_CAPITAL.fullmatch(unicodedata.name(character, ""))
    if small_capital:  # Unicode's data know only some of them
        return small_capital[1].lower(), "w", False
    apart = unicodedata.normalize("NFKD", character).casefold()
    bare = "".join(_LATIN_SPECIALS.get(c, c) for c in apart if unicodedata.category(c) != "Mn")
    pieces = bare if bare.isascii() else unicodedata.normalize("NFKC", character).casefold().replace("ё", "е")
    return pieces, "".join(_class(piece) for piece in pieces), False


def _class(character: str) -> str:
    if character in _LETTER_LIKE or unicodedata.category(character)[0] in "LMN":
        return "w"
    return "i" if character in _INSIDE else "."
