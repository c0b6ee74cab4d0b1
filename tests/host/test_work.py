"""Jobs and events of plugins, and what they hear of the server's life."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from embedcomments.api import ActorKind, CommentEvent, CommentState, EventKind, Job
from embedcomments.host.work import EVENT_ATTEMPTS
from embedcomments.services.event_jobs import event_job, event_of
from embedcomments.storage import jobs as job_rows

MakePlugin = Callable[..., ModuleType]


def lengths(host: Any) -> dict[str, int]:
    with host.parts.database.read() as connection:
        return job_rows.queue_length(connection)


def dead(host: Any) -> list[tuple[str, int, str | None]]:
    with host.parts.database.read() as connection:
        return [(j.name, j.attempts, j.error) for j in job_rows.dead_letters(connection, host.site.id)]


def run_out(host: Any, clock: Any, days: int = 12) -> int:
    """Work off what comes in these days."""
    done = 0
    for _ in range(days):
        done += host.instance.jobs.run_due()
        clock.advance(days=1)
    return done


def test_a_plugin_hears_what_happened_to_a_comment(new_host: Any, make_plugin: MakePlugin, clock: Any) -> None:
    heard: list[CommentEvent] = []
    host = new_host(make_plugin("a", on_event=lambda event: heard.append(event)))
    comment = host.submit()
    host.parts.moderating.set_state(comment.id, CommentState.SPAM, actor="vera")
    assert host.instance.jobs.run_due() == 2
    assert heard == [
        CommentEvent(
            kind=kind, site_id=host.site.id, thread_key="/a", comment_id=comment.id, actor=actor, at=clock.now(),
            actor_kind=actor_kind,
        )
        for kind, actor, actor_kind in (
            (EventKind.PUBLISHED, "reader", ActorKind.READER), (EventKind.SPAMMED, "vera", ActorKind.MODERATOR),
        )
    ]  # fmt: skip


def test_a_plugin_has_no_job_of_events_that_it_ignores(new_host: Any, make_plugin: MakePlugin) -> None:
    heard: list[CommentEvent] = []
    ignored = frozenset({(EventKind.PUBLISHED, ActorKind.READER), (EventKind.SPAMMED, ActorKind.MODERATOR)})
    host = new_host(
        make_plugin("a", info={"ignored_events": ignored}, on_event=lambda event: heard.append(event)),
        make_plugin("b", on_event=lambda event: None),
    )
    comment = host.submit()
    for state in (CommentState.SPAM, CommentState.PUBLISHED):
        host.parts.moderating.set_state(comment.id, state, actor="vera")
    assert host.instance.jobs.run_due() == 4
    assert [(event.kind, event.actor_kind) for event in heard] == [(EventKind.PUBLISHED, ActorKind.MODERATOR)]


def test_an_event_of_an_earlier_version_is_understood(clock: Any) -> None:
    """Jobs outlive an upgrade, and did not say what an actor is."""
    event = CommentEvent(
        kind=EventKind.HELD, site_id=1, thread_key="/a", comment_id="0" * 24, actor="vera", at=clock.now()
    )
    payload = {name: value for name, value in event_job("a", event)["payload"].items() if name != "actor_kind"}
    assert event_of(payload) == replace(event, actor_kind=ActorKind.SYSTEM)


def test_an_event_is_heard_again_until_it_goes_well(new_host: Any, make_plugin: MakePlugin, clock: Any) -> None:
    heard: list[str] = []

    def listen(event: CommentEvent) -> None:
        heard.append(event.comment_id)
        if len(heard) < 3:
            raise ConnectionError("away")

    host = new_host(make_plugin("a", on_event=listen))
    comment = host.submit()
    assert run_out(host, clock) == 3
    assert (heard, lengths(host)) == ([comment.id] * 3, {})


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit("bye")])
def test_an_event_that_always_fails_is_a_dead_letter_in_the_end(
    new_host: Any, make_plugin: MakePlugin, clock: Any, error: BaseException
) -> None:
    def listen(event: Any) -> None:
        raise error

    host = new_host(make_plugin("a", on_event=listen), make_plugin("b", on_event=lambda event: None))
    host.submit()
    run_out(host, clock)
    assert dead(host) == [("on_event", EVENT_ATTEMPTS, f"{type(error).__name__}: {error}")]


def test_a_job_is_given_up_after_its_own_number_of_attempts(new_host: Any, make_plugin: MakePlugin, clock: Any) -> None:
    def fail(ctx: Any, payload: Any) -> None:
        raise ValueError(payload["why"])

    job = Job(name="mail", run=fail, max_attempts=2)
    host = new_host(make_plugin("a", register_jobs=lambda: [job]))
    host.context("a").jobs.enqueue("mail", {"why": "no"})
    run_out(host, clock)
    assert dead(host) == [("mail", 2, "ValueError: no")]


def test_a_job_that_hangs_fails_after_its_time(
    new_host: Any, make_plugin: MakePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[float] = []
    job = Job(name="slow", run=lambda ctx, payload: None, timeout_s=7, max_attempts=1)
    host = new_host(make_plugin("a", register_jobs=lambda: [job]))

    def guard(plugin: str, what: str, work: Any, *, timeout_s: float) -> None:
        limits.append(timeout_s)
        raise TimeoutError(f"took longer than {timeout_s:g} s")

    monkeypatch.setattr(host.parts.dispatch, "guard", guard)
    host.context("a").jobs.enqueue("slow", {})
    host.instance.jobs.run_due()
    assert (limits, dead(host)) == ([7], [("slow", 1, "TimeoutError: took longer than 7 s")])


def test_jobs_of_a_plugin_that_is_off_are_dropped(new_host: Any, make_plugin: MakePlugin) -> None:
    ran: list[int] = []
    job = Job(name="mail", run=lambda ctx, payload: ran.append(1))
    host = new_host(make_plugin("a", register_jobs=lambda: [job]))
    host.context("a").jobs.enqueue("mail", {})
    host.choose("a", enabled=False)
    assert host.instance.jobs.run_due() == 1
    assert (ran, lengths(host)) == ([], {})


def test_jobs_of_another_version_are_dead_letters_and_hinder_nobody(
    new_host: Any, make_plugin: MakePlugin, clock: Any
) -> None:
    heard: list[Any] = []
    host = new_host(make_plugin("a", on_event=lambda event: heard.append(event)))
    now = clock.now()
    rows = [("gone", {}), ("on_event", {"kind": "of the future"}), ("on_event", {"nonsense": 1})]
    for name, payload in rows:
        host.parts.database.write(
            lambda c, name=name, payload=payload: job_rows.add_job(
                c, plugin="a", name=name, site_id=host.site.id, payload=payload, run_at=now, at=now
            )
        )
    host.submit()
    run_out(host, clock)
    assert len(heard) == 1
    assert sorted((name, attempts) for name, attempts, _ in dead(host)) == [
        ("gone", 1), ("on_event", EVENT_ATTEMPTS), ("on_event", EVENT_ATTEMPTS),
    ]  # fmt: skip


def test_periodic_jobs_run_once_for_each_site_and_period(new_host: Any, make_plugin: MakePlugin, clock: Any) -> None:
    ran: list[tuple[str, Any]] = []
    job = Job(name="digest", run=lambda ctx, payload: ran.append((ctx.site.name, payload)), every_s=3600)
    module = make_plugin("a", register_jobs=lambda: [job])
    first, second = new_host(module), new_host(module)  # two processes on one database
    first.parts.sites.add("other")
    for minutes in (0, 15, 15, 30):
        clock.advance(minutes=minutes)
        for host in (first, second):
            host.instance.jobs._schedule()
            host.instance.jobs.run_due()
    assert sorted(ran) == [("default", {})] * 2 + [("other", {})] * 2


def test_a_plugin_is_told_of_start_and_stop_and_may_fail(new_host: Any, make_plugin: MakePlugin) -> None:
    told: list[str] = []

    def fail() -> None:
        raise SystemExit("bye")

    host = new_host(
        make_plugin("a", plugin_started=fail, plugin_stopping=fail),
        make_plugin("b", plugin_started=lambda: told.append("start"), plugin_stopping=lambda: told.append("stop")),
    )
    host.parts.lifecycle.started()
    host.parts.lifecycle.stopping()
    assert told == ["start", "stop"]
    assert host.parts.dispatch.health.records()["a"].failures == {"plugin_started": 1, "plugin_stopping": 1}


def test_a_plugin_is_told_where_it_is_switched_on_and_off(new_host: Any, make_plugin: MakePlugin) -> None:
    told: list[tuple[str, str]] = []
    host = new_host(
        make_plugin(
            "a",
            site_enabled=lambda ctx: told.append(("on", ctx.site.name)),
            site_disabled=lambda ctx: told.append(("off", ctx.site.name)),
        )
    )
    switch = host.parts.lifecycle.switch
    assert [switch(host.site, "a", on=False), switch(host.site, "a", on=True)] == [True, True]
    assert told == [("off", "default"), ("on", "default")]
    host.choose("a", enabled=True, kept=1)
    switch(host.site, "a", on=False)
    assert host.parts.choices.stored(host.site, "a").settings == {"kept": 1}


def test_the_owners_choice_counts_even_when_the_plugin_fails(new_host: Any, make_plugin: MakePlugin) -> None:
    def fail(ctx: Any) -> None:
        raise ValueError("no")

    host = new_host(make_plugin("a", site_enabled=fail, site_disabled=fail))
    answers = []
    for on in (False, True):
        answers.append(
            (host.parts.lifecycle.switch(host.site, "a", on=on), host.parts.choices.find(host.site, "a") is not None)
        )
    assert answers == [(False, False), (False, True)]
