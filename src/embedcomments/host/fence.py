"""Runs plugins' code on companion threads, so that a call that hangs can be left behind.

Python cannot stop a thread from outside. So each request thread has a companion that runs the hooks of a chain one
after another while the request waits; a call that takes too long is abandoned with its companion (which ends when the
call does, if ever), and the rest of the chain goes on with a new one. One handover (about 20 µs) serves a whole chain.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

Step = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Failure:
    """A step that raised or hung. ``error`` is a sentence; ``exception`` None means that it took too long."""

    error: str
    exception: BaseException | None = None


class _Chain:
    """Steps on their way through a companion.

    ``results`` grows step by step; ``since`` is when the present one began. An ``abandoned`` chain ends with the step
    that hangs, if that ever returns: the steps behind it are run by another.
    """

    __slots__ = ("_turn", "abandoned", "done", "results", "since", "start", "steps", "value")

    def __init__(self, steps: Sequence[Step], start: int, value: Any) -> None:
        self.steps = steps
        self.start = start
        self.value = value
        self.results: list[Any] = []
        self.since = time.monotonic()
        self.abandoned = False
        self.done = threading.Lock()
        self.done.acquire()
        self._turn = threading.Lock()

    def abandon(self, timeout_s: float) -> bool:
        """Stop waiting for the present step; False when it ended at the last moment and the chain went on."""
        with self._turn:
            if time.monotonic() < self.since + timeout_s or len(self.results) == len(self.steps) - self.start:
                return False
            self.abandoned = True
            return True

    def run(self) -> None:
        value = self.value
        self.since = time.monotonic()
        for step in self.steps[self.start :]:
            try:
                result = step(value)
            except BaseException as error:  # noqa: BLE001 - sys.exit() in a plugin must not end anything of ours
                result = Failure(_sentence(error), error)
            else:
                value = result if result is not None else value
            with self._turn:
                if self.abandoned:
                    return
                self.results.append(result)
                self.since = time.monotonic()
        self.done.release()


class _Companion(threading.Thread):
    def __init__(self) -> None:
        super().__init__(name="embedcomments-plugins", daemon=True)
        self.work: SimpleQueue[_Chain | None] = SimpleQueue()
        self.start()

    def run(self) -> None:
        while (chain := self.work.get()) is not None:
            chain.run()


class _Owned:
    """A thread's companion; told to end when its owner thread does."""

    def __init__(self) -> None:
        self.companion = _Companion()

    def __del__(self) -> None:
        self.companion.work.put(None)


class Fence:
    """Runs steps with a time limit for each."""

    def __init__(self) -> None:
        self._local = threading.local()

    def run(self, steps: Sequence[Step], value: Any = None, *, timeout_s: float) -> list[Any]:
        """One result for each step, in order: its answer, or a Failure. A step gets the last answer before it that was
        not None (``value`` to begin with); failures are passed over."""
        results: list[Any] = []
        while len(results) < len(steps):
            owned: _Owned | None = getattr(self._local, "owned", None)
            if owned is None:
                owned = self._local.owned = _Owned()
            chain = _Chain(steps, len(results), value)
            owned.companion.work.put(chain)
            found = chain.results
            if _finished(chain, timeout_s):
                results += found
            else:
                self._local.owned = None
                results += [*found, Failure(f"took longer than {timeout_s:g} s")]
            for result in found:
                if result is not None and not isinstance(result, Failure):
                    value = result
        return results


def _sentence(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"[:500].encode(errors="backslashreplace").decode()
    except Exception:  # noqa: BLE001 - the plugin's error cannot even be shown
        return type(error).__name__


def _finished(chain: _Chain, timeout_s: float) -> bool:
    while True:
        left_s = chain.since + timeout_s - time.monotonic()
        if left_s > 0:
            if chain.done.acquire(timeout=left_s):
                return True
        elif chain.abandon(timeout_s):
            return False
