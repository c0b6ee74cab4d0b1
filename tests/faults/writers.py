"""Clients that post as long as they are let, and never give up on a comment."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any

from running_server import PATIENCE_S, RunningServer


class Writers:
    """Threads that post to one thread of comments, each comment with a key of its own and until it is taken.

    ``taken``: by the text of a comment, the id that the server acknowledged it with. ``refusals``: answers that
    were neither that nor a passing trouble (503).
    """

    def __init__(self, server: RunningServer, key: str = "page", number: int = 4) -> None:
        self._server = server
        self._key = key
        self._numbers = itertools.count(1)
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._write, name=f"writer-{n}") for n in range(number)]
        self.taken: dict[str, str] = {}
        self.refusals: list[tuple[int, bytes]] = []

    @contextmanager
    def writing(self) -> Iterator[Writers]:
        """They write until the end of the block, and finish what they began; the server must answer then."""
        for thread in self._threads:
            thread.start()
        try:
            yield self
        finally:
            self._is_over.set()
            for thread in self._threads:
                thread.join(PATIENCE_S)

    def wait_for_more(self, number: int) -> None:
        """Wait until so many more comments were taken."""
        wanted = len(self.taken) + number
        deadline = time.monotonic() + PATIENCE_S
        while len(self.taken) < wanted:
            assert time.monotonic() < deadline, (len(self.taken), wanted, self.refusals, self._server.log.read_text())
            time.sleep(0.002)

    def _write(self) -> None:
        while not self._is_over.is_set():
            text = f"Comment {next(self._numbers)}"
            key = str(uuid.uuid4())
            while (answer := self._try(text, key)) is None or answer.status == 503:
                time.sleep(0.02)
            if answer.status in (201, 202):
                self.taken[text] = answer.json["comment"]["id"]
            else:
                self.refusals.append((answer.status, answer.body))

    def _try(self, text: str, key: str) -> Any:
        try:
            return self._server.comment(text, key=self._key, idempotency_key=key)
        except (OSError, HTTPException):
            return None  # whether it was taken is not known


def whole_thread(server: RunningServer, key: str = "page") -> list[dict[str, Any]]:
    """All comments of a thread, as the public sees them."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = server.get(f"/api/v1/sites/default/thread?key={key}{after}").json
        found += page["comments"]
        if page["next"] is None:
            assert page["thread"]["count"] == len(found)
            return found
        after = f"&after={page['next']}"


def text_of(comment: dict[str, Any]) -> str:
    """What was written, of a comment that is one plain paragraph."""
    return comment["html"].removeprefix("<p>").removesuffix("</p>")


def check_that_all_are_there(server: RunningServer, writers: Writers) -> None:
    """None lost, none doubled, none that nobody wrote, and numbers without a gap."""
    assert writers.refusals == []
    found = whole_thread(server)
    assert sorted((text_of(comment), comment["id"]) for comment in found) == sorted(writers.taken.items())
    assert sorted(comment["number"] for comment in found) == list(range(1, len(found) + 1))
    assert sorted(comment["seq"] for comment in found) == list(range(1, len(found) + 1))
