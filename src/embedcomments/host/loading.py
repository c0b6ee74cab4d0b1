"""Finds plugins, and takes in what they declare. Whatever is wrong with one disables that one."""

from __future__ import annotations

import importlib.util
import inspect
import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.machinery import SourceFileLoader
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import marshmallow
import pluggy

from embedcomments.domain.errors import PluginError
from embedcomments.host import hookspecs
from embedcomments.host.declarations import (
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
)
from embedcomments.host.markers import PROJECT
from embedcomments.host.order import default_order
from embedcomments.host.plugins import BrokenPlugin, Hook, Plugin, Plugins
from embedcomments.services.event_jobs import ON_EVENT
from embedcomments.services.importing.own import FORMAT
from embedcomments.services.sanitizing import is_harmless

_log = logging.getLogger(__name__)

API_VERSION = 1
MAX_JOB_S = 540  # less than the lease that a runner takes a job for (host/work.py)
ENTRY_POINTS = "embedcomments"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
# Pages of the desk, and our own commands: a plugin of such a name would stand behind them, unseen.
_RESERVED = frozenset({"core", "live", "plugins", "settings", "site", "health", "sign-in", "sign-out"}) | {
    "jobs", "overview", "sites", "threads", "comments", "record", "people", "embedcomments",
    "audit", "export", "import", "mail", "moderator", "plugin", "prerender", "privacy", "serve", "thread",
}  # fmt: skip
# What the core itself reads and writes, by attribute of Plugin.
_CORE_NAMES = {"importers": frozenset({FORMAT, "wordpress"}), "exporters": frozenset({FORMAT})}
_PATH = re.compile(r"(?:[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*)?")


def load_plugins(
    *, plugins_dir: Path | None = None, disabled: Iterable[str] = (), modules: Sequence[ModuleType] | None = None
) -> Plugins:
    """All installed plugins, and the single files in ``plugins_dir``; or exactly ``modules`` when given (tests)."""
    found: list[Plugin] = []
    broken: list[BrokenPlugin] = []
    off = frozenset(disabled)
    for origin, name, load in _sources(plugins_dir, modules):
        if name in off:
            continue
        try:
            plugin = _take_in(load(), origin)
            if plugin.name in off:
                continue
            _refuse_duplicates(plugin, found)
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a broken distribution may raise anything, SystemExit too
            sentence = error.message if isinstance(error, PluginError) else f"{type(error).__name__}: {error}"
            _log.error("The plugin %s (%s) is disabled: %s", name, origin, sentence)
            broken.append(BrokenPlugin(name=name, origin=origin, error=sentence))
        else:
            found.append(plugin)
    return Plugins(loaded=default_order(found), broken=tuple(broken))


_Source = tuple[str, str, Callable[[], ModuleType]]


def _sources(plugins_dir: Path | None, modules: Sequence[ModuleType] | None) -> list[_Source]:
    if modules is not None:
        return [(f"module {module.__name__}", module.__name__, lambda module=module: module) for module in modules]  # type: ignore[misc]
    sources: list[_Source] = []
    for entry in sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name):
        sources.append((_distribution(entry), entry.name, entry.load))
    if plugins_dir is not None and plugins_dir.is_dir():
        for file in sorted(plugins_dir.glob("*.py")):
            sources.append((f"file {file.name}", file.stem, lambda file=file: load_file(file)))  # type: ignore[misc]
    return sources


def _distribution(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else entry.value


class _SourceAsItIs(SourceFileLoader):
    """Compiles the file as it stands. Python's cache knows a file by its size and a time in whole seconds, and takes
    one that was saved twice within a second for unchanged; it would also be written into the owner's folder."""

    def path_stats(self, path: Any) -> Any:
        """Nothing that a cache could go by."""
        raise OSError("not cached")


def load_file(file: Path) -> ModuleType:
    """The plugin that is one file. Raises what it raises, and PluginError for a file that is no module."""
    name = f"embedcomments_plugin_file_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file, loader=_SourceAsItIs(name, str(file)))
    if spec is None or spec.loader is None:
        raise PluginError(f"{file.name} cannot be read as a Python module.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def is_plugin_name(name: str) -> bool:
    """Whether a plugin may be called so."""
    return _NAME.fullmatch(name) is not None and name not in _RESERVED


def _take_in(module: ModuleType, origin: str) -> Plugin:
    info = getattr(module, "plugin_info", None)
    if not isinstance(info, PluginInfo):
        raise PluginError("It has no plugin_info of type PluginInfo.")
    if not is_plugin_name(info.name):
        raise PluginError(f"Its name {info.name!r} is reserved or not of lower case letters, digits and hyphens.")
    if info.api != API_VERSION:
        raise PluginError(f"It was written for version {info.api} of the hooks; this server has {API_VERSION}.")
    hooks = _hooks(module)
    file = getattr(module, "__file__", None)
    plugin = Plugin(
        info=info,
        origin=origin,
        folder=Path(file).parent if file else None,
        module=module.__name__,
        hooks={name: hook for name, hook in hooks.items() if not name.startswith("register_")},
    )
    return _declarations(plugin, hooks)


def _hooks(module: ModuleType) -> dict[str, Hook]:
    """The module's implementations, checked by pluggy against the specifications."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(module)
    manager.check_pending()
    hooks: dict[str, Hook] = {}
    for caller in manager.get_hookcallers(module) or []:
        for impl in caller.get_hookimpls():
            if inspect.iscoroutinefunction(impl.function) or inspect.isasyncgenfunction(impl.function):
                raise PluginError(f"{caller.name} is a coroutine; hooks are plain functions.")
            if impl.wrapper or impl.hookwrapper or impl.tryfirst or impl.trylast:
                raise PluginError(
                    f"{caller.name} is a wrapper, tryfirst or trylast; order is said by PluginInfo.after."
                )
            hooks[caller.name] = Hook(impl.function, tuple(impl.argnames))
    return hooks


def _declarations(plugin: Plugin, hooks: Mapping[str, Hook]) -> Plugin:
    def many(name: str, kind: type[Any]) -> tuple[Any, ...]:
        if name not in hooks:
            return ()
        answer = hooks[name].call({})
        if isinstance(answer, str) or not isinstance(answer, Iterable):
            raise PluginError(f"{name} must return a list of {kind.__name__}.")
        items = tuple(answer)
        for item in items:
            if not isinstance(item, kind):
                raise PluginError(f"{name} returned a {type(item).__name__}, not a {kind.__name__}.")
        return items

    def one(name: str, kind: type[Any]) -> Any:
        answer = hooks[name].call({}) if name in hooks else None
        if answer is not None and not isinstance(answer, kind):
            raise PluginError(f"{name} must return a {kind.__name__} or None.")
        return answer

    settings = one("register_settings", Settings)
    if settings is not None:
        _check_settings(settings)
    routes = many("register_routes", Route)
    pages = many("register_admin_pages", AdminPage)
    _unique("route", [(route.path, method) for route in routes for method in route.methods])
    _unique("admin page", [page.path for page in pages])
    for path in [*(route.path for route in routes), *(page.path for page in pages)]:
        if not _PATH.fullmatch(path):
            raise PluginError(f"The path {path!r} has a leading slash or characters that a path does not take.")
        if path.split("/")[0] == "feeds" and path in {route.path for route in routes}:
            raise PluginError(f"The route {path!r} would stand behind its feeds, which are below feeds/.")
    for page in pages:
        _check_page_files(page)
    jobs = many("register_jobs", Job)
    _unique("job", [job.name for job in jobs])
    for job in jobs:
        _check_job(job)
    heard = plugin.info.events_setting
    if heard is not None and (settings is None or heard not in settings.schema().fields):
        raise PluginError(f"Its events depend on {heard!r}, which is no setting of it.")
    assets = many("register_widget_assets", WidgetAsset)
    for asset in assets:
        if not asset.file.is_file() or asset.file.suffix != ".js":
            raise PluginError(f"The widget asset {asset.file.name} is not there, or is no .js file.")
        if asset.setting is not None and (settings is None or asset.setting not in settings.schema().fields):
            raise PluginError(f"The widget asset {asset.file.name} depends on {asset.setting!r}, which is no setting.")
    allows = many("register_html_allow", HtmlAllow)
    for allow in allows:
        for tag in {*allow.tags, *allow.attributes}:
            if not is_harmless(tag, allow.attributes.get(tag, ())):
                raise PluginError(f"<{tag}> with {sorted(allow.attributes.get(tag, ()))} could run code.")
    migrations = one("register_migrations", Migrations)
    if migrations is not None and not (migrations.folder / "versions").is_dir():
        raise PluginError("Its migrations have no folder 'versions'.")
    events = many("register_events", EventType)
    _unique("event", [event.name for event in events])
    commands = many("register_commands", click.Command)
    _unique("command", [command.name for command in commands])
    for name in plugin.info.shortcuts:
        if name in _RESERVED or name not in {command.name for command in commands}:
            raise PluginError(f"Its shortcut {name!r} is a command of ours, or none of its own.")
    providers = many("register_auth_providers", AuthProvider)
    _unique("auth provider", [provider.name for provider in providers])
    renderers = many("register_renderers", Renderer)
    _unique("renderer", [renderer.name for renderer in renderers])
    feeds = many("register_feeds", FeedDocument)
    _unique("feed", [feed.name for feed in feeds])
    importers = many("register_importers", Importer)
    _unique("importer", [importer.name for importer in importers])
    exporters = many("register_exporters", Exporter)
    _unique("exporter", [exporter.name for exporter in exporters])
    return replace(
        plugin,
        settings=settings,
        migrations=migrations,
        routes=routes,
        admin_pages=pages,
        commands=commands,
        jobs={job.name: job for job in jobs},
        events=events,
        auth_providers=providers,
        renderers=renderers,
        html_allow=allows,
        assets=assets,
        feeds=feeds,
        importers=importers,
        exporters=exporters,
    )


def _check_page_files(page: AdminPage) -> None:
    for what, files, suffix in (("script", page.scripts, ".js"), ("style", page.styles, ".css")):
        for file in files:
            if not isinstance(file, Path) or file.suffix != suffix or not file.is_file():
                name = getattr(file, "name", file)
                raise PluginError(f"The {what} {name} of the page {page.path!r} is not there, or is no {suffix} file.")


def _check_job(job: Job) -> None:
    if job.name == ON_EVENT:
        raise PluginError(f"A job cannot be named {ON_EVENT!r}: that is the hook.")
    if job.every_s is not None and job.every_s < 1:
        raise PluginError(f"The job {job.name!r} cannot run every {job.every_s} seconds.")
    if not 0 < job.timeout_s <= MAX_JOB_S:
        raise PluginError(f"The job {job.name!r} has a timeout_s of {job.timeout_s}; at most {MAX_JOB_S} are possible.")


def _check_settings(settings: Settings) -> None:
    if not (isinstance(settings.schema, type) and issubclass(settings.schema, marshmallow.Schema)):
        raise PluginError("Its settings are no marshmallow schema class.")
    for name, field in settings.schema().fields.items():
        if field.load_default is marshmallow.missing:
            raise PluginError(f"The setting {name!r} needs a load_default.")
    try:
        settings.schema().load({})
    except marshmallow.ValidationError as error:
        raise PluginError(f"Its settings do not accept their own defaults: {error}") from error


def _unique(what: str, names: Sequence[Any]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise PluginError(f"It declares the {what} {name!r} twice.")


def _refuse_duplicates(plugin: Plugin, earlier: Sequence[Plugin]) -> None:
    for attribute, names in _CORE_NAMES.items():
        ours = names & {item.name for item in getattr(plugin, attribute)}
        if ours:
            raise PluginError(f"{sorted(ours)[0]!r} of its {attribute} is already that of the core.")
    for other in earlier:
        if other.name == plugin.name:
            raise PluginError(f"The name {plugin.name!r} is taken by {other.origin}.")
        mine = {plugin.name, *plugin.info.shortcuts}
        if taken := mine & {other.name, *other.info.shortcuts}:
            raise PluginError(f"The command {sorted(taken)[0]!r} is already that of {other.name}.")
        for attribute in ("importers", "exporters", "auth_providers", "renderers"):
            mine = {item.name for item in getattr(plugin, attribute)}
            if taken := mine & {item.name for item in getattr(other, attribute)}:
                raise PluginError(f"{sorted(taken)[0]!r} of its {attribute} is already that of {other.name}.")
