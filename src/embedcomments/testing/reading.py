"""Checks of what a plugin says of itself: nothing of it runs here but its registration."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import marshmallow

from embedcomments.host import hookspecs
from embedcomments.host.declarations import PluginInfo
from embedcomments.host.markers import PROJECT
from embedcomments.host.plugins import Plugin

MAX_ASSET_BYTES = 65_536
_SECRET = re.compile(r"(?:^|_)(?:password|passphrase|secret|token|api_?key)$")
_HOOKS = {
    name: inspect.signature(spec)
    for name, spec in vars(hookspecs).items()
    if inspect.isfunction(spec) and hasattr(spec, f"{PROJECT}_spec")
}


def name_card(module: ModuleType, called: str | None) -> Sequence[str]:
    """Whether people learn what it is. ``called``: the entry point or file by which it was found."""
    info = getattr(module, "plugin_info", None)
    if not isinstance(info, PluginInfo):
        return ["It has no plugin_info of type PluginInfo."]
    problems = [f"plugin_info has no {part}." for part in ("title", "description") if not getattr(info, part).strip()]
    if info.name in info.after:
        problems.append("It wants to come after itself.")
    if called is not None and called != info.name and not called.endswith(".py"):
        problems.append(f"It is installed as {called!r}, but plugin_info says {info.name!r}.")
    return problems


def signatures(module: ModuleType) -> Sequence[str]:
    """Whether each hook is marked and takes what it will be given."""
    problems = []
    for name, function in vars(module).items():
        if name not in _HOOKS or not inspect.isfunction(function):
            continue
        if not hasattr(function, f"{PROJECT}_impl"):
            problems.append(f"{name} is not marked with @hookimpl, so it is never called.")
            continue
        for parameter in inspect.signature(function).parameters.values():
            if parameter.name not in _HOOKS[name].parameters:
                known = ", ".join(_HOOKS[name].parameters) or "nothing"
                problems.append(f"{name} takes {parameter}, which the hook does not give. It gives {known}.")
            elif parameter.default is not inspect.Parameter.empty:
                problems.append(f"{name} has a default for {parameter.name}: it would get that and nothing else.")
    return problems


def imports(module: ModuleType) -> Sequence[str]:
    """Whether it imports nothing of ours but the API."""
    problems = []
    for file, label in _files(module):
        for line, name in sorted(_imported(ast.parse(file.read_bytes()))):
            if name.split(".")[0] == "embedcomments" and name != "embedcomments.api":
                problems.append(f"{label}:{line} imports {name}; only embedcomments.api is promised to plugins.")
    return problems


def settings(plugin: Plugin) -> Sequence[str]:
    """Whether the desk's form can explain each setting, and whether the defaults are valid."""
    if plugin.settings is None:
        return []
    schema = plugin.settings.schema()
    problems = []
    for name, field in schema.fields.items():
        problems += [
            f"{name} has no {part} in its metadata." for part in ("title", "help") if not field.metadata.get(part)
        ]
        if field.metadata.get("scope", "site") not in ("site", "instance"):
            problems.append(f"{name} has the scope {field.metadata['scope']!r}; there are site and instance.")
        if field.metadata.get("secret") and field.metadata.get("public"):
            problems.append(f"{name} is secret and public.")
        if _SECRET.search(name) and not field.metadata.get("secret") and not field.metadata.get("public"):
            problems.append(f'{name} sounds like a secret. Say "secret": True, or "public": True.')
    # marshmallow takes defaults for valid; a site that saves the form unchanged sends them back, and does not.
    try:
        schema.load(schema.dump(schema.load({})))
    except marshmallow.ValidationError as error:
        problems.append(f"Its own defaults are not valid: {error}")
    return problems


def assets(plugin: Plugin) -> Sequence[str]:
    """Whether the widget can load its modules, and readers do not wait for them."""
    problems = []
    for asset in plugin.assets:
        data = asset.file.read_bytes()
        if len(data) > MAX_ASSET_BYTES:
            problems.append(f"{asset.file.name} has {len(data):,} bytes; {MAX_ASSET_BYTES:,} are the most.")
        if not data.strip():
            problems.append(f"{asset.file.name} is empty.")
        try:
            data.decode()
        except UnicodeDecodeError as error:
            problems.append(f"{asset.file.name} is not UTF-8: {error.reason} at byte {error.start}.")
    return problems


def _files(module: ModuleType) -> list[tuple[Path, str]]:
    """The Python files of the plugin, with the names to show for them."""
    made_of = getattr(module, "__file__", None)
    if made_of is None:
        return []
    file = Path(made_of)
    if not hasattr(module, "__path__"):
        return [(file, file.name)]
    return [(found, str(found.relative_to(file.parent.parent))) for found in sorted(file.parent.rglob("*.py"))]


def _imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            # ``from embedcomments import api`` names the module it wants behind the import.
            whole = node.module == "embedcomments"
            yield from (
                (node.lineno, f"{node.module}.{alias.name}" if whole else node.module or "") for alias in node.names
            )
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("import_module", "__import__") and isinstance(node.args[0].value, str):
                yield node.lineno, node.args[0].value
