"""The hub: joins watchers to threads and tells them what happens there.

Calls from sockets and hints only note what is to be done; one or two worker threads read the log
and send. A room is served by one worker at a time, so its frames go out in order.
"""

from __future__ import annotations

import logging
import queue
import random
import threading
import time
from collections.abc import Callable
from typing import Final

from embedcomments.domain.errors import EmbedCommentsError, OriginNotAllowed, SiteNotFound, Unavailable
from embedcomments.domain.events import Hint
from embedcomments.services.feed.messages import body, error, thread_frame, thread_prefix
from embedcomments.services.feed.rooms import Room, Watch
from embedcomments.services.feed.serving import Outcome, serve
from embedcomments.services.feed.source import FeedSource, Topic
from embedcomments.services.feed.subscriber import Outlet, Subscriber

log = logging.getLogger(__name__)

CLOSE_NOT_SERVED: Final = 4403
MAX_WATCHES: Final = 20
POLL_S: Final = 5.0
TICK_S: Final = 0.25
_POLL_CHUNK: Final = 500

_POLL: Final = object()


class Hub:
    """Who watches which thread. Any thread may call any method; only workers touch the database.

    ``on_news`` is called with every hint, for whoever keeps what a commit elsewhere makes stale.
    ``also_watched``: whether somebody else waits for news of commits that were made elsewhere.
    ``attach`` an outlet before the first subscriber comes. ``start`` makes the threads of this process.
    """

    def __init__(
        self,
        source: FeedSource,
        *,
        clock: Callable[[], float] = time.monotonic,
        workers: int = 2,
        on_news: Callable[[], None] = lambda: None,
        also_watched: Callable[[], bool] = lambda: False,
    ) -> None:
        self._source = source
        self._clock = clock
        self._workers = workers
        self._on_news = on_news
        self._also_watched = also_watched
        self._outlet: Outlet | None = None
        self._lock = threading.Lock()
        self._rooms: dict[Topic, Room] = {}
        self._stirred: set[Room] = set()
        self._failing: set[Room] = set()
        self._tasks: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._is_poll_queued = False
        self._next_poll_at = 0.0
        self._starting = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()

    def attach(self, outlet: Outlet) -> None:
        """Send through ``outlet`` from now on."""
        self._outlet = outlet

    @property
    def rooms(self) -> int:
        """How many threads are watched."""
        return len(self._rooms)

    @property
    def is_watched(self) -> bool:
        """Whether anybody in this process waits for news."""
        return bool(self._rooms) or self._also_watched()

    # From sockets

    def sub(self, subscriber: Subscriber, site: str, key: str, cursor: str | None, token: str | None) -> None:
        """Watch a thread, or start over with it. What follows is sent: ``ok``, ``reset`` or ``error``."""
        name = (site, key)
        with self._lock:
            former = subscriber.watches.get(name)
            if former is None and len(subscriber.watches) >= MAX_WATCHES:
                watch = None
            else:
                if former is not None:
                    self._end(former)
                watch = subscriber.watches[name] = Watch(subscriber, name, cursor, token)
        if watch is None:
            self._refuse(subscriber, name, "too_many_threads", f"A socket may watch {MAX_WATCHES} threads.")
        else:
            self._tasks.put(watch)

    def unsub(self, subscriber: Subscriber, site: str, key: str) -> None:
        """Watch the thread no longer; unknown ones are no error."""
        with self._lock:
            watch = subscriber.watches.pop((site, key), None)
            if watch is not None:
                self._end(watch)

    def typing(self, subscriber: Subscriber, site: str, key: str) -> None:
        """Note that somebody is writing. Counts for 6 s; more often than once in 3 s is ignored."""
        with self._lock:
            watch = subscriber.watches.get((site, key))
            if watch is not None and watch.room is not None and watch.room.type(subscriber, self._clock()):
                self._stirred.add(watch.room)

    def drop(self, subscriber: Subscriber) -> None:
        """Forget a subscriber whose connection is gone."""
        with self._lock:
            for watch in subscriber.watches.values():
                self._end(watch)
            subscriber.watches.clear()

    # From whoever knows that something changed

    def publish(self, hint: Hint) -> None:
        """Serve the hinted thread soon, when anybody here watches it. Never waits for the database, never raises."""
        self._on_news()
        with self._lock:
            room = self._rooms.get(Topic(site_id=hint.site_id, key=hint.key))
            if room is not None and (hint.seq > room.last or not room.epoch):
                room.wanted = max(room.wanted, hint.seq)
                self._schedule(room)

    def check_all(self) -> None:
        """Compare all watched threads with the database soon; calls until then count once."""
        self._on_news()
        with self._lock:
            if self._is_poll_queued or not self._rooms:
                return
            self._is_poll_queued = True
        self._tasks.put(_POLL)

    # Time

    def tick(self) -> None:
        """Send the presence that is due, try again what failed, compare with the database every 5 s."""
        now = self._clock()
        due: list[tuple[list[Subscriber], list[bytes]]] = []
        with self._lock:
            for room in [room for room in self._stirred if room.next_presence_at <= now]:
                presence = room.presence(now)
                if not room.typing:
                    self._stirred.discard(room)
                if presence == room.told:
                    continue
                room.told = presence
                # A crowd that comes back at once should not be busy with hearing of itself.
                room.next_presence_at = now + max(1.0, room.size / 1000)
                rendered = body(op="presence", watching=presence[0], typing=presence[1])
                due += [
                    ([watch.subscriber for watch in spelling.watches], [thread_frame(spelling.prefix, rendered)])
                    for spelling in room.spellings.values()
                    if spelling.watches
                ]
            for room in [room for room in self._failing if room.retry_at <= now]:
                self._failing.discard(room)
                self._schedule(room)
        for subscribers, payloads in due:
            self._send(subscribers, payloads)
        if now >= self._next_poll_at:
            # Processes that were started together should not ask the database together.
            self._next_poll_at = now + POLL_S * random.SystemRandom().uniform(0.8, 1.2)
            self.check_all()

    # Work

    def start(self) -> None:
        """Start the threads of this process, if they are not running. Not before a fork."""
        with self._starting:
            if self._threads:
                return
            self._stopping.clear()
            jobs = [self._work] * self._workers + [self._keep_time]
            self._threads = [threading.Thread(target=job, name=f"feed{job.__name__}", daemon=True) for job in jobs]
            for thread in self._threads:
                thread.start()

    def stop(self) -> None:
        """End the threads and wait for them, at most 5 s each. ``start`` may follow."""
        with self._starting:
            self._stopping.set()
            for _ in range(self._workers):
                self._tasks.put(None)
            for thread in self._threads:
                thread.join(5)
            self._threads = []

    def run_pending(self, limit: int = 1_000_000) -> int:
        """Do up to ``limit`` waiting tasks on this thread; how many were done. For tests, instead of ``start``."""
        done = 0
        while done < limit:
            try:
                task = self._tasks.get_nowait()
            except queue.Empty:
                break
            self._do(task)
            done += 1
        return done

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            self._do(task)

    def _keep_time(self) -> None:
        while not self._stopping.wait(TICK_S):
            try:
                self.tick()
            except Exception:
                log.exception("The feed's clockwork stumbled")

    def _do(self, task: object) -> None:
        try:
            if isinstance(task, Watch):
                self._resolve(task)
            elif isinstance(task, Room):
                self._serve(task)
            elif task is _POLL:
                self._poll()
        except Exception:
            log.exception("A task of the feed failed")

    def _resolve(self, watch: Watch) -> None:
        """Find the thread of a newcomer and queue it there. Newcomers waiting together are served together."""
        if watch.is_over:
            return
        try:
            topic = self._source.topic(*watch.name, watch.subscriber.origin)
            identity_id = self._source.identity(topic, watch.token)
        except EmbedCommentsError as problem:
            self._turn_away(watch, problem)
            return
        except Exception:
            log.exception("A thread could not be looked up for the feed")
            self._turn_away(watch, Unavailable("The thread could not be looked up just now."))
            return
        watch.identity_id, watch.token = identity_id, None
        with self._lock:
            if watch.is_over:
                return
            room = self._rooms.get(topic)
            if room is None:
                room = self._rooms[topic] = Room(topic)
            watch.room, watch.spelling = room, room.spelling(watch.name)
            room.joining.append(watch)
            self._schedule(room)

    def _serve(self, room: Room) -> None:
        with self._lock:
            room.is_due, room.wanted = False, 0
            joining = [watch for watch in room.joining if not watch.is_over]
            room.joining.clear()
            live = [watch for _, watch in room.live()]
            epoch, last = room.epoch, room.last
        outcome: Outcome | None = None
        try:
            if joining or live:
                outcome = serve(self._source, room.topic, epoch=epoch, last=last, live=live, joining=joining)
        except EmbedCommentsError as problem:
            for watch in joining:
                self._turn_away(watch, problem)
            self._note_failure(room, [])
        except Exception:
            log.exception("A thread could not be read for the feed")
            self._note_failure(room, joining)
        if outcome is not None:
            for subscribers, payloads in outcome.deliveries:
                self._send(subscribers, payloads)
        with self._lock:
            if outcome is not None:
                self._settle(room, outcome)
            room.is_scheduled = False
            if room.is_due or room.wanted > room.last:
                self._schedule(room)
            self._sweep(room)

    def _settle(self, room: Room, outcome: Outcome) -> None:
        room.epoch, room.last, room.failures = outcome.epoch, outcome.last, 0
        was_empty = not room.size
        for watch in outcome.admitted:
            if not watch.is_over:
                room.admit(watch)
        for watch in outcome.dismissed:
            if watch.subscriber.watches.get(watch.name) is watch:
                del watch.subscriber.watches[watch.name]
            self._end(watch)
        if was_empty:
            room.told = (room.size, 0)  # their ``ok`` said so
        elif outcome.admitted:
            self._stirred.add(room)

    def _note_failure(self, room: Room, joining: list[Watch]) -> None:
        with self._lock:
            room.joining[:0] = joining
            room.failures += 1
            room.retry_at = self._clock() + min(30.0, 0.5 * 2**room.failures)
            self._failing.add(room)

    def _poll(self) -> None:
        with self._lock:
            self._is_poll_queued = False
            topics = list(self._rooms)
        for start in range(0, len(topics), _POLL_CHUNK):
            found = self._source.positions(topics[start : start + _POLL_CHUNK])
            with self._lock:
                for topic, seq in found.items():
                    room = self._rooms.get(topic)
                    if room is not None and seq != room.last and room not in self._failing:
                        self._schedule(room)

    # With the lock held

    def _schedule(self, room: Room) -> None:
        if room.is_scheduled:
            # The worker that has it comes back; whether for a hint, it finds out by the seq.
            room.is_due = room.is_due or bool(room.joining)
            return
        room.is_scheduled = True
        self._tasks.put(room)

    def _end(self, watch: Watch) -> None:
        watch.is_over = True
        room = watch.room
        if room is not None:
            room.remove(watch)
            self._stirred.add(room)
            self._sweep(room)

    def _sweep(self, room: Room) -> None:
        if room.is_empty and self._rooms.get(room.topic) is room:
            del self._rooms[room.topic]
        if room.is_empty:
            self._stirred.discard(room)
            self._failing.discard(room)

    # Without it

    def _turn_away(self, watch: Watch, problem: EmbedCommentsError) -> None:
        subscriber = watch.subscriber
        with self._lock:
            if watch.is_over:
                return
            self._end(watch)
            subscriber.watches.pop(watch.name, None)
        self._refuse(subscriber, watch.name, problem.code, problem.message)
        if isinstance(problem, OriginNotAllowed | SiteNotFound) and self._outlet is not None:
            self._outlet.close(subscriber, CLOSE_NOT_SERVED)

    def _refuse(self, subscriber: Subscriber, name: tuple[str, str], code: str, detail: str) -> None:
        self._send([subscriber], [thread_frame(thread_prefix(*name), error(code, detail))])

    def _send(self, subscribers: list[Subscriber], payloads: list[bytes]) -> None:
        if self._outlet is not None:
            self._outlet.send(subscribers, payloads)
