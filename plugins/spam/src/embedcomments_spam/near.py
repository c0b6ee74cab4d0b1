"""Texts that are nearly the same, in whatever thread and site of the instance: some words swapped, another link.

Of each text the smallest hashes of its shingles are kept (bottom-k MinHash, Broder 1997), from which the share of
shingles that two texts have in common (Jaccard) follows: exactly for short texts, nearly for long ones. The hashes are
of five letters of the text as ``repeats`` normalises it. They are noted while a comment is taken, in a table that all
server processes share, and gone after a day; each process keeps the newest of them in memory.
"""

from __future__ import annotations

import struct
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, delete, select

from embedcomments.api import Action, Comment, Draft, PluginContext, Tables
from embedcomments_spam.filter import FRESH
from embedcomments_spam.repeats import normal, row_of
from embedcomments_spam.rules import Finding
from embedcomments_spam.tables import insert_into, near

REMEMBERED = timedelta(days=1)
SIMILAR = 0.35
"""The share of common shingles from which two texts are nearly the same."""
MIN_LETTERS = 40
"""Shorter texts are said by many."""
_SHINGLE, _READ_LETTERS = 5, 4_000
_KEPT_HASHES, _INDEXED_HASHES = 64, 16
_MAX_KEPT, _MAX_COMPARED = 5_000, 50
# What another process wrote may be seen late, by as much as its transaction and its clock take.
_OVERLAP = timedelta(seconds=30)

Sketch = tuple[int, ...]
"""The smallest hashes of a text's shingles, in order."""


def sketch_of(text: str) -> Sketch | None:
    """None for what is too short to be told from others' texts."""
    words = normal(text)[:_READ_LETTERS]
    if len(words) < MIN_LETTERS:
        return None
    shingles = {words[at : at + _SHINGLE] for at in range(len(words) - _SHINGLE + 1)}
    hashes = {int.from_bytes(blake2b(shingle.encode(errors="replace"), digest_size=4).digest()) for shingle in shingles}
    return tuple(sorted(hashes)[:_KEPT_HASHES])


def similarity(one: Sketch, other: Sketch) -> float:
    """The share of shingles that both texts have, 0 to 1."""
    ones, others = set(one), set(other)
    union = sorted(ones | others)
    if max(len(one), len(other)) == _KEPT_HASHES:  # of the smallest hashes of both together each is known to be in both
        union = union[:_KEPT_HASHES]
    return sum(each in ones and each in others for each in union) / len(union)


class Index:
    """The newest sketches, and which of them have a hash."""

    def __init__(self) -> None:
        self._sketches: dict[str, tuple[int, Sketch]] = {}
        self._with: dict[int, set[str]] = defaultdict(set)

    def add(self, name: str, seen_at: int, sketch: Sketch) -> None:
        """Keep one; added again it counts once. The oldest goes when there are too many."""
        if name in self._sketches:
            return
        if len(self._sketches) >= _MAX_KEPT:
            self._remove(next(iter(self._sketches)))
        self._sketches[name] = (seen_at, sketch)
        for each in sketch[:_INDEXED_HASHES]:
            self._with[each].add(name)

    def times(self, sketch: Sketch, since: int, but: str = "") -> int:
        """How many but that one are nearly the same and not older than ``since``, among the 50 that have most in
        common."""
        shared: dict[str, int] = defaultdict(int)
        for each in sketch[:_INDEXED_HASHES]:
            for name in self._with.get(each, ()):
                shared[name] += 1
        shared.pop(but, None)
        candidates = sorted(shared, key=shared.__getitem__, reverse=True)[:_MAX_COMPARED]
        found = (self._sketches[name] for name in candidates)
        return sum(seen_at > since and similarity(sketch, other) >= SIMILAR for seen_at, other in found)

    def _remove(self, name: str) -> None:
        _, sketch = self._sketches.pop(name)
        for each in sketch[:_INDEXED_HASHES]:
            self._with[each].discard(name)
            if not self._with[each]:
                del self._with[each]


class Seen:
    """The index of one process, brought up to date from the table every five seconds."""

    def __init__(self) -> None:
        self._index = Index()
        self._read_at: datetime | None = None
        self._lock = threading.Lock()

    def times(self, tables: Tables, sketch: Sketch, now: datetime, but: str = "") -> int:
        """How often nearly the same was written within a day, that row aside."""
        with self._lock:
            if self._read_at is None or not self._read_at <= now < self._read_at + FRESH:
                since = now - REMEMBERED if self._read_at is None else self._read_at - FRESH - _OVERLAP
                for name, seen_at, other in _read(tables, since):
                    self._index.add(name, seen_at, other)
                self._read_at = now
            return self._index.times(sketch, _ms(now - REMEMBERED), but)

    def add(self, name: str, seen_at: int, sketch: Sketch) -> None:
        """It is being written once more."""
        with self._lock:
            self._index.add(name, seen_at, sketch)


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """A text that was compared with those before it. ``times``: how many were nearly the same within a day; ``row``:
    what is to be noted of it, None of an edit."""

    times: int
    sketch: Sketch
    row: Mapping[str, Any] | None


def look(ctx: PluginContext, draft: Draft) -> Looked | None:
    """Compare a draft with what was written before; None where the site lets near-repeats through or the text is too
    short. Of an edit the comment itself does not count."""
    sketch = sketch_of(draft.text) if ctx.settings["max_near_repeats"] else None
    if sketch is None:
        return None
    if draft.previous is not None:
        before = sketch_of(draft.previous.source)
        times = _seen_by(ctx).times(ctx.tables, sketch, draft.submitted_at)
        times -= before is not None and similarity(before, sketch) >= SIMILAR
        return Looked(times=times, sketch=sketch, row=None)
    name = row_of(draft)
    times = _seen_by(ctx).times(ctx.tables, sketch, draft.submitted_at, name)
    packed = struct.pack(f">{len(sketch)}I", *sketch)
    return Looked(times=times, sketch=sketch, row={"name": name, "seen_at": _ms(draft.submitted_at), "sketch": packed})


def note(connection: Connection, looked: Looked) -> None:
    """Write down what was looked at."""
    if looked.row is not None:
        insert = insert_into(connection, near).values(looked.row)
        connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_=dict(looked.row)))


def noted(ctx: PluginContext, looked: Looked) -> None:
    """Know of it in this process, after the commit."""
    if looked.row is not None:
        _seen_by(ctx).add(looked.row["name"], looked.row["seen_at"], looked.sketch)


def too_often(times: int, allowed: int) -> Finding | None:
    """Hold what was written too often."""
    if times < allowed:
        return None
    reason = f"Nearly the same text was written {'once' if times == 1 else f'{times} times'} within a day."
    return Finding(action=Action.HOLD, score=0.5, reason=reason)


def forget(connection: Connection, comment: Comment) -> None:
    """What its author took back does not count, as soon as each process has begun a new index."""
    connection.execute(delete(near).where(near.c.seen_at == _ms(comment.created_at)))


def forget_old(connection: Connection, now: datetime) -> None:
    """Remove what counts no more."""
    connection.execute(delete(near).where(near.c.seen_at <= _ms(now - REMEMBERED)))


# By the tables of a context, as the filters are.
_seen: WeakKeyDictionary[Tables, Seen] = WeakKeyDictionary()
_seen_lock = threading.Lock()


def _seen_by(ctx: PluginContext) -> Seen:
    with _seen_lock:
        return _seen.setdefault(ctx.tables, Seen())


def _read(tables: Tables, since: datetime) -> Sequence[tuple[str, int, Sketch]]:
    """The newest since then, the oldest of them first."""
    query = select(near).where(near.c.seen_at > _ms(since)).order_by(near.c.seen_at.desc()).limit(_MAX_KEPT)
    with tables.read() as connection:
        rows = connection.execute(query).all()
    return [(row.name, row.seen_at, struct.unpack(f">{len(row.sketch) // 4}I", row.sketch)) for row in reversed(rows)]


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
