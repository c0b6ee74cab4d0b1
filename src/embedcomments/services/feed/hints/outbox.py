"""Sends hints to other processes from a thread of its own, so that whoever commits need not wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from embedcomments.domain.events import Hint
from embedcomments.services.feed.hints.steady import Steady
from embedcomments.services.feed.hints.wire import CHECK_ALL, encode

_MOST_WAITING: Final = 1000

Send = Callable[[str], None]


class Outbox:
    """Hints on their way out, one a thread, over a connection that ``connect`` makes and keeps.

    The thread starts with the first hint. While nobody can be reached the newest are kept.
    """

    def __init__(self, name: str, connect: Callable[[], AbstractContextManager[Send]]) -> None:
        self._connect = connect
        self._changed = threading.Condition()
        self._waiting: dict[tuple[int, str], Hint] = {}
        self._is_flooded = False
        self._is_draining = False
        self._sender = Steady(name, self._run)

    def put(self, hint: Hint) -> None:
        """Send ``hint`` soon."""
        with self._changed:
            self._is_draining = False
            if len(self._waiting) >= _MOST_WAITING:
                self._waiting.clear()
                self._is_flooded = True
            self._waiting[hint.site_id, hint.key] = hint
            self._changed.notify()
        self._sender.start()

    def stop(self, timeout_s: float = 3.0) -> None:
        """Send what waits, if that can be done within ``timeout_s``, and end the thread."""
        with self._changed:
            self._is_draining = True
            self._changed.notify()
            self._changed.wait_for(lambda: not self._waiting, timeout_s)
        self._sender.stop(timeout_s)

    def _run(self, stopping: threading.Event) -> None:
        with self._connect() as send:
            while not stopping.is_set():
                with self._changed:
                    self._changed.wait_for(lambda: self._waiting or self._is_draining or stopping.is_set(), 1.0)
                    batch, is_flooded = list(self._waiting.values()), self._is_flooded
                for text in [CHECK_ALL] * is_flooded + [encode(hint) for hint in batch]:
                    send(text)
                with self._changed:
                    self._is_flooded = self._is_flooded and not is_flooded
                    for hint in batch:
                        if self._waiting.get((hint.site_id, hint.key)) is hint:
                            del self._waiting[hint.site_id, hint.key]
                    self._changed.notify_all()
                    if self._is_draining and not self._waiting:
                        return
