"""A plugin that raises, hangs or answers nonsense costs what it would have added, and nothing else."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from site_client import SiteClient, notice_of

from embedcomments.api import Action, Author, Refusal, Verdict
from embedcomments.domain.comments import CommentState
from embedcomments.host.dispatch import Dispatch

HALF = "\ud800"  # of a pair: no encoding has it


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


class Odd(Exception):
    def __str__(self) -> str:
        raise ValueError("not even its message can be read")


def raising(error: BaseException) -> Callable[[], Any]:
    def fail() -> Any:
        raise error

    return fail


FAULTS: dict[str, Callable[[], Any]] = {
    "raises": raising(ValueError("words")),
    "exits": raising(SystemExit(1)),
    "interrupts": raising(KeyboardInterrupt()),
    "raises what cannot be shown": raising(Odd()),
    "raises half a character": raising(ValueError(HALF)),
    "answers an object": object,
    "answers a number": lambda: 5,
}
GOOD = {
    "post": 201,
    "reply": 201,
    "edit": 200,
    "preview": 200,
    "thread": 200,
    "page": 200,
    "latest": 200,
    "mine": 200,
    "stored": 2,
}
# By hook: what its implementation takes, and what is left when it fails.
HOOKS: dict[str, tuple[str, dict[str, int]]] = {
    "submission_verify": ("draft, proof", {**GOOD, "post": 422, "reply": 422, "edit": 404, "mine": 404, "stored": 0}),
    "comment_transform": ("draft", GOOD),
    "comment_check": ("draft", {**GOOD, "post": 202, "reply": 422, "stored": 1}),
    "comment_html": ("html, draft", GOOD),
    "comment_fields": ("comments, viewer", GOOD),
    "thread_fields": ("threads, viewer", GOOD),
    "permissions": ("actor, action, subjects", {**GOOD, "reply": 403, "edit": 403, "stored": 1}),
    "widget_config": ("ctx", GOOD),
    "discovery_links": ("thread", GOOD),
}


@pytest.fixture
def failing() -> dict[str, Callable[..., Any]]:
    """By hook: what the plugin ``bad`` does in it instead of nothing. It gets the hook's arguments by name."""
    return {}


@pytest.fixture
def bad(make_plugin: Callable[..., ModuleType], failing: dict[str, Callable[..., Any]]) -> ModuleType:
    """A plugin in each hook of which ``failing`` may stand."""

    def implement(hook: str, names: str) -> Any:
        def run(**given: Any) -> Any:
            return failing[hook](**given) if hook in failing else None

        given = ", ".join(f"{name}={name}" for name in names.split(", "))
        return eval(f"lambda {names}: run({given})", {"run": run})

    hooks = {name: names for name, (names, _) in HOOKS.items()} | dict.fromkeys(
        ("site_enabled", "site_disabled"), "ctx"
    )
    hooks["on_event"] = "event"
    return make_plugin("bad", **{hook: implement(hook, names) for hook, names in hooks.items()})


@pytest.fixture
def hang(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Waits until the test is over; hooks have half a second here."""
    defaults = Dispatch.call.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "timeout_s", 0.5)
    over = threading.Event()

    def wait(**_: Any) -> None:
        over.wait(60)

    yield wait
    over.set()


def forgive(client: SiteClient) -> None:
    """No hook of the plugin rests before the next one."""
    record = client.parts.dispatch.health.records()["bad"]
    record.in_a_row.clear()
    record.rests_until.clear()


def use(client: SiteClient, key: str) -> dict[str, int]:
    """What a reader and a writer of the thread ``key`` get: statuses, and how many comments are stored."""
    before = len(client.stored())
    posted = client.submit("One", key=key)
    known = posted.json if posted.status_code < 300 else {"comment": {"id": "nobody"}, "edit_token": "nothing"}
    comment_id, token = known["comment"]["id"], known["edit_token"]
    address = f"/api/v1/comments/{comment_id}"
    return {
        "post": posted.status_code,
        "reply": client.submit("Two", key=key, parent_id=comment_id).status_code,
        "edit": client.call("PATCH", address, json={"text": "Uno"}, token=token).status_code,
        "preview": client.call("POST", "/api/v1/sites/default/preview", json={"text": "x"}).status_code,
        "thread": client.get(f"/api/v1/sites/default/thread?key={key}").status_code,
        "page": client.get(f"/api/v1/sites/default/thread.html?key={key}").status_code,
        "latest": client.get("/api/v1/sites/default/latest").status_code,
        "mine": client.get(address, token=token).status_code,
        "stored": len(client.stored()) - before,
    }


@pytest.mark.parametrize("fault", FAULTS)
def test_hook_that_fails_loses_no_comment_and_breaks_no_answer(
    new_client: Callable[..., SiteClient], bad: ModuleType, failing: dict[str, Callable[..., Any]], fault: str
) -> None:
    fail_in_each_hook(new_client(bad), failing, lambda **_: FAULTS[fault]())


def test_hook_that_hangs_loses_no_comment_and_breaks_no_answer(
    new_client: Callable[..., SiteClient],
    bad: ModuleType,
    failing: dict[str, Callable[..., Any]],
    hang: Callable[..., None],
) -> None:
    fail_in_each_hook(new_client(bad), failing, hang)


def fail_in_each_hook(client: SiteClient, failing: dict[str, Callable[..., Any]], fault: Callable[..., Any]) -> None:
    """Use the instance while the plugin fails in one hook after another, and compare what is left."""
    desk = client.sign_in()
    for hook, (_, expected) in HOOKS.items():
        failing.clear()
        failing[hook] = fault
        before = client.get("/healthz").json["plugins"]["failures"].get("bad", 0)
        assert use(client, hook) == expected, hook
        assert client.get("/healthz").json["plugins"]["failures"]["bad"] > before
        page = desk.get("/admin/default/health").text
        assert f"<p>{hook}: " in page, hook
        assert '<span class="pill warn">' in page
        forgive(client)


def test_plugin_that_keeps_failing_rests(
    new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType]
) -> None:
    calls = []

    def fail(draft: Any) -> None:
        calls.append(draft)
        raise ValueError

    client = new_client(make_plugin("bad", comment_check=fail))
    assert [client.submit(str(number)).status_code for number in range(8)] == [202] * 8
    assert len(calls) == 5
    assert client.get("/healthz").json["plugins"]["resting"] == ["bad"]
    assert client.get("/api/v1/sites/default/thread?key=page").status_code == 200


NONSENSE: list[tuple[str, Callable[..., Any]]] = [
    ("submission_verify", lambda **_: Refusal(message=HALF)),
    ("comment_transform", lambda draft, **_: replace(draft, text=HALF)),
    ("comment_transform", lambda draft, **_: replace(draft, author=Author(name=HALF))),
    ("comment_transform", lambda draft, **_: replace(draft, author=Author(url=HALF))),
    ("comment_check", lambda **_: Verdict(action=Action.HOLD, reason=HALF)),
    ("comment_check", lambda **_: Verdict(action=Action.REJECT, reason=HALF)),
    ("comment_check", lambda **_: Verdict(action=Action.HOLD, score=float("nan"))),
    ("comment_html", lambda **_: HALF),
    ("comment_fields", lambda comments, **_: {comment.id: HALF for comment in comments}),
    ("comment_fields", lambda comments, **_: {comment.id: {1: 2} for comment in comments}),
    ("comment_fields", lambda comments, **_: {comment.id: nested(252) for comment in comments}),
    ("comment_fields", lambda comments, **_: {comment.id: 2**64 for comment in comments}),
    ("thread_fields", lambda threads, **_: {thread.id: {1: 2} for thread in threads}),
    ("thread_fields", lambda threads, **_: {thread.id: nested(252) for thread in threads}),
    ("widget_config", lambda **_: {"a": {1: 2}}),
    ("widget_config", lambda **_: {"a": nested(251)}),
    ("widget_config", lambda **_: {HALF: 1}),
    ("discovery_links", lambda **_: [("pingback", HALF)]),
]


def test_answer_that_cannot_be_sent_is_a_failure_of_the_plugin(
    new_client: Callable[..., SiteClient], bad: ModuleType, failing: dict[str, Callable[..., Any]]
) -> None:
    client = new_client(bad)
    for number, (hook, nonsense) in enumerate(NONSENSE):
        failing.clear()
        failing[hook] = nonsense
        before = client.get("/healthz").json["plugins"]["failures"].get("bad", 0)
        assert use(client, f"page{number}") == HOOKS[hook][1], (hook, number)
        assert client.get("/healthz").json["plugins"]["failures"]["bad"] > before, (hook, number)
        forgive(client)


def test_event_that_a_plugin_fails_on_is_tried_again_and_shown_when_given_up(
    new_client: Callable[..., SiteClient], bad: ModuleType, failing: dict[str, Callable[..., Any]], clock: Any
) -> None:
    failing["on_event"] = lambda **_: FAULTS["exits"]()
    client = new_client(bad)
    comment_id = client.write("One")["comment"]["id"]
    runs = 0
    for _ in range(12):
        runs += client.instance.jobs.run_due()
        forgive(client)
        clock.advance(hours=7)
    assert runs == 8
    assert client.row(comment_id).state is CommentState.PUBLISHED
    page = client.sign_in().get("/admin/default/jobs").text
    assert "Bad: on_event</h2>" in page
    assert "8 attempts" in page
    assert re.search(r"<pre[^>]*>SystemExit: 1</pre>", page)


@pytest.mark.parametrize("fault", FAULTS)
def test_switching_a_plugin_that_fails_is_done_and_told(
    new_client: Callable[..., SiteClient], bad: ModuleType, failing: dict[str, Callable[..., Any]], fault: str
) -> None:
    failing["site_enabled"] = failing["site_disabled"] = lambda **_: FAULTS[fault]()
    client = new_client(bad)
    desk = client.sign_in()
    for action, word in (("disable", "off"), ("enable", "on")):
        desk.submit("/admin/default/plugins", {"plugin": "bad", "action": action})
        assert notice_of(desk.get("/admin/default/plugins").text) == (
            f"Bad is {word} now. It reported an error; see Health."
        )
        site = client.parts.sites.get("default")
        assert (client.parts.choices.find(site, "bad") is not None) == (word == "on")
