"""``embedcomments privacy``: what is known of a person, told or forgotten."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import orjson

from embedcomments.cli.exporting import written_whole
from embedcomments.cli.running import Setup, pass_setup
from embedcomments.domain.sites import DEFAULT_SITE

_site = click.option("--site", "site_name", default=DEFAULT_SITE, show_default=True)
_email = click.option("--email", help="Whose comments: those signed with this address, which nobody has proven.")
_identity = click.option("--identity", "identity_id", help="Whose comments: those of one writer, as exports name them.")


@click.group()
def privacy() -> None:
    """What is known of a person: tell it, or forget it."""


@privacy.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), default="-")
@_site
@_email
@_identity
@pass_setup
def export(setup: Setup, file: Path, site_name: str, email: str | None, identity_id: str | None) -> None:
    """Write all that is known of a person to FILE (- prints it), as JSON.

    Ends with 1 when a plugin could not tell what it knows; what others know is written all the same.
    """
    with setup.instance() as instance:
        found = instance.privacy.export(instance.parts.sites.get(site_name), email=email, identity_id=identity_id)
    with written_whole(file) as stream:
        stream.write(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")
    _tell_incomplete(found["incomplete"], "The export is incomplete")


@privacy.command()
@_site
@_email
@_identity
@click.option("--yes", is_flag=True, help="Do not ask. There is no way back.")
@pass_setup
def erase(setup: Setup, site_name: str, email: str | None, identity_id: str | None, yes: bool) -> None:
    """Forget a person: the words, names, addresses and links of their comments, and what plugins know.

    Answers by others stay, below a deleted comment. Ends with 1 when a plugin could not forget.
    """
    with setup.instance() as instance:
        site = instance.parts.sites.get(site_name)
        known = instance.privacy.export(site, email=email, identity_id=identity_id)
        many, people = len(known["comments"]), len(known["identities"])
        if not yes:
            click.confirm(f"Forget {many} comments of {people} writers on {site_name} for good?", abort=True)
        done = instance.privacy.erase(site, email=email, identity_id=identity_id)
    click.echo(f"Forgotten: {done.comments} comments of {len(done.identities)} writers on {site_name}.")
    _tell_incomplete(done.incomplete, "The erasure is incomplete")


def _tell_incomplete(incomplete: Mapping[str, Sequence[str]], what: str) -> None:
    """Say which plugins are to be asked again, and how, and end with 1."""
    if not incomplete:
        return
    for identity_id, plugins in incomplete.items():
        click.echo(
            f"{what}: {', '.join(plugins)} failed, or is switched off here, and may know more of the writer "
            f"{identity_id}. Mend or switch it on, and run this again with --identity {identity_id}.",
            err=True,
        )
    sys.exit(1)
