"""``embedcomments moderator``: who may sign in to the desk, and as what."""

from __future__ import annotations

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from embedcomments.cli.running import Setup, pass_setup
from embedcomments.domain.identities import COMMAND_LINE
from embedcomments.domain.permissions import Role
from embedcomments.wiring import Instance

_SITE = click.option("--site", "site_name", help="Only for this site. [default: all sites]")
_ROLES = click.Choice([role.value for role in Role])


@click.group()
def moderator() -> None:
    """Who works at the desk: their roles and their ways to sign in.

    WHO is an e-mail address, a name, or the number that ``list`` shows.
    """


@moderator.command()
@_SITE
@click.option("--name", default="Moderator", show_default=True, help="Stands in the record of what they do.")
@click.option("--email", help="The address by which they sign in, and providers know them, from now on.")
@click.option("--role", type=_ROLES, default=Role.OWNER.value, show_default=True, help="If there is none of that name.")
@pass_setup
def link(setup: Setup, site_name: str | None, name: str, email: str | None, role: str) -> None:
    """Print a link that signs in once, within 24 hours. Makes the moderator when there is none of that name.

    It asks for no code of an app: it is also the way back for who lost theirs."""
    with setup.instance() as instance:
        site_id = _site_id(instance, site_name)
        token = instance.parts.signing_in.one_time_token(name=name, site_id=site_id, email=email, role=Role(role))
        click.echo(f"{instance.parts.public_url}/admin/sign-in?token={token}")


@moderator.command()
@_SITE
@click.option("--role", type=_ROLES, default=Role.MODERATOR.value, show_default=True)
@click.option("--email", help="Send the invitation there, instead of printing it. Needs mail to be set up.")
@pass_setup
def invite(setup: Setup, site_name: str | None, role: str, email: str | None) -> None:
    """Invite somebody: a link that works once, within a week."""
    with setup.instance() as instance:
        own = instance.parts
        site_id = _site_id(instance, site_name)
        if email is not None and not own.mailing.is_set_up:
            raise click.ClickException("Mail is not set up. Without --email the link is printed.")
        invited = own.people.invite(by=COMMAND_LINE, site_id=site_id, role=Role(role), email=email)
        if invited.token is None:
            own.desk_mail.send_invitation(invited.id, site_id)
            click.echo(f"The server will send an invitation to {email}.")
        else:
            click.echo(f"{own.public_url}/admin/invitation?token={invited.token}")


@moderator.command("list")
@pass_setup
def list_(setup: Setup) -> None:
    """Show everybody with their roles."""
    table = Table("number", "name", "e-mail", "roles", "signs in by", "last seen", box=None, pad_edge=False)
    with setup.instance() as instance:
        sites = {site.id: site.name for site in instance.parts.sites.all()}
        for account in instance.parts.people.of_site(None):
            person = account.moderator
            roles = "\n".join(
                f"{role} on {sites.get(site_id, '?') if site_id is not None else 'all sites'}"
                for site_id, role in person.roles.items()
            )
            ways = ["password" if account.password_hash else "links", *(["code"] if account.totp_secret else [])]
            seen = f"{account.seen_at:%Y-%m-%d}" if account.seen_at else "never"
            email = escape(account.email or "")
            table.add_row(str(person.id), escape(person.name), email, roles, " and ".join(ways), seen)
    Console().print(table)


@moderator.command("role")
@click.argument("who")
@click.argument("role_name", metavar="ROLE", type=_ROLES)
@_SITE
@pass_setup
def role_(setup: Setup, who: str, role_name: str, site_name: str | None) -> None:
    """Give somebody a role, in place of the one they have there."""
    with setup.instance() as instance:
        person = instance.parts.people.find(who).moderator
        site_id = _site_id(instance, site_name)
        instance.parts.people.give_role(person.id, Role(role_name), by=COMMAND_LINE, site_id=site_id)
        click.echo(f"{person.name} is {role_name} on {site_name or 'all sites'} now.")


@moderator.command()
@click.argument("who")
@_SITE
@pass_setup
def remove(setup: Setup, who: str, site_name: str | None) -> None:
    """Take somebody's role away and end their sessions. Without any other role the account goes."""
    with setup.instance() as instance:
        person = instance.parts.people.find(who).moderator
        instance.parts.people.remove(person.id, by=COMMAND_LINE, site_id=_site_id(instance, site_name))
        click.echo(f"{person.name} has no role on {site_name or 'all sites'} any more.")


@moderator.command()
@click.argument("who")
@pass_setup
def password(setup: Setup, who: str) -> None:
    """Set somebody's password, which is asked for. Their sessions end."""
    with setup.instance() as instance:
        account = instance.parts.people.find(who)
        new = click.prompt("New password", hide_input=True, confirmation_prompt=True)
        instance.parts.accounts.set_password(account.moderator.id, new, by=COMMAND_LINE, keep_session=None)
        click.echo(f"The password of {account.moderator.name} is set.")
        if account.email is None:
            click.echo("They have no e-mail address yet, which they need to sign in by it: link --email adds one.")


@moderator.command("totp-reset")
@click.argument("who")
@pass_setup
def totp_reset(setup: Setup, who: str) -> None:
    """Ask somebody for no codes any more: their phone is lost, and the recovery codes are as well."""
    with setup.instance() as instance:
        person = instance.parts.people.find(who).moderator
        instance.parts.accounts.switch_totp_off(person.id, by=COMMAND_LINE)
        click.echo(f"{person.name} signs in without codes now, and can switch them on again.")


def _site_id(instance: Instance, site_name: str | None) -> int | None:
    return instance.parts.sites.get(site_name).id if site_name else None
