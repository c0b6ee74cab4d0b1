"""``embedcomments export``: a site in our own format, or in a plugin's."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import click

from embedcomments.cli.running import Setup, pass_setup
from embedcomments.domain.sites import DEFAULT_SITE
from embedcomments.services.importing.own import FORMAT

TIMEOUT_S = 3600.0


@contextmanager
def written_whole(file: Path) -> Iterator[BinaryIO]:
    """A stream whose bytes stand in ``file`` (``-``: are printed) once all is written, and nowhere when it fails."""
    to_stdout = str(file) == "-"
    try:
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=None if to_stdout else file.absolute().parent)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror or error}") from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w+b") as stream:
            yield cast(BinaryIO, stream)
            if to_stdout:
                stream.seek(0)
                shutil.copyfileobj(stream, sys.stdout.buffer)
                sys.stdout.flush()
                return
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(file)  # readable for its owner only, as mkstemp made it: there are e-mail addresses in it
    except OSError as error:
        raise click.ClickException(f"{file} could not be written: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)


@click.command()
@click.argument("exporter", metavar="[FORMAT]", default=FORMAT)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), default="-")
@click.option("--site", "site_name", default=DEFAULT_SITE, show_default=True)
@pass_setup
def export(setup: Setup, exporter: str, file: Path, site_name: str) -> None:
    """Write a site to FILE (- prints it) in FORMAT: embedcomments, or one that a plugin brings.

    It holds e-mail addresses and texts that are not public. FILE appears when all is written, or not at all.
    """
    with setup.instance() as instance:
        own = instance.parts
        site = own.sites.get(site_name)
        if exporter == FORMAT:
            with written_whole(file) as stream:
                count = instance.exporting.write(site, stream)
            click.echo(f"{count} comments of {site_name} are written.", err=True)
            return
        offers = {offer.name: plugin.name for plugin in own.plugins.loaded for offer in plugin.exporters}
        if exporter not in offers:
            known = ", ".join(sorted({FORMAT, *offers}))
            raise click.ClickException(f"There is no exporter {exporter!r}. There are: {known}.")
        name = offers[exporter]
        item = own.choices.find(site, name)
        if item is None:
            raise click.ClickException(f"The plugin {name} is off on the site {site_name}.")
        found = next(offer for offer in item.plugin.exporters if offer.name == exporter)
        context = own.contexts.of(item, site)
        with written_whole(file) as stream:
            try:
                own.dispatch.guard(
                    name, f"exporter {exporter}", lambda: found.write(context, stream), timeout_s=TIMEOUT_S
                )
            except BaseException as error:
                # What it raised on its own thread, SystemExit too, must not look like our success.
                raise click.ClickException(
                    f"The plugin {name} failed, and nothing was written: {type(error).__name__}: {error}"
                ) from error
    click.echo(f"{site_name} is written as {exporter}.", err=True)
