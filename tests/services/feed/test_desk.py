"""The desk's channel: who hears what, without a socket or a database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from embedcomments.services.feed.desk import CLOSE_SIGNED_OUT, LATENESS, MOST_TOLD, RECHECK_S, Change, DeskFeed
from embedcomments.services.feed.subscriber import Subscriber

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


class World:
    """A log in a list, sessions in a set, and what was sent."""

    def __init__(self) -> None:
        self.log: list[Change] = []
        self.readings = 0
        self.sessions = {("secret", 1), ("secret", 2)}
        self.now_s = 100.0
        self.sent: list[tuple[Subscriber, Any]] = []
        self.closed: list[tuple[Subscriber, int]] = []
        self.desk = DeskFeed(self, lambda secret, site_id: (secret, site_id) in self.sessions, clock=lambda: self.now_s)
        self.desk.attach(self)  # type: ignore[arg-type]

    def happen(
        self, comment: str, *, seconds: float = 0, site: int = 1, state: str = "held", by: str = "reader"
    ) -> None:
        self.log.append(
            Change(
                site_id=site, thread_id=site, seq=len(self.log) + 1, at=AT + timedelta(seconds=seconds),
                comment_id=comment, state=state, event="comment_held", by=by,
            )
        )  # fmt: skip

    def listener(self, site: int = 1, secret: str = "secret") -> Subscriber:
        subscriber = Subscriber(None)
        self.desk.join(subscriber, site, secret)
        self.desk.look()
        return subscriber

    def told(self, subscriber: Subscriber) -> list[list[str]]:
        return [[item["id"] for item in frame["comments"]] for to, frame in self.sent if to is subscriber]

    # ChangeSource

    def latest(self) -> datetime | None:
        return max((change.at for change in self.log), default=None)

    def changes(self, since: datetime | None) -> Sequence[Change]:
        self.readings += 1
        found = [change for change in self.log if since is None or change.at >= since]
        return sorted(found, key=lambda change: (change.at, change.seq), reverse=True)

    # Outlet

    def send(self, to: Sequence[Subscriber], payloads: Sequence[bytes]) -> None:
        self.sent += [(each, json.loads(payload)) for each in to for payload in payloads]

    def close(self, subscriber: Subscriber, code: int) -> None:
        self.closed.append((subscriber, code))


@pytest.fixture
def world() -> World:
    return World()


def test_listener_hears_what_happens_from_now_on_and_each_thing_once(world: World) -> None:
    world.happen("before")
    listener = world.listener()
    world.happen("a", seconds=1)
    world.desk.look()
    world.desk.look()
    world.happen("b", seconds=1)
    world.desk.look()
    assert world.told(listener) == [["a"], ["b"]]


def test_frame_names_id_state_event_and_who_did_it_and_nothing_else(world: World) -> None:
    listener = world.listener()
    world.happen("a", state="published", by="Anahit")
    world.desk.look()
    told = {"id": "a", "state": "published", "event": "comment_held", "by": "Anahit"}
    assert world.sent == [(listener, {"op": "changed", "comments": [told], "more": False})]


def test_sites_do_not_hear_of_each_other(world: World) -> None:
    mine, other = world.listener(1), world.listener(2)
    world.happen("a", site=1)
    world.happen("b", site=2)
    world.desk.look()
    assert (world.told(mine), world.told(other)) == ([["a"]], [["b"]])


def test_change_that_was_committed_late_is_told(world: World) -> None:
    listener = world.listener()
    world.happen("new", seconds=100)
    world.desk.look()
    world.happen("late", seconds=100 - LATENESS.total_seconds() + 1)
    world.desk.look()
    assert world.told(listener) == [["new"], ["late"]]


def test_comment_that_changed_twice_is_told_once_with_what_happened_last(world: World) -> None:
    listener = world.listener()
    world.happen("a", state="published", by="first")
    world.happen("a", state="published", by="second")
    world.desk.look()
    assert [item["by"] for to, frame in world.sent if to is listener for item in frame["comments"]] == ["second"]


def test_flood_is_cut_and_says_so(world: World) -> None:
    world.listener()
    for number in range(MOST_TOLD + 1):
        world.happen(f"c{number}")
    world.desk.look()
    ((_, frame),) = world.sent
    assert (len(frame["comments"]), frame["more"]) == (MOST_TOLD, True)


def test_who_comes_after_a_lonely_time_is_not_told_of_it(world: World) -> None:
    first = world.listener()
    world.desk.drop(first)
    world.desk.look()
    world.happen("unheard", seconds=5)
    second = world.listener()
    world.happen("heard", seconds=6)
    world.desk.look()
    assert world.told(second) == [["heard"]]


def test_nobody_listening_costs_no_reading(world: World) -> None:
    world.desk.news()
    world.desk.look()
    assert (world.desk.is_watched, world.readings) == (False, 0)


def test_ended_session_is_cut_off_and_hears_no_more(world: World) -> None:
    gone, stays = world.listener(1), world.listener(2)
    world.sessions.remove(("secret", 1))
    world.happen("a")
    world.desk.look()
    assert world.told(gone) == [["a"]]  # it is not asked at every change
    world.now_s += RECHECK_S
    world.desk.look(heard=False)
    world.happen("b")
    world.happen("c", site=2)
    world.desk.look()
    assert world.closed == [(gone, CLOSE_SIGNED_OUT)]
    assert (world.told(gone), world.told(stays)) == ([["a"]], [["c"]])


def test_dropping_a_stranger_is_no_error(world: World) -> None:
    world.desk.drop(Subscriber(None))
    assert world.desk.is_watched is False
