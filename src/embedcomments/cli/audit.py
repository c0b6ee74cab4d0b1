"""``embedcomments audit``: the record of who did what."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
import orjson

from embedcomments.cli.exporting import written_whole
from embedcomments.cli.running import Setup, pass_setup
from embedcomments.domain.audit import AuditFilter
from embedcomments.services.auditing import entry_json


@click.group()
def audit() -> None:
    """The record of who did what, when, and how it was before and after."""


@audit.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), default="-")
@click.option("--site", "site_name", help="Only of this site. [default: all, and what concerns none]")
@click.option("--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="Only from then on, in UTC.")
@click.option("--action", default="", help="Only this one, comment.publish, or with a dot at its end all of a kind.")
@pass_setup
def export(setup: Setup, file: Path, site_name: str | None, since: datetime | None, action: str) -> None:
    """Write the record to FILE (- prints it), oldest first, one JSON object a line.

    Texts from before and after an edit are in it, also of comments that are not public.
    """
    with setup.instance() as instance:
        own = instance.parts
        names = {site.id: site.name for site in own.sites.all()}
        which = AuditFilter(
            site_id=own.sites.get(site_name).id if site_name else None,
            since=since and since.replace(tzinfo=UTC),
            action=action,
        )
        with written_whole(file) as stream:
            count = 0
            for entry in own.auditing.all(which):
                stream.write(orjson.dumps(entry_json(entry, names)) + b"\n")
                count += 1
        click.echo(f"{count} lines of the record are written.", err=True)
