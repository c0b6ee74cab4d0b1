"""The conformance check: what every plugin must keep, asked of one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from embedcomments.domain.errors import PluginError
from embedcomments.host.dispatch import HOOK_TIMEOUT_S
from embedcomments.host.loading import load_plugins
from embedcomments.host.plugins import Plugin
from embedcomments.testing import living, probes, reading
from embedcomments.testing.app import App
from embedcomments.testing.sources import find_plugin


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One thing that was looked at. ``problems``: a sentence each, none when it is as it should be."""

    name: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """All checks of one plugin, in order. Those behind one that makes them impossible are absent."""

    plugin: str
    checks: tuple[Check, ...]

    @property
    def problems(self) -> list[str]:
        """All problems as ``CHECK: SENTENCE``; a test of a plugin compares this with []."""
        return [f"{check.name}: {problem}" for check in self.checks for problem in check.problems]


class _Checks:
    """Collects checks, and takes a check that breaks for a problem of the plugin."""

    def __init__(self) -> None:
        self.done: list[Check] = []

    def add(self, name: str, look: Callable[[], Sequence[str]]) -> bool:
        """Look; whether all was well."""
        try:
            problems = tuple(look())
        except (KeyboardInterrupt, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 - strangers' code runs here, and may call sys.exit()
            problems = (_sentence(error),)
        self.done.append(Check(name=name, problems=problems))
        return not problems


def check_plugin(plugin: ModuleType | str | Path, *, plugins_dir: Path | None = None) -> Report:
    """Load the plugin by itself, read it, and run it in apps of its own on SQLite.

    ``plugin``: a module, the name of an installed plugin or of a file in ``plugins_dir``, or the path of a file.
    Runs the plugin's code, within the time limits of the server. Nothing outside of a temporary folder is touched and
    no other server is reached.
    """
    checks = _Checks()
    found: list[Any] = []

    def load() -> Sequence[str]:
        module = plugin if isinstance(plugin, ModuleType) else find_plugin(plugin, plugins_dir=plugins_dir)
        found.append(module)
        return ()

    if not checks.add("loads", load):
        return Report(plugin=str(plugin), checks=tuple(checks.done))
    module: ModuleType = found.pop()
    checks.add("name card", lambda: reading.name_card(module, plugin if isinstance(plugin, str) else None))
    checks.add("hook signatures", lambda: reading.signatures(module))
    checks.add("imports", lambda: reading.imports(module))

    def take_in() -> Sequence[str]:
        plugins = load_plugins(modules=[module])
        found.extend(plugins.loaded)
        return [broken.error for broken in plugins.broken]

    if checks.add("declarations", take_in):
        _check_loaded(checks, module, found[0])
    name = found[0].name if found else module.__name__
    return Report(plugin=name, checks=tuple(checks.done))


def _check_loaded(checks: _Checks, module: ModuleType, loaded: Plugin) -> None:
    checks.add("settings", lambda: reading.settings(loaded))
    checks.add("widget assets", lambda: reading.assets(loaded))
    with tempfile.TemporaryDirectory(prefix="embedcomments-check-") as folder:

        @contextmanager
        def app(*modules: ModuleType) -> Iterator[App]:
            made = App(Path(folder), *modules, strict=False, hook_timeout_s=HOOK_TIMEOUT_S)
            try:
                yield made
            finally:
                made.close()

        if not checks.add("migrations", lambda: _migrations(app, module)):
            return
        with app(module) as used:
            checks.add("secrets", lambda: living.secrets(used, loaded))
            for hook in loaded.hooks:
                checks.add(hook, lambda hook=hook: probes.hook(used, loaded, hook))  # type: ignore[misc]
            if loaded.routes or loaded.feeds:
                checks.add("routes", lambda: living.routes(used, loaded))
            if loaded.admin_pages:
                checks.add("admin pages", lambda: living.pages(used, loaded))
            checks.add("disabled means gone", lambda: living.disabled(used, loaded))


def _migrations(app: Any, module: ModuleType) -> Sequence[str]:
    for _ in range(2):  # the second time all is there already
        with app(module) as made:
            if made.broken:  # host/tables.py undoes what touches other tables than the plugin's own
                return [broken.error for broken in made.broken]
    return []


def _sentence(error: BaseException) -> str:
    if isinstance(error, (PluginError, LookupError)):
        return str(error)
    return f"{type(error).__name__}: {error}"
