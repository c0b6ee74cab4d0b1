"""A plugin that keeps failing rests."""

from __future__ import annotations

from typing import Any

import pytest

from embedcomments.host.health import FAILURES_TO_OPEN, REST_S, Health

CHECK = "comment_check"


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def health(seconds: Seconds) -> Health:
    return Health(seconds)


def fail(health: Health, times: int = FAILURES_TO_OPEN) -> None:
    for _ in range(times):
        health.failed("p", CHECK, "ValueError: no")


def test_five_failures_in_a_row_open_the_breaker(health: Health) -> None:
    fail(health, 4)
    health.succeeded("p", CHECK)
    fail(health, 4)
    assert (health.admits("p", CHECK), health.is_resting("p")) == (True, False)
    fail(health, 1)
    assert (health.admits("p", CHECK), health.is_resting("p"), health.admits("other", CHECK)) == (False, True, True)


def test_after_the_rest_one_call_is_let_through_and_its_success_ends_it(health: Health, seconds: Seconds) -> None:
    fail(health)
    seconds.now += REST_S
    assert [health.admits("p", CHECK) for _ in range(3)] == [True, False, False]
    health.succeeded("p", CHECK)
    assert [health.admits("p", CHECK) for _ in range(3)] == [True] * 3
    assert not health.is_resting("p")


def test_a_failed_trial_begins_another_whole_rest(health: Health, seconds: Seconds) -> None:
    fail(health)
    seconds.now += REST_S
    assert health.admits("p", CHECK)
    seconds.now += 2
    fail(health, 1)
    seconds.now += REST_S - 1
    assert not health.admits("p", CHECK)
    seconds.now += 1
    assert health.admits("p", CHECK)


def test_a_trial_that_never_answers_does_not_end_the_rests(health: Health, seconds: Seconds) -> None:
    fail(health)
    seconds.now += REST_S
    assert [health.admits("p", CHECK), health.admits("p", CHECK)] == [True, False]
    seconds.now += REST_S
    assert health.admits("p", CHECK)


def test_looking_does_not_take_the_trial_away(health: Health, seconds: Seconds) -> None:
    fail(health)
    seconds.now += REST_S
    assert [health.is_resting("p") for _ in range(3)] == [False] * 3
    assert health.admits("p", CHECK)


def test_what_strangers_or_a_backoff_reach_never_rests(health: Health) -> None:
    for _ in range(FAILURES_TO_OPEN + 1):
        health.failed("p", "route x", "ValueError: no", may_rest=False)
    assert (health.admits("p", "route x"), health.resting("p")) == (True, [])
    fail(health)
    assert health.resting("p") == [CHECK]


def test_records_are_kept_by_hook_for_the_admin(health: Health) -> None:
    fail(health, 2)
    health.failed("p", "comment_html", "took longer than 2 s")
    records: Any = health.records()
    assert {name: (dict(r.failures), dict(r.in_a_row), r.last_error) for name, r in records.items()} == {
        "p": ({CHECK: 2, "comment_html": 1}, {CHECK: 2, "comment_html": 1}, "comment_html: took longer than 2 s")
    }


def test_a_hook_that_hangs_rests_beside_one_that_works(health: Health) -> None:
    for _ in range(FAILURES_TO_OPEN):
        health.failed("p", CHECK, "took longer than 2 s")
        health.succeeded("p", "comment_fields")
    assert (health.admits("p", CHECK), health.admits("p", "comment_fields")) == (False, True)
    assert health.is_resting("p")
