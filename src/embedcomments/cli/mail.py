"""``embedcomments mail``: whether mail leaves this server."""

from __future__ import annotations

import secrets

import click

from embedcomments.cli.running import Setup, pass_setup
from embedcomments.domain.errors import EmbedCommentsError
from embedcomments.services.mailing.message import Mail


@click.group()
def mail() -> None:
    """Mail of this server."""


@mail.command()
@click.argument("address")
@pass_setup
def test(setup: Setup, address: str) -> None:
    """Send a mail to ADDRESS now, and tell what the mail server said."""
    with setup.instance() as instance:
        own = instance.parts
        if not own.mailing.is_set_up:
            raise click.ClickException(
                "Mail is not set up. Set smtp_url and mail_from in the configuration file, such as\n"
                '  smtp_url = "smtp://USER:PASSWORD@mail.example.com:587"\n'
                '  mail_from = "Comments <comments@example.com>"'
            )
        text = f"This is a test by the comments at {own.public_url}. If you read it, mail works.\n"
        try:
            own.mailing.deliver(Mail(to=address, subject="A test by embedcomments", text=text), secrets.token_hex(12))
        except EmbedCommentsError as error:
            raise click.ClickException(error.message) from error
        click.echo(f"The mail server took a mail to {address}.")
