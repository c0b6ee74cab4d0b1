"""The learner's state in the database. Every change is one transaction that first takes the model's row, so that
lessons of several server processes follow one another and none is lost."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, select

from embedcomments_spam.features import Features
from embedcomments_spam.learner import Changes, Model
from embedcomments_spam.tables import blocked, blocked_rev, insert_into, lesson, model, pace, sent, spent, weight

# Older ones are forgotten; what they taught stays. A megabyte and a half for each site.
MAX_LESSONS = 1000
_CHANGE = struct.Struct("<Hdd")
_SLICE = 400  # parameters of one query, below what every SQLite takes


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """From how many texts a model learned. ``rev`` grows with each change, ``epoch`` when all is forgotten."""

    rev: int = 0
    epoch: int = 0
    spam: int = 0
    ham: int = 0


def teach(
    connection: Connection, site_id: int, comment_id: str, features: Features, is_spam: bool, score: float, at: datetime
) -> bool:
    """Learn a moderator's decision about a comment; whether anything changed.

    One that was learned before is taken back first when it was the other way round, and else counts once.
    ``score``: what the site's filter thought of the text before it was told.
    """
    counts = _take(connection, site_id)
    known = connection.execute(_of(site_id, comment_id)).one_or_none()
    if known is not None:
        if known.is_spam == is_spam:
            return False
        _drop(connection, site_id, comment_id, known.changes, known.is_spam, counts)
    present = _load(connection, site_id, {bucket for bucket, _ in features})
    changes = present.lesson(features, is_spam)
    present.apply(changes)
    _save(connection, site_id, present, {bucket for bucket, *_ in changes}, counts.rev)
    _count(connection, site_id, is_spam, 1)
    connection.execute(
        lesson.insert().values(
            site_id=site_id,
            comment_id=comment_id,
            rev=counts.rev,
            is_spam=is_spam,
            score=score,
            taught_at=round(at.timestamp() * 1000),
            changes=_packed(changes),
        )
    )
    return True


def forget_site(connection: Connection, site_id: int) -> None:
    """Remove a site's model and lessons."""
    for table in (lesson, weight, model, spent, pace, sent, blocked, blocked_rev):
        connection.execute(delete(table).where(table.c.site_id == site_id))


def unlearn(connection: Connection, site_id: int, comment_id: str) -> bool:
    """Take back what was learned from a comment; whether there was anything."""
    counts = _take(connection, site_id)
    known = connection.execute(_of(site_id, comment_id)).one_or_none()
    if known is None:
        return False
    _drop(connection, site_id, comment_id, known.changes, known.is_spam, counts)
    return True


def train(
    connection: Connection, site_id: int, examples: Sequence[tuple[Features, bool]], *, counts_them: bool
) -> None:
    """Learn many texts that no moderator here decided on: they say nothing of how right the filter is here.

    ``counts_them``: False for those that come a second time.
    """
    counts = _take(connection, site_id)
    present = _load(connection, site_id, {bucket for features, _ in examples for bucket, _ in features})
    changed: set[int] = set()
    for features, is_spam in examples:
        changes = present.lesson(features, is_spam)
        present.apply(changes)
        changed.update(bucket for bucket, *_ in changes)
    _save(connection, site_id, present, changed, counts.rev)
    if not counts_them:
        return
    spam = sum(is_spam for _, is_spam in examples)
    _count(connection, site_id, True, spam)
    _count(connection, site_id, False, len(examples) - spam)


def forget_all(connection: Connection, site_id: int) -> None:
    """Begin anew."""
    counts = _take(connection, site_id)
    for table in (weight, lesson):
        connection.execute(delete(table).where(table.c.site_id == site_id))
    values = {"spam": 0, "ham": 0, "epoch": counts.epoch + 1}
    connection.execute(model.update().where(model.c.site_id == site_id).values(values))


def forget_old(connection: Connection, site_id: int) -> None:
    """Keep the newest MAX_LESSONS lessons; what the others taught stays."""
    newest = select(lesson.c.rev).where(lesson.c.site_id == site_id).order_by(lesson.c.rev.desc())
    border = connection.execute(newest.offset(MAX_LESSONS).limit(1)).scalar_one_or_none()
    if border is not None:
        connection.execute(delete(lesson).where(lesson.c.site_id == site_id, lesson.c.rev <= border))


def read_counts(connection: Connection, site_id: int) -> Counts:
    """How far a site's model is; zeros before its first lesson."""
    found = connection.execute(select(model).where(model.c.site_id == site_id)).one_or_none()
    if found is None:
        return Counts()
    return Counts(rev=found.rev, epoch=found.epoch, spam=found.spam, ham=found.ham)


def read_changed(connection: Connection, site_id: int, since: int) -> Iterable[tuple[int, float, float]]:
    """Bucket, weight and confidence of all that changed after the rev ``since``."""
    query = select(weight.c.bucket, weight.c.weight, weight.c.confidence)
    return [tuple(row) for row in connection.execute(query.where(weight.c.site_id == site_id, weight.c.rev > since))]


def read_decisions(connection: Connection, site_id: int, limit: int) -> list[tuple[float, bool]]:
    """The last decisions of moderators: the score before it was told, and whether it was spam. Newest first."""
    query = select(lesson.c.score, lesson.c.is_spam).where(lesson.c.site_id == site_id)
    return [(row.score, row.is_spam) for row in connection.execute(query.order_by(lesson.c.rev.desc()).limit(limit))]


def decided_since(connection: Connection, site_id: int, comment_ids: Sequence[str], since: datetime) -> set[str]:
    """Those of ``comment_ids`` (at most 400) that a moderator decided on after ``since``."""
    query = select(lesson.c.comment_id).where(lesson.c.site_id == site_id, lesson.c.comment_id.in_(comment_ids))
    found = connection.execute(query.where(lesson.c.taught_at > round(since.timestamp() * 1000)))
    return set(found.scalars())


def _take(connection: Connection, site_id: int) -> Counts:
    insert = insert_into(connection, model).values(site_id=site_id, rev=0, epoch=0, spam=0, ham=0)
    connection.execute(insert.on_conflict_do_nothing())
    connection.execute(model.update().where(model.c.site_id == site_id).values(rev=model.c.rev + 1))
    return read_counts(connection, site_id)


def _of(site_id: int, comment_id: str) -> Select[Any]:
    return select(lesson).where(lesson.c.site_id == site_id, lesson.c.comment_id == comment_id)


def _drop(connection: Connection, site_id: int, comment_id: str, changes: bytes, is_spam: bool, counts: Counts) -> None:
    undone = _unpacked(changes)
    buckets = {bucket for bucket, *_ in undone}
    present = _load(connection, site_id, buckets)
    present.apply(undone, -1)
    _save(connection, site_id, present, buckets, counts.rev)
    _count(connection, site_id, is_spam, -1)
    connection.execute(delete(lesson).where(lesson.c.site_id == site_id, lesson.c.comment_id == comment_id))


def _count(connection: Connection, site_id: int, is_spam: bool, by: int) -> None:
    column = model.c.spam if is_spam else model.c.ham
    connection.execute(model.update().where(model.c.site_id == site_id).values({column: column + by}))


def _load(connection: Connection, site_id: int, buckets: set[int]) -> Model:
    present = Model()
    wanted = sorted(buckets)
    for at in range(0, len(wanted), _SLICE):
        query = select(weight.c.bucket, weight.c.weight, weight.c.confidence)
        query = query.where(weight.c.site_id == site_id, weight.c.bucket.in_(wanted[at : at + _SLICE]))
        present.apply([tuple(row) for row in connection.execute(query)])
    return present


def _save(connection: Connection, site_id: int, present: Model, buckets: set[int], rev: int) -> None:
    if not buckets:
        return
    insert = insert_into(connection, weight)
    rows = [
        {
            "site_id": site_id,
            "bucket": bucket,
            "weight": present.weights[bucket],
            "confidence": present.confidences[bucket],
            "rev": rev,
        }
        for bucket in sorted(buckets)
    ]
    new = {name: insert.excluded[name] for name in ("weight", "confidence", "rev")}
    connection.execute(insert.on_conflict_do_update(index_elements=["site_id", "bucket"], set_=new), rows)


def _packed(changes: Changes) -> bytes:
    return b"".join(_CHANGE.pack(*change) for change in changes)


def _unpacked(packed: bytes) -> Changes:
    return list(_CHANGE.iter_unpack(packed))
