"""Each hook fires in a real instance, and its answer matters there. A hook without a case here fails."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import marshmallow
import pytest
from click.testing import CliRunner
from site_client import Desk, SiteClient, at_path
from sqlalchemy import text

from embedcomments.api import (
    Action,
    AdminPage,
    Author,
    AuthProvider,
    CommentEvent,
    CommentKind,
    CommentState,
    EventType,
    Exporter,
    FeedDocument,
    HtmlAllow,
    ImportedComment,
    ImportedThread,
    Importer,
    Job,
    Migrations,
    Page,
    PluginInfo,
    PluginResponse,
    Refusal,
    Renderer,
    Route,
    Settings,
    SourceFormat,
    Verdict,
    WidgetAsset,
    hookimpl,
)
from embedcomments.cli import main
from embedcomments.host import hookspecs, markers
from embedcomments.host.loading import load_plugins

HOOKS = [
    name
    for name, function in vars(hookspecs).items()
    if inspect.isfunction(function) and hasattr(function, f"{markers.PROJECT}_spec")
]
REVISION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0001", None, None, None


def upgrade() -> None:
    op.create_table("everything_note", sa.Column("words", sa.Text))
"""


class AllSettings(marshmallow.Schema):
    greeting = marshmallow.fields.String(load_default="hello", metadata={"title": "How to greet", "public": True})


@dataclass
class Stage:
    """A site with the plugin ``everything``, which implements all hooks, and what it was told."""

    folder: Path
    told: list[Any] = field(default_factory=list)
    heard: list[Any] = field(default_factory=list)  # by another plugin
    client: SiteClient = field(init=False)
    clock: Any = None

    @property
    def parts(self) -> Any:
        return self.client.parts

    @property
    def site(self) -> Any:
        return self.parts.sites.get("default")

    @property
    def context(self) -> Any:
        return self.parts.contexts.of(self.parts.choices.find(self.site, "everything"), self.site)

    def run(self, *arguments: str) -> Any:
        """A command line on the instance's data."""
        database = ["--data-dir", str(self.parts.config.data_dir)]
        result = CliRunner().invoke(main, [*database, *arguments], env={"COLUMNS": "200"})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result


def everything(stage: Stage) -> ModuleType:
    """The plugin."""
    told = stage.told.append
    module = ModuleType("plugin_everything")
    module.plugin_info = PluginInfo(name="everything", title="Everything")  # type: ignore[attr-defined]
    at_path(module, stage.folder / "everything.py")

    @click.command()
    def shout() -> None:
        """Greet a site loudly."""
        click.echo(click.get_current_context().obj("default").settings["greeting"].upper())

    def job(ctx: Any, payload: Any) -> None:
        told(("job", ctx.site.name, payload["n"]))

    def imported(stream: Any) -> list[ImportedThread]:
        comment = ImportedComment(
            external_id="1", parent_external_id=None, kind=CommentKind.COMMENT, state=CommentState.PUBLISHED,
            created_at=stage.clock.now(), author=Author(name="Old"), text=stream.read().decode(),
            source_format=SourceFormat.HTML,
        )  # fmt: skip
        return [ImportedThread(key="/old", url=None, title=None, closed=False, comments=(comment,))]

    def note(ctx: Any, words: str) -> None:
        ctx.tables.write(lambda c: c.execute(text("INSERT INTO everything_note VALUES (:w)"), {"w": words}))

    def erase(ctx: Any, identity: Any) -> None:
        ctx.tables.write(lambda c: c.execute(text("DELETE FROM everything_note WHERE words = :w"), {"w": identity.id}))

    def notes(ctx: Any, identity: Any) -> dict[str, Any]:
        with ctx.tables.read() as connection:
            found = connection.execute(
                text("SELECT count(*) FROM everything_note WHERE words = :w"), {"w": identity.id}
            ).scalar_one()
        return {"notes": found}

    def on_event(ctx: Any, event: Any) -> None:
        told(event)
        if isinstance(event, CommentEvent) and (comment := ctx.comments.get(event.comment_id)):
            note(ctx, comment.identity_id or "")

    def complete(ctx: Any, request: Any) -> str | None:
        claimed = ctx.signer.loads(request.query["state"])
        return "vera@example.com" if claimed == request.headers["embedcomments-browser"] else None

    def begin(ctx: Any, request: Any) -> PluginResponse:
        state = ctx.signer.dumps(request.headers["embedcomments-browser"])
        return PluginResponse(status=303, headers={"Location": f"https://id.example/?state={state}"})

    hooks: dict[str, Callable[..., Any]] = {
        "register_settings": lambda: Settings(schema=AllSettings),
        "register_migrations": lambda: Migrations(folder=stage.folder / "migrations"),
        "register_routes": lambda: [Route(path="hi", handler=lambda ctx, r: {"say": ctx.settings["greeting"]})],
        "register_admin_pages": lambda: [
            AdminPage(path="", title="Everything here", handler=lambda ctx, r: Page(template="a.html", values={"n": 7}))
        ],
        "register_commands": lambda: [shout],
        "register_jobs": lambda: [Job(name="work", run=job)],
        "register_events": lambda: [EventType(name="happened")],
        "register_auth_providers": lambda: [AuthProvider(name="id", title="By ID", begin=begin, complete=complete)],
        "register_renderers": lambda: [Renderer(name="strike", configure=lambda md: md.disable("emphasis"))],
        "register_html_allow": lambda: [HtmlAllow(tags=frozenset({"figure"}))],
        "register_widget_assets": lambda: [WidgetAsset(file=stage.folder / "part.js")],
        "register_feeds": lambda: [
            FeedDocument(name="all", title="All", content_type="text/plain", build=lambda ctx, r: b"feed")
        ],
        "register_importers": lambda: [Importer(name="old", title="Old", read=imported)],
        "register_exporters": lambda: [
            Exporter(name="new", title="New", write=lambda ctx, stream: stream.write(ctx.site.name.encode()))
        ],
        "submission_verify": lambda ctx, draft, proof: Refusal(message="Robot.") if proof.get("robot") else None,
        "comment_transform": lambda ctx, draft: replace(draft, text=draft.text.replace("damn", "d**n")),
        "comment_check": lambda ctx, draft: Verdict(action=Action.HOLD, reason="r") if "hold" in draft.text else None,
        "comment_html": lambda ctx, html, draft: html + "<figure>added</figure>",
        "comment_fields": lambda ctx, comments, viewer: {comment.id: len(comments) for comment in comments},
        "thread_fields": lambda ctx, threads, viewer: {thread.id: thread.count for thread in threads},
        "permissions": lambda ctx, actor, action, subjects: {c.id: action != "reply" for c in subjects},
        "on_event": on_event,
        "widget_config": lambda ctx: {"width": 5},
        "discovery_links": lambda ctx, thread: [("pingback", "https://example.com/ping")],
        "page_seen": lambda ctx, url: told(("seen", url)),
        "site_enabled": lambda ctx: told(("enabled", ctx.site.name)),
        "site_disabled": lambda ctx: told(("disabled", ctx.site.name)),
        "site_deleted": lambda ctx: told(("deleted", ctx.site.name)),
        "plugin_started": lambda: told("started"),
        "plugin_stopping": lambda: told("stopping"),
        "export_personal_data": notes,
        "erase_personal_data": erase,
    }
    for name, function in hooks.items():
        setattr(module, name, hookimpl(function))
    return module


@pytest.fixture
def new_stage(
    new_instance: Callable[..., Any],
    make_plugin: Callable[..., ModuleType],
    clock: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Stage]:
    """``new_stage(without="comment_check")`` leaves that hook out."""
    folder = tmp_path / "everything"
    files = {
        "migrations/versions/0001_first.py": REVISION,
        "part.js": "export {}",
        "templates/a.html": "<b>{{ n }}</b>",
    }
    for name, words in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(words)

    def make(without: str = "") -> Stage:
        stage = Stage(folder, clock=clock)
        module = everything(stage)
        if without:
            delattr(module, without)
        modules = [module, make_plugin("listener", on_event=lambda ctx, event: stage.heard.append(event))]
        stage.client = SiteClient(new_instance(*modules, posts_per_minute=0))
        monkeypatch.setenv("EMBEDCOMMENTS_DATABASE_URL", str(stage.parts.config.database_url))
        for place in ("embedcomments.wiring.load_plugins", "embedcomments.cli.running.load_plugins"):
            monkeypatch.setattr(place, lambda **_: load_plugins(modules=modules))
        assert stage.parts.plugins.broken == ()
        return stage

    return make


# A case for each hook: it fails unless the hook's answer changed what the product does.


def case_register_settings(stage: Stage) -> None:
    desk = stage.client.sign_in()
    assert "How to greet" in desk.get("/admin/default/plugins/everything").text
    desk.submit("/admin/default/plugins/everything", {"greeting": "salut"})
    assert stage.client.get("/p/everything/default/hi").json == {"say": "salut"}


def case_register_migrations(stage: Stage) -> None:
    with stage.context.tables.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM everything_note")).scalar_one() == 0


def case_register_routes(stage: Stage) -> None:
    assert stage.client.get("/p/everything/default/hi").json == {"say": "hello"}


def case_register_admin_pages(stage: Stage) -> None:
    page = stage.client.sign_in().get("/admin/default/everything/").text
    assert "<b>7</b>" in page
    assert page.count("Everything here") >= 2  # the title, and the way there


def case_register_commands(stage: Stage) -> None:
    assert stage.run("everything", "shout").stdout == "HELLO\n"


def case_register_jobs(stage: Stage) -> None:
    stage.context.jobs.enqueue("work", {"n": 3})
    stage.client.instance.jobs.run_due()
    assert stage.told == [("job", "default", 3)]


def case_register_events(stage: Stage) -> None:
    stage.context.publish("happened", {"n": 1})
    stage.client.instance.jobs.run_due()
    assert [(event.name, event.data) for event in stage.heard] == [("everything.happened", {"n": 1})]


def case_register_auth_providers(stage: Stage) -> None:
    stage.parts.signing_in.one_time_token(name="Vera", site_id=None, email="Vera@Example.com")
    desk = Desk(stage.client)
    assert 'href="/admin/sign-in/id">By ID</a>' in desk.get("/admin/sign-in").text
    away = desk.get("/admin/sign-in/id")
    state = re.fullmatch(r"https://id\.example/\?state=(.+)", away.headers["Location"])
    assert state is not None
    back = f"/admin/sign-in/id/complete?state={state[1]}"
    assert Desk(stage.client).get(back).status_code == 403  # it began in another browser
    assert desk.get(back).status_code == 303
    assert desk.get("/admin/default/health").status_code == 200


def case_register_renderers(stage: Stage) -> None:
    assert "<p>*x*</p>" in stage.client.write("*x*")["comment"]["html"]


def case_register_html_allow(stage: Stage) -> None:
    assert "<figure>added</figure>" in stage.client.write("x")["comment"]["html"]


def case_register_widget_assets(stage: Stage) -> None:
    (module,) = stage.parts.extensions.widget(stage.site).modules
    assert stage.client.get(module.url).text == "export {}"
    assert module.url in stage.client.get("/api/v1/sites/default/thread?key=page").text


def case_register_feeds(stage: Stage) -> None:
    assert stage.client.get("/p/everything/default/feeds/all").text == "feed"
    assert "/p/everything/default/feeds/all" in stage.client.get("/api/v1/sites/default/thread.html?key=page").text


def case_register_importers(stage: Stage) -> None:
    (stage.folder / "old.txt").write_text("<p>From afar</p>")
    assert stage.run("import", "old", str(stage.folder / "old.txt")).exit_code == 0
    assert [comment["html"] for comment in stage.client.thread(key="/old")["comments"]] == ["<p>From afar</p>"]


def case_register_exporters(stage: Stage) -> None:
    file = stage.folder / "new.txt"
    assert stage.run("export", "new", str(file)).exit_code == 0
    assert file.read_text() == "default"


def case_submission_verify(stage: Stage) -> None:
    answer = stage.client.submit("x", extensions={"everything": {"robot": True}})
    assert (answer.status_code, answer.json["detail"]) == (422, "Robot.")
    assert stage.client.submit("x").status_code == 201


def case_comment_transform(stage: Stage) -> None:
    assert "d**n" in stage.client.write("damn")["comment"]["html"]


def case_comment_check(stage: Stage) -> None:
    assert [stage.client.submit(words).status_code for words in ("hold", "x")] == [202, 201]


def case_comment_html(stage: Stage) -> None:
    assert stage.client.write("x")["comment"]["html"] == "<p>x</p>\n<figure>added</figure>"


def case_comment_fields(stage: Stage) -> None:
    stage.client.write("x")
    stage.client.write("y")
    assert [comment["extensions"] for comment in stage.client.thread()["comments"]] == [{"everything": 2}] * 2


def case_thread_fields(stage: Stage) -> None:
    stage.client.write("x")
    assert stage.client.thread()["extensions"]["everything"]["thread"] == 1


def case_permissions(stage: Stage) -> None:
    first = stage.client.write("x")
    answer = stage.client.submit("y", parent_id=first["comment"]["id"])
    assert (answer.status_code, answer.json["code"]) == (403, "not_allowed")


def case_on_event(stage: Stage) -> None:
    comment_id = stage.client.write("x")["comment"]["id"]
    stage.client.instance.jobs.run_due()
    assert [(event.kind.value, event.comment_id) for event in stage.told] == [("comment_published", comment_id)]


def case_widget_config(stage: Stage) -> None:
    assert stage.client.thread()["extensions"]["everything"]["config"] == {"greeting": "hello", "width": 5}


def case_discovery_links(stage: Stage) -> None:
    answer = stage.client.get("/api/v1/sites/default/thread.html?key=page")
    assert "https://example.com/ping" in answer.text + str(answer.headers)


def case_page_seen(stage: Stage) -> None:
    origin = "https://blog.example"
    stage.parts.sites.add_origin(stage.site, origin)
    for key, sender in (
        (f"{origin}/post?utm_source=x", origin),
        (f"{origin}/post", origin),
        (f"{origin}/other", None),
        ("https://blog.example.evil.example/", origin),
        ("page", origin),
    ):
        headers = {"Origin": sender} if sender else {}
        answer = stage.client.get("/api/v1/sites/default/thread", query_string={"key": key}, headers=headers)
        assert answer.status_code == 200
    assert stage.told == [("seen", f"{origin}/post")]


def case_site_enabled(stage: Stage) -> None:
    stage.parts.lifecycle.switch(stage.site, "everything", on=False)
    stage.told.clear()
    stage.client.sign_in().submit("/admin/default/plugins", {"plugin": "everything", "action": "enable"})
    assert stage.told == [("enabled", "default")]


def case_site_disabled(stage: Stage) -> None:
    stage.client.sign_in().submit("/admin/default/plugins", {"plugin": "everything", "action": "disable"})
    assert stage.told == [("disabled", "default")]


def case_site_deleted(stage: Stage) -> None:
    stage.parts.sites.add("press")
    # What is off may hold something all the same.
    stage.parts.lifecycle.switch(stage.parts.sites.get("press"), "everything", on=False)
    stage.told.clear()
    form = {"action": "delete", "name": "press"}
    stage.client.sign_in().submit("/admin/press/site", form)
    assert stage.told == [("deleted", "press")]
    assert [site.name for site in stage.parts.sites.all()] == ["default"]


def case_plugin_started(stage: Stage) -> None:
    stage.parts.lifecycle.started()
    assert stage.told == ["started"]


def case_plugin_stopping(stage: Stage) -> None:
    stage.parts.lifecycle.stopping()
    assert stage.told == ["stopping"]


def _written(stage: Stage) -> str:
    """The identity of somebody of whom the plugin has a note."""
    comment_id = stage.client.write("x", author={"name": "Ani", "email": "ani@example.com"})["comment"]["id"]
    stage.client.instance.jobs.run_due()
    return str(stage.client.row(comment_id).identity_id)


def case_export_personal_data(stage: Stage) -> None:
    person = _written(stage)
    found = stage.client.instance.privacy.export(stage.site, email="ANI@example.com")
    assert (found["plugins"], found["incomplete"]) == ({person: {"everything": {"notes": 1}}}, {})


def case_erase_personal_data(stage: Stage) -> None:
    person = _written(stage)
    assert stage.run("privacy", "erase", "--identity", person, "--yes").exit_code == 0
    with stage.context.tables.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM everything_note")).scalar_one() == 0
    assert [comment.source for comment in stage.client.stored()] == [""]


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_fires_and_its_answer_matters(new_stage: Callable[..., Stage], hook: str) -> None:
    case = globals().get(f"case_{hook}")
    assert case is not None, f"there is no case for {hook}"
    case(new_stage())


@pytest.mark.parametrize("hook", HOOKS)
def test_a_case_notices_when_its_hook_is_not_there(new_stage: Callable[..., Stage], hook: str) -> None:
    stage = new_stage(without=hook)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever tells the difference
        globals()[f"case_{hook}"](stage)
    assert caught.value is not None


def test_the_plugin_implements_every_hook_and_no_case_is_of_another(tmp_path: Path) -> None:
    module = everything(Stage(tmp_path))
    implemented = [name for name, item in vars(module).items() if hasattr(item, f"{markers.PROJECT}_impl")]
    assert sorted(implemented) == sorted(HOOKS)
    assert sorted(name.removeprefix("case_") for name in globals() if name.startswith("case_")) == sorted(HOOKS)
