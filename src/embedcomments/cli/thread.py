"""``embedcomments thread``: close, hide, move and merge discussions, and pin comments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from embedcomments.cli.running import Setup, pass_setup
from embedcomments.domain.identities import COMMAND_LINE
from embedcomments.domain.sites import DEFAULT_SITE

_site = click.option("--site", "site_name", default=DEFAULT_SITE, show_default=True)
_reason = click.option("--reason", help="Why, for the record.")


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    return _site(_reason(pass_setup(command)))


@click.group()
def thread() -> None:
    """Threads of a site. KEY is a page's URL, or whatever names its thread."""


@thread.command()
@click.argument("key")
@_options
def close(setup: Setup, key: str, site_name: str, reason: str | None) -> None:
    """Take no new comments under KEY."""
    _set_closed(setup, key, site_name, True, reason)


@thread.command("open")
@click.argument("key")
@_options
def open_(setup: Setup, key: str, site_name: str, reason: str | None) -> None:
    """Take new comments again."""
    _set_closed(setup, key, site_name, False, reason)


# The name that ``open`` had: scripts may call it.
thread.add_command(click.Command("reopen", params=open_.params, callback=open_.callback, help=open_.help, hidden=True))


@thread.command()
@click.argument("key")
@_options
def hide(setup: Setup, key: str, site_name: str, reason: str | None) -> None:
    """Show readers nothing of the thread under KEY, and take no comments there."""
    _set_hidden(setup, key, site_name, True, reason)


@thread.command()
@click.argument("key")
@_options
def show(setup: Setup, key: str, site_name: str, reason: str | None) -> None:
    """Show a hidden thread again."""
    _set_hidden(setup, key, site_name, False, reason)


@thread.command()
@click.argument("key")
@click.argument("new_key")
@_options
def move(setup: Setup, key: str, new_key: str, site_name: str, reason: str | None) -> None:
    """Have the thread under KEY stand under NEW_KEY, where nobody wrote yet. KEY leads there from now on."""
    with setup.instance() as instance:
        own = instance.parts
        site = own.sites.get(site_name)
        keys = own.reading.key(site, key), own.reading.key(site, new_key)
        found = own.threads.move(site, *keys, actor=COMMAND_LINE, reason=reason)
        click.echo(f"{found.count} comments stand under {found.key} now.")


@thread.command()
@click.argument("from_key")
@click.argument("into_key")
@_options
def merge(setup: Setup, from_key: str, into_key: str, site_name: str, reason: str | None) -> None:
    """Carry all comments from one thread into another, for a page that moved. FROM_KEY leads there from now on.

    There is no way back. Running it again changes nothing.
    """
    with setup.instance() as instance:
        own = instance.parts
        site = own.sites.get(site_name)
        keys = own.reading.key(site, from_key), own.reading.key(site, into_key)
        found = own.threads.merge(site, *keys, actor=COMMAND_LINE, reason=reason)
        click.echo(f"{found.count} comments stand under {found.key} now.")


@thread.command()
@click.argument("comment_id")
@click.option("--off", is_flag=True, help="No longer.")
@_reason
@pass_setup
def pin(setup: Setup, comment_id: str, off: bool, reason: str | None) -> None:
    """Have a comment stand first in its thread."""
    with setup.instance() as instance:
        instance.parts.moderating.pin(comment_id, not off, actor=COMMAND_LINE, reason=reason)
        click.echo(f"{comment_id} is {'no longer ' if off else ''}pinned.")


def _set_closed(setup: Setup, key: str, site_name: str, closed: bool, reason: str | None) -> None:
    with setup.instance() as instance:
        own = instance.parts
        site = own.sites.get(site_name)
        own.moderating.set_closed(site, own.reading.key(site, key), closed, actor=COMMAND_LINE, reason=reason)
        click.echo(f"{key} is {'closed' if closed else 'open'}.")


def _set_hidden(setup: Setup, key: str, site_name: str, hidden: bool, reason: str | None) -> None:
    with setup.instance() as instance:
        own = instance.parts
        site = own.sites.get(site_name)
        own.threads.set_hidden(site, own.reading.key(site, key), hidden, actor=COMMAND_LINE, reason=reason)
        click.echo(f"{key} is {'hidden' if hidden else 'shown'}.")
