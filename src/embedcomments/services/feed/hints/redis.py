"""Hints through Redis or Valkey: publish and subscribe. Needs the extra ``redis``."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis

from embedcomments.domain.events import Hint
from embedcomments.services.feed.hints.outbox import Outbox, Send
from embedcomments.services.feed.hints.steady import Steady
from embedcomments.services.feed.hints.wire import CHANNEL, decode
from embedcomments.services.feed.hub import Hub

_PATIENCE_S = 1.0


class RedisHints:
    """Sends hints with PUBLISH and hears those of others, over two connections of its own."""

    def __init__(self, hub: Hub, url: str) -> None:
        self._hub = hub
        self._url = url
        self._outbox = Outbox("feed_redis_sender", self._sending)
        self._listener = Steady("feed_redis_listener", self._listen)

    def publish(self, hint: Hint) -> None:
        """Tell the hub of this process at once and the others soon."""
        self._hub.publish(hint)
        self._outbox.put(hint)

    def start(self) -> None:
        """Start listening."""
        self._listener.start()

    def stop(self) -> None:
        """Send what waits and stop listening."""
        self._outbox.stop()
        self._listener.stop()

    @contextmanager
    def _connected(self) -> Iterator[Redis]:
        client = Redis.from_url(self._url, socket_connect_timeout=5, socket_timeout=5, health_check_interval=25)
        with client:
            yield client

    @contextmanager
    def _sending(self) -> Iterator[Send]:
        with self._connected() as client:
            yield lambda text: _publish(client, text)

    def _listen(self, stopping: threading.Event) -> None:
        with self._connected() as client, client.pubsub(ignore_subscribe_messages=True) as channel:  # type: ignore[no-untyped-call]
            channel.subscribe(CHANNEL)
            self._hub.check_all()  # whatever was said while nobody listened
            while not stopping.is_set():
                message = channel.get_message(timeout=_PATIENCE_S)
                if message is None:
                    continue
                hint = decode(message["data"])
                if hint is None:
                    self._hub.check_all()
                else:
                    self._hub.publish(hint)


def _publish(client: Redis, text: str) -> None:
    client.publish(CHANNEL, text)
