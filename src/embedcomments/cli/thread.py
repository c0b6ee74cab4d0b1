"""``embedcomments thread``: close and reopen discussions."""

from __future__ import annotations

import click

from embedcomments.cli.running import Setup, pass_setup
from embedcomments.domain.sites import DEFAULT_SITE


@click.group()
def thread() -> None:
    """Threads of a site."""


@thread.command()
@click.argument("key")
@click.option("--site", "site_name", default=DEFAULT_SITE, show_default=True)
@pass_setup
def close(setup: Setup, key: str, site_name: str) -> None:
    """Take no new comments under KEY, a page's URL or whatever names its thread."""
    _set_closed(setup, key, site_name, True)


@thread.command()
@click.argument("key")
@click.option("--site", "site_name", default=DEFAULT_SITE, show_default=True)
@pass_setup
def reopen(setup: Setup, key: str, site_name: str) -> None:
    """Take new comments again."""
    _set_closed(setup, key, site_name, False)


def _set_closed(setup: Setup, key: str, site_name: str, closed: bool) -> None:
    with setup.instance() as instance:
        own = instance.parts
        site = own.sites.get(site_name)
        own.moderating.set_closed(site, own.reading.key(site, key), closed, actor="command line")
        click.echo(f"{key} is {'closed' if closed else 'open'}.")
