"""``embedcomments plugin``: what is installed, and where it is on."""

from __future__ import annotations

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from embedcomments.cli.running import Setup, pass_setup
from embedcomments.domain.sites import DEFAULT_SITE


@click.group()
def plugin() -> None:
    """Plugins and the sites where they are on."""


@plugin.command("list")
@pass_setup
def list_(setup: Setup) -> None:
    """Show what is loaded, from where, and where it is on."""
    table = Table("name", "version", "from", "on", "hooks", box=None, pad_edge=False)
    console = Console()
    with setup.instance() as instance:
        own = instance.parts
        sites = own.sites.all()
        for loaded in own.plugins.loaded:
            on = [site.name for site in sites if own.choices.find(site, loaded.name) is not None]
            where = "everywhere" if len(on) == len(sites) else ", ".join(on) or "nowhere"
            row = (loaded.name, loaded.info.version, loaded.origin, where, ", ".join(sorted(loaded.hooks)))
            table.add_row(*map(escape, row))
        console.print(table)
        for broken in own.plugins.broken:
            sentence = escape(f" ({broken.origin}) is disabled: {broken.error}")
            console.print(f"[red]{escape(broken.name)}[/]{sentence}", highlight=False)


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
            own.choices.set_order(own.sites.get(site_name), names)
        for item in own.choices.all(own.sites.get(site_name)):
            click.echo(item.plugin.name if item.enabled else f"{item.plugin.name} (off)")


def _switch(setup: Setup, name: str, site_name: str, *, on: bool) -> None:
    with setup.instance() as instance:
        own = instance.parts
        if own.plugins.named(name) is None:
            raise click.ClickException(f"There is no plugin {name!r}; see: embedcomments plugin list")
        went_well = own.lifecycle.switch(own.sites.get(site_name), name, on=on)
        click.echo(f"{name} is {'on' if on else 'off'} for {site_name}.")
        if not went_well:
            click.echo("It reported an error; the log above says which.", err=True)
