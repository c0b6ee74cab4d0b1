"""The desk's live channel: pages of moderators hear which comments of their site changed, and to what.

Only ids and states travel; what they stand for is asked for by HTTP under the session's rights. Nothing is promised:
a page that (re)connects looks at the server once, so what was said while nobody listened is not missed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

import orjson

from embedcomments.services.feed.subscriber import Outlet, Subscriber

log = logging.getLogger(__name__)

CLOSE_SIGNED_OUT: Final = 4401
RECHECK_S: Final = 5.0
MOST_TOLD: Final = 100
# How much later than its event's moment a commit may come and still be told: a comment's moment is taken before
# plugins look at it, and on PostgreSQL the clocks of several machines differ.
LATENESS: Final = timedelta(seconds=30)
_SHORTEST_PAUSE_S: Final = 0.05
_STOP_S: Final = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """An event of a comment, with the state that the comment is in now. ``by``: whose doing it was, for the record."""

    site_id: int
    thread_id: int
    seq: int
    at: datetime
    comment_id: str
    state: str
    event: str
    by: str

    @property
    def key(self) -> tuple[int, int]:
        """What it is known by."""
        return self.thread_id, self.seq


class ChangeSource(Protocol):
    """Reads the log of all sites; called on the channel's thread."""

    def latest(self) -> datetime | None:
        """The moment of the newest event."""
        ...

    def changes(self, since: datetime | None) -> Sequence[Change]:
        """The changes at or after ``since`` (None: all), the newest first, at most some thousand."""
        ...


class DeskFeed:
    """Who listens to which site. ``may_watch(secret, site_id)`` says whether a session still reaches that site; it is
    asked again every 5 s. Any thread may call any method; ``start`` makes the one thread that reads the log."""

    def __init__(
        self,
        source: ChangeSource,
        may_watch: Callable[[str, int], bool],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._may_watch = may_watch
        self._clock = clock
        self._outlet: Outlet | None = None
        self._lock = threading.Lock()
        self._watchers: dict[Subscriber, tuple[int, str]] = {}
        self._seen: frozenset[tuple[int, int]] | None = None  # None: nobody has listened yet
        self._reached: datetime | None = None
        self._news = threading.Event()
        self._recheck_at = 0.0
        self._starting = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def attach(self, outlet: Outlet) -> None:
        """Send through ``outlet`` from now on."""
        self._outlet = outlet

    @property
    def is_watched(self) -> bool:
        """Whether anybody listens in this process."""
        return bool(self._watchers)

    def join(self, subscriber: Subscriber, site_id: int, secret: str) -> None:
        """Tell ``subscriber``, whose session ``secret`` was just proven, of the site's comments from now on."""
        with self._lock:
            self._watchers[subscriber] = (site_id, secret)
        self._news.set()

    def drop(self, subscriber: Subscriber) -> None:
        """Forget a subscriber whose connection is gone."""
        with self._lock:
            self._watchers.pop(subscriber, None)

    def news(self) -> None:
        """Something may have changed: look soon. Never waits, never raises; many calls count once."""
        if self._watchers:
            self._news.set()

    def start(self) -> None:
        """Start the thread of this process, if it is not running. Not before a fork."""
        with self._starting:
            if self._thread is None:
                self._stopping.clear()
                self._thread = threading.Thread(target=self._run, name="feed_desk", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it, at most 5 s."""
        with self._starting:
            self._stopping.set()
            self._news.set()
            if self._thread is not None:
                self._thread.join(_STOP_S)
                self._thread = None

    def _run(self) -> None:
        while not self._stopping.is_set():
            heard = self._news.wait(1.0)
            if self._stopping.is_set():
                return
            self._news.clear()
            began = time.monotonic()
            try:
                self.look(heard)
            except Exception:
                log.exception("The desk's channel could not read the log")
            # What costs more is done less often, so that a busy site spends little of its time on this.
            self._stopping.wait(max(_SHORTEST_PAUSE_S, 4 * (time.monotonic() - began)) if heard else 0)

    def look(self, heard: bool = True) -> None:
        """Cut off whose session ended; when there is news, read the log and tell."""
        if not self._watchers:
            self._seen = None  # whoever comes next is told what is new to them, not what was meanwhile
            return
        if self._clock() >= self._recheck_at:
            self._recheck_at = self._clock() + RECHECK_S
            self._cut_off()
        if heard:
            self._tell(self._fresh())

    def _fresh(self) -> Sequence[Change]:
        """What was committed since the last look, the newest first."""
        is_first = self._seen is None
        if is_first:
            self._reached = self._source.latest()
        since = self._reached - LATENESS if self._reached is not None else None
        found = self._source.changes(since)
        fresh = [] if is_first else [change for change in found if change.key not in (self._seen or ())]
        self._seen = frozenset(change.key for change in found)
        if found:
            newest = max(change.at for change in found)
            self._reached = newest if self._reached is None else max(self._reached, newest)
        return fresh

    def _tell(self, fresh: Sequence[Change]) -> None:
        by_site: dict[int, dict[str, Change]] = {}
        for change in fresh:  # the newest first: what happened to a comment last is what counts
            by_site.setdefault(change.site_id, {}).setdefault(change.comment_id, change)
        with self._lock:
            listening: dict[int, list[Subscriber]] = {}
            for subscriber, (site_id, _) in self._watchers.items():
                listening.setdefault(site_id, []).append(subscriber)
        for site_id, changes in by_site.items():
            if site_id in listening and self._outlet is not None:
                self._outlet.send(listening[site_id], [changed_frame(list(changes.values()))])

    def _cut_off(self) -> None:
        with self._lock:
            watchers = dict(self._watchers)
        known: dict[tuple[int, str], bool] = {}
        for subscriber, (site_id, secret) in watchers.items():
            if (site_id, secret) not in known:
                known[site_id, secret] = self._may_watch(secret, site_id)
            if not known[site_id, secret]:
                self.drop(subscriber)
                if self._outlet is not None:
                    self._outlet.close(subscriber, CLOSE_SIGNED_OUT)


def changed_frame(changes: Sequence[Change]) -> bytes:
    """``{"op": "changed", "comments": [{id, state, event, by}], "more": bool}``; ``more`` when not all fitted."""
    told = [
        {"id": change.comment_id, "state": change.state, "event": change.event, "by": change.by}
        for change in changes[:MOST_TOLD]
    ]
    return orjson.dumps({"op": "changed", "comments": told, "more": len(changes) > MOST_TOLD})
