"""The same text again and again, in whatever thread and site of the instance.

What differs only in case, numbers, links and punctuation counts as the same. The table holds hashes and is
written when a comment's event is heard, not when it is posted.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from datetime import datetime, timedelta
from hashlib import blake2b
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, delete, func, select

from embedcomments.api import Action, Comment, CommentEvent, Draft, EventKind, PluginContext, Tables
from embedcomments_spam.filter import FRESH
from embedcomments_spam.rules import Finding
from embedcomments_spam.tables import insert_into, repeat

REMEMBERED = timedelta(days=1)
# "Thank you very much!" is said by many.
_MIN_LETTERS = 25
_SPAM_FACTOR = 3
_MAX_KEPT = 10_000
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"]{1,500}")
_WORD = re.compile(r"[^\W\d_]+")
# By the tables of a context, as the filters are.
_seen: WeakKeyDictionary[Tables, Seen] = WeakKeyDictionary()
_seen_lock = threading.Lock()
_WRITTEN = frozenset({EventKind.SUBMITTED, EventKind.PUBLISHED, EventKind.EDITED})


def normal(text: str) -> str:
    """The words of ``text`` in one case, without numbers, links and punctuation."""
    return " ".join(_WORD.findall(_LINK.sub(" ", text.casefold())))


def fingerprint(text: str) -> int | None:
    """A number of 63 bits for the words of ``text``; None when there are too few to be told from others'."""
    words = normal(text)
    if len(words) < _MIN_LETTERS:
        return None
    return int.from_bytes(blake2b(words.encode(errors="replace"), digest_size=8).digest()) >> 1


class Seen:
    """How often texts were written within a day, kept in memory: a post must not pay for a question to the database.

    Read from the table every five seconds; what this process took since then is added.
    """

    def __init__(self) -> None:
        self._stored: dict[int, int] = {}
        self._since: Counter[int] = Counter()
        self._read_at: datetime | None = None
        self._lock = threading.Lock()

    def times(self, tables: Tables, found: int, now: datetime) -> int:
        """How often the text of that fingerprint was written before."""
        with self._lock:
            if self._read_at is None or not self._read_at <= now < self._read_at + FRESH:
                self._stored, self._since = _read(tables, now), Counter()
                self._read_at = now
            return self._stored.get(found, 0) + self._since[found]

    def add(self, found: int) -> None:
        """It is being written once more."""
        with self._lock:
            self._since[found] += 1


def repeated(ctx: PluginContext, draft: Draft) -> Finding | None:
    """Whether the same was written too often within a day; of an edit the comment itself does not count."""
    allowed = ctx.settings["max_repeats"]
    found = fingerprint(draft.text) if allowed else None
    if found is None:
        return None
    with _seen_lock:
        seen = _seen.setdefault(ctx.tables, Seen())
    times = seen.times(ctx.tables, found, draft.submitted_at)
    if draft.previous is None:
        seen.add(found)
    elif fingerprint(draft.previous.source) == found:
        times -= 1
    if times < allowed:
        return None
    action, score = (Action.SPAM, 0.9) if times >= _SPAM_FACTOR * allowed else (Action.HOLD, 0.6)
    return Finding(action=action, score=score, reason=f"The same text was written {_times(times)} within a day.")


def is_taken_back(event: CommentEvent) -> bool:
    """Whether it tells that a comment is gone."""
    return event.kind is EventKind.DELETED


def note(connection: Connection, event: CommentEvent, comment: Comment | None) -> None:
    """Note what was written; forget what its author took back. Heard twice it counts once."""
    if is_taken_back(event):
        _forget(connection, event.comment_id)
        return
    found = fingerprint(comment.source) if comment is not None and event.kind in _WRITTEN else None
    if found is None:
        return
    values = {"fingerprint": found, "seen_at": _ms(event.at)}
    insert = insert_into(connection, repeat).values(comment_id=event.comment_id, **values)
    connection.execute(insert.on_conflict_do_update(index_elements=["comment_id"], set_=values))


def forget_old(connection: Connection, now: datetime) -> None:
    """Remove what counts no more."""
    connection.execute(delete(repeat).where(repeat.c.seen_at <= _ms(now - REMEMBERED)))


def _read(tables: Tables, now: datetime) -> dict[int, int]:
    times = func.count().label("times")
    query = select(repeat.c.fingerprint, times).where(repeat.c.seen_at > _ms(now - REMEMBERED))
    query = query.group_by(repeat.c.fingerprint).order_by(times.desc()).limit(_MAX_KEPT)
    with tables.read() as connection:
        return {row.fingerprint: row.times for row in connection.execute(query)}


def _forget(connection: Connection, comment_id: str) -> None:
    connection.execute(delete(repeat).where(repeat.c.comment_id == comment_id))


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
