"""Writes the pages of docs/ that follow from the code: hooks.md, commands.md, configuration.md.

``--check`` writes nothing and fails when a page is not what the code says.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path

import click

from embedcomments.cli import main as commands
from embedcomments.domain.configuration import ENVIRONMENT_PREFIX, Config
from embedcomments.host import declarations, hookspecs

FOLDER = Path(__file__).parent
NOTE = "<!-- Made by docs/generate.py (`make docs`); do not edit. -->"
OWN_COMMANDS = (
    "serve", "site", "import", "export", "prerender", "moderator", "plugin", "thread", "privacy", "audit", "mail",
)  # fmt: skip


def hooks() -> str:
    """The page on hooks: their docstrings, and the declarations that registration returns."""
    specs = [
        item for _, item in inspect.getmembers(hookspecs, inspect.isfunction) if item.__module__ == hookspecs.__name__
    ]
    specs.sort(key=lambda spec: spec.__code__.co_firstlineno)
    lines = [NOTE, "", "# Hooks", "", _prose(hookspecs), ""]
    for title, is_wanted in (("Registration", True), ("Run time", False)):
        lines += [f"## {title}", ""]
        for spec in specs:
            if spec.__name__.startswith("register_") is is_wanted:
                lines += [f"### `{spec.__name__}`", "", "```python", _signature(spec), "```", "", _prose(spec), ""]
    lines += ["## Declarations", ""]
    for name, item in inspect.getmembers(declarations, is_dataclass):
        if isinstance(item, type) and item.__module__ == declarations.__name__:
            members = ", ".join(f"`{field.name}`" for field in fields(item))
            lines += [f"### `{name}`", "", _prose(item), "", f"Fields: {members}.", ""]
    return "\n".join(lines)


def command_pages() -> str:
    """The page on commands: what ``--help`` says."""
    lines = [NOTE, "", "# Commands", ""]
    for names, command in _walk(("embedcomments",), commands):
        context = click.Context(command, info_name=" ".join(names), max_content_width=100, terminal_width=100)
        lines += [f"## `{' '.join(names)}`", "", "```", command.get_help(context), "```", ""]
    return "\n".join(lines)


def configuration() -> str:
    """The page on the instance's configuration."""
    lines = [
        NOTE,
        "",
        "# Configuration",
        "",
        "Nothing has to be configured. What differs from the defaults stands in `embedcomments.toml` in the data "
        f"directory (or the file that `--config` names), or in environment variables `{ENVIRONMENT_PREFIX}NAME`, "
        "which win. Settings of plugins stand in the file under `[plugins.NAME]`; a site's desk may override them.",
        "",
        "| name | type | default |",
        "|---|---|---|",
    ]
    for item in fields(Config):
        if item.name == "data_dir":
            continue
        default = item.default if item.default is not MISSING else {}
        lines.append(f"| `{item.name}` | {str(item.type).replace('|', 'or')} | `{default!r}` |")
    return "\n".join([*lines, "", _prose(Config), ""])


def _signature(spec: object) -> str:
    return f"def {spec.__name__}{inspect.signature(spec)}".replace("'", "")  # type: ignore[attr-defined,arg-type]


def _prose(item: object) -> str:
    return (inspect.getdoc(item) or "").replace("``", "`")


def _walk(names: tuple[str, ...], command: click.Command) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield names, command
    if isinstance(command, click.Group):
        # Those of plugins depend on what is installed.
        wanted = OWN_COMMANDS if len(names) == 1 else sorted(command.commands)
        for name in wanted:
            if not command.commands[name].hidden:
                yield from _walk((*names, name), command.commands[name])


PAGES = {"hooks.md": hooks, "commands.md": command_pages, "configuration.md": configuration}


def main() -> int:
    stale = []
    for name, make in PAGES.items():
        text = make().rstrip() + "\n"
        file = FOLDER / name
        if "--check" not in sys.argv:
            file.write_text(text, "utf-8")
        elif not file.is_file() or file.read_text("utf-8") != text:
            stale.append(name)
    if stale:
        print(f"Not what the code says: {', '.join(stale)}. Run: make docs", file=sys.stderr)
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())
