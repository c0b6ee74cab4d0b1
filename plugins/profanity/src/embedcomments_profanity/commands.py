"""``embedcomments profanity``: explains one text, and looks through many."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from embedcomments.api import Command, SourceFormat
from embedcomments_profanity.actions import attacks_in, find_in_text, matcher_of, strictest
from embedcomments_profanity.lists import LANGUAGES
from embedcomments_profanity.matcher import Hit


def commands() -> Sequence[Command]:
    """``check`` and ``scan``."""
    return [check, scan]


def verdict_of(text: str, settings: Mapping[str, Any]) -> str:
    """What a comment with that text would meet: the strictest of publish, nudge, mask, hold, reject."""
    actions = [finding.action for finding in find_in_text(text, settings, SourceFormat.MARKDOWN)]
    return strictest([*actions, settings["attacks"]] if attacks_in(text, settings) else actions)


_site = click.option("--site", "site_name", default="default", show_default=True, help="Whose settings hold.")
_lang = click.option(
    "--lang",
    "languages",
    multiple=True,
    type=click.Choice(LANGUAGES),
    help="A list to read with, instead of those of the site; may be given again.",
)


@click.command()
@click.argument("text")
@_lang
@_site
def check(text: str, languages: tuple[str, ...], site_name: str) -> None:
    """Explain what is found in TEXT: where, as what it was read, by which rule."""
    settings = _settings(site_name, languages)
    hits = matcher_of(settings).find(text)
    for hit in hits:
        click.echo(f"{hit.start}–{hit.end} “{text[hit.start : hit.end]}” was read as “{hit.form}”.")
        click.echo(f"    rule {hit.word}, language {hit.language}, severity {hit.severity.value}, kind {hit.kind}")
        if hit.notes:
            click.echo(f"    note: {hit.notes}")
    attacks = attacks_in(text, settings)
    for attack in attacks:
        click.echo(f"{attack.start}–{attack.end} “{text[attack.start : attack.end]}” may attack somebody.")
        click.echo(f"    patterns of {attack.language}, score {attack.score:.1f}")
    if not hits and not attacks:
        click.echo("Nothing was found.")
    click.echo(f"In a comment: {verdict_of(text, settings)}.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True, allow_dash=True))
@click.argument("more", nargs=-1, type=click.Choice(LANGUAGES), metavar="")
@_lang
@_site
def scan(file: Path, more: tuple[str, ...], languages: tuple[str, ...], site_name: str) -> None:
    """Read FILE (UTF-8, a text a line) and print one line of JSON for each: its hits and the verdict.

    A span counts characters from 0. Languages may also follow one --lang: --lang de fr.
    """
    settings = _settings(site_name, (*languages, *more))
    matcher = matcher_of(settings)
    with click.open_file(str(file), "rb") as lines:
        # Split at line feeds only: other separators of Unicode may stand in a text.
        for raw in lines:
            text = raw.decode("utf-8", "replace").rstrip("\r\n")
            click.echo(_line(matcher.find(text), verdict_of(text, settings)))


def _line(hits: Sequence[Hit], verdict: str) -> str:
    found = [
        {
            "span": [hit.start, hit.end],
            "word": hit.word,
            "lang": hit.language,
            "severity": hit.severity.value,
            "kind": hit.kind,
        }
        for hit in hits
    ]
    return json.dumps({"hits": found, "verdict": verdict}, ensure_ascii=False)


def _settings(site_name: str, languages: tuple[str, ...]) -> Mapping[str, Any]:
    context = click.get_current_context().obj(site_name)
    settings: Mapping[str, Any] = context.settings
    return {**settings, "languages": list(dict.fromkeys(languages))} if languages else settings
