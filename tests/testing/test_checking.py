"""The conformance check finds what it is there for, and our own plugins pass it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import marshmallow
import pytest

from embedcomments.api import Settings
from embedcomments.host import hookspecs
from embedcomments.testing import check_plugin
from embedcomments.testing.contexts import make_context
from embedcomments.testing.probes import _PROBES

ROOT = Path(__file__).parents[2]
OURS = sorted(path.parent.name for path in (ROOT / "plugins").glob("*/pyproject.toml"))
EXAMPLES = sorted(path for path in (ROOT / "examples").glob("plugin-*/*.py"))
CARD = """
import time
import sys
from embedcomments.api import *
from marshmallow import Schema, fields, validate
plugin_info = PluginInfo(name="sick", title="Sick", description="Has a fault.")
def boom(*_): raise ZeroDivisionError("on purpose")
"""


@pytest.mark.parametrize("name", OURS)
def test_our_own_plugins_pass(name: str) -> None:
    report = check_plugin(name)
    assert (report.plugin, report.problems) == (name, [])


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_the_examples_pass(file: Path) -> None:
    assert check_plugin(file).problems == []


def test_every_run_time_hook_is_probed() -> None:
    run_time = {name for name in vars(hookspecs) if hasattr(getattr(hookspecs, name), "embedcomments_spec")}
    assert set(_PROBES) == {name for name in run_time if not name.startswith("register_")}


@pytest.fixture
def problems_of(tmp_path: Path) -> Callable[..., list[str]]:
    """The problems of a file that has this code below a name card, but for ``card``; ``files`` stand beside it."""

    def check(code: str, *, card: str = CARD, files: dict[str, bytes] | None = None) -> list[str]:
        for name, data in (files or {}).items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(data)
        (tmp_path / "sick.py").write_text(card + textwrap.dedent(code))
        return check_plugin(tmp_path / "sick.py").problems

    return check


def test_a_plugin_without_faults_passes(problems_of: Callable[..., list[str]]) -> None:
    assert problems_of("") == []


@pytest.mark.parametrize(
    "code, problem",
    [
        ("1 / 0", "loads: ZeroDivisionError: division by zero"),
        ("sys.exit(3)", "loads: SystemExit: 3"),
        ("def f(:", "loads: SyntaxError: invalid syntax (sick.py, line 8)"),
        ("plugin_info = None", "name card: It has no plugin_info of type PluginInfo."),
        (
            'plugin_info = PluginInfo(name="sick", title=" ", after=("sick",))',
            "name card: plugin_info has no title.",
        ),
        (
            "def comment_check(draft): pass",
            "hook signatures: comment_check is not marked with @hookimpl, so it is never called.",
        ),
        (
            "@hookimpl\ndef comment_check(text): pass",
            "hook signatures: comment_check takes text, which the hook does not give. It gives ctx, draft.",
        ),
        (
            "@hookimpl\ndef comment_check(ctx, draft=None): pass",
            "hook signatures: comment_check has a default for draft: it would get that and nothing else.",
        ),
        (
            "@hookimpl\nasync def comment_check(draft): pass",
            "declarations: comment_check is a coroutine; hooks are plain functions.",
        ),
        (
            "def f():\n    from embedcomments.storage import jobs",
            "imports: sick.py:9 imports embedcomments.storage; only embedcomments.api is promised to plugins.",
        ),
        (
            "def f():\n    __import__('embedcomments.wiring')",
            "imports: sick.py:9 imports embedcomments.wiring; only embedcomments.api is promised to plugins.",
        ),
        (
            "@hookimpl\ndef register_jobs(): return [Job(name='a', run=boom), Job(name='a', run=boom)]",
            "declarations: It declares the job 'a' twice.",
        ),
    ],
)
def test_what_a_plugin_says_of_itself_is_read(problems_of: Callable[..., list[str]], code: str, problem: str) -> None:
    assert problem in problems_of(code)


@pytest.mark.parametrize(
    "field, problem",
    [
        ("fields.String(load_default='')", "settings: x has no title in its metadata."),
        ("fields.String(load_default='', metadata={'title': 'X'})", "settings: x has no help in its metadata."),
        (
            "fields.Integer(load_default=9, validate=validate.OneOf([1]), metadata={'title': 'X', 'help': 'X.'})",
            "settings: Its own defaults are not valid: {'x': ['Must be one of: 1.']}",
        ),
        (
            "fields.String(load_default='', metadata={'title': 'X', 'help': 'X.', 'secret': True, 'public': True})",
            "settings: x is secret and public.",
        ),
        (
            "fields.String(load_default='', metadata={'title': 'X', 'help': 'X.', 'scope': 'world'})",
            "settings: x has the scope 'world'; there are site and instance.",
        ),
        (
            "fields.Dict(load_default=dict, metadata={'title': 'X', 'help': 'X.', 'secret': True})",
            "secrets: x is secret, but no text: the desk's form cannot mask it.",
        ),
    ],
)
def test_settings_are_looked_at(problems_of: Callable[..., list[str]], field: str, problem: str) -> None:
    code = f"class Mine(Schema):\n    x = {field}\n@hookimpl\ndef register_settings(): return Settings(schema=Mine)"
    assert problem in problems_of(code)


def test_what_sounds_like_a_secret_must_say_what_it_is(problems_of: Callable[..., list[str]]) -> None:
    code = """
        class Mine(Schema):
            api_key = fields.String(load_default="", metadata={"title": "Key", "help": "A key."%s})
        @hookimpl
        def register_settings(): return Settings(schema=Mine)
    """
    assert problems_of(code % "") == ['settings: api_key sounds like a secret. Say "secret": True, or "public": True.']
    assert problems_of(code % ', "secret": True') == problems_of(code % ', "public": True') == []


def test_a_secret_that_readers_are_told_is_found(problems_of: Callable[..., list[str]]) -> None:
    code = """
        class Mine(Schema):
            password = fields.String(load_default="", metadata={"title": "P", "help": "P.", "secret": True})
        @hookimpl
        def register_settings(): return Settings(schema=Mine)
        @hookimpl
        def widget_config(ctx): return dict(ctx.settings)
    """
    assert problems_of(code) == ["secrets: Readers are told the secret password."]


@pytest.mark.parametrize(
    "data, problem",
    [
        (b"\xff", "widget assets: sick.js is not UTF-8: invalid start byte at byte 0."),
        (b" \n", "widget assets: sick.js is empty."),
        (b"/" * 70_000, "widget assets: sick.js has 70,000 bytes; 65,536 are the most."),
    ],
)
def test_widget_assets_are_read(problems_of: Callable[..., list[str]], data: bytes, problem: str) -> None:
    code = """
        from pathlib import Path
        @hookimpl
        def register_widget_assets(): return [WidgetAsset(file=Path(__file__).with_name("sick.js"))]
    """
    assert problems_of(code, files={"sick.js": data}) == [problem]


@pytest.mark.parametrize(
    "upgrade, problem",
    [
        ("op.execute('CREATE TABLE sick_votes (id INTEGER)')", None),
        ("op.execute('CREATE TABLE votes (id INTEGER)')", "migrations: Its migrations failed: they make 'votes', "),
        ("op.execute('DROP TABLE idempotency')", "migrations: Its migrations failed: they drop 'idempotency', "),
        (
            "op.execute('ALTER TABLE comment ADD COLUMN votes INTEGER')",
            "migrations: Its migrations failed: they change 'comment', ",
        ),
        ("op.execute('nonsense')", "migrations: Its migrations failed: "),
    ],
)
def test_migrations_are_run_on_an_empty_database(
    problems_of: Callable[..., list[str]], upgrade: str, problem: str | None
) -> None:
    revision = f"from alembic import op\nrevision = 'a1'\ndown_revision = None\ndef upgrade():\n    {upgrade}\n"
    code = """
        from pathlib import Path
        @hookimpl
        def register_migrations(): return Migrations(folder=Path(__file__).parent / "migrations")
    """
    found = problems_of(code, files={"migrations/versions/a1.py": revision.encode()})
    assert [line[: len(problem or "")] for line in found][:1] == ([problem] if problem else [])


@pytest.mark.parametrize(
    "hook, arguments, body, problem",
    [
        ("submission_verify", "proof", "return proof['token'] and None", "KeyError: 'token' (with an ordinary text)"),
        ("submission_verify", "proof", "return Refusal(message=None)", "TypeError: it answered a Refusal"),
        ("comment_transform", "draft", "return draft.text", "TypeError: it answered a str"),
        ("comment_check", "draft", "draft.text[0]", "IndexError: string index out of range (with no text)"),
        ("comment_check", "draft", "max(draft.text.split(), key=len)", "ValueError: max() "),
        ("comment_check", "draft", "sys.exit()", "SystemExit"),
        ("comment_check", "draft", "len(draft.text) > 9000 and time.sleep(5)", "took longer than 2 s (with 10,000 ch"),
        ("comment_html", "html", "return html.encode()", "TypeError: it answered a bytes"),
        ("comment_fields", "comments", "return {c.id: boom for c in comments}", "TypeError: it answered a dict"),
        ("comment_fields", "viewer", "return viewer.moderator.id and {}", "AttributeError: 'NoneType'"),
        ("thread_fields", "threads", "return {t.id: t.url.lower() for t in threads}", "AttributeError: 'NoneType'"),
        ("permissions", "subjects", "return {c.id: 'no' for c in subjects}", "TypeError: it answered a dict"),
        ("permissions", "action", "return {'reply': {}, 'edit': {}, 'delete': {}}[action]", "KeyError: 'an action of"),
        ("on_event", "event", "event.comment_id", "AttributeError: 'PluginEvent' object has no attribute 'comment_id'"),
        ("on_event", "ctx, event", "ctx.comments.get(event.comment_id).id", "AttributeError: 'NoneType'"),
        ("widget_config", "ctx", "return {1: 2}", "TypeError: it answered a dict"),
        ("discovery_links", "thread", "return [('pingback', thread.url)]", "AttributeError: 'NoneType'"),
        ("site_disabled", "ctx", "boom()", "ZeroDivisionError: on purpose (with the plugin switched off and on)"),
        ("plugin_stopping", "", "boom()", "ZeroDivisionError: on purpose (with an end)"),
        ("export_personal_data", "identity", "return [identity.name]", "TypeError: it answered a list"),
        ("erase_personal_data", "identity", "identity.name[0]", "IndexError: string index out of range"),
    ],
)  # fmt: skip
def test_each_hook_is_called_with_what_readers_and_enemies_send(
    problems_of: Callable[..., list[str]], hook: str, arguments: str, body: str, problem: str
) -> None:
    found = problems_of(f"@hookimpl\ndef {hook}({arguments}):\n    {body}")
    assert [line[: len(f"{hook}: {problem}")] for line in found] == [f"{hook}: {problem}"]


def test_routes_feeds_and_pages_are_called(problems_of: Callable[..., list[str]]) -> None:
    code = """
        def read(ctx, request):
            return {"id": int(request.query.get("id", "1"))}
        def list_first(ctx, request):
            return ctx.comments.list()[0]
        @hookimpl
        def register_routes(): return [Route(path="vote", handler=read, methods=("GET", "POST"))]
        @hookimpl
        def register_feeds(): return [FeedDocument(name="a", title="A", content_type="text/xml", build=boom)]
        @hookimpl
        def register_admin_pages(): return [AdminPage(path="", handler=list_first, title="A")]
    """
    number = "ValueError: invalid literal for int() with base 10: '\\u202e\\'\"<x>'"
    assert problems_of(code) == [
        f"routes: GET /p/sick/default/vote: {number}",
        f"routes: POST /p/sick/default/vote: {number}",
        "routes: GET /p/sick/default/feeds/a: ZeroDivisionError: on purpose",
        "admin pages: GET /: IndexError: list index out of range",
        "admin pages: GET /: TypeError: it answered a Comment",
    ]


def test_a_plugin_that_refuses_everything_is_no_fault(problems_of: Callable[..., list[str]]) -> None:
    code = """
        @hookimpl
        def submission_verify(): return Refusal(message="No.")
        @hookimpl
        def on_event(): pass
        @hookimpl
        def erase_personal_data(): pass
        @hookimpl
        def register_admin_pages(): return [AdminPage(path="", handler=lambda ctx, r: Redirect(), title="A")]
    """
    assert problems_of(code) == []


def test_a_name_that_is_not_installed_is_told() -> None:
    assert check_plugin("nobody").problems == ["loads: No plugin named 'nobody' is installed."]


def test_an_entry_point_of_another_name_is_told(make_plugin: Callable[..., ModuleType], monkeypatch: Any) -> None:
    monkeypatch.setattr(
        "embedcomments.testing.checking.find_plugin", lambda *_, **__: make_plugin("other", info={"description": "X."})
    )
    assert check_plugin("one").problems == ["name card: It is installed as 'one', but plugin_info says 'other'."]


def test_a_context_for_unit_tests_has_the_plugins_own_settings_and_says_what_it_lacks(
    make_plugin: Callable[..., ModuleType],
) -> None:
    class Mine(marshmallow.Schema):
        n = marshmallow.fields.Integer(load_default=3)

    plugin = make_plugin("mine", register_settings=lambda: Settings(schema=Mine))
    published: list[Any] = []
    ctx = make_context(plugin, n=5, published=published)
    assert (ctx.plugin, ctx.settings, make_context(plugin).settings) == ("mine", {"n": 5}, {"n": 3})
    ctx.publish("rang", {})
    ctx.jobs.enqueue("work", {"a": 1}, key="k")
    ctx.jobs.enqueue("work", {"a": 2}, key="k")
    assert published == [("rang", {})]
    assert [(name, payload) for name, payload, _ in ctx.jobs.waiting] == [("work", {"a": 1})]  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="This context has no comments"):
        ctx.comments.get("x")
    for wrong in ({"n": "x"}, {"unknown": 1}):
        with pytest.raises(ValueError, match=r"n|unknown"):
            make_context(plugin, **wrong)
