"""Hints through PostgreSQL: LISTEN and NOTIFY. Needs the extra ``postgresql``."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from embedcomments.domain.events import Hint
from embedcomments.services.feed.hints.outbox import Outbox, Send
from embedcomments.services.feed.hints.steady import Steady
from embedcomments.services.feed.hints.wire import CHANNEL, decode
from embedcomments.services.feed.hub import Hub

_PATIENCE_S = 1.0


class PostgresHints:
    """Sends hints with NOTIFY and hears those of others, over two connections of its own.

    ``url`` is SQLAlchemy's or libpq's. A pooler in transaction mode swallows LISTEN; then the poll remains.
    """

    def __init__(self, hub: Hub, url: str) -> None:
        self._hub = hub
        self._conninfo = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._outbox = Outbox("feed_postgres_sender", self._sending)
        self._listener = Steady("feed_postgres_listener", self._listen)

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

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            self._conninfo,
            autocommit=True,
            connect_timeout=5,
            keepalives_idle=30,
            keepalives_interval=10,
            keepalives_count=3,
            application_name="embedcomments feed",
        )

    @contextmanager
    def _sending(self) -> Iterator[Send]:
        with self._connect() as connection:
            yield lambda text: _notify(connection, text)

    def _listen(self, stopping: threading.Event) -> None:
        with self._connect() as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            self._hub.check_all()  # whatever was said while nobody listened
            while not stopping.is_set():
                for notice in connection.notifies(timeout=_PATIENCE_S):
                    hint = decode(notice.payload)
                    if hint is None:
                        self._hub.check_all()
                    else:
                        self._hub.publish(hint)
                    if stopping.is_set():
                        break


def _notify(connection: psycopg.Connection, text: str) -> None:
    connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, text))
