"""A site's learned filter, kept in memory for each process and brought up to date from the database."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from weakref import WeakKeyDictionary

from embedcomments.api import PluginContext, Tables
from embedcomments_spam import lessons
from embedcomments_spam.features import Features
from embedcomments_spam.learner import Model
from embedcomments_spam.lessons import Counts
from embedcomments_spam.tables import SHARED

# What other processes learned is looked for at most so often: a post must not pay for it.
FRESH = timedelta(seconds=5)
DECISIONS_MEASURED = 200
SURE = 0.8
"""A score from which the filter may call something spam, when it has earned that."""
_SHARED_WEIGHS = 50  # as much as so many lessons of the site's own
_MIN_DECISIONS, _MIN_OF_A_KIND = 20, 5
_PRECISION_TO_HOLD, _PRECISION_TO_SPAM = 0.6, 0.9


@dataclass(frozen=True, kw_only=True, slots=True)
class Authority:
    """What the filter may do by itself, from how right it was on the site's own last decisions.

    ``precision`` and ``recall`` of a score above 0, over ``decisions`` decisions, each judged before it was learned.
    """

    decisions: int = 0
    precision: float = 0.0
    recall: float = 0.0
    may_hold: bool = False
    may_spam: bool = False


def earned(decisions: Sequence[tuple[float, bool]]) -> Authority:
    """The authority that these (score, is spam) decisions justify.

    What counts is the lower end of the interval in which the true precision lies with 95 % confidence (Wilson 1927):
    five hits of five are no proof, and thirty-five of thirty-five are.
    """
    caught = [is_spam for score, is_spam in decisions if score > 0]
    surely = [is_spam for score, is_spam in decisions if score > SURE]
    spam = sum(is_spam for _, is_spam in decisions)
    enough = len(decisions) >= _MIN_DECISIONS and min(spam, len(decisions) - spam) >= _MIN_OF_A_KIND
    return Authority(
        decisions=len(decisions),
        precision=sum(caught) / len(caught) if caught else 0.0,
        recall=sum(caught) / spam if spam else 0.0,
        may_hold=enough and _at_least(sum(caught), len(caught)) >= _PRECISION_TO_HOLD,
        may_spam=enough and _at_least(sum(surely), len(surely)) >= _PRECISION_TO_SPAM,
    )


def _at_least(hits: int, tries: int) -> float:
    if not tries:
        return 0.0
    z = 1.96
    share = hits / tries
    middle = share + z * z / (2 * tries)
    spread = z * sqrt(share * (1 - share) / tries + z * z / (4 * tries * tries))
    return (middle - spread) / (1 + z * z / tries)


class Filter:
    """What a site learned and, until that is much, what all sites learned together."""

    def __init__(self, site_id: int) -> None:
        self._site_id = site_id
        self._models = {site_id: Model(), SHARED: Model()}
        self._counts = {site_id: Counts(), SHARED: Counts()}
        self._fresh_until: datetime | None = None
        self._lock = threading.Lock()
        self.authority = Authority()

    @property
    def counts(self) -> Counts:
        """From how much the site learned."""
        return self._counts[self._site_id]

    def score(self, features: Features) -> float:
        """See Model.score: the site's own opinion and the shared one, weighed by how much the site has learned."""
        own, shared = self._counts[self._site_id], self._counts[SHARED]
        opinion = self._models[self._site_id].score(features)
        if not shared.spam + shared.ham:
            return opinion
        learned = own.spam + own.ham
        share = learned / (learned + _SHARED_WEIGHS)
        return share * opinion + (1 - share) * self._models[SHARED].score(features)

    def weight(self, bucket: int) -> float:
        """How much one feature moves the score, before it is divided by the text's length."""
        return self.score(((bucket, 1.0),))

    def refresh(self, tables: Tables, now: datetime, *, always: bool = False) -> None:
        """Read what has been learned since, by whichever process; at most every five seconds unless ``always``."""
        with self._lock:
            if not always and self._fresh_until is not None and self._fresh_until - FRESH <= now < self._fresh_until:
                return
            with tables.read() as connection:
                for site_id, known in self._counts.items():
                    counts = lessons.read_counts(connection, site_id)
                    if counts.rev == known.rev:
                        continue
                    if counts.epoch != known.epoch:
                        self._models[site_id], known = Model(), Counts()
                    present = self._models[site_id]
                    for bucket, weight, confidence in lessons.read_changed(connection, site_id, known.rev):
                        present.weights[bucket], present.confidences[bucket] = weight, confidence
                    self._counts[site_id] = counts
                    if site_id == self._site_id:
                        self.authority = earned(lessons.read_decisions(connection, site_id, DECISIONS_MEASURED))
            self._fresh_until = now + FRESH

    def decide(self, tables: Tables, comment_id: str, features: Features, is_spam: bool, at: datetime) -> None:
        """Learn a moderator's decision, for the site and for all. The same one again changes nothing."""
        score = self.score(features)
        site_ids = (self._site_id, SHARED)  # always in this order, so that two processes never wait for each other
        tables.write(
            lambda connection: [
                lessons.teach(connection, site_id, comment_id, features, is_spam, score, at) for site_id in site_ids
            ]
        )
        self.refresh(tables, at, always=True)

    def forget(self, tables: Tables, comment_id: str, at: datetime) -> None:
        """Take back what a decision taught that is none any more."""
        site_ids = (self._site_id, SHARED)
        tables.write(lambda connection: [lessons.unlearn(connection, site_id, comment_id) for site_id in site_ids])
        self.refresh(tables, at, always=True)


# By the tables of a context, which belong to one instance: two of them in a process share nothing. A filter keeps
# no reference to its tables, or neither would ever be freed.
_filters: WeakKeyDictionary[Tables, Filter] = WeakKeyDictionary()
_filters_lock = threading.Lock()


def filter_of(ctx: PluginContext) -> Filter:
    """The site's filter in this process, as fresh as a post may expect."""
    with _filters_lock:
        found = _filters.get(ctx.tables)
        if found is None:
            found = _filters[ctx.tables] = Filter(ctx.site.id)
    found.refresh(ctx.tables, ctx.now())
    return found
