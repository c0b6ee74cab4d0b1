"""``embedcomments site``: the sites of an instance and the origins that may embed them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from embedcomments.cli.running import Setup, pass_setup
from embedcomments.domain.errors import SiteNotFound
from embedcomments.domain.identities import COMMAND_LINE
from embedcomments.domain.sites import ON_FAILED_VERIFY, OnFailedVerify, normalise_origin
from embedcomments.web.admin.snippets import snippet


@click.group()
def site() -> None:
    """Sites and the pages that may embed them."""


@site.command()
@click.argument("name")
@click.option("--origin", "origins", multiple=True, help="A page's origin, as https://example.com. Repeatable.")
@click.option("--title", help="How the site is called on the desk and in feeds.")
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A file with the discussion policy, in Markdown.",
)
@click.option(
    "--on-failed-verify",
    type=click.Choice(ON_FAILED_VERIFY),
    help="What becomes of a comment when a plugin that verifies it fails. [default: refuse]",
)
@pass_setup
def add(
    setup: Setup,
    name: str,
    origins: tuple[str, ...],
    title: str | None,
    policy_file: Path | None,
    on_failed_verify: OnFailedVerify | None,
) -> None:
    """Add a site, or give one that is there further origins, a title, a policy or another choice."""
    with setup.instance() as instance:
        sites = instance.parts.sites
        origins = tuple(normalise_origin(origin) for origin in origins)  # before anything is done
        try:
            found = sites.get(name)
        except SiteNotFound:
            found = sites.add(name, title or "", actor=COMMAND_LINE)
        for origin in origins:
            click.echo(f"Pages of {sites.add_origin(found, origin, actor=COMMAND_LINE)} may embed {name}.")
        if title is not None or policy_file is not None or on_failed_verify is not None:
            settings = found.settings
            policy = policy_file.read_text("utf-8").strip() if policy_file else settings.policy
            chosen = on_failed_verify or settings.on_failed_verify
            wanted = replace(settings, policy=policy, on_failed_verify=chosen)
            sites.save_settings(found, wanted, title, actor=COMMAND_LINE)
        if not sites.get(name).origins:
            click.echo("Until it has an origin, pages on this machine (localhost) may embed it.")
        click.echo(f"Paste into its pages:  {snippet(found, instance.parts.public_url)}")


@site.command("remove-origin")
@click.argument("name")
@click.argument("origin")
@pass_setup
def remove_origin(setup: Setup, name: str, origin: str) -> None:
    """Take an origin's right to embed a site away."""
    with setup.instance() as instance:
        found = instance.parts.sites.get(name)
        origin = normalise_origin(origin)
        if not instance.parts.sites.remove_origin(found, origin, actor=COMMAND_LINE):
            raise click.ClickException(f"{origin} was not registered for {name}.")
        click.echo(f"Pages of {origin} may not embed {name} any more.")


@site.command("list")
@pass_setup
def list_(setup: Setup) -> None:
    """Show all sites."""
    table = Table("name", "title", "origins", "published", "held", "spam", box=None, pad_edge=False)
    with setup.instance() as instance:
        for found in instance.parts.sites.all():
            counts = instance.parts.moderating.counts_by_kind_and_state(found)
            by_state = {
                state: str(sum(n for (_, other), n in counts.items() if other == state))
                for state in ("published", "held", "spam")
            }
            origins = "\n".join(found.origins) or "localhost (until one is registered)"
            table.add_row(found.name, escape(found.title), escape(origins), *by_state.values())
    Console().print(table)


@site.command()
@click.argument("name")
@click.argument("new_name")
@pass_setup
def rename(setup: Setup, name: str, new_name: str) -> None:
    """Give a site another name, which its pages have to say from then on."""
    with setup.instance() as instance:
        found = instance.parts.sites.rename(instance.parts.sites.get(name), new_name, actor=COMMAND_LINE)
        click.echo(f"Paste into its pages:  {snippet(found, instance.parts.public_url)}")


@site.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--anyway", is_flag=True, help="Also when a plugin fails to remove what it holds of the site.")
@pass_setup
def delete(setup: Setup, name: str, yes: bool, anyway: bool) -> None:
    """Delete a site with its comments, people and settings. They do not come back."""
    with setup.instance() as instance:
        found = instance.parts.sites.get(name)
        if not yes and click.prompt(f"Write {name} to delete it with everything on it", default="") != name:
            raise click.ClickException("Nothing was deleted.")
        failed = instance.parts.lifecycle.delete_site(found, actor=COMMAND_LINE, anyway=anyway)
        if failed and not anyway:
            raise click.ClickException(f"Nothing was deleted, because {' and '.join(failed)} reported an error.")
        instance.parts.sites.remove_gone()
        click.echo(f"The site {name} is deleted.")
