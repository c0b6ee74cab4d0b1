"""Each run-time hook that fails, in each way: what the failure costs, and that it is logged, counted and shown."""

from __future__ import annotations

import inspect
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from site_client import SiteClient

from embedcomments.api import Route
from embedcomments.domain.comments import CommentState
from embedcomments.host import extensions, hookspecs, lifecycle, markers, work
from embedcomments.host.dispatch import Dispatch
from embedcomments.host.health import FAILURES_TO_OPEN
from embedcomments.storage.sites import PluginChoice

LIMIT_S = 1.0
RUN_TIME = [
    name
    for name, function in vars(hookspecs).items()
    if inspect.isfunction(function)
    and hasattr(function, f"{markers.PROJECT}_spec")
    and not name.startswith("register_")
]
# Their answers are not looked at, so that none can be nonsense.
ANSWERLESS = {"on_event", "plugin_started", "plugin_stopping"}
WAYS = ["raises", "exits", "hangs", "answers nonsense"]
CASES = [(hook, way) for hook in RUN_TIME for way in WAYS if not (hook in ANSWERLESS and way == "answers nonsense")]


@pytest.fixture
def over(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Set at the end, for what hangs; every time limit is a fraction of a second."""
    defaults = Dispatch.call.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "timeout_s", LIMIT_S)
    monkeypatch.setattr(extensions, "PERSONAL_DATA_TIMEOUT_S", LIMIT_S)
    monkeypatch.setattr(lifecycle, "HOOK_TIMEOUT_S", LIMIT_S)
    monkeypatch.setattr(lifecycle, "STOP_TIMEOUT_S", LIMIT_S)
    monkeypatch.setattr(lifecycle, "DELETE_TIMEOUT_S", LIMIT_S)
    monkeypatch.setattr(work, "EVENT_TIMEOUT_S", LIMIT_S)
    event = threading.Event()
    yield event
    event.set()


def answers(status: int) -> Callable[[SiteClient], None]:
    def use(client: SiteClient) -> None:
        assert client.submit("Hello").status_code == status

    return use


def shows_the_rest(client: SiteClient) -> None:
    """The comment is there, and nothing of the plugin's."""
    client.write("Hello")
    page = client.thread()
    assert [comment["html"] for comment in page["comments"]] == ["<p>Hello</p>"]
    assert "bad" not in {**page["extensions"], **page["comments"][0]["extensions"]}
    assert client.get("/api/v1/sites/default/thread.html?key=page").status_code == 200


def opens_the_page(client: SiteClient) -> None:
    origin = "https://blog.example"
    client.parts.sites.add_origin(client.parts.sites.get("default"), origin)
    query = {"key": f"{origin}/post"}
    answer = client.get("/api/v1/sites/default/thread", query_string=query, headers={"Origin": origin})
    assert (answer.status_code, answer.json["comments"]) == (200, [])


def keeps_the_text(client: SiteClient) -> None:
    assert client.write("Hello")["comment"]["html"] == "<p>Hello</p>"


def denies(client: SiteClient) -> None:
    first = client.write("Hello")["comment"]["id"]
    assert client.submit("Answer", parent_id=first).status_code == 403


def tries_again(client: SiteClient) -> None:
    comment_id = client.write("Hello")["comment"]["id"]
    client.instance.jobs.run_due()
    assert client.row(comment_id).state is CommentState.PUBLISHED
    assert 'embedcomments_jobs{state="waiting"} 1.0' in client.get("/metrics").text


def switches(on: bool) -> Callable[[SiteClient], None]:
    def use(client: SiteClient) -> None:
        site = client.parts.sites.get("default")
        client.parts.choices.save(site, "bad", PluginChoice(enabled=not on, settings={}))
        desk = client.sign_in()
        desk.submit("/admin/default/plugins", {"plugin": "bad", "action": "enable" if on else "disable"})
        assert "It reported an error; see Health." in desk.get("/admin/default/plugins").text
        assert (client.parts.choices.find(client.parts.sites.get("default"), "bad") is not None) is on

    return use


def stops_the_deletion(client: SiteClient) -> None:
    client.parts.sites.add("other")
    client.write("Hello")
    desk = client.sign_in()
    answer = desk.submit("/admin/default/site", {"action": "delete", "name": "default"})
    assert answer.status_code == 409
    assert "Nothing was deleted, because Bad reported an error" in answer.text
    assert len(client.thread()["comments"]) == 1
    desk.submit("/admin/default/site", {"action": "delete", "name": "default", "anyway": "true"})
    assert [site.name for site in client.parts.sites.all()] == ["other"]
    client.parts.sites.add("default")  # where the rest of the test looks at the desk


def starts(client: SiteClient) -> None:
    client.parts.lifecycle.started()
    assert client.submit("Hello").status_code == 201


def stops(client: SiteClient) -> None:
    client.parts.lifecycle.stopping()
    assert client.submit("Hello").status_code == 201


def exports_the_rest(client: SiteClient) -> None:
    person = client.row(client.write("Hello")["comment"]["id"]).identity_id
    found = client.instance.privacy.export(client.parts.sites.get("default"), identity_id=person)
    assert ([comment["text"] for comment in found["comments"]], found["incomplete"]) == (["Hello"], {person: ["bad"]})


def erases_the_rest(client: SiteClient) -> None:
    comment_id = client.write("Hello")["comment"]["id"]
    person = client.row(comment_id).identity_id
    done = client.instance.privacy.erase(client.parts.sites.get("default"), identity_id=person)
    assert (client.row(comment_id).source, done.incomplete) == ("", {person: ["bad"]})


OUTCOMES: dict[str, Callable[[SiteClient], None]] = {
    "submission_verify": answers(422),
    "comment_transform": keeps_the_text,
    "comment_check": answers(202),
    "comment_html": keeps_the_text,
    "comment_fields": shows_the_rest,
    "thread_fields": shows_the_rest,
    "permissions": denies,
    "on_event": tries_again,
    "widget_config": shows_the_rest,
    "discovery_links": shows_the_rest,
    "page_seen": opens_the_page,
    "site_enabled": switches(True),
    "site_disabled": switches(False),
    "site_deleted": stops_the_deletion,
    "plugin_started": starts,
    "plugin_stopping": stops,
    "export_personal_data": exports_the_rest,
    "erase_personal_data": erases_the_rest,
}


@pytest.mark.parametrize("hook, way", CASES)
def test_a_failure_goes_by_its_hooks_policy_and_is_logged_counted_and_shown(
    new_client: Callable[..., SiteClient],
    make_plugin: Callable[..., ModuleType],
    over: threading.Event,
    caplog: pytest.LogCaptureFixture,
    hook: str,
    way: str,
) -> None:
    def fail() -> Any:
        if way == "raises":
            raise ValueError("no")
        if way == "exits":
            sys.exit("bye")
        return over.wait(60) if way == "hangs" else object()

    client = new_client(make_plugin("bad", **{hook: fail}))
    with caplog.at_level(logging.ERROR, "embedcomments.host"):
        OUTCOMES[hook](client)
    told = {
        "raises": "ValueError: no",
        "exits": "SystemExit: bye",
        "hangs": f"took longer than {LIMIT_S:g} s",
        "answers nonsense": "TypeError: it answered a object that the hook does not promise",
    }[way]
    what = f"job {hook}" if hook == "on_event" else hook
    assert f"Plugin bad failed in {what}: {told}" in [record.getMessage() for record in caplog.records]
    page = client.sign_in().get("/admin/default/health").text
    assert f"{what}: {told}" in page
    count = client.get("/healthz").json["plugins"]["failures"]["bad"]
    assert count >= 1
    assert f'embedcomments_plugin_failures{{hook="{what}",plugin="bad"}} {count}.0' in client.get("/metrics").text


NEVER_REST = {
    "on_event", "site_enabled", "site_disabled", "site_deleted", "plugin_started", "plugin_stopping",
    "export_personal_data", "erase_personal_data",
}  # fmt: skip


def fail_often(client: SiteClient, hook: str) -> None:
    for _ in range(FAILURES_TO_OPEN):
        client.parts.dispatch.health.failed("bad", hook, "ValueError: no")


@pytest.mark.parametrize("hook", [hook for hook in RUN_TIME if hook not in NEVER_REST])
def test_a_hook_that_rests_is_not_called_goes_by_its_policy_and_is_shown(
    new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType], hook: str
) -> None:
    called: list[str] = []
    client = new_client(make_plugin("bad", **{hook: lambda: called.append(hook)}))
    fail_often(client, hook)
    OUTCOMES[hook](client)
    assert called == []
    assert client.get("/healthz").json["plugins"]["resting"] == ["bad"]
    assert f'embedcomments_plugin_resting{{hook="{hook}",plugin="bad"}} 1.0' in client.get("/metrics").text
    page = client.sign_in().get("/admin/default/health").text
    assert f"Not called for up to half a minute, after five failures in a row: <code>{hook}</code>" in page


@pytest.mark.parametrize("hook", sorted(NEVER_REST))
def test_what_a_person_or_a_backoff_asks_for_is_called_however_often_it_failed(
    new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType], hook: str
) -> None:
    called: list[str] = []

    def fail() -> None:
        called.append(hook)
        raise ValueError("no")

    client = new_client(make_plugin("bad", **{hook: fail}))
    fail_often(client, hook)
    OUTCOMES[hook](client)
    assert called


def test_a_route_that_strangers_make_fail_goes_on_answering_others(
    new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType]
) -> None:
    def handle(ctx: Any, request: Any) -> dict[str, str]:
        return {"got": request.query["x"]}

    client = new_client(make_plugin("bad", register_routes=lambda: [Route(path="r", handler=handle)]))
    for _ in range(FAILURES_TO_OPEN + 1):
        assert client.get("/p/bad/default/r").status_code == 503
    assert client.get("/p/bad/default/r?x=1").json == {"got": "1"}
    assert client.get("/healthz").json["plugins"]["resting"] == []


def test_every_hook_has_its_outcome_here() -> None:
    assert sorted(OUTCOMES) == sorted(RUN_TIME)
