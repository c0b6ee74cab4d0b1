"""What the learner looks at: words, how they begin, pairs and pieces of them, signs, addresses, the shape of a text.

Each feature is a bucket, the CRC of its name, so that nothing of the text can be read from what is
stored, and every process and every restart means the same by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from math import sqrt
from zlib import crc32

from embedcomments_spam.signs import read_signs

BUCKETS = 1 << 16
# What decides stands early; a long comment must not cost more than a post may take.
_MAX_CHARACTERS = 1500

_TOKENS = re.compile(r"(?:https?://|www\.)[^\s<>\"]{1,200}|[^\W\d_]{1,40}(?:'[^\W\d_]{1,10})?|\d{1,20}|[^\w\s]")
_DOMAIN = re.compile(r"\b[a-z0-9-]{1,63} ?\. ?(?:com|net|org|info|ru|tk|me|ly|co|tv|be|gl|xyz|top|shop)\b")
_PARTS = re.compile(r"[/?=&.:]+")

# How much a kind of feature counts. After few decisions what matters is what a text has in common with them: so the
# beginning of a longer word, which its other forms share, counts most of words, and what every text has (a shape, a
# comma) little. An address says more than a word, and of a word there are many pieces.
_WORD, _BEGINNING, _PIECE, _PAIR = 0.5, 1.7, 0.3, 1.0
_ADDRESS, _PART, _SIGN, _SHAPE, _BASE = 3.0, 2.0, 0.3, 0.5, 0.5
_BEGINS = 4

Features = tuple[tuple[int, float], ...]
"""Pairs of bucket and value, each bucket once; the values' squares add up to 1."""


def extract(text: str) -> Features:
    """The features of ``text``, at most its first 1,500 characters. Never empty."""
    found: dict[int, float] = {}
    for bucket, value in _found(text[:_MAX_CHARACTERS]):
        if value > found.get(bucket, 0.0):
            found[bucket] = value
    scale = 1 / sqrt(sum([value * value for value in found.values()]))
    return tuple([(bucket, value * scale) for bucket, value in found.items()])


def readable(text: str) -> dict[str, int]:
    """The features of ``text`` that a person can read with their buckets: words, pairs, and signs in parentheses."""
    lower = text[:_MAX_CHARACTERS].lower()
    tokens = _tokens(lower)
    has_link = any(map(_is_address, tokens)) or _DOMAIN.search(lower) is not None
    names = {f"({name})": _sign(name) for name, _ in read_signs(lower, tokens, has_link)}
    before = ""
    for token in tokens:
        if token[0].isalpha() and not _is_address(token):
            names[token] = _bucket("w" + token)
        shown = _shown(token)
        if before:
            names[f"{before} {shown}"] = _bucket(f"b{before} {shown}")
        before = shown
    return names


def _found(text: str) -> Iterator[tuple[int, float]]:
    lower = text.lower()
    before, words, has_link = "^", 0, False
    tokens = _tokens(lower)
    for token in tokens:
        shown = token
        if not token[0].isalpha():
            yield _token(token)
            if token[0].isdigit():
                shown = "0"
        elif _is_address(token):
            yield from _address(token)
            has_link = True
            shown = "(link)"
        else:
            words += 1
            yield from _word(token)
        yield _bucket(f"b{before} {shown}"), _PAIR
        before = shown
    yield _bucket(f"b{before} $"), _PAIR
    if _DOMAIN.search(lower):
        yield _bucket("domain"), _ADDRESS
        has_link = True
    for name, value in read_signs(lower, tokens, has_link):
        yield _sign(name), value
    # Bit lengths are logarithms: a text twice as long is one step further.
    yield _bucket(f"length {len(text).bit_length()}"), _SHAPE
    yield _bucket(f"words {(words * words).bit_length()}"), _SHAPE
    capitals = sum(map(str.isupper, text)) * 8 // max(len(text), 1)
    yield _bucket(f"capitals {capitals}"), _SHAPE
    yield _bucket(f"calls {min(text.count('!'), 4)}"), _SHAPE
    yield _bucket(f"questions {min(text.count('?'), 2)}"), _SHAPE
    yield _bucket(f"different {len(set(tokens)) * 8 // max(len(tokens), 1)}"), _SHAPE
    yield _bucket(f"codes {min(sum(map(text.count, '/=_#@')), 4)}"), _SHAPE
    yield _bucket("base"), _BASE


def _tokens(lower: str) -> list[str]:
    return _TOKENS.findall(lower)


def _is_address(token: str) -> bool:
    return "://" in token or token.startswith("www.")


def _shown(token: str) -> str:
    if _is_address(token):
        return "(link)"
    return "0" if token[0].isdigit() else token


@lru_cache(maxsize=20_000)
def _word(word: str) -> tuple[tuple[int, float], ...]:
    whole = f"<{word}>"
    pieces = [(_bucket("c" + whole[at : at + 4]), _PIECE) for at in range(len(whole) - 3)]
    if len(word) > _BEGINS:
        pieces.append((_bucket("m" + word[:_BEGINS]), _BEGINNING))
    return ((_bucket("w" + word), _WORD), *pieces)


@lru_cache(maxsize=2_000)
def _token(token: str) -> tuple[int, float]:
    return _bucket(f"digits {min(len(token), 6)}" if token[0].isdigit() else "s" + token), _SIGN


@lru_cache(maxsize=50)
def _sign(name: str) -> int:
    return _bucket("k" + name)


def _address(address: str) -> Iterator[tuple[int, float]]:
    yield _bucket("link"), _ADDRESS
    for part in _PARTS.split(address)[:10]:
        if part:
            yield _bucket("p" + part), _PART


def _bucket(name: str) -> int:
    return crc32(name.encode(errors="replace")) % BUCKETS
