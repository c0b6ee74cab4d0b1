"""``embedcomments ping``, ``embedcomments doctor`` and ``embedcomments pingback token``."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import click

from embedcomments.api import EmbedCommentsError, OutboundError, PluginContext
from embedcomments_pingback.discovery import examine, link_lines, server_lines
from embedcomments_pingback.sending import ASKED, has_turn, read_own, request, tell, tell_later
from embedcomments_pingback.tokens import make_token

_site = click.option("--site", "site_name", default="default", show_default=True, help="The page's site.")
_MARKS = {"good": "✓", "warn": "!", "bad": "✗"}


@click.command()
@click.argument("urls", metavar="URL…", nargs=-1, required=True)
@_site
def ping(urls: tuple[str, ...], site_name: str) -> None:
    """Tell the pages that a page of the site links to, now, and show what they answer."""
    ctx = _context(site_name)
    failed = False
    for url in urls:
        key = request(ctx, url, enqueue_now=False)
        if key is None:
            raise click.ClickException(f"{url} is no page of the site {site_name}: its origin is not registered.")
        try:
            targets = read_own(ctx, key, ASKED)
        except (OutboundError, EmbedCommentsError) as error:
            raise click.ClickException(error.message) from error
        click.echo(f"{key}: {len(targets)} to tell")
        for target in targets:
            try:
                if has_turn(ctx, key, target):
                    answer = tell(ctx, key, target)
                else:
                    tell_later(ctx, {"source": key, "target": target})
                    answer = "later: its host was told so much already within the hour; the server does it in an hour"
            except OutboundError as error:
                failed = True
                answer = f"failed: {error.message}"
            click.echo(f"  {target}\n    {answer}")
    if failed:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("url")
@_site
def doctor(url: str, site_name: str) -> None:
    """Look at a page of the site from outside: has it the comments, and do others learn where to tell of links?"""
    ctx = _context(site_name)
    findings = examine(ctx, url)
    for finding in findings:
        click.echo(f"{_MARKS[finding.grade]} {finding.what}")
        if finding.todo:
            click.echo(f"  {finding.todo}")
    if lines := link_lines(ctx):
        click.echo("\nFor the head of each page, early in it:\n")
        click.echo("\n".join(f"  {line}" for line in lines))
        click.echo("\nor, for all pages at once, in the configuration of the server:\n")
        for name, text in server_lines(ctx):
            click.echo(f"  {name}:")
            click.echo("\n".join(f"    {line}" for line in text.splitlines()))
    if any(finding.grade == "bad" for finding in findings):
        raise click.exceptions.Exit(1)


@click.command()
@_site
def token(site_name: str) -> None:
    """Show the token by which a build of the site may tell that pages are new."""
    click.echo(make_token(_context(site_name)))


def _context(site_name: str) -> PluginContext:
    make = cast(Callable[[str], PluginContext], click.get_current_context().obj)
    return make(site_name)
