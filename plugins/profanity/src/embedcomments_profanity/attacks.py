"""Attacks on a person that need no curse: an address with an insult, a threat, a sending away."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate

ATTACK_LANGUAGES = ("en", "de", "fr", "es", "ru", "hy", "tr")
_MOST_BETWEEN = 3
# A line that quotes another's words says nothing of its writer's.
_QUOTES = re.compile(r"^ {0,3}>.*$", re.M)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Attack:
    """``text[start:end]`` attacks somebody. ``score``: from 0 to 1, how sure and how bad."""

    start: int
    end: int
    language: str
    score: float


def find_attacks(text: str, languages: tuple[str, ...] = ()) -> list[Attack]:
    """The attacks outside of quoted lines, by each language's patterns; no ``languages`` means all that there are.
    Linear in the text: what may stand between address and insult is bounded."""
    unquoted = _QUOTES.sub(lambda match: "\n" * len(match[0]), text) if ">" in text else text
    words = (
        _WORD.findall(unquoted.lower()) if unquoted.isascii() else [_plain(word) for word in _WORD.findall(unquoted)]
    )
    read = tuple(language for language in languages or ATTACK_LANGUAGES if language in ATTACK_LANGUAGES)
    beginnings = _beginnings(read)
    begun = [(number, word) for number, word in enumerate(words) if word in beginnings]
    if not begun:
        return []
    spans = [match.span() for match in _WORD.finditer(unquoted)]
    line = " ".join(words) + " "
    # By where a word begins in the line: which of the words it is.
    places = [0, *accumulate(len(word) + 1 for word in words)]
    numbers = {place: number for number, place in enumerate(places)}
    found = []
    for language in read:
        patterns = _patterns(language)
        end = 0
        for first, word in begun:
            if places[first] < end or word not in patterns.beginnings:
                continue
            match = patterns.expression.match(line, places[first])
            if match is None:
                continue
            end = match.end()
            last = numbers[end + 1] - 1
            if first and words[first - 1] in patterns.denied_by:
                continue
            if last + 1 < len(words) and words[last + 1] in patterns.denied_after:
                continue
            found.append(
                Attack(
                    start=spans[first][0],
                    end=spans[last][1],
                    language=language,
                    score=patterns.scores.get(match[0], patterns.insult_score),
                )
            )
    return sorted(found, key=lambda attack: attack.start)


@dataclass(frozen=True, slots=True)
class _Patterns:
    """``expression`` matches where one of the ``beginnings`` stands. ``scores``: of whole phrases. Behind a word of
    ``denied_by`` and before one of ``denied_after`` nothing is meant: "if you are …", "I hope you die laughing"."""

    expression: re.Pattern[str]
    beginnings: frozenset[str]
    scores: Mapping[str, float]
    insult_score: float
    denied_by: frozenset[str]
    denied_after: frozenset[str]


@cache
def _patterns(language: str) -> _Patterns:
    raw = json.loads(files(__package__).joinpath("attack_patterns", f"{language}.json").read_text(encoding="utf-8"))
    scores = {_line(phrase): score for phrase, score in raw["phrases"].items()}
    insulted = (
        f"(?:{_choice(raw['address'])})(?: (?:{_choice(raw['between'])})){{0,{_MOST_BETWEEN}}}"
        f" (?:{_choice(raw['insults'])})"
    )
    return _Patterns(
        expression=re.compile(rf"(?:{_choice(scores)}|{insulted})(?= )"),
        beginnings=frozenset(line.partition(" ")[0] for line in (*scores, *map(_line, raw["address"]))),
        scores=scores,
        insult_score=raw["score"],
        denied_by=frozenset(raw["denied_by"]),
        denied_after=frozenset(raw["denied_after"]),
    )


@cache
def _beginnings(languages: tuple[str, ...]) -> frozenset[str]:
    """The words with which attacks begin in any of these languages: all other words are passed over."""
    return frozenset().union(*(_patterns(language).beginnings for language in languages))


def _choice(phrases: list[str] | dict[str, float]) -> str:
    return "|".join(re.escape(phrase) for phrase in sorted(map(_line, phrases), key=lambda phrase: -len(phrase)))


def _line(phrase: str) -> str:
    return " ".join(_plain(match[0]) for match in _WORD.finditer(phrase))


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word).replace("İ", "i").casefold().replace("ё", "е")
