"""The real clock, when the machine's is set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from embedcomments.services import clock as module
from embedcomments.services.clock import SystemClock

AT = datetime(2026, 11, 25, 12, 0, 0, 500_999, tzinfo=UTC)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """What the machine says, one moment after another."""
    moments: list[datetime] = []

    monkeypatch.setattr(module.time, "time_ns", lambda: int(moments.pop(0).timestamp() * 1_000_000) * 1000)
    return moments


def test_moments_are_whole_milliseconds(machine: list[datetime]) -> None:
    machine.append(AT)
    assert SystemClock().now() == AT.replace(microsecond=500_000)


@pytest.mark.parametrize("step_s, shown_s", [(1, 1), (0, 0), (-0.2, 0), (-5, 0), (-6, -6), (-3600, -3600)])
def test_a_small_step_back_is_waited_out_and_a_large_one_followed(
    machine: list[datetime], step_s: float, shown_s: float
) -> None:
    clock = SystemClock()
    machine += [AT, AT + timedelta(seconds=step_s)]
    first = clock.now()
    assert clock.now() - first == timedelta(seconds=shown_s)


def test_a_millisecond_has_one_moment(machine: list[datetime]) -> None:
    clock = SystemClock()
    machine += [AT, AT - timedelta(microseconds=500), AT + timedelta(milliseconds=1)]
    assert clock.now() is clock.now()
    assert clock.now() == AT.replace(microsecond=501_000)
