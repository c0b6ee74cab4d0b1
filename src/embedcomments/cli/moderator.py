"""``embedcomments moderator``: who may sign in to the desk."""

from __future__ import annotations

import click

from embedcomments.cli.running import Setup, pass_setup


@click.group()
def moderator() -> None:
    """Moderators and their links to sign in."""


@moderator.command()
@click.option("--site", "site_name", help="Only for this site. [default: all sites]")
@click.option("--name", default="Moderator", show_default=True, help="Stands in the record of what they do.")
@click.option("--email", help="The address by which a plugin's way to sign in may know them from now on.")
@pass_setup
def link(setup: Setup, site_name: str | None, name: str, email: str | None) -> None:
    """Print a link that signs in once, within 24 hours. Makes the moderator when there is none of that name."""
    with setup.instance() as instance:
        site_id = instance.parts.sites.get(site_name).id if site_name else None
        token = instance.parts.signing_in.one_time_token(name=name, site_id=site_id, email=email)
        click.echo(f"{instance.parts.public_url}/admin/sign-in?token={token}")
