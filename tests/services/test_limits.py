"""Rate limits by network."""

from __future__ import annotations

from typing import Any

import pytest

from embedcomments.domain.errors import RateLimited
from embedcomments.services.limits import RateLimits, network_of


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
