"""``embedcomments serve``."""

from __future__ import annotations

from dataclasses import replace

import click

from embedcomments.cli.running import Setup, pass_setup, told
from embedcomments.server import Binding
from embedcomments.server import serve as run


@click.command()
@click.option(
    "--host", default="127.0.0.1", show_default=True, envvar="EMBEDCOMMENTS_HOST", help="Address to listen on."
)
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), envvar="EMBEDCOMMENTS_PORT")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes.")
@click.option("--threads", default=16, show_default=True, type=click.IntRange(1, 256), help="Threads of each process.")
@click.option("--access-log", is_flag=True, help="Write a line for each request to the terminal.")
@click.option("--reload", is_flag=True, help="Start anew when the files of a plugin change, for those who write one.")
@pass_setup
def serve(setup: Setup, host: str, port: int, workers: int, threads: int, access_log: bool, reload: bool) -> None:
    """Serve comments until stopped (Ctrl-C)."""
    config = setup.config
    if config.public_url is None:
        shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::", "::1") else host
        config = replace(config, public_url=f"http://{shown}:{port}")

    def tell() -> None:
        click.echo(f"embedcomments is at {config.public_url}  (desk: {config.public_url}/admin/)")
        click.echo(f'Paste into a page:  <script async src="{config.public_url}/embed.js"></script>')
        click.echo("A link to sign in to the desk:  embedcomments moderator link")

    binding = Binding(
        host=host,
        port=port,
        workers=workers,
        threads=threads,
        access_log=access_log,
        reload=reload,
        on_ready=tell,
    )
    with told(config):
        run(config, binding)
