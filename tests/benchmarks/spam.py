"""How well the spam filter learns, one video of three left out each time, and what it costs."""

from __future__ import annotations

import json
import random
from dataclasses import astuple, fields
from pathlib import Path
from statistics import fmean
from time import perf_counter

from tests.benchmarks.near_repeats import measure_near_repeats
from tests.benchmarks.proof_of_work import measure_proof_of_work

from embedcomments_spam.features import Features, extract
from embedcomments_spam.learner import Model, Quality, measure

FILE = Path(__file__).parents[3] / "shared" / "data" / "spam" / "youtube-3-videos.json"
ORDERS = 5
Example = tuple[Features, bool]


def main() -> None:
    measure_learning()
    measure_proof_of_work()


def measure_learning() -> None:
    """Print how good the filter is after few labels and after many, and what it costs."""
    if not FILE.is_file():
        print(f"{FILE.name} is not beside the project")
        return
    rows = json.loads(FILE.read_text("utf-8"))
    after: dict[str, list[Quality]] = {"50 labels": [], "all labels": []}
    learned_us: list[float] = []
    for video in sorted({row["video"] for row in rows}):
        test = [(extract(row["text"]), bool(row["spam"])) for row in rows if row["video"] == video]
        labels = [(row["text"], bool(row["spam"])) for row in rows if row["video"] != video]
        for order in range(ORDERS):
            random.Random(order).shuffle(labels)
            model = Model()
            _learn(model, labels[:50])
            after["50 labels"].append(_measured(model, test))
            learned_us.append(_learn(model, labels[50:]))
            after["all labels"].append(_measured(model, test))
    for name, qualities in after.items():
        means = [fmean(values) for values in zip(*map(astuple, qualities), strict=True)]
        print(
            f"{name:10}  " + "  ".join(f"{f.name} {mean:.3f}" for f, mean in zip(fields(Quality), means, strict=True))
        )
    began = perf_counter()
    for row in rows:
        model.score(extract(row["text"]))
    print(f"classify {(perf_counter() - began) * 1e6 / len(rows):.0f} µs, learn {fmean(learned_us):.0f} µs a comment")
    measure_near_repeats(rows)


def _learn(model: Model, labels: list[tuple[str, bool]]) -> float:
    """Microseconds for each, the reading of its features included."""
    began = perf_counter()
    for text, is_spam in labels:
        model.apply(model.lesson(extract(text), is_spam))
    return (perf_counter() - began) * 1e6 / len(labels)


def _measured(model: Model, test: list[Example]) -> Quality:
    return measure([model.score(features) for features, _ in test], [is_spam for _, is_spam in test])
