"""One reading of a thread's log, and what each of its watchers gets of it.

Newcomers and those who are up to date are served from the same reading, which ends for all of them
at the same seq: that is why nothing is missed between catching up and going live, and nothing comes twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from embedcomments.services.feed.cursors import Cursor, parse_cursor
from embedcomments.services.feed.messages import body, thread_frame
from embedcomments.services.feed.rooms import Spelling, Watch
from embedcomments.services.feed.source import FeedItem, FeedSource, Position, Topic
from embedcomments.services.feed.subscriber import Subscriber

# A longer way back is cheaper by fetching the thread again, whose snapshot is kept, than by rendering
# event after event. Both bounds leave room below what a socket's queue may hold (256 events, 256 KB).
MAX_CATCH_UP_EVENTS: Final = 200
MAX_CATCH_UP_BYTES: Final = 192 * 1024
_READ_LIMIT: Final = 256

Delivery = tuple[list[Subscriber], list[bytes]]


@dataclass(slots=True)
class Outcome:
    """What a reading leads to: ``deliveries`` to send in order, and where the room stands afterwards.

    ``admitted`` newcomers are live from now on; ``dismissed`` watches were told to ``reset``.
    """

    epoch: str
    last: int
    deliveries: list[Delivery] = field(default_factory=list)
    admitted: list[Watch] = field(default_factory=list)
    dismissed: list[Watch] = field(default_factory=list)


@dataclass(slots=True)
class _Start:
    watch: Watch
    after: int
    is_resumed: bool


def serve(
    source: FeedSource, topic: Topic, *, epoch: str, last: int, live: Sequence[Watch], joining: Sequence[Watch]
) -> Outcome:
    """Read what is new in ``topic`` once. ``live`` are served up to ``last`` of ``epoch``; ``joining`` have cursors.

    Raises what ``source`` raises, and then nothing has been decided.
    """
    position = source.position(topic)
    outcome = Outcome(epoch=position.epoch, last=position.seq)
    starts = _starts(joining, position, outcome)
    is_live = not live or (epoch == position.epoch and 0 <= position.seq - last <= MAX_CATCH_UP_EVENTS)
    if not is_live:
        outcome.dismissed += live
        live = ()
    low = min([start.after for start in starts] + ([last] if live else []), default=position.seq)
    items = source.items(topic, low, _READ_LIMIT) if low < position.seq else ()
    is_whole = all(item.seq == low + at for at, item in enumerate(items, start=1))
    if not is_whole or low + len(items) < position.seq:
        # The log was cut: only the thread itself can tell what is there.
        outcome.dismissed += [start.watch for start in starts if start.after < position.seq]
        starts = [start for start in starts if start.after >= position.seq]
        outcome.dismissed += live if last < position.seq else ()
        live = live if last >= position.seq else ()
        items = ()
    outcome.last = max(position.seq, low + len(items))
    _deliver(outcome, items, starts, [_Start(watch, last, True) for watch in live], len(live) + len(starts))
    for spelling, subscribers in _by_spelling(outcome.dismissed).items():
        outcome.deliveries.append((subscribers, [thread_frame(spelling.prefix, body(op="reset"))]))
    return outcome


def _starts(joining: Sequence[Watch], position: Position, outcome: Outcome) -> list[_Start]:
    starts = []
    for watch in joining:
        if watch.cursor is None:
            starts.append(_Start(watch, position.seq, False))
            continue
        cursor = parse_cursor(watch.cursor)
        is_usable = cursor is not None and cursor.epoch == position.epoch
        if cursor is not None and is_usable and 0 <= position.seq - cursor.seq <= MAX_CATCH_UP_EVENTS:
            starts.append(_Start(watch, cursor.seq, True))
        else:
            outcome.dismissed.append(watch)
    return starts


def _deliver(
    outcome: Outcome, items: Sequence[FeedItem], starts: list[_Start], live: list[_Start], watching: int
) -> None:
    bodies = _Bodies(items, outcome.epoch)
    for (spelling, after, author), group in _grouped(live, bodies).items():
        payloads = bodies.frames(spelling, after, author)
        if payloads:
            outcome.deliveries.append(([start.watch.subscriber for start in group], payloads))
    for (spelling, after, author), group in _grouped(starts, bodies).items():
        payloads = bodies.frames(spelling, after, author)
        if sum(map(len, payloads)) > MAX_CATCH_UP_BYTES:
            outcome.dismissed += [start.watch for start in group]
            continue
        cursor = str(Cursor(outcome.epoch, after))
        for is_resumed in (True, False):
            greeted = [start.watch for start in group if start.is_resumed is is_resumed]
            if greeted:
                ok = body(op="ok", resumed=is_resumed, cursor=cursor, watching=watching)
                frames = [thread_frame(spelling.prefix, ok), *payloads]
                outcome.deliveries.append(([watch.subscriber for watch in greeted], frames))
                outcome.admitted += greeted


class _Bodies:
    """The rendered events of one reading: each at most twice, for everybody and for its author, and once more for those
    who are told another number of comments, of whom there are hardly any."""

    def __init__(self, items: Sequence[FeedItem], epoch: str) -> None:
        self._items = items
        self._cursors = cursors = [str(Cursor(epoch, item.seq)) for item in items]
        self._public = [body(**item.public, cursor=cursor) for item, cursor in zip(items, cursors, strict=True)]
        self._private = {
            item.seq: body(**item.private, cursor=cursor)
            for item, cursor in zip(items, cursors, strict=True)
            if item.private is not None and item.identity_id is not None
        }
        self.authors = {item.identity_id for item in items if item.seq in self._private}
        self.authors |= {identity_id for item in items for identity_id in item.more}

    def frames(self, spelling: Spelling, after: int, author: str | None) -> list[bytes]:
        """The frames after seq ``after`` for those who say ``spelling`` and are ``author``."""
        return [
            thread_frame(spelling.prefix, public if author is None else self._for(author, item, public, cursor))
            for item, public, cursor in zip(self._items, self._public, self._cursors, strict=True)
            if item.seq > after
        ]

    def _for(self, author: str, item: FeedItem, public: bytes, cursor: str) -> bytes:
        is_theirs = self._is_for(item, author)
        frame = item.private if is_theirs and item.private is not None else item.public
        if author in item.more and "count" in frame:
            return body(**{**frame, "count": frame["count"] + item.more[author]}, cursor=cursor)
        return self._private[item.seq] if is_theirs else public

    def _is_for(self, item: FeedItem, author: str) -> bool:
        return item.identity_id == author and item.seq in self._private


def _grouped(starts: list[_Start], bodies: _Bodies) -> dict[tuple[Spelling, int, str | None], list[_Start]]:
    """Those who get the same bytes together. Who wrote nothing of this reading is one of the public."""
    groups: dict[tuple[Spelling, int, str | None], list[_Start]] = defaultdict(list)
    for start in starts:
        identity_id = start.watch.identity_id
        assert start.watch.spelling is not None
        groups[start.watch.spelling, start.after, identity_id if identity_id in bodies.authors else None].append(start)
    return groups


def _by_spelling(watches: Sequence[Watch]) -> dict[Spelling, list[Subscriber]]:
    groups: dict[Spelling, list[Subscriber]] = defaultdict(list)
    for watch in watches:
        assert watch.spelling is not None
        groups[watch.spelling].append(watch.subscriber)
    return groups
