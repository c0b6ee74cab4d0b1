"""An online linear model: adaptive regularisation of weights (AROW), with diagonal confidence.

Source: Crammer, Kulesza, Dredze, "Adaptive Regularization of Weight Vectors" (2009). A weight that few
texts have moved moves far, one that many have confirmed hardly at all, so that a handful of decisions
teaches much. What a lesson changes is a sum onto two numbers a bucket: taking a lesson back is subtracting it, and
the order in which server processes add theirs does not matter.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from embedcomments_spam.features import BUCKETS, Features

# Smaller follows each lesson more closely. Between 0.003 and 0.1 the measured quality differs little.
_REGULARISATION = 0.03
_MARGIN = 1.0

Changes = Sequence[tuple[int, float, float]]
"""For each bucket what is added to its weight and to its confidence."""


class Model:
    """Weights and confidences by bucket: half a megabyte, all 0 to begin with."""

    def __init__(self) -> None:
        self.weights = array("d", bytes(8 * BUCKETS))
        self.confidences = array("d", bytes(8 * BUCKETS))

    def score(self, features: Features) -> float:
        """How much a text looks like spam: above 0 more than not, beyond 1 and -1 as a lesson wants it."""
        weights = self.weights
        return sum([weights[bucket] * value for bucket, value in features])

    def lesson(self, features: Features, is_spam: bool) -> Changes:
        """What the model must change to learn this; nothing when it is sure of it already."""
        sign = 1 if is_spam else -1
        missing = _MARGIN - sign * self.score(features)
        if missing <= 0:
            return ()
        spread = [(bucket, value, 1 / (1 + self.confidences[bucket])) for bucket, value in features]
        rate = 1 / (sum([value * value * open_ for _, value, open_ in spread]) + _REGULARISATION)
        step = sign * missing * rate
        return [
            # The confidence after it, 1 / (open - rate * open² * value²), less the one before.
            (bucket, step * open_ * value, rate * value * value / (1 - rate * open_ * value * value))
            for bucket, value, open_ in spread
        ]

    def apply(self, changes: Changes, sign: int = 1) -> None:
        """Add the changes of a lesson, or with ``sign`` -1 take them back."""
        weights, confidences = self.weights, self.confidences
        for bucket, weight, confidence in changes:
            weights[bucket] += sign * weight
            confidences[bucket] += sign * confidence


def probability(score: float) -> float:
    """A score as a number from 0 to 1, for people: 0.5 at the border, 0.88 where a lesson wants spam to be."""
    return 1 / (1 + exp(-2 * max(-20.0, min(20.0, score))))


@dataclass(frozen=True, kw_only=True, slots=True)
class Quality:
    """How scores agree with what is true. All 0 to 1; 0 where a class is missing."""

    precision: float
    recall: float
    f1: float
    auc: float
    recall_at_1pct_fpr: float


def measure(scores: Sequence[float], truths: Sequence[bool]) -> Quality:
    """The quality of ``scores``, of which those above 0 mean spam, against ``truths`` (True: spam)."""
    spam = [score for score, truth in zip(scores, truths, strict=True) if truth]
    ham = sorted((score for score, truth in zip(scores, truths, strict=True) if not truth), reverse=True)
    caught, wrong = sum(score > 0 for score in spam), sum(score > 0 for score in ham)
    border = ham[len(ham) // 100] if ham else 0.0  # as many as one in a hundred of the ham may lie above it
    return Quality(
        precision=caught / (caught + wrong) if caught + wrong else 0.0,
        recall=caught / len(spam) if spam else 0.0,
        f1=2 * caught / (len(spam) + caught + wrong) if spam else 0.0,
        auc=_auc(scores, truths),
        recall_at_1pct_fpr=sum(score > border for score in spam) / len(spam) if spam else 0.0,
    )


def _auc(scores: Sequence[float], truths: Sequence[bool]) -> float:
    ordered = sorted(zip(scores, truths, strict=True))
    spam = sum(truths)
    pairs = spam * (len(ordered) - spam)
    if not pairs:
        return 0.0
    ranks, at = 0.0, 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        ranks += sum(truth for _, truth in ordered[at:end]) * (at + 1 + end) / 2
        at = end
    return (ranks - spam * (spam + 1) / 2) / pairs
