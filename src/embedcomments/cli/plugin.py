"""``embedcomments plugin``: what is installed, and where it is on."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from embedcomments.cli.describing import described
from embedcomments.cli.new_plugin import write_plugin
from embedcomments.cli.running import Setup, pass_setup
from embedcomments.domain.identities import COMMAND_LINE
from embedcomments.domain.sites import DEFAULT_SITE


@click.group()
def plugin() -> None:
    """Plugins and the sites where they are on."""


@plugin.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@pass_setup
def list_(setup: Setup, as_json: bool) -> None:
    """Show what is loaded, from where, its hooks, where it is on, and what is wrong.

    Told are plugins that are broken, settings that are not valid, jobs that were given up, and how often hooks failed
    in the servers that ran within a day, at most a minute behind them.
    """
    with setup.instance() as instance:
        found = described(instance.parts)
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        _print(found)


def _print(found: Mapping[str, Any]) -> None:
    table = Table("name", "version", "from", "on", "hooks", box=None, pad_edge=False)
    console = Console()
    troubles = []
    for item in found["plugins"]:
        on = [name for name, site in item["sites"].items() if site["enabled"]]
        where = "everywhere" if len(on) == len(item["sites"]) else ", ".join(on) or "nowhere"
        table.add_row(*map(escape, (item["name"], item["version"], item["origin"], where, ", ".join(item["hooks"]))))
        if item["failures"]:
            counted = ", ".join(f"{hook} ({count})" for hook, count in item["failures"].items())
            troubles.append((item["name"], f" failed within a day: {counted}"))
        for name, site in item["sites"].items():
            if site["problem"]:
                troubles.append((item["name"], f" on {name}: {site['problem']}"))
            if site["dead_letters"]:
                letters = ", ".join(f"{job} ({count})" for job, count in site["dead_letters"].items())
                troubles.append((item["name"], f" on {name} gave up jobs: {letters}; see Health on the desk."))
    console.print(table)
    for item in found["broken"]:
        troubles.append((item["name"], f" ({item['origin']}) is disabled: {item['error']}"))
    for name, sentence in troubles:
        console.print(f"[red]{escape(name)}[/]{escape(sentence)}", highlight=False, soft_wrap=True)


@plugin.command()
@click.argument("name_or_file")
@pass_setup
def check(setup: Setup, name_or_file: str) -> None:
    """Run the conformance checks on an installed plugin, or on a file.

    The plugin runs in a temporary folder with SQLite, never on your data. Ends with 1 when a check fails.
    """
    # Inside, because it brings what only authors need.
    from embedcomments.testing.checking import check_plugin

    # What goes wrong is said below; the log would say it again, with a traceback each.
    logging.disable(logging.CRITICAL)
    try:
        report = check_plugin(name_or_file, plugins_dir=setup.config.plugins_dir)
    finally:
        logging.disable(logging.NOTSET)
    for done in report.checks:
        click.echo(f"{'failed' if done.problems else 'ok':<8}{done.name}")
        for problem in done.problems:
            click.echo(f"        {problem}")
    if report.problems:
        raise click.exceptions.Exit(1)


@plugin.command()
@click.argument("name")
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Where its folder is made. [default: here]",
)
def new(name: str, directory: Path) -> None:
    """Write a new plugin: settings, a hook, a part of the widget, and tests, ready to be installed."""
    folder = write_plugin(name, directory)
    click.echo(f"Wrote {folder}. Next:")
    for line in (f"cd {folder}", "pip install --editable .", "pytest", f"embedcomments plugin check {name}"):
        click.echo(f"  {line}")


@plugin.command()
@click.argument("name")
@click.option("--site", "site_name", default=DEFAULT_SITE, show_default=True)
@pass_setup
def enable(setup: Setup, name: str, site_name: str) -> None:
    """Switch a plugin on for a site."""
    _switch(setup, name, site_name, on=True)


@plugin.command()
@click.argument("name")
@click.option("--site", "site_name", default=DEFAULT_SITE, show_default=True)
@pass_setup
def disable(setup: Setup, name: str, site_name: str) -> None:
    """Switch a plugin off for a site."""
    _switch(setup, name, site_name, on=False)


@plugin.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--site", "site_name", default=DEFAULT_SITE, show_default=True)
@click.option("--default", "default", is_flag=True, help="Back to the order that plugins have of themselves.")
@pass_setup
def order(setup: Setup, names: tuple[str, ...], site_name: str, default: bool) -> None:
    """Have plugins run in this order on a site, before all others; without names, show the order.

    What plugins themselves say of their order holds all the same.
    """
    if default and names:
        raise click.UsageError("Give names, or --default.")
    with setup.instance() as instance:
        own = instance.parts
        if default or names:
            own.choices.set_order(own.sites.get(site_name), names, actor=COMMAND_LINE)
        for item in own.choices.all(own.sites.get(site_name)):
            click.echo(item.plugin.name if item.enabled else f"{item.plugin.name} (off)")


def _switch(setup: Setup, name: str, site_name: str, *, on: bool) -> None:
    with setup.instance() as instance:
        own = instance.parts
        if own.plugins.named(name) is None:
            raise click.ClickException(f"There is no plugin {name!r}; see: embedcomments plugin list")
        went_well = own.lifecycle.switch(own.sites.get(site_name), name, on=on, actor=COMMAND_LINE)
        click.echo(f"{name} is {'on' if on else 'off'} for {site_name}.")
        if not went_well:
            click.echo("It reported an error; the log above says which.", err=True)
