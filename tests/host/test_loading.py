"""Plugins are found, checked and put in order; a wrong one disables only itself."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import marshmallow
import pluggy
import pytest

from embedcomments.api import (
    AdminPage,
    AuthProvider,
    EventType,
    Exporter,
    FeedDocument,
    HtmlAllow,
    Importer,
    Job,
    Migrations,
    PluginInfo,
    Renderer,
    Route,
    Settings,
    WidgetAsset,
    hookimpl,
)
from embedcomments.cli import main as commands
from embedcomments.host import hookspecs, loading
from embedcomments.host.loading import load_plugins
from embedcomments.web.admin import frame

MakePlugin = Callable[..., ModuleType]


def problem(*modules: ModuleType) -> str:
    """Why the last of these modules was not loaded; the others must be."""
    plugins = load_plugins(modules=list(modules))
    assert len(plugins.loaded) == len(modules) - 1
    (broken,) = plugins.broken
    return broken.error


def names(*modules: ModuleType) -> list[str]:
    return [plugin.name for plugin in load_plugins(modules=list(modules)).loaded]


def test_a_plugin_without_a_name_card_is_refused() -> None:
    assert "no plugin_info" in problem(ModuleType("empty"))
    wrong = ModuleType("wrong")
    wrong.plugin_info = {"name": "wrong"}  # type: ignore[attr-defined]
    assert "no plugin_info" in problem(wrong)


@pytest.mark.parametrize(
    "name", ["", "A", "1a", "a_b", "-a", "a b", "a/b", "ä", "x" * 41, "core", "plugins", "sign-in", "a\n", None, 5]
)
def test_bad_and_reserved_names_are_refused(make_plugin: MakePlugin, name: Any) -> None:
    module = make_plugin("good")
    module.plugin_info = PluginInfo(name=name, title="T")  # type: ignore[attr-defined]
    assert problem(module)


@pytest.mark.parametrize("api", [0, 2])
def test_a_plugin_for_other_hooks_is_refused(make_plugin: MakePlugin, api: int) -> None:
    assert problem(make_plugin(info={"api": api})) == (
        f"It was written for version {api} of the hooks; this server has 1."
    )


def test_the_second_of_a_name_is_refused(make_plugin: MakePlugin) -> None:
    assert problem(make_plugin("twin"), make_plugin("twin")) == "The name 'twin' is taken by module plugin_twin."


def test_an_unknown_hook_and_unknown_arguments_are_refused(make_plugin: MakePlugin) -> None:
    assert "comment_chek" in problem(make_plugin(comment_chek=lambda ctx: None))
    assert "'request'" in problem(make_plugin(comment_check=lambda ctx, request: None))


async def _coroutine(ctx: Any) -> None: ...


async def _async_generator(ctx: Any) -> Any:
    yield


@pytest.mark.parametrize("function", [_coroutine, _async_generator])
def test_coroutines_are_refused(make_plugin: MakePlugin, function: Any) -> None:
    assert problem(make_plugin(widget_config=function)) == "widget_config is a coroutine; hooks are plain functions."


@pytest.mark.parametrize("options", [{"tryfirst": True}, {"trylast": True}, {"hookwrapper": True}, {"wrapper": True}])
def test_wrappers_and_places_in_line_are_refused(make_plugin: MakePlugin, options: dict[str, bool]) -> None:
    def widget_config(ctx: Any) -> Iterator[None]:
        yield

    module = make_plugin()
    module.widget_config = hookimpl(**options)(widget_config)  # type: ignore[attr-defined, call-overload]
    assert problem(module) == "widget_config is a wrapper, tryfirst or trylast; order is said by PluginInfo.after."


def raises(error: BaseException) -> Callable[[], Any]:
    def hook() -> Any:
        raise error

    return hook


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), BaseException("odd")])
def test_a_registration_that_raises_disables_only_its_plugin(make_plugin: MakePlugin, error: BaseException) -> None:
    modules = [make_plugin("a"), make_plugin("b", register_routes=raises(error)), make_plugin("c")]
    plugins = load_plugins(modules=modules)
    assert [plugin.name for plugin in plugins.loaded] == ["a", "c"]
    assert [broken.error for broken in plugins.broken] == [f"{type(error).__name__}: {error}"]


def test_a_keyboard_interrupt_is_the_owners_word(make_plugin: MakePlugin) -> None:
    with pytest.raises(KeyboardInterrupt):
        load_plugins(modules=[make_plugin(register_routes=raises(KeyboardInterrupt()))])


class Fields(marshmallow.Schema):
    greeting = marshmallow.fields.String(load_default="Hi")


class NoDefault(marshmallow.Schema):
    greeting = marshmallow.fields.String()


class BadDefaults(marshmallow.Schema):
    greeting = marshmallow.fields.String(load_default="Hi")

    @marshmallow.validates_schema
    def never(self, data: Any, **_: Any) -> None:
        raise marshmallow.ValidationError("never")


def handler(ctx: Any, request: Any) -> Any: ...


def job(**changes: Any) -> Job:
    return Job(**{"name": "j", "run": lambda ctx, payload: None, **changes})


def importer(name: str) -> Importer:
    return Importer(name=name, title="T", read=lambda file: [])


DECLARATIONS: list[tuple[str, Any, str]] = [
    ("register_settings", Settings(schema=NoDefault), "'greeting' needs a load_default"),
    ("register_settings", Settings(schema=BadDefaults), "do not accept their own defaults"),
    ("register_settings", Settings(schema=int), "no marshmallow schema class"),  # type: ignore[arg-type]
    ("register_settings", Fields, "must return a Settings or None"),
    ("register_routes", None, "must return a list of Route"),
    ("register_routes", "text", "must return a list of Route"),
    ("register_routes", [("x", handler)], "returned a tuple, not a Route"),
    ("register_routes", [Route(path="/x", handler=handler)], "'/x' has a leading slash"),
    ("register_routes", [Route(path="a/../b c", handler=handler)], "characters that a path does not take"),
    ("register_routes", [Route(path="feeds/all", handler=handler)], "'feeds/all' would stand behind its feeds"),
    ("register_routes", [Route(path="x", handler=handler)] * 2, "the route ('x', 'GET') twice"),
    ("register_admin_pages", [AdminPage(path="", handler=handler)] * 2, "the admin page '' twice"),
    ("register_admin_pages", [AdminPage(path="a//b", handler=handler)], "'a//b' has"),
    ("register_jobs", [job(), job()], "the job 'j' twice"),
    ("register_jobs", [job(name="on_event")], "cannot be named 'on_event'"),
    ("register_jobs", [job(every_s=0)], "cannot run every 0 seconds"),
    ("register_jobs", [job(timeout_s=0)], "at most 540"),
    ("register_jobs", [job(timeout_s=3600)], "at most 540"),
    ("register_events", [EventType(name="e")] * 2, "the event 'e' twice"),
    ("register_commands", [click.Command("c")] * 2, "the command 'c' twice"),
    ("register_feeds", [FeedDocument(name="f", title="", content_type="", build=lambda c, r: b"")] * 2, "'f' twice"),
    ("register_importers", [importer("i")] * 2, "the importer 'i' twice"),
    ("register_exporters", [Exporter(name="x", title="", write=lambda c, f: None)] * 2, "the exporter 'x' twice"),
    ("register_renderers", [Renderer(name="r", configure=lambda md: None)] * 2, "the renderer 'r' twice"),
    (
        "register_auth_providers",
        [AuthProvider(name="p", title="", begin=handler, complete=handler)] * 2,
        "the auth provider 'p' twice",
    ),
    ("register_widget_assets", [WidgetAsset(file=Path("/nowhere/x.js"))], "x.js is not there"),
    ("register_widget_assets", [WidgetAsset(file=Path(__file__))], "no .js file"),
    (
        "register_widget_assets",
        [WidgetAsset(file=Path(frame.__file__).parents[1] / "static" / "embed.js", setting="x")],
        "depends on 'x', which is no setting",
    ),
    ("register_html_allow", [HtmlAllow(tags=frozenset({"script"}))], "<script> with [] could run code"),
    ("register_html_allow", [HtmlAllow(attributes={"p": frozenset({"onclick"})})], "<p> with ['onclick'] could run"),
    ("register_html_allow", [HtmlAllow(attributes={"p": frozenset({"class"})})], "<p> with ['class'] could run"),
    ("register_migrations", Migrations(folder=Path("/nowhere")), "no folder 'versions'"),
]


@pytest.mark.parametrize("hook, answer, sentence", DECLARATIONS, ids=lambda value: str(value)[:30])
def test_a_wrong_declaration_is_refused(make_plugin: MakePlugin, hook: str, answer: Any, sentence: str) -> None:
    assert sentence in problem(make_plugin("good"), make_plugin("wrong", **{hook: lambda: answer}))


def test_what_another_plugin_declared_first_is_refused(make_plugin: MakePlugin) -> None:
    modules = [make_plugin(name, register_importers=lambda: [importer("disqus")]) for name in ("a", "b")]
    assert problem(*modules) == "'disqus' of its importers is already that of a."


@pytest.mark.parametrize("name", ["wordpress", "embedcomments"])
def test_what_the_core_reads_and_writes_itself_is_refused(make_plugin: MakePlugin, name: str) -> None:
    module = make_plugin("a", register_importers=lambda: [importer(name)])
    assert problem(make_plugin("good"), module) == f"{name!r} of its importers is already that of the core."


def test_a_plugin_is_not_named_like_a_command_or_a_page_of_the_desk(make_plugin: MakePlugin) -> None:
    pages = {page[0] for _, group in frame._NAVIGATION for page in group if page}
    assert set(commands.commands) | pages <= loading._RESERVED
    for name in ("privacy", "health"):
        assert "is reserved" in problem(make_plugin("good"), make_plugin(name))


def test_a_shortcut_is_a_command_of_the_plugin_that_nobody_else_has(make_plugin: MakePlugin) -> None:
    def with_commands(name: str, *names: str, shortcuts: tuple[str, ...]) -> ModuleType:
        commands = [click.Command(each) for each in names]
        return make_plugin(name, info={"shortcuts": shortcuts}, register_commands=lambda: commands)

    good = with_commands("good", "ring", shortcuts=("ring",))
    assert "'sing' is a command of ours, or none" in problem(good, with_commands("a", "ring", shortcuts=("sing",)))
    assert "'serve' is a command of ours, or none" in problem(good, with_commands("a", "serve", shortcuts=("serve",)))
    taken = "'{}' is already that of good."
    assert taken.format("ring") in problem(good, with_commands("a", "ring", shortcuts=("ring",)))
    assert taken.format("good") in problem(good, with_commands("a", "good", shortcuts=("good",)))
    assert taken.format("ring") in problem(good, with_commands("ring", "x", shortcuts=()))


def test_good_declarations_are_taken_in(make_plugin: MakePlugin, tmp_path: Path) -> None:
    script = tmp_path / "a.js"
    script.write_text("export {}")
    (tmp_path / "versions").mkdir()
    declared: dict[str, Any] = {
        "register_settings": Settings(schema=Fields),
        "register_migrations": Migrations(folder=tmp_path),
        "register_routes": [Route(path="x", handler=handler), Route(path="x", handler=handler, methods=("POST",))],
        "register_admin_pages": [AdminPage(path="", handler=handler)],
        "register_commands": [click.Command("c")],
        "register_jobs": [job(every_s=60)],
        "register_events": [EventType(name="e")],
        "register_widget_assets": (WidgetAsset(file=script),),
        "register_html_allow": iter([HtmlAllow(tags=frozenset({"details"}))]),
    }
    module = make_plugin(
        **{hook: lambda answer=answer: answer for hook, answer in declared.items()}, comment_html=lambda html: html
    )
    (plugin,) = load_plugins(modules=[module]).loaded
    assert (plugin.settings, plugin.migrations, list(plugin.jobs), list(plugin.hooks)) == (
        declared["register_settings"], declared["register_migrations"], ["j"], ["comment_html"],
    )  # fmt: skip
    assert list(plugin.routes) == declared["register_routes"]
    assert [len(items) for items in (plugin.admin_pages, plugin.commands, plugin.events, plugin.assets)] == [1] * 4
    assert plugin.html_allow[0].tags == {"details"}


def test_every_registration_hook_is_read(make_plugin: MakePlugin) -> None:
    asked: list[str] = []
    hooks = [name for name in vars(hookspecs) if name.startswith("register_")]

    def asking(name: str) -> Callable[[], Any]:
        def hook() -> Any:
            asked.append(name)
            return None if name in ("register_settings", "register_migrations") else []

        return hook

    load_plugins(modules=[make_plugin(**{name: asking(name) for name in hooks})])
    assert sorted(asked) == sorted(hooks)
    assert len(hooks) == 14


def test_hooks_run_in_the_order_of_after_and_then_of_names(make_plugin: MakePlugin) -> None:
    modules = [
        make_plugin("c", info={"after": ("d", "nowhere")}),
        make_plugin("d"),
        make_plugin("b"),
        make_plugin("a", info={"after": ("c",)}),
    ]
    assert names(*modules) == names(*reversed(modules)) == ["b", "d", "c", "a"]


def test_plugins_that_wait_for_each_other_come_by_name(make_plugin: MakePlugin) -> None:
    ring = [make_plugin(name, info={"after": (after,)}) for name, after in (("a", "b"), ("b", "c"), ("c", "a"))]
    assert names(*ring, make_plugin("z")) == ["z", "a", "c", "b"]


GOOD = """
from embedcomments.api import PluginInfo, hookimpl

plugin_info = PluginInfo(name="{name}", title="A file")


@hookimpl
def widget_config():
    return {{"from": "file"}}
"""


@pytest.fixture
def plugins_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(loading, "entry_points", lambda group: [])
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("embedcomments_plugin_file_")]:
        del sys.modules[name]


def test_a_single_file_works_like_an_installed_plugin(plugins_dir: Path) -> None:
    (plugins_dir / "mine.py").write_text(GOOD.format(name="mine"))
    (plugins_dir / "notes.txt").write_text("no plugin")
    plugins = load_plugins(plugins_dir=plugins_dir)
    (plugin,) = plugins.loaded
    assert (plugin.name, plugin.origin, plugin.folder) == ("mine", "file mine.py", plugins_dir)
    assert plugin.hooks["widget_config"].call({}) == {"from": "file"}
    assert plugins.broken == ()


@pytest.mark.parametrize("code", ["import sys; sys.exit(1)", "1 / 0", "def (", "import nothing_of_that_name"])
def test_a_file_that_cannot_be_imported_disables_only_itself(plugins_dir: Path, code: str) -> None:
    (plugins_dir / "bad.py").write_text(code)
    (plugins_dir / "good.py").write_text(GOOD.format(name="good"))
    plugins = load_plugins(plugins_dir=plugins_dir)
    assert [plugin.name for plugin in plugins.loaded] == ["good"]
    assert [(broken.name, broken.origin) for broken in plugins.broken] == [("bad", "file bad.py")]
    assert "embedcomments_plugin_file_bad" not in sys.modules


def test_a_folder_that_is_not_there_holds_no_plugins(plugins_dir: Path) -> None:
    assert load_plugins(plugins_dir=plugins_dir / "nothing").loaded == ()


def test_a_disabled_plugin_is_not_even_imported(plugins_dir: Path) -> None:
    (plugins_dir / "evil.py").write_text("raise SystemExit")
    (plugins_dir / "file.py").write_text(GOOD.format(name="inner"))
    plugins = load_plugins(plugins_dir=plugins_dir, disabled=("evil", "inner"))
    assert (plugins.loaded, plugins.broken) == ((), ())


def test_installed_plugins_are_found_by_their_entry_points(
    monkeypatch: pytest.MonkeyPatch, make_plugin: MakePlugin
) -> None:
    module = make_plugin("installed")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    entries = [
        EntryPoint(name="missing", value="nothing_of_that_name", group="embedcomments"),
        EntryPoint(name="installed", value=module.__name__, group="embedcomments"),
    ]
    monkeypatch.setattr(loading, "entry_points", lambda group: entries if group == "embedcomments" else [])
    plugins = load_plugins()
    assert [plugin.name for plugin in plugins.loaded] == ["installed"]
    assert [(broken.name, broken.error) for broken in plugins.broken] == [
        ("missing", "ModuleNotFoundError: No module named 'nothing_of_that_name'")
    ]


def test_hooks_may_take_fewer_arguments_in_any_order(make_plugin: MakePlugin) -> None:
    (plugin,) = load_plugins(modules=[make_plugin(comment_html=lambda draft, html: (draft, html))]).loaded
    assert plugin.hooks["comment_html"].call({"ctx": 1, "html": 2, "draft": 3}) == (3, 2)
    assert pluggy.__version__
