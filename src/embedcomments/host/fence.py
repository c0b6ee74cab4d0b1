"""Runs plugins' code on companion threads, so that a call that hangs can be left behind.

Python cannot stop a thread from outside. So each request thread has a companion that runs the hooks of a chain one
after another while the request waits; a call that takes too long is abandoned with its companion (which ends when the
call does, if ever), and the rest of the chain goes on with a new one. One handover serves a whole chain; ``conduct``
has one handover serve several chains and what our own code does between them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
Step = Callable[[Any], Any]

# While our own code runs in a performance, nobody can say when the next step will begin: look so often.
_LOOK_S = 0.05


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


class _Abandoned(BaseException):
    """Ends a performance that nobody waits for any more."""


class _Played:
    """What the steps of one chain came to: ``complete`` once all were taken."""

    __slots__ = ("complete", "label", "results")

    def __init__(self, label: Any) -> None:
        self.label = label
        self.results: list[Any] = []
        self.complete = False


class Performance:
    """One run of ``work`` on a companion. Its steps are timed; those that an earlier run took are not taken again.

    ``score`` holds the chains so far, for the run that takes up behind a step that hangs. ``repeats``: whether the
    last chain was complete before this run.
    """

    def __init__(self, fence: Fence, work: Callable[[], Any], score: list[_Played]) -> None:
        self._fence = fence
        self._work = work
        self._score = score
        self._position = 0
        self._turn = threading.Lock()
        self._step: tuple[float, float] | None = None  # when the present one began, and how long it may take
        self._abandoned = False
        self.repeats = False
        self.value: Any = None
        self.error: BaseException | None = None
        self.done = threading.Lock()
        self.done.acquire()

    def play(self, steps: Sequence[Step], value: Any, timeout_s: float, label: Any) -> list[Any]:
        """As Fence.run, here and now."""
        if self._position < len(self._score) and self._score[self._position].label != label:
            # Something was switched on or off meanwhile: what comes from here on is asked anew.
            del self._score[self._position :]
        if self._position == len(self._score):
            self._score.append(_Played(label))
        played = self._score[self._position]
        self._position += 1
        self.repeats = played.complete
        for index, step in enumerate(steps):
            if index == len(played.results):
                self._take(step, value, timeout_s, played.results)
            result = played.results[index]
            if result is not None and not isinstance(result, Failure):
                value = result
        played.complete = True
        return list(played.results)

    def run(self) -> None:
        """On the companion: the whole of it."""
        local = self._fence.local
        local.performance = self
        try:
            self.value = self._work()
        except _Abandoned:
            return
        except BaseException as error:  # noqa: BLE001 - it is raised where the work was handed over
            self.error = error
        finally:
            local.performance = None
        self.done.release()

    def wait(self) -> bool:
        """On the thread that handed it over: whether it is done; False when a step took too long, which is noted."""
        while True:
            step = self._step
            if step is None:
                if self.done.acquire(timeout=_LOOK_S):
                    return True
                continue
            since, timeout_s = step
            left_s = since + timeout_s - time.monotonic()
            if left_s > 0:
                if self.done.acquire(timeout=left_s):
                    return True
                continue
            with self._turn:
                if self._step is not step:
                    continue  # it ended at the last moment
                self._abandoned = True
                self._score[-1].results.append(Failure(f"took longer than {timeout_s:g} s"))
                return False

    def _take(self, step: Step, value: Any, timeout_s: float, results: list[Any]) -> None:
        local = self._fence.local
        local.performance = None  # a hook that leads to hooks has them run beside it, as anywhere
        self._step = (time.monotonic(), timeout_s)
        try:
            result = step(value)
        except BaseException as error:  # noqa: BLE001 - sys.exit() in a plugin must not end anything of ours
            result = Failure(_sentence(error), error)
        with self._turn:
            if self._abandoned:
                raise _Abandoned
            results.append(result)
            self._step = None
        local.performance = self


class _Companion(threading.Thread):
    def __init__(self) -> None:
        super().__init__(name="embedcomments-plugins", daemon=True)
        self.work: SimpleQueue[_Chain | Performance | None] = SimpleQueue()
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
        self.local = threading.local()

    @property
    def performance(self) -> Performance | None:
        """What this thread performs for another, if it does."""
        return getattr(self.local, "performance", None)

    def conduct(self, work: Callable[[], T]) -> T:
        """The answer of ``work``, whose calls of ``run`` need no handover of their own. Raises what it raises.

        It is run once more, from its beginning, for each step in it that hangs; calls and steps that were over by then
        answer as before. So it must have no other effect.
        """
        if self.performance is not None:
            return work()
        score: list[_Played] = []
        while True:
            owned = self._owned()
            performance = Performance(self, work, score)
            owned.companion.work.put(performance)
            if performance.wait():
                break
            self.local.owned = None
        if performance.error is not None:
            try:
                raise performance.error
            finally:
                performance.error = None  # else its traceback would hold it, by way of this frame
        value: T = performance.value
        return value

    def run(self, steps: Sequence[Step], value: Any = None, *, timeout_s: float, label: Any = None) -> list[Any]:
        """One result for each step, in order: its answer, or a Failure. A step gets the last answer before it that was
        not None (``value`` to begin with); failures are passed over. ``label`` tells, within ``conduct``, whether the
        steps are those of the run before."""
        performance = self.performance
        if performance is not None:
            return performance.play(steps, value, timeout_s, label)
        results: list[Any] = []
        while len(results) < len(steps):
            chain = _Chain(steps, len(results), value)
            self._owned().companion.work.put(chain)
            found = chain.results
            if _finished(chain, timeout_s):
                results += found
            else:
                self.local.owned = None
                results += [*found, Failure(f"took longer than {timeout_s:g} s")]
            for result in found:
                if result is not None and not isinstance(result, Failure):
                    value = result
        return results

    def _owned(self) -> _Owned:
        owned: _Owned | None = getattr(self.local, "owned", None)
        if owned is None:
            owned = self.local.owned = _Owned()
        return owned


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
