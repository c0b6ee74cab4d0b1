"""Rate limits by network."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from limits import RateLimitItemPerHour, RateLimitItemPerMinute

from embedcomments.domain.errors import RateLimited
from embedcomments.services.limits import AROUND, RateLimits, Windows, network_of


@pytest.mark.parametrize(
    "address, network",
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::1", "::/64"),
        ("", ""),
        ("unix:", "unix:"),
        ("not an address", "not an address"),
    ],
)
def test_a_network_counts_as_one_sender(address: str, network: str) -> None:
    assert network_of(address) == network


def _hits(limits: RateLimits, what: str, *addresses: str, per_minute: int = 2) -> list[bool]:
    answers = []
    for address in addresses:
        try:
            limits.hit(what, address, per_minute)
        except RateLimited:
            answers.append(False)
        else:
            answers.append(True)
    return answers


def test_many_addresses_of_one_network_have_a_limit_together() -> None:
    def taken(addresses: list[str]) -> int:
        limits, number = RateLimits(), 0
        for address in addresses:
            try:
                limits.hit_around("ping", address, 2)
            except RateLimited:
                continue
            number += 1
        return number

    assert taken([f"192.0.2.{n % 256}" for n in range(1_000)]) == 2 * AROUND
    assert taken([f"2001:db8:1:{n:x}::1" for n in range(1_000)]) == 2 * AROUND
    assert taken([f"192.0.{n}.7" for n in range(200)]) == 200
    assert taken(["unix:"] * 5) == 2


def test_more_than_the_limit_is_refused_and_told_when_to_come_back() -> None:
    limits = RateLimits()
    assert _hits(limits, "post", "192.0.2.7", "192.0.2.7", "192.0.2.7") == [True, True, False]
    with pytest.raises(RateLimited) as caught:
        limits.hit("post", "192.0.2.7", 2)
    assert 1 <= caught.value.data["retry_after_s"] <= 60
    assert str(caught.value.data["retry_after_s"]) in caught.value.message


def test_networks_and_kinds_are_counted_apart_and_neighbours_together() -> None:
    limits = RateLimits()
    assert _hits(limits, "post", "2001:db8::1", "2001:db8::2", "2001:db8::3") == [True, True, False]
    assert _hits(limits, "post", "2001:db8:0:1::1", "::ffff:192.0.2.7", "192.0.2.7", "192.0.2.7") == [
        True, True, True, False,
    ]  # fmt: skip
    assert _hits(limits, "preview", "2001:db8::1") == [True]


def test_no_limit_is_no_limit() -> None:
    assert _hits(RateLimits(), "post", *["192.0.2.7"] * 50, per_minute=0) == [True] * 50


def test_the_window_moves_and_who_is_silent_for_one_is_forgotten() -> None:
    now = 1000.0
    windows = Windows(lambda: now)
    one, two = RateLimitItemPerMinute(1), RateLimitItemPerMinute(2)
    assert windows.hit(two, "post", "a") is None
    now += 20
    assert [windows.hit(two, "post", "a"), windows.hit(two, "post", "b")] == [None, None]
    now += 10
    assert windows.hit(two, "post", "a") == 30  # when the first one is a minute old
    assert windows.hit(one, "post", "a") == 50  # a limit that was lowered meanwhile
    assert windows.hit(RateLimitItemPerHour(1), "post", "a") is None
    now += 30
    assert [windows.hit(two, "post", "a"), windows.hit(two, "post", "a")] == [None, 20]
    windows.clear(two, "post", "a")
    assert [windows.hit(two, "post", "a") for _ in range(2)] == [None, None]
    assert len(windows) == 3
    now += 61
    windows.hit(two, "post", "c")
    assert len(windows) == 2
    now += 3600
    windows.hit(two, "post", "c")
    assert len(windows) == 1


def test_many_threads_count_as_one(together: Callable[..., list[Any]]) -> None:
    limits = RateLimits()
    answers = together(lambda n: _hits(limits, "post", *["192.0.2.7"] * 20, per_minute=100), 8)
    assert sum(sum(answer) for answer in answers) == 100


def test_processes_share_their_counts_through_redis(redis_url: str) -> None:
    first, second = RateLimits(redis_url), RateLimits(redis_url)
    assert _hits(first, "shared", "192.0.2.7", "192.0.2.7") == [True, True]
    assert _hits(second, "shared", "192.0.2.7", "192.0.2.8") == [False, True]
    with pytest.raises(RateLimited) as caught:
        second.hit("shared", "192.0.2.7", 2)
    assert 1 <= caught.value.data["retry_after_s"] <= 60


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "unix:///nowhere/redis.sock"])
def test_without_an_answer_of_redis_each_process_counts_alone(url: str, caplog: Any) -> None:
    limits = RateLimits(url)
    assert _hits(limits, "post", "192.0.2.7", "192.0.2.7", "192.0.2.7") == [True, True, False]
    assert "Redis does not answer" in caplog.text


# Guesses


def slowed(limits: RateLimits, who: str = "ani") -> int:
    """How long ``who`` has to wait, in seconds; 0 when they need not."""
    try:
        limits.slow_down("password", who)
    except RateLimited as error:
        return int(error.data["retry_after_s"])
    return 0


def test_guesses_wait_longer_the_more_there_are() -> None:
    """The window's own clock is moved; the wait until a next try grows from a minute to hours, and ends."""
    moment = 1000.0
    limits = RateLimits(now=lambda: moment)
    waits = []
    for _ in range(100):
        wait = slowed(limits)
        if wait:
            waits.append(wait)
            moment += wait + 1
    longest = [max(waits[:n]) for n in (1, 4, len(waits))]
    assert longest[0] <= 60 < longest[1] <= 600 < longest[2] <= 86_400
    moment += 86_401
    assert slowed(limits) == 0


def test_one_is_not_slowed_by_the_guesses_of_another() -> None:
    limits = RateLimits()
    assert [slowed(limits) > 0 for _ in range(6)] == [False] * 5 + [True]
    assert slowed(limits, "bo") == 0


def test_what_was_right_in_the_end_is_forgiven() -> None:
    limits = RateLimits()
    for _ in range(3):
        assert [slowed(limits) > 0 for _ in range(5)] == [False] * 5
        limits.forgive("password", "ani")


def test_guesses_are_counted_over_processes_and_forgiven_in_all(redis_url: str) -> None:
    first, second = RateLimits(redis_url), RateLimits(redis_url)
    who = f"ani {time.time()}"
    assert [slowed(limits, who) > 0 for limits in (first, second, first, second, first)] == [False] * 5
    assert slowed(second, who) > 0
    first.forgive("password", who)
    assert slowed(second, who) == 0
