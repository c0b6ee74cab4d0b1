"""The feed on a Flask app over a log in memory, for gunicorn and Werkzeug: what the live tests talk to.

``POST /events`` appends to a thread's log and hints, ``GET /state`` tells what the process holds.
"""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import flask

from embedcomments.domain.configuration import Config
from embedcomments.domain.errors import OriginNotAllowed, SiteNotFound
from embedcomments.domain.events import Hint
from embedcomments.services.feed.hub import Hub
from embedcomments.services.feed.source import FeedItem, Position, Topic
from embedcomments.web.feed.connection import FeedLimits
from embedcomments.web.feed.loop import FeedLoop
from embedcomments.web.feed.route import limits_from, register_feed

PAGES = "https://pages.example"
OTHERS = "https://others.example"


class MemorySource:
    """A FeedSource over lists. Site ``default`` is for PAGES, ``other`` for OTHERS; a token is an identity."""

    def __init__(self) -> None:
        self.epoch = "e1"
        self.logs: dict[Topic, list[FeedItem]] = defaultdict(list)
        self._lock = threading.Lock()

    def append(self, key: str, *, identity_id: str | None = None, **members: Any) -> Hint:
        topic = Topic(site_id=1, key=key)
        with self._lock:
            log = self.logs[topic]
            seq = len(log) + 1
            public = {"op": "new", "seq": seq, "rev": 1, "count": seq, **members}
            private = None
            if identity_id is not None:
                public, private = {"op": "skip", "seq": seq}, public
            log.append(FeedItem(seq=seq, public=public, private=private, identity_id=identity_id))
        return Hint(site_id=1, key=key, seq=seq)

    def topic(self, site: str, key: str, origin: str | None) -> Topic:
        pages = {"default": PAGES, "other": OTHERS}
        if site not in pages:
            raise SiteNotFound("There is no such site.")
        if origin is not None and origin != pages[site]:
            raise OriginNotAllowed("Not from here.")
        return Topic(site_id=1, key=key.split("#")[0])

    def identity(self, topic: Topic, token: str | None) -> str | None:
        return token

    def position(self, topic: Topic) -> Position:
        return Position(epoch=self.epoch, seq=len(self.logs.get(topic, ())))

    def positions(self, topics: Sequence[Topic]) -> dict[Topic, int]:
        return {topic: len(self.logs.get(topic, ())) for topic in topics}

    def items(self, topic: Topic, after: int, limit: int = 256) -> Sequence[FeedItem]:
        return self.logs.get(topic, [])[after : after + limit]

    def accepts_origin(self, origin: str) -> bool:
        return origin in (PAGES, OTHERS)


class FeedApp:
    """Everything of one feed: ``app`` serves it, ``loop.stop()`` ends it."""

    def __init__(self, limits: FeedLimits) -> None:
        self.source = MemorySource()
        self.hub = Hub(self.source)
        self.loop = FeedLoop(self.hub, limits)
        self.app = flask.Flask("feed_app")
        self.worker: Any = None
        register_feed(self.app, self.loop, self.source)
        self.app.add_url_rule("/events", view_func=self.append, methods=["POST"])
        self.app.add_url_rule("/state", view_func=self.state)

    def append(self) -> dict[str, Any]:
        hint = self.source.append(**flask.request.get_json())
        self.hub.publish(hint)
        return {"seq": hint.seq}

    def state(self) -> dict[str, Any]:
        return {
            "pid": os.getpid(),
            "sockets": self.loop.sockets,
            "rooms": self.hub.rooms,
            "threads": threading.active_count(),
            "connections": self.worker.nr_conns if self.worker else None,
        }


def for_gunicorn() -> flask.Flask:
    """The app of a gunicorn worker; FEED_PER_ADDRESS sockets may come from one address."""
    per_address = int(os.environ.get("FEED_PER_ADDRESS", "100"))
    feed = FeedApp(limits_from(Config(data_dir=Path(), feed_max_sockets_per_address=per_address)))
    feed.app.extensions["feed_app"] = feed
    return feed.app


def post_worker_init(worker: Any) -> None:
    """Gunicorn's hook, when this file is its configuration."""
    worker.wsgi.extensions["feed_app"].worker = worker


def worker_exit(_server: Any, worker: Any) -> None:
    """Gunicorn's hook: sockets are told before the worker goes."""
    worker.wsgi.extensions["feed_app"].loop.stop(5)
