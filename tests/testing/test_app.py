"""What the fixtures for plugin authors promise."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import marshmallow
import pytest

from embedcomments.api import (
    Action,
    AdminPage,
    Draft,
    EventType,
    Job,
    OutboundError,
    OutboundForbidden,
    PluginContext,
    PluginResponse,
    Rejected,
    Route,
    Settings,
    Verdict,
)
from embedcomments.domain.errors import InvalidRequest
from embedcomments.testing import App, FakeNetwork, PluginFailed

NewApp = Callable[..., App]
MakePlugin = Callable[..., ModuleType]


class WordSettings(marshmallow.Schema):
    word = marshmallow.fields.String(load_default="spam", validate=marshmallow.validate.Length(1, 20))


@pytest.fixture
def holder(make_plugin: MakePlugin) -> ModuleType:
    """Holds comments that have the word of its settings, and rejects NO."""

    def check(ctx: PluginContext, draft: Draft) -> Verdict | None:
        if draft.text == "NO":
            return Verdict(action=Action.REJECT, reason="No means no.")
        return Verdict(action=Action.HOLD, reason="It.") if ctx.settings["word"] in draft.text else None

    return make_plugin(
        "holder",
        register_settings=lambda: Settings(schema=WordSettings),
        comment_check=lambda ctx, draft: check(ctx, draft),
    )


def broken(*_: object) -> Any:
    raise ZeroDivisionError("on purpose")


def test_a_comment_goes_through_the_pipeline_with_the_sites_settings(
    embedcomments_app: NewApp, holder: ModuleType
) -> None:
    app = embedcomments_app(holder)
    assert [app.comment(text).state.value for text in ("Hello", "spam", "eggs")] == ["published", "held", "published"]
    app.configure(word="eggs")
    assert [app.comment(text).state.value for text in ("spam", "eggs")] == ["published", "held"]
    with pytest.raises(InvalidRequest) as refused:
        app.configure(word="")
    assert list(refused.value.data["errors"]) == ["word"]
    with pytest.raises(Rejected, match="No means no"):
        app.comment("NO")
    assert [item["html"] for item in app.thread()["comments"]] == ["<p>Hello</p>", "<p>eggs</p>", "<p>spam</p>"]
    app.disable()
    assert app.comment("eggs again").state.value == "published"
    with pytest.raises(LookupError, match="holder is off on default"):
        app.context()
    app.enable()
    assert app.context().settings == {"word": "eggs"}


def test_two_apps_and_two_sites_share_nothing(embedcomments_app: NewApp, holder: ModuleType) -> None:
    first, second = embedcomments_app(holder), embedcomments_app(holder)
    press = first.add_site("press", origins=["https://press.example"])
    first.configure(site=press, word="Hello")
    first.comment("Hello")
    assert first.comment("Hello", site=press).state.value == "held"
    assert [len(app.thread()["comments"]) for app in (first, second)] == [1, 0]
    assert press.origins == ("https://press.example",)


def test_exactly_the_plugins_given_are_there_by_module_name_and_file(
    embedcomments_app: NewApp, holder: ModuleType, tmp_path: Path
) -> None:
    file = tmp_path / "exclaim.py"
    file.write_bytes((Path(__file__).parents[2] / "examples/plugin-thirty-lines/exclaim.py").read_bytes())
    app = embedcomments_app(holder, "spam", file)
    assert [plugin.name for plugin in app.plugins] == ["exclaim", "holder", "spam"]
    assert embedcomments_app().plugins == ()
    with pytest.raises(LookupError, match="not exactly one plugin"):
        app.context()
    with pytest.raises(LookupError, match="No plugin named 'nobody' is installed"):
        embedcomments_app("nobody")


def test_a_failing_hook_raises_its_own_error(embedcomments_app: NewApp, make_plugin: MakePlugin) -> None:
    app = embedcomments_app(make_plugin("sick", comment_check=lambda draft: broken()))
    with pytest.raises(PluginFailed, match="sick failed in comment_check: ZeroDivisionError: on purpose") as raised:
        app.comment()
    assert isinstance(raised.value.__cause__, ZeroDivisionError)
    assert app.thread()["comments"] == []


def test_nonsense_is_a_failure_too(embedcomments_app: NewApp, make_plugin: MakePlugin) -> None:
    app = embedcomments_app(make_plugin("sick", comment_check=lambda draft: "hold"))
    with pytest.raises(PluginFailed, match="a str that the hook does not promise"):
        app.comment()


def test_lenient_apps_go_on_by_the_policy_and_remember(embedcomments_app: NewApp, make_plugin: MakePlugin) -> None:
    app = embedcomments_app(make_plugin("sick", comment_check=lambda draft: broken()), strict=False)
    assert app.comment().state.value == "held"
    assert [(failure.plugin, failure.hook) for failure in app.failures] == [("sick", "comment_check")]
    app.strict = True
    with pytest.raises(PluginFailed):
        app.comment()


@pytest.mark.parametrize("answer", [broken, lambda *_: 5])
def test_a_failing_route_and_page_raise_though_the_server_would_answer(
    embedcomments_app: NewApp, make_plugin: MakePlugin, answer: Callable[..., Any]
) -> None:
    plugin = make_plugin(
        "sick",
        register_routes=lambda: [Route(path="x", handler=answer)],
        register_admin_pages=lambda: [AdminPage(path="", handler=answer, title="Sick")],
    )
    app = embedcomments_app(plugin)
    desk = app.desk()
    with pytest.raises(PluginFailed, match="sick failed in route x"):
        app.get("/p/sick/default/x")
    with pytest.raises(PluginFailed, match="sick failed in page "):
        desk.get("/admin/default/sick/")
    app.strict = False
    assert (app.get("/p/sick/default/x").status_code, desk.get("/admin/default/sick/").status_code) == (503, 503)


def test_a_plugin_that_cannot_be_loaded_raises_unless_lenient(embedcomments_app: NewApp) -> None:
    with pytest.raises(PluginFailed, match="no plugin_info"):
        embedcomments_app(ModuleType("empty"))
    assert [item.name for item in embedcomments_app(ModuleType("empty"), strict=False).broken] == ["empty"]


@pytest.mark.parametrize("hook", ["plugin_started", "plugin_stopping"])
def test_a_failure_at_start_or_end_raises(tmp_path: Path, make_plugin: MakePlugin, hook: str) -> None:
    with pytest.raises(PluginFailed, match=f"sick failed in {hook}"):
        App(tmp_path, make_plugin("sick", **{hook: lambda: broken()})).close()


def test_jobs_events_and_retries_run_on_demand(embedcomments_app: NewApp, make_plugin: MakePlugin) -> None:
    ran: list[Any] = []

    def hear(ctx: PluginContext, event: Any) -> None:
        ran.append(str(event.kind))
        ctx.jobs.enqueue("later", {"n": 1}, after=timedelta(minutes=5))

    def later(_: PluginContext, payload: Mapping[str, Any]) -> None:
        ran.append(payload)

    jobs = [
        Job(name="later", run=later),
        Job(name="hourly", run=lambda ctx, payload: ran.append("hourly"), every_s=3600),
    ]
    app = embedcomments_app(
        make_plugin("busy", on_event=lambda ctx, event: hear(ctx, event), register_jobs=lambda: jobs)
    )
    app.comment()
    assert ran == []
    app.run_jobs()
    assert ran == ["comment_published"]
    assert app.run_jobs() == 0
    app.clock.advance(minutes=5)
    assert app.run_jobs() == 1
    assert ran[1:] == [{"n": 1}]
    assert [app.run_jobs(periodic=True) for _ in range(2)] == [1, 0]
    app.clock.advance(hours=1)
    assert app.run_jobs(periodic=True) == 1
    assert ran[2:] == ["hourly", "hourly"]


def test_a_failing_job_raises_and_leniently_becomes_a_dead_letter(
    embedcomments_app: NewApp, make_plugin: MakePlugin
) -> None:
    job = Job(name="work", run=broken, max_attempts=2)
    app = embedcomments_app(make_plugin("sick", register_jobs=lambda: [job]))
    app.context().jobs.enqueue("work", {})
    with pytest.raises(PluginFailed, match="sick failed in job work"):
        app.run_jobs()
    app.strict = False
    app.clock.advance(hours=1)
    assert (app.run_jobs(), [letter.name for letter in app.dead_letters()]) == (1, ["work"])


def test_events_of_its_own_reach_other_plugins(embedcomments_app: NewApp, make_plugin: MakePlugin) -> None:
    heard: list[Any] = []
    bell = make_plugin("bell", register_events=lambda: [EventType(name="rang")])
    app = embedcomments_app(bell, make_plugin("ear", on_event=lambda event: heard.append((event.name, event.data))))
    app.context("bell").publish("rang", {"loud": True})
    app.run_jobs()
    assert heard == [("bell.rang", {"loud": True})]


def test_the_network_is_what_the_test_says(
    embedcomments_app: NewApp, embedcomments_network: FakeNetwork, make_plugin: MakePlugin
) -> None:
    outbound = embedcomments_app(make_plugin()).context().outbound
    embedcomments_network.answer(
        "https://a.example/", "x" * 10, headers={"X-Pingback": "here"}, at="https://b.example/"
    )
    embedcomments_network.answer("https://api.example/", {"ok": True}, status=201)
    embedcomments_network.fail("https://down.example/")
    page = outbound.get("https://a.example/", max_bytes=4, headers={"Accept": "text/html"})
    assert (page.url, page.body, page.truncated, page.content_type) == (
        "https://b.example/",
        b"xxxx",
        True,
        "text/html",
    )
    assert page.headers["x-pingback"] == "here"
    sent = outbound.post("https://api.example/", b"{}", content_type="application/json")
    assert (sent.status, sent.body, sent.content_type) == (201, b'{"ok": true}', "application/json")
    for url in ("https://down.example/", "https://unknown.example/"):
        with pytest.raises(OutboundError):
            outbound.get(url)
    with pytest.raises(OutboundForbidden):
        outbound.get("file:///etc/passwd")
    assert [(request.method, request.url, request.body) for request in embedcomments_network.requests] == [
        ("GET", "https://a.example/", b""),
        ("POST", "https://api.example/", b"{}"),
        ("GET", "https://down.example/", b""),
        ("GET", "https://unknown.example/", b""),
        ("GET", "file:///etc/passwd", b""),
    ]


def test_the_clock_is_that_of_the_app(
    embedcomments_app: NewApp, embedcomments_clock: Any, make_plugin: MakePlugin
) -> None:
    app = embedcomments_app(make_plugin())
    embedcomments_clock.set(datetime(2030, 1, 1, tzinfo=UTC))
    assert app.context().now() == app.comment().created_at == datetime(2030, 1, 1, tzinfo=UTC)
    app.clock.advance(days=1)
    assert app.context().now() == datetime(2030, 1, 2, 0, 0, 1, tzinfo=UTC)  # a second passed after the comment
    with pytest.raises(ValueError, match="time zone"):
        app.clock.set(datetime(2030, 1, 1))


def test_a_moderator_uses_the_desks_forms(embedcomments_app: NewApp, holder: ModuleType) -> None:
    app = embedcomments_app(holder)
    desk = app.desk()
    page = desk.submit("/admin/default/plugins/holder", {"word": "eggs"}, follow=True)
    assert "Saved." in page.text
    assert app.comment("eggs").state.value == "held"


def test_a_route_is_called_as_a_browser_does(embedcomments_app: NewApp, make_plugin: MakePlugin) -> None:
    def echo(ctx: PluginContext, request: Any) -> Any:
        return PluginResponse(body=request.body + request.query["q"].encode())

    app = embedcomments_app(
        make_plugin("echo", register_routes=lambda: [Route(path="x", handler=echo, methods=("POST",))])
    )
    assert app.post("/p/echo/default/x?q=2", data=b"1").data == b"12"


def test_comments_can_be_there_before_the_plugin(embedcomments_app: NewApp, holder: ModuleType) -> None:
    app = embedcomments_app(holder)
    made = app.import_comments("spam", "NO")
    assert [(comment.source, comment.state.value) for comment in made] == [("spam", "published"), ("NO", "published")]
    assert app.stored(made[0]) == made[0]
    mention = app.mention("https://a.example/", text="spam")
    assert (mention.kind.value, mention.state.value) == ("pingback", "held")


def test_projects_that_do_not_use_the_fixtures_do_not_pay(tmp_path: Path) -> None:
    """pytest loads the fixtures' module in every project; nothing of ours but two empty packages comes with it."""
    (tmp_path / "test_it.py").write_text(
        "import sys\n\n\ndef test_it():\n"
        "    print('found:', sorted(name for name in sys.modules if name.split('.')[0] in\n"
        "          ('embedcomments', 'sqlalchemy', 'flask', 'marshmallow', 'gunicorn')))\n"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-s",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            str(tmp_path),
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    expected = ["embedcomments", "embedcomments.testing", "embedcomments.testing.fixtures"]
    assert f"found: {expected}" in done.stdout
