"""Attacks on a person that need no curse: an address with an insult, a threat, a sending away."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

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
    spans: list[tuple[int, int]] = []
    words: list[str] = []
    for match in _WORD.finditer(unquoted):
        spans.append(match.span())
        words.append(_plain(match[0]))
    line = " ".join(words) + " "
    # By where a word begins in the line: which of the words it is.
    numbers: dict[int, int] = {}
    at = 0
    for number, word in enumerate(words):
        numbers[at] = number
        at += len(word) + 1
    found = []
    for language in languages or ATTACK_LANGUAGES:
        if language not in ATTACK_LANGUAGES:
            continue
        pattern, scores, insult_score, denied_by = _patterns(language)
        for match in pattern.finditer(line):
            first, after = numbers[match.start()], numbers.get(match.end() + 1, len(words))
            if first and words[first - 1] in denied_by:
                continue
            found.append(
                Attack(
                    start=spans[first][0],
                    end=spans[after - 1][1],
                    language=language,
                    score=scores.get(match[0], insult_score),
                )
            )
    return sorted(found, key=lambda attack: attack.start)


@cache
def _patterns(language: str) -> tuple[re.Pattern[str], dict[str, float], float, frozenset[str]]:
    raw = json.loads(files(__package__).joinpath("attack_patterns", f"{language}.json").read_text(encoding="utf-8"))
    scores = {_line(phrase): score for phrase, score in raw["phrases"].items()}
    insulted = (
        f"(?:{_choice(raw['address'])})(?: (?:{_choice(raw['between'])})){{0,{_MOST_BETWEEN}}}"
        f" (?:{_choice(raw['insults'])})"
    )
    return (
        re.compile(rf"(?<![^ ])(?:{_choice(scores)}|{insulted})(?= )"),
        scores,
        raw["score"],
        frozenset(raw["denied_by"]),
    )


def _choice(phrases: list[str] | dict[str, float]) -> str:
    return "|".join(re.escape(phrase) for phrase in sorted(map(_line, phrases), key=lambda phrase: -len(phrase)))


def _line(phrase: str) -> str:
    return " ".join(_plain(match[0]) for match in _WORD.finditer(phrase))


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", word).replace("İ", "i").casefold().replace("ё", "е")
