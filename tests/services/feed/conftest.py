"""A hub over a log in memory, without threads: tests say when a worker works and how late it is."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import pytest

from embedcomments.domain.errors import OriginNotAllowed, SiteNotFound
from embedcomments.domain.events import Hint
from embedcomments.services.feed.hub import Hub
from embedcomments.services.feed.source import FeedItem, Position, Topic
from embedcomments.services.feed.subscriber import Subscriber

Answer = TypeVar("Answer")


class MemorySource:
    """A log a thread. ``failure`` is raised by the next readings. ``surprises`` happen, one each, between
    the moment that the next readings tell of and their return."""

    def __init__(self) -> None:
        self.epoch = "e"
        self.logs: dict[Topic, list[FeedItem]] = defaultdict(list)
        self.surprises: list[Callable[[], object]] = []
        self.failure: Exception | None = None
        self.readings: list[tuple[str, object]] = []

    def append(self, key: str = "k", *, author: str | None = None, size: int = 0) -> Hint:
        log = self.logs[Topic(site_id=1, key=key)]
        seq = len(log) + 1
        shown = {"op": "new", "seq": seq, "text": "x" * size}
        if author is None:
            log.append(FeedItem(seq=seq, public=shown))
        else:
            log.append(FeedItem(seq=seq, public={"op": "skip", "seq": seq}, private=shown, identity_id=author))
        return Hint(site_id=1, key=key, seq=seq)

    def topic(self, site: str, key: str, origin: str | None) -> Topic:
        if site != "s":
            raise SiteNotFound("No such site.")
        if origin == "https://stranger.example":
            raise OriginNotAllowed("Not you.")
        return Topic(site_id=1, key=key.split("#")[0])

    def identity(self, topic: Topic, token: str | None) -> str | None:
        return token

    def position(self, topic: Topic) -> Position:
        return self._read("position", topic, Position(epoch=self.epoch, seq=len(self.logs[topic])))

    def positions(self, topics: Sequence[Topic]) -> dict[Topic, int]:
        return self._read("positions", list(topics), {topic: len(self.logs[topic]) for topic in topics})

    def items(self, topic: Topic, after: int, limit: int = 256) -> Sequence[FeedItem]:
        return self._read("items", (topic, after), self.logs[topic][after : after + limit])

    def accepts_origin(self, origin: str) -> bool:
        return True

    def _read(self, what: str, of: object, answer: Answer) -> Answer:
        self.readings.append((what, of))
        if self.failure is not None:
            raise self.failure
        if self.surprises:
            self.surprises.pop(0)()
        return answer


class Reader(Subscriber):
    """A client that keeps what it got; ``frames`` as parsed, ``raw`` as sent."""

    def __init__(self, origin: str | None = None) -> None:
        super().__init__(origin)
        self.raw: list[bytes] = []
        self.closed: int | None = None

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [json.loads(raw) for raw in self.raw]

    @property
    def news(self) -> list[tuple[str, int | None]]:
        return [(frame["op"], frame.get("seq")) for frame in self.frames]

    def receive(self, raw: bytes) -> None:
        self.raw.append(raw)


class World:
    """A hub with its source, its outlet and its time."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.source = MemorySource()
        self.hub = Hub(self.source, clock=lambda: self.now)
        self.hub.attach(self)
        self.calls: list[tuple[int, int]] = []

    def send(self, to: Iterable[Subscriber], payloads: Sequence[bytes]) -> None:
        readers = [reader for reader in to if isinstance(reader, Reader)]
        self.calls.append((len(readers), len(payloads)))
        for reader in readers:
            for payload in payloads:
                reader.receive(payload)

    def close(self, subscriber: Subscriber, code: int) -> None:
        assert isinstance(subscriber, Reader)
        subscriber.closed = code

    def reader(
        self, key: str | None = "k", cursor: str | None = None, token: str | None = None, origin: str | None = None
    ) -> Reader:
        """A reader who has subscribed (key None: who has not), with all work done."""
        reader = Reader(origin)
        if key is not None:
            self.hub.sub(reader, "s", key, cursor, token)
            self.hub.run_pending()
        return reader

    def append(self, key: str = "k", **how: Any) -> None:
        """Something happens, is hinted at, and everybody is told."""
        self.hub.publish(self.source.append(key, **how))
        self.hub.run_pending()

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.hub.tick()
        self.hub.run_pending()


@pytest.fixture
def world() -> World:
    """A world in which nothing has happened."""
    return World()


@pytest.fixture(scope="session")
def worlds() -> type[World]:
    """As many worlds as a test needs."""
    return World


@pytest.fixture(scope="session")
def readers() -> type[Reader]:
    """To make clients of another kind."""
    return Reader
