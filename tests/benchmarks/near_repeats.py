"""How many near-repeats the spam filter finds among texts that a robot varies, and how many honest texts it takes for
such."""

from __future__ import annotations

import random
from collections.abc import Callable
from time import perf_counter

from embedcomments_spam.near import SIMILAR, Index, Sketch, similarity, sketch_of

ALLOWED = 3
_OTHER_WORDS = [
    "nice",
    "great",
    "video",
    "song",
    "people",
    "channel",
    "really",
    "watch",
    "please",
    "like",
    "money",
    "world",
    "today",
    "friend",
    "music",
    "best",
]


def measure_near_repeats(rows: list[dict[str, object]]) -> None:
    """Print both, over texts of labelled ``rows`` (``text``, ``spam``), as if all came within a day."""
    ham = [s for row in rows if not row["spam"] and (s := sketch_of(str(row["text"])))]
    honest = sum(not row["spam"] for row in rows)
    print(f"near-repeats, from {SIMILAR} on: of {honest} honest texts {len(ham)} are long enough")
    for share in (0.3, 0.35, 0.4, 0.5):
        like = [sum(similarity(one, other) >= share for other in ham) - 1 for one in ham]
        held = sum(times >= ALLOWED for times in like)
        print(f"  at {share}: {sum(times > 0 for times in like)} are like another one, {held} would be held")
    chance = random.Random(1)
    spam = sorted({str(row["text"]) for row in rows if row["spam"] and sketch_of(str(row["text"]))})
    for name, vary in VARIANTS.items():
        found = sum(_is_found(text, vary, chance) for text in spam)
        print(f"  {name}: {found} of {len(spam)} spam texts are found again ({found / len(spam):.3f})")
    index, sketches = Index(), [s for row in rows if (s := sketch_of(str(row["text"])))]
    for at in range(5_000):
        index.add(str(at), 1, sketches[at % len(sketches)])
    began = perf_counter()
    for sketch in sketches:
        index.times(sketch, 0)
    print(f"  looking one up among 5,000: {(perf_counter() - began) * 1e6 / len(sketches):.0f} µs")


def _is_found(text: str, vary: Callable[[str, random.Random], str], chance: random.Random) -> bool:
    """Whether the fourth variant is near the three before it."""
    index = Index()
    sketches: list[Sketch | None] = [sketch_of(vary(text, chance)) for _ in range(ALLOWED + 1)]
    for at, sketch in enumerate(sketches[:-1]):
        if sketch is not None:
            index.add(str(at), 1, sketch)
    last = sketches[-1]
    return last is not None and index.times(last, 0) >= ALLOWED


def _swap(share: float) -> Callable[[str, random.Random], str]:
    def vary(text: str, chance: random.Random) -> str:
        words = text.split()
        for at in chance.sample(range(len(words)), max(1, round(share * len(words)))):
            words[at] = chance.choice(_OTHER_WORDS)
        return " ".join(words)

    return vary


def _renumber(text: str, chance: random.Random) -> str:
    return "".join(chance.choice("0123456789") if letter.isdigit() else letter for letter in text) + (
        f" {chance.randrange(10**6)}"
    )


def _relink(text: str, chance: random.Random) -> str:
    return f"{text} https://{chance.randrange(10**9):x}.example/{chance.randrange(10**9):x}"


VARIANTS = {
    "other numbers": _renumber,
    "other links": _relink,
    "a tenth of the words swapped": _swap(0.1),
    "a fifth of the words swapped": _swap(0.2),
}
