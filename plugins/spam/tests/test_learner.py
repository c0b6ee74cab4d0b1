"""The model and its features, by themselves."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from math import fsum

import pytest

from embedcomments_spam.features import BUCKETS, extract
from embedcomments_spam.filter import earned
from embedcomments_spam.learner import Model, measure, probability

SPAM = [
    "Cheap {} pills, order now at https://pills-{}.example/buy",
    "Earn money with {} from home!!! Visit www.{}-cash.example",
    "Best {} casino bonus, sign up here: https://casino.example/{}",
    "I made $5000 a week trading {}, write to my broker {}",
]
HAM = [
    "I disagree with the part about {}, but the rest on {} is well argued.",
    "Thanks, this {} recipe worked for me; I used less {} though.",
    "Does anybody know whether {} still works after the {} update?",
    "Lovely pictures of {}! We were there in spring and saw {} too.",
]
THINGS = ["apricots", "rivers", "lamps", "bread", "trains", "maps", "violins", "gardens", "boats", "windows"]


def corpus(seed: int, size: int = 200) -> list[tuple[str, bool]]:
    chance = random.Random(seed)
    return [
        (chance.choice(SPAM if is_spam else HAM).format(*chance.choices(THINGS, k=2)), is_spam)
        for is_spam in chance.choices([True, False], k=size)
    ]


def taught(examples: list[tuple[str, bool]]) -> Model:
    model = Model()
    for text, is_spam in examples:
        model.apply(model.lesson(extract(text), is_spam))
    return model


def test_a_few_lessons_tell_spam_that_was_not_seen_from_the_rest() -> None:
    unseen = corpus(2)

    def quality(model: Model) -> float:
        return measure([model.score(extract(text)) for text, _ in unseen], [is_spam for _, is_spam in unseen]).f1

    assert quality(taught([])) == 0
    assert quality(taught(corpus(1, 40))) > 0.95
    # With the labels the other way round it learns the opposite: nothing about spam is built in.
    assert quality(taught([(text, not is_spam) for text, is_spam in corpus(1, 40)])) < 0.1


def test_a_lesson_that_is_taken_back_leaves_no_trace() -> None:
    model = taught(corpus(1, 40))
    before = (list(model.weights), list(model.confidences))
    changes = model.lesson(extract("Apricots, apricots!"), True)
    model.apply(changes)
    assert model.score(extract("Apricots, apricots!")) > 0.5

    model.apply(changes, -1)

    assert list(model.weights) == pytest.approx(before[0], abs=1e-12)
    assert list(model.confidences) == pytest.approx(before[1], abs=1e-9)


def test_what_is_known_for_sure_changes_nothing() -> None:
    model = Model()
    features = extract("Order cheap pills now")
    while changes := model.lesson(features, True):
        model.apply(changes)

    assert model.score(features) >= 1
    assert model.lesson(features, False)


@pytest.mark.parametrize("text", ["", " ", "\0", "\ud800", "é" * 5000, "a." * 5000, "www." * 900, "🙂" * 3000])
def test_every_text_has_features_of_length_one(text: str) -> None:
    features = extract(text)

    assert fsum(value * value for _, value in features) == pytest.approx(1)
    assert len({bucket for bucket, _ in features}) == len(features)
    assert all(0 <= bucket < BUCKETS for bucket, _ in features)


def test_another_process_finds_the_same_features() -> None:
    script = "import json; from embedcomments_spam.features import extract; print(json.dumps(extract('You: 7 lamps!')))"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)

    assert [tuple(pair) for pair in json.loads(told.stdout)] == list(extract("You: 7 lamps!"))


def test_quality_of_scores() -> None:
    quality = measure([2.0, 0.5, -0.5, 1.0, -1.0, -2.0], [True, True, True, False, False, False])

    assert (quality.precision, quality.recall) == pytest.approx((2 / 3, 2 / 3))
    assert (quality.f1, quality.auc, quality.recall_at_1pct_fpr) == pytest.approx((2 / 3, 7 / 9, 1 / 3))
    assert measure([1.0, 1.0], [True, False]).auc == 0.5
    assert (measure([], []).f1, measure([1.0], [True]).auc, measure([-1.0], [False]).precision) == (0, 0, 0)


def test_probability_grows_with_the_score_and_takes_any() -> None:
    assert [round(probability(score), 2) for score in (-1e9, -1, 0, 1, 1e9)] == [0, 0.12, 0.5, 0.88, 1]


@pytest.mark.parametrize(
    "decisions, may_hold, may_spam",
    [
        ([], False, False),
        ([(1.0, True)] * 9 + [(-1.0, False)] * 9, False, False),  # too few
        ([(1.0, True)] * 60, False, False),  # never met a real comment
        ([(1.0, True)] * 15 + [(-1.0, False)] * 15, True, False),
        ([(0.5, True)] * 60 + [(-1.0, False)] * 15, True, False),  # right, but never sure
        ([(1.0, True)] * 60 + [(-1.0, False)] * 15, True, True),
        ([(1.0, True)] * 50 + [(1.0, False)] * 15, True, False),
        ([(1.0, True)] * 30 + [(1.0, False)] * 30, False, False),
        ([(-1.0, True)] * 30 + [(-1.0, False)] * 30, False, False),
    ],
)
def test_authority_is_earned(decisions: list[tuple[float, bool]], may_hold: bool, may_spam: bool) -> None:
    authority = earned(decisions)

    assert (authority.may_hold, authority.may_spam) == (may_hold, may_spam)
    assert authority.decisions == len(decisions)


def test_authority_tells_precision_and_recall() -> None:
    authority = earned([(1.0, True)] * 3 + [(0.2, False)] + [(-1.0, True)])

    assert (authority.precision, authority.recall) == (0.75, 0.75)
