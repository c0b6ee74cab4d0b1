"""A thread that keeps at its job."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Final

log = logging.getLogger(__name__)

_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 30.0
_SETTLED_S: Final = 60.0


class Steady:
    """Runs ``job`` on a daemon thread, and again after a pause when it raises.

    ``job`` gets an event and returns soon after that is set. Pauses grow to 30 s with jitter, and begin
    anew after a minute without trouble. Only the first failure of a row is logged in full.
    """

    def __init__(self, name: str, job: Callable[[threading.Event], None]) -> None:
        self._name = name
        self._job = job
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    def start(self) -> None:
        """Start the thread unless it runs. Not before a fork."""
        with self._lock:
            if self._thread is None:
                self._stopping = threading.Event()
                self._thread = threading.Thread(target=self._run, args=(self._stopping,), name=self._name, daemon=True)
                self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Ask the thread to end and wait for it."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._stopping.set()
        if thread is not None:
            thread.join(timeout_s)

    def _run(self, stopping: threading.Event) -> None:
        pause_s = _FIRST_PAUSE_S
        while not stopping.is_set():
            started_at = time.monotonic()
            try:
                self._job(stopping)
                return
            except Exception as error:
                if time.monotonic() - started_at > _SETTLED_S:
                    pause_s = _FIRST_PAUSE_S
                if pause_s == _FIRST_PAUSE_S:
                    log.warning("%s failed and will be tried again", self._name, exc_info=True)
                else:
                    log.warning("%s failed again: %s", self._name, error)
            stopping.wait(pause_s * random.SystemRandom().uniform(0.75, 1.25))
            pause_s = min(_LONGEST_PAUSE_S, pause_s * 2)
