"""``embedcomments import``: threads from another system's export."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from embedcomments.cli.running import Setup, pass_setup
from embedcomments.domain.errors import EmbedCommentsError
from embedcomments.domain.sites import DEFAULT_SITE
from embedcomments.services.importing.write import ImportReport

STATES = ("published", "held", "spam", "deleted")


@click.command("import")
@click.argument("importer", metavar="SYSTEM")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--site", "site_name", default=DEFAULT_SITE, show_default=True, help="The site that takes them.")
@pass_setup
def import_(setup: Setup, importer: str, file: Path, site_name: str) -> None:
    """Import FILE, an export of SYSTEM (such as wordpress), into a site.

    Nothing comes twice: running it again adds what is new.
    """
    with setup.instance() as instance:
        found = instance.importers.get(importer)
        if found is None:
            known = ", ".join(sorted(instance.importers))
            raise click.ClickException(f"There is no importer for {importer!r}. There are: {known}.")
        site = instance.parts.sites.get(site_name)
        try:
            with file.open("rb") as stream:
                threads = found.read(stream)
        except EmbedCommentsError:
            raise
        except Exception as error:
            raise click.ClickException(f"{file} could not be read as {importer}: {error}") from error
        report = instance.import_writer.write(site, threads)
    show(report)


def show(report: ImportReport) -> None:
    """Print what was imported, by kind and state."""
    console = Console()
    total = sum(report.comments.values())
    console.print(f"{total} comments in {report.threads} threads, {report.closed} of them closed.", highlight=False)
    if report.known:
        console.print(f"{report.known} were here from an earlier import.", highlight=False)
    if report.orphans:
        console.print(f"{report.orphans} answer a comment that is not in the file: they stand alone.", highlight=False)
    if not total:
        return
    table = Table("kind", *STATES, "all", box=None, pad_edge=False)
    for kind in sorted({kind for kind, _ in report.comments}):
        row = [report.comments.get((kind, state), 0) for state in STATES]
        table.add_row(kind, *map(str, row), str(sum(row)))
    console.print(table)
