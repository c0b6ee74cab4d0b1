"""Strangers' code runs beside the request, within its time."""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from embedcomments.host.fence import Failure, Fence

Step = Callable[[Any], Any]
TIMEOUT_S = 0.4


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What hanging steps wait for; opened at the end of the test."""
    event = threading.Event()
    yield event
    event.set()


def shown(results: list[Any]) -> list[Any]:
    """Results with failures as their sentences."""
    return [result.error if isinstance(result, Failure) else result for result in results]


def companions() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "embedcomments-plugins"]


def test_each_step_gets_the_last_good_answer() -> None:
    def fail(_: Any) -> Any:
        raise ValueError("no")

    steps: list[Step] = [lambda v: v + 1, lambda v: None, fail, lambda v: v * 10]
    assert shown(Fence().run(steps, 1, timeout_s=5)) == [2, None, "ValueError: no", 20]
    assert Fence().run([], timeout_s=5) == []


def test_nothing_that_a_step_raises_gets_out() -> None:
    class Unspeakable(Exception):
        def __str__(self) -> str:
            raise RuntimeError("not even this")

    def raising(error: BaseException) -> Step:
        def step(_: Any) -> Any:
            raise error

        return step

    errors = [SystemExit(1), KeyboardInterrupt(), GeneratorExit(), Unspeakable(), RecursionError("deep")]
    results = Fence().run([*map(raising, errors), lambda _: sys.exit("bye"), lambda _: "after"], timeout_s=5)
    assert shown(results) == [
        "SystemExit: 1", "KeyboardInterrupt: ", "GeneratorExit: ", "Unspeakable", "RecursionError: deep",
        "SystemExit: bye", "after",
    ]  # fmt: skip
    assert [result.exception for result in results[:5]] == errors


def test_a_step_that_hangs_costs_its_time_and_the_rest_still_runs(gate: threading.Event) -> None:
    began = time.monotonic()
    steps: list[Step] = [lambda v: v + "a", lambda v: gate.wait(30), lambda v: v + "b", lambda v: gate.wait(30)]
    results = Fence().run([*steps, lambda v: v + "c"], "", timeout_s=TIMEOUT_S)
    assert shown(results) == ["a", "took longer than 0.4 s", "ab", "took longer than 0.4 s", "abc"]
    assert 2 * TIMEOUT_S <= time.monotonic() - began < 10


def test_the_time_is_each_steps_own() -> None:
    steps: list[Step] = [lambda v: time.sleep(0.1)] * 10
    assert Fence().run(steps, timeout_s=0.8) == [None] * 10


def test_what_comes_behind_a_hanging_step_runs_once(gate: threading.Event, wait_for: Callable[..., Any]) -> None:
    """The abandoned companion must not go on with the chain when the hang ends."""
    ran: list[int] = []
    before = set(companions())
    steps: list[Step] = [lambda v: gate.wait(30), lambda v: ran.append(1), lambda v: ran.append(2)]
    fence = Fence()
    fence.run(steps, timeout_s=TIMEOUT_S)
    assert ran == [1, 2]
    left = [thread for thread in companions() if thread not in before]
    gate.set()
    wait_for(lambda: sum(thread.is_alive() for thread in left) == 1, "the abandoned companion's end")
    assert ran == [1, 2]


def test_a_threads_companion_is_kept_and_ends_with_its_thread(wait_for: Callable[..., Any]) -> None:
    fence = Fence()
    seen: list[threading.Thread] = []

    def work() -> None:
        for _ in range(3):
            fence.run([lambda _: seen.append(threading.current_thread())], timeout_s=5)

    owner = threading.Thread(target=work)
    owner.start()
    owner.join()
    assert len(set(seen)) == 1
    assert seen[0] is not owner
    gc.collect()
    wait_for(lambda: not seen[0].is_alive(), "the companion's end")


def test_hooks_may_lead_to_hooks() -> None:
    fence = Fence()
    nested: Step = lambda _: fence.run([lambda _: "inner"], timeout_s=5)  # noqa: E731
    assert fence.run([nested], timeout_s=5) == [["inner"]]


def test_many_threads_use_one_fence(gate: threading.Event) -> None:
    fence = Fence()
    answers: dict[int, list[Any]] = {}

    def work(n: int) -> None:
        hang: Step = lambda v: gate.wait(30) if n % 4 == 0 else v  # noqa: E731
        answers[n] = [shown(fence.run([lambda v: v + 1, hang, lambda v: v + 1], n, timeout_s=0.5)) for _ in range(2)]

    threads = [threading.Thread(target=work, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {n: [[n + 1, "took longer than 0.5 s" if n % 4 == 0 else n + 1, n + 2]] * 2 for n in range(12)}


def test_chains_that_are_conducted_run_on_one_companion_and_hand_their_answers_on() -> None:
    fence = Fence()
    seen: list[threading.Thread] = []

    def step(value: Any) -> Any:
        seen.append(threading.current_thread())
        return value + 1

    def work() -> Any:
        seen.append(threading.current_thread())
        (first,) = fence.run([step], 1, timeout_s=5)
        return fence.run([step, lambda _: sys.exit("bye"), step], first, timeout_s=5)

    assert shown(fence.conduct(work)) == [3, "SystemExit: bye", 4]
    assert len(set(seen)) == 1
    assert seen[0] is not threading.current_thread()


def test_what_conducted_work_raises_comes_out_and_holds_no_frame() -> None:
    fence = Fence()

    def work() -> Any:
        fence.run([lambda v: v], timeout_s=5)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fence.conduct(work)
    assert fence.conduct(lambda: fence.conduct(lambda: 7)) == 7


def test_behind_a_step_that_hangs_conducted_work_is_taken_up_and_no_step_runs_twice(
    gate: threading.Event, wait_for: Callable[..., Any]
) -> None:
    fence = Fence()
    ran: list[str] = []
    begun: list[int] = []

    def step(name: str, hangs: bool = False) -> Step:
        def run(value: Any) -> Any:
            ran.append(name)
            if hangs:
                gate.wait(30)
            return value + name

        return run

    def work() -> str:
        begun.append(len(ran))
        first = fence.run([step("a"), step("b", hangs=True), step("c")], "", timeout_s=TIMEOUT_S, label="one")
        second = fence.run([step("d"), step("e", hangs=True), step("f")], first[-1], timeout_s=TIMEOUT_S, label="two")
        return " ".join(shown([*first, *second]))

    before = set(companions())
    assert fence.conduct(work) == "a took longer than 0.4 s ac acd took longer than 0.4 s acdf"
    assert (ran, begun) == ([*"abcdef"], [0, 2, 5])
    left = [thread for thread in companions() if thread not in before]
    gate.set()
    wait_for(lambda: sum(thread.is_alive() for thread in left) == 1, "the abandoned companions' end")
    assert (ran, len(begun)) == ([*"abcdef"], 3)


def test_a_hook_that_leads_to_hooks_has_them_beside_it_also_in_conducted_work(gate: threading.Event) -> None:
    fence = Fence()
    inner: Step = lambda _: fence.run([lambda _: gate.wait(30), lambda _: "inner"], timeout_s=TIMEOUT_S)  # noqa: E731
    results = fence.conduct(lambda: fence.run([inner, lambda v: len(v)], timeout_s=5))
    assert shown(results[0]) == ["took longer than 0.4 s", "inner"]
    assert results[1] == 2


def test_our_own_code_within_conducted_work_has_all_its_time() -> None:
    fence = Fence()

    def work() -> Any:
        time.sleep(0.3)
        return fence.run([lambda _: "step"], timeout_s=0.2)

    assert fence.conduct(work) == ["step"]
