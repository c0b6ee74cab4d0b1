"""How well the spam filter learns, one video of three left out each time, and what it costs."""

from __future__ import annotations

import json
import random
from dataclasses import astuple, fields
from pathlib import Path
from statistics import fmean, pstdev, quantiles
from time import perf_counter

from tests.benchmarks.near_repeats import measure_near_repeats
from tests.benchmarks.proof_of_work import measure_proof_of_work

from embedcomments_spam.features import Features, extract
from embedcomments_spam.learner import Model, Quality, measure

FILE = Path(__file__).parents[3] / "shared" / "data" / "spam" / "youtube-3-videos.json"
# Which few labels a site begins with is luck, so they are drawn more often.
FEW, FEW_DRAWN, ALL_DRAWN = 50, 40, 5
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
    after: dict[str, list[Quality]] = {"few": [], "all": []}
    learned_us: list[float] = []
    for video in sorted({row["video"] for row in rows}):
        test = [(extract(row["text"]), bool(row["spam"])) for row in rows if row["video"] == video]
        labels = [(row["text"], bool(row["spam"])) for row in rows if row["video"] != video]
        for order in range(FEW_DRAWN):
            random.Random(order).shuffle(labels)
            model = Model()
            _learn(model, labels[:FEW])
            after["few"].append(_measured(model, test))
            if order < ALL_DRAWN:
                learned_us.append(_learn(model, labels[FEW:]))
                after["all"].append(_measured(model, test))
    for name, title in (("few", f"{FEW} labels"), ("all", "all labels")):
        means = [fmean(values) for values in zip(*map(astuple, after[name]), strict=True)]
        print(
            f"{title:10}  " + "  ".join(f"{f.name} {mean:.3f}" for f, mean in zip(fields(Quality), means, strict=True))
        )
    _print_spread([quality.f1 for quality in after["few"]])
    began = perf_counter()
    for row in rows:
        model.score(extract(row["text"]))
    print(f"classify {(perf_counter() - began) * 1e6 / len(rows):.0f} µs, learn {fmean(learned_us):.0f} µs a comment")
    measure_near_repeats(rows)


def _print_spread(f1: list[float]) -> None:
    """Of F1 after few labels; by video, since a message that is half of one video's spam makes most of it."""
    videos = [f1[at : at + FEW_DRAWN] for at in range(0, len(f1), FEW_DRAWN)]
    first = [value for video in videos for value in video[:ALL_DRAWN]]
    tenths = quantiles(f1, n=10)
    print(
        f"F1 after {FEW} labels in {FEW_DRAWN} draws: deviation {pstdev(f1):.3f}, a tenth below {tenths[0]:.3f}, "
        f"half below {tenths[4]:.3f}; by video {', '.join(f'{fmean(video):.3f}' for video in videos)}; "
        f"the first {ALL_DRAWN} draws {fmean(first):.3f}"
    )


def _learn(model: Model, labels: list[tuple[str, bool]]) -> float:
    """Microseconds for each, the reading of its features included."""
    began = perf_counter()
    for text, is_spam in labels:
        model.apply(model.lesson(extract(text), is_spam))
    return (perf_counter() - began) * 1e6 / len(labels)


def _measured(model: Model, test: list[Example]) -> Quality:
    return measure([model.score(features) for features, _ in test], [is_spam for _, is_spam in test])
