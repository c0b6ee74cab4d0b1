"""Writes a new plugin's distribution from the templates beside this module."""

from __future__ import annotations

import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from embedcomments import __version__
from embedcomments.host.loading import is_plugin_name

TEMPLATES = "new_plugin_files"


def write_plugin(name: str, directory: Path) -> Path:
    """Make ``directory``/embedcomments-NAME, a project that can be installed and passes its tests; that folder.

    Raises ClickException for a bad name and a folder that is there already; nothing is written then.
    """
    if not is_plugin_name(name) or name.endswith("-") or "--" in name:
        raise click.ClickException(
            f"{name!r} cannot be a plugin's name: lower case letters, digits and single hyphens between them, "
            "at most 40, beginning with a letter, and none that embedcomments uses itself."
        )
    folder = directory / f"embedcomments-{name}"
    if folder.exists():
        raise click.ClickException(f"{folder} is there already; nothing was written.")
    words = {
        "NAME": name,
        "MODULE": f"embedcomments_{name.replace('-', '_')}",
        "TITLE": name.replace("-", " ").capitalize(),
        "VERSION": __version__,
    }
    texts = {path: _filled(text, words) for path, text in _templates()}
    try:
        for path, text in texts.items():
            file = folder / _filled(path, words)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
    except OSError as error:
        raise click.ClickException(f"{folder} cannot be written: {error.strerror or error}") from error
    return folder


def _templates() -> list[tuple[str, str]]:
    """Each file's path in the project and its text, both with words in %% to be filled in."""

    def walk(folder: Traversable, path: str) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for item in folder.iterdir():
            if item.is_dir():
                found += walk(item, f"{path}{item.name}/")
            elif item.name.endswith(".template"):
                found.append((path + item.name.removesuffix(".template"), item.read_text("utf-8")))
        return found

    return sorted(walk(files(__package__) / TEMPLATES, ""))


def _filled(text: str, words: dict[str, str]) -> str:
    return re.sub(r"%%([A-Z]+)%%", lambda match: words[match[1]], text)
