"""What each hook's answers make, and what a plugin that fails costs: the table in the design, section 6."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from embedcomments.domain.comments import Author, Comment, Link
from embedcomments.domain.drafts import Draft
from embedcomments.domain.identities import ANYBODY
from embedcomments.domain.threads import Thread
from embedcomments.domain.verdicts import Action, Decision, Refusal, Verdict
from embedcomments.host import dispatch

MakePlugin = Callable[..., ModuleType]
NewHost = Callable[..., Any]
PATIENCE_S = 0.6

_gate = threading.Event()


def _raises(**_: Any) -> Any:
    raise ValueError("no")


def _exits(**_: Any) -> Any:
    sys.exit("bye")


def _hangs(**_: Any) -> Any:
    _gate.wait(30)


FAILURES: dict[str, Callable[..., Any]] = {
    "raises": _raises,
    "exits": _exits,
    "hangs": _hangs,
    "answers nonsense": lambda **_: SimpleNamespace(),
}


@pytest.fixture(params=list(FAILURES))
def failure(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Ways to fail; what hangs is waited for less than two seconds and let go at the end."""
    _gate.clear()
    if request.param == "hangs":
        call = dispatch.Dispatch.call
        monkeypatch.setattr(
            dispatch.Dispatch, "call", lambda *args, **kwargs: call(*args, **{"timeout_s": PATIENCE_S, **kwargs})
        )
    yield FAILURES[request.param]
    _gate.set()


def around(
    make_plugin: MakePlugin, hook: str, failing: Callable[..., Any], good: Callable[..., Any]
) -> list[ModuleType]:
    """Three plugins: one that works, one that fails, and one that works."""
    ways: dict[str, Callable[..., Any]] = {
        "submission_verify": lambda ctx, draft, proof: failing(),
        "comment_transform": lambda ctx, draft: failing(),
        "comment_check": lambda ctx, draft: failing(),
        "comment_html": lambda ctx, html, draft: failing(),
        "comment_fields": lambda ctx, comments, viewer: failing(),
        "thread_fields": lambda ctx, threads, viewer: failing(),
        "permissions": lambda ctx, actor, action, subjects: failing(),
        "widget_config": lambda ctx: failing(),
        "discovery_links": lambda ctx, thread: failing(),
    }
    return [make_plugin("a", **{hook: good}), make_plugin("b", **{hook: ways[hook]}), make_plugin("c", **{hook: good})]


def test_a_failing_verification_refuses(new_host: NewHost, make_plugin: MakePlugin, failure: Any) -> None:
    host = new_host(*around(make_plugin, "submission_verify", failure, lambda draft: None))
    assert host.extensions.verify(host.site, host.draft(), {}) == Refusal(
        message="Your comment could not be checked just now. Try again soon.", plugin="b"
    )


def test_a_failing_transform_keeps_the_draft_before(new_host: NewHost, make_plugin: MakePlugin, failure: Any) -> None:
    def add(draft: Draft) -> Draft:
        return replace(draft, text=draft.text + "!")

    host = new_host(*around(make_plugin, "comment_transform", failure, add))
    assert host.extensions.transform(host.site, host.draft("x")) == host.draft("x!!")


def test_a_failing_check_holds(new_host: NewHost, make_plugin: MakePlugin, failure: Any) -> None:
    host = new_host(*around(make_plugin, "comment_check", failure, lambda draft: None))
    assert host.extensions.check(host.site, host.draft()) == Decision(
        action=Action.HOLD, verdicts=(Verdict(action=Action.HOLD, reason="The check failed.", plugin="b"),)
    )


def test_a_failing_html_hook_is_skipped(new_host: NewHost, make_plugin: MakePlugin, failure: Any) -> None:
    host = new_host(*around(make_plugin, "comment_html", failure, lambda html: html + "!"))
    assert host.extensions.html(host.site, "x", host.draft()) == "x!!"


def test_failing_fields_are_left_out(new_host: NewHost, make_plugin: MakePlugin, failure: Any) -> None:
    host = new_host(
        *around(make_plugin, "comment_fields", failure, lambda comments: {comment.id: 1 for comment in comments})
    )
    comment = host.submit()
    assert host.extensions.comment_fields(host.site, [comment], ANYBODY) == {comment.id: {"a": 1, "c": 1}}
    assert host.extensions.comment_fields(host.site, [], ANYBODY) == {}


def test_failing_fields_of_threads_are_left_out(new_host: NewHost, make_plugin: MakePlugin, failure: Any) -> None:
    host = new_host(
        *around(make_plugin, "thread_fields", failure, lambda threads: {thread.id: 1 for thread in threads})
    )
    thread = host.parts.reading.thread_of(host.submit())
    assert host.extensions.thread_fields(host.site, [thread], ANYBODY) == {thread.id: {"a": 1, "c": 1}}


def test_a_failing_permission_denies(new_host: NewHost, make_plugin: MakePlugin, failure: Any) -> None:
    host = new_host(
        *around(make_plugin, "permissions", failure, lambda subjects: {comment.id: True for comment in subjects})
    )
    comment = host.submit()
    assert host.extensions.permits(host.site, ANYBODY, "reply", [comment]) == {comment.id: False}


def test_failing_configuration_and_links_are_left_out(new_host: NewHost, make_plugin: MakePlugin, failure: Any) -> None:
    host = new_host(*around(make_plugin, "widget_config", failure, lambda: {"on": True}))
    assert host.extensions.widget(host.site).config == {"a": {"on": True}, "c": {"on": True}}
    other = around(make_plugin, "discovery_links", failure, lambda ctx: [("pingback", f"https://{ctx.plugin}.example")])
    host = new_host(*other)
    assert host.extensions.discovery_links(host.site, None) == [
        ("pingback", "https://a.example"), ("pingback", "https://c.example"),
    ]  # fmt: skip


def nonsense(hook: str, *answers: Any) -> list[Any]:
    return [pytest.param(hook, answer, id=f"{hook}-{number}") for number, answer in enumerate(answers)]


@pytest.mark.parametrize(
    "hook, answer",
    [
        *nonsense("submission_verify", True, "no", Refusal(message=None), object()),  # type: ignore[arg-type]
        *nonsense(
            "comment_check",
            True,
            Action.SPAM,
            Verdict(action="spam"),  # type: ignore[arg-type]
            Verdict(action=Action.SPAM, score=float("nan")),
            Verdict(action=Action.SPAM, score="1"),  # type: ignore[arg-type]
            Verdict(action=Action.SPAM, reason=None),  # type: ignore[arg-type]
        ),
        *nonsense("comment_html", b"x", 5, ["x"]),
        *nonsense("comment_fields", [], "x", {1: 2}, {"x": object()}, {"x": {1, 2}}, 5),
        *nonsense("thread_fields", {"x": 1}, {1: object()}),
        *nonsense("permissions", True, {"x": 1}, {1: True}),
        *nonsense("widget_config", [], {"x": object()}, {1: 1}),
        *nonsense("discovery_links", "xy", {"a": "b"}, [("a",)], [("a", 1)], ["ab"]),
    ],
)
def test_an_answer_that_the_hook_does_not_promise_is_a_failure(
    new_host: NewHost, make_plugin: MakePlugin, hook: str, answer: Any
) -> None:
    host = new_host(make_plugin("odd", **{hook: lambda ctx: answer}))
    comment = host.submit() if hook.startswith(("comment_fields", "permissions", "thread")) else None
    calls: dict[str, Callable[[], Any]] = {
        "submission_verify": lambda: host.extensions.verify(host.site, host.draft(), {}),
        "comment_check": lambda: host.extensions.check(host.site, host.draft()),
        "comment_html": lambda: host.extensions.html(host.site, "x", host.draft()),
        "comment_fields": lambda: host.extensions.comment_fields(host.site, [comment], ANYBODY),
        "thread_fields": lambda: host.extensions.thread_fields(
            host.site, [host.parts.reading.thread_of(comment)], ANYBODY
        ),
        "permissions": lambda: host.extensions.permits(host.site, ANYBODY, "reply", [comment]),
        "widget_config": lambda: host.extensions.widget(host.site),
        "discovery_links": lambda: host.extensions.discovery_links(host.site, None),
    }
    calls[hook]()
    record = host.parts.dispatch.health.records()["odd"]
    assert record.failures[hook] >= 1
    assert "that the hook does not promise" in record.last_error


@pytest.mark.parametrize(
    "changes",
    [
        {"site_id": 99},
        {"parent": None, "identity_id": "0" * 24},
        {"published_before": 1000},
        {"text": None},
        {"text": b"x"},
        {"author": "Ani"},
        {"author": Author(name=5)},  # type: ignore[arg-type]
        {"author": Author(name="x", email=b"x")},  # type: ignore[arg-type]
        {"link": "https://a.example"},
        {"link": Link(url=None, title="x")},  # type: ignore[arg-type]
        {"address": "127.0.0.1"},
    ],
    ids=str,
)
def test_a_transform_changes_words_author_and_link_and_nothing_else(
    new_host: NewHost, make_plugin: MakePlugin, changes: dict[str, Any]
) -> None:
    host = new_host(make_plugin("odd", comment_transform=lambda draft: replace(draft, **changes)))
    assert host.extensions.transform(host.site, host.draft()) == host.draft()
    assert host.parts.dispatch.health.records()["odd"].failures == {"comment_transform": 1}


def test_a_transform_may_change_words_author_and_link(new_host: NewHost, make_plugin: MakePlugin) -> None:
    changes = {"text": "other", "author": Author(name="B"), "link": Link(url="https://b.example", title="")}
    host = new_host(make_plugin("good", comment_transform=lambda draft: replace(draft, **changes)))
    assert host.extensions.transform(host.site, host.draft()) == replace(host.draft(), **changes)


def test_the_strictest_verdict_wins_and_all_are_kept(new_host: NewHost, make_plugin: MakePlugin) -> None:
    def says(action: Action, **more: Any) -> Callable[..., Verdict]:
        return lambda draft: Verdict(action=action, plugin="forged", **more)

    host = new_host(
        make_plugin("a", comment_check=says(Action.PUBLISH)),
        make_plugin("b", comment_check=says(Action.SPAM, score=0.9, reason="links")),
        make_plugin("c", comment_check=says(Action.HOLD, reason="new")),
    )
    decision = host.extensions.check(host.site, host.draft())
    assert decision == Decision(
        action=Action.SPAM,
        verdicts=(
            Verdict(action=Action.PUBLISH, plugin="a"),
            Verdict(action=Action.SPAM, score=0.9, reason="links", plugin="b"),
            Verdict(action=Action.HOLD, reason="new", plugin="c"),
        ),
    )
    assert decision.reasons == "b: links\nc: new"


def test_each_plugin_gets_the_proof_of_its_own_part_only(new_host: NewHost, make_plugin: MakePlugin) -> None:
    seen: dict[str, Any] = {}

    def note(ctx: Any, proof: Any) -> None:
        seen[ctx.plugin] = proof
        proof["mutated"] = True

    host = new_host(*(make_plugin(name, submission_verify=note) for name in ("a", "b", "c")))
    proofs = {"a": {"x": [1]}, "b": "no object", "d": {"y": 2}}
    assert host.extensions.verify(host.site, host.draft(), proofs) is None
    assert seen == {"a": {"x": [1], "mutated": True}, "b": {"mutated": True}, "c": {"mutated": True}}
    assert proofs == {"a": {"x": [1]}, "b": "no object", "d": {"y": 2}}


def test_what_a_plugin_is_handed_cannot_be_changed_for_others(new_host: NewHost, make_plugin: MakePlugin) -> None:
    tried: list[str] = []

    def meddle(ctx: Any, comments: Any) -> None:
        for what, change in (
            ("list", lambda: comments.clear()),
            ("comment", lambda: setattr(comments[0], "html", "<script>")),
            ("author", lambda: setattr(comments[0].author, "name", "x")),
            ("site", lambda: setattr(ctx.site, "name", "x")),
            ("settings", lambda: ctx.settings.update(a=1)),
            ("context", lambda: setattr(ctx, "settings", {})),
        ):
            try:
                change()
            except (AttributeError, TypeError):
                tried.append(what)

    host = new_host(
        make_plugin("a", comment_fields=meddle),
        make_plugin("b", comment_fields=lambda comments: {comment.id: comment.html for comment in comments}),
    )
    comment = host.submit()
    assert host.extensions.comment_fields(host.site, [comment], ANYBODY) == {comment.id: {"b": "<p>Hello</p>"}}
    assert tried == ["list", "comment", "author", "site", "settings", "context"]


def test_fields_of_strangers_are_left_out_and_deny_wins(new_host: NewHost, make_plugin: MakePlugin) -> None:
    def allow(subjects: Any) -> dict[str, bool]:
        return {comment.id: True for comment in subjects} | {"0" * 24: False}

    def deny(subjects: Any) -> dict[str, bool]:
        return {subjects[0].id: False}

    def fields(comments: Any) -> dict[str, Any]:
        return {comments[0].id: None, "0" * 24: "x"}

    host = new_host(
        make_plugin("a", permissions=deny, comment_fields=fields),
        make_plugin("b", permissions=allow),
        make_plugin("c", permissions=lambda subjects: None),
    )
    first, second = host.submit("1"), host.submit("2")
    assert host.extensions.permits(host.site, ANYBODY, "edit", [first, second]) == {first.id: False, second.id: True}
    assert host.extensions.comment_fields(host.site, [first, second], ANYBODY) == {first.id: {"a": None}}


def test_a_list_is_asked_for_at_once(new_host: NewHost, make_plugin: MakePlugin) -> None:
    asked: list[tuple[int, int]] = []

    def fields(comments: tuple[Comment, ...]) -> dict[str, Any]:
        asked.append((len(comments), len(set(comments))))
        return {}

    host = new_host(make_plugin("a", comment_fields=fields))
    for _ in range(30):
        host.submit()
    host.parts.reading.page_json(host.site, host.parts.reading.page(host.site, "/a"))
    assert asked == [(30, 30)]


def test_threads_are_handed_with_their_counts(new_host: NewHost, make_plugin: MakePlugin) -> None:
    def fields(threads: tuple[Thread, ...]) -> dict[int, Any]:
        return {thread.id: thread.count for thread in threads}

    host = new_host(make_plugin("a", thread_fields=fields))
    thread = host.parts.reading.thread_of(host.submit())
    assert host.extensions.thread_fields(host.site, [thread], ANYBODY) == {thread.id: {"a": 1}}


def test_after_five_failures_a_plugin_rests_under_its_hooks_policy_until_it_recovers(
    new_host: NewHost, make_plugin: MakePlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    broken = True

    def check(draft: Draft) -> None:
        calls.append(draft.text)
        if broken:
            raise ValueError("no")

    host = new_host(make_plugin("a", comment_check=check))
    actions = [host.extensions.check(host.site, host.draft(f"{n}")).action for n in range(8)]
    assert (actions, calls) == ([Action.HOLD] * 8, ["0", "1", "2", "3", "4"])
    broken = False
    assert host.extensions.check(host.site, host.draft()).action is Action.HOLD
    health = host.parts.dispatch.health
    later = time.monotonic() + 31
    monkeypatch.setattr(health, "_now", lambda: later)
    assert [host.extensions.check(host.site, host.draft()).action for _ in range(2)] == [Action.PUBLISH] * 2
    assert not health.records()["a"].in_a_row


def test_a_success_elsewhere_counts_for_a_plugin(new_host: NewHost, make_plugin: MakePlugin) -> None:
    host = new_host(make_plugin("a"))
    guard = host.parts.dispatch.guard
    for n in range(12):
        if n % 3:
            with pytest.raises(ValueError, match="no"):
                guard("a", "route x", _raises, timeout_s=5)
        else:
            assert guard("a", "route x", lambda: "fine", timeout_s=5) == "fine"
    assert not host.parts.dispatch.health.is_resting("a")
    assert host.parts.dispatch.health.records()["a"].failures == {"route x": 8}


def test_a_guarded_call_that_hangs_is_a_timeout_and_an_exit_is_told(new_host: NewHost, make_plugin: MakePlugin) -> None:
    host = new_host(make_plugin("a"))
    _gate.clear()
    try:
        with pytest.raises(TimeoutError, match=r"took longer than 0\.1 s"):
            host.parts.dispatch.guard("a", "route x", _hangs, timeout_s=0.1)
    finally:
        _gate.set()
    with pytest.raises(SystemExit):
        host.parts.dispatch.guard("a", "route x", _exits, timeout_s=5)


def test_a_hang_costs_the_time_that_a_plugin_has(new_host: NewHost, make_plugin: MakePlugin) -> None:
    host = new_host(
        *around(make_plugin, "comment_check", _hangs, lambda draft: Verdict(action=Action.PUBLISH, reason="ok")),
        hook_timeout_s=1.0,
    )
    _gate.clear()
    began = time.monotonic()
    try:
        decision = host.extensions.check(host.site, host.draft())
    finally:
        _gate.set()
    assert 1 <= time.monotonic() - began < 5
    assert [(verdict.plugin, verdict.action) for verdict in decision.verdicts] == [
        ("a", Action.PUBLISH), ("b", Action.HOLD), ("c", Action.PUBLISH),
    ]  # fmt: skip


def test_a_plugin_that_is_off_on_a_site_is_not_asked_there(new_host: NewHost, make_plugin: MakePlugin) -> None:
    asked: list[tuple[str, str]] = []
    hooks: dict[str, Any] = {
        "submission_verify": lambda ctx: asked.append((ctx.site.name, "verify")),
        "comment_transform": lambda ctx: asked.append((ctx.site.name, "transform")),
        "comment_check": lambda ctx: asked.append((ctx.site.name, "check")),
        "comment_html": lambda ctx: asked.append((ctx.site.name, "html")),
        "comment_fields": lambda ctx: asked.append((ctx.site.name, "fields")),
        "widget_config": lambda ctx: {"on": True},
        "on_event": lambda ctx, event: None,
    }
    host = new_host(make_plugin("a", **hooks), make_plugin("opt-in", info={"enabled_by_default": False}, **hooks))
    other = host.parts.sites.add("other")
    host.choose("a", enabled=False)
    host.choose("opt-in", enabled=True, site=other)
    host.choose("a", enabled=False, site=other)
    other = host.parts.sites.get("other")
    host.submit()
    host.submit(site=other)
    seen = {}
    for site in (host.site, other):
        page = host.parts.reading.page(site, "/a")
        host.parts.reading.page_json(site, page)
        seen[site.name] = (
            [item.plugin.name for item in host.parts.choices.enabled(site)],
            host.extensions.widget(site).config,
            [listener.name for listener in host.extensions.event_listeners(site)],
            host.parts.dispatch.has(site, "comment_check"),
        )
    assert seen == {
        "default": ([], {}, [], False),
        "other": (["opt-in"], {"opt-in": {"on": True}}, ["opt-in"], True),
    }
    assert asked == [("other", what) for what in ("verify", "transform", "check", "html", "fields")]
