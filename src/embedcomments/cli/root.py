"""The command ``embedcomments``: options that all commands share, and the commands of plugins."""

from __future__ import annotations

import logging
import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from embedcomments import __version__
from embedcomments.cli import audit, exporting, importing, mail, moderator, plugin, privacy, serve, site, thread
from embedcomments.cli.prerender import prerender_
from embedcomments.cli.running import PluginGroup, Setup
from embedcomments.domain.configuration import config_from
from embedcomments.domain.errors import EmbedCommentsError

CONFIG_FILE = "embedcomments.toml"
DEFAULT_DATA_DIR = "embedcomments-data"
DATA_DIR_VARIABLE, CONFIG_VARIABLE = "EMBEDCOMMENTS_DATA_DIR", "EMBEDCOMMENTS_CONFIG"


class Commands(click.Group):
    """Our commands, then those of plugins, which are loaded only when one of theirs, or the help, is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, for the help page."""
        groups = _plugin_groups(ctx)
        return [*super().list_commands(ctx), *sorted([*groups, *_shortcuts(groups)])]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Ours, or a plugin's."""
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        groups = _plugin_groups(ctx)
        plugin = _shortcuts(groups).get(cmd_name)
        return groups.get(cmd_name) or (groups[plugin].commands[cmd_name] if plugin else None)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A shortcut is the plugin's command, run within its group."""
        plugin = _shortcuts(_plugin_groups(ctx)).get(args[0]) if super().get_command(ctx, args[0]) is None else None
        return super().resolve_command(ctx, args if plugin is None else [plugin, *args])

    def invoke(self, ctx: click.Context) -> Any:
        """Tell our errors as a sentence instead of a traceback."""
        try:
            return super().invoke(ctx)
        except EmbedCommentsError as error:
            raise click.ClickException(error.message) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": None})
@click.version_option(__version__, prog_name="embedcomments")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    envvar=DATA_DIR_VARIABLE,
    is_eager=True,  # the help page lists the commands of plugins, and needs to know of which instance
    default=DEFAULT_DATA_DIR,
    show_default=True,
    help="Where the database and the secret key live.",
)
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    envvar=CONFIG_VARIABLE,
    is_eager=True,
    help=f"A TOML file of settings. [default: {CONFIG_FILE} in the data directory, if it is there]",
)
@click.pass_context
def main(ctx: click.Context, data_dir: Path, config_file: Path | None) -> None:
    """Comments for any site, with one script tag."""
    ctx.obj = _setup(data_dir, config_file)


def _setup(data_dir: Path, config_file: Path | None) -> Setup:
    file = config_file or data_dir / CONFIG_FILE
    values: dict[str, Any] = {}
    try:
        if file.is_file():
            values = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file} is not valid TOML: {error}") from error
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error}") from error
    try:
        config = config_from(values, os.environ, data_dir=data_dir)
    except EmbedCommentsError as error:
        raise click.ClickException(error.message) from error
    level = logging.getLevelNamesMapping().get(config.log_level.upper(), logging.INFO)
    logging.basicConfig(level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return Setup(config)


def _shortcuts(groups: Mapping[str, PluginGroup]) -> dict[str, str]:
    """The name of the plugin by that of a command which stands at the root, too."""
    return {name: plugin for plugin, group in groups.items() for name in group.shortcuts}


def _plugin_groups(ctx: click.Context) -> dict[str, PluginGroup]:
    """click looks commands up before it calls ``main``, and for the help page before it knows all options."""
    if isinstance(ctx.obj, Setup):
        return ctx.obj.plugin_groups()
    data_dir = ctx.params.get("data_dir") or os.environ.get(DATA_DIR_VARIABLE) or DEFAULT_DATA_DIR
    config_file = ctx.params.get("config_file") or os.environ.get(CONFIG_VARIABLE) or None
    try:
        return _setup(Path(data_dir), Path(config_file) if config_file else None).plugin_groups()
    except click.ClickException:
        return {}  # a command of ours will tell what is wrong with the configuration


for command in (
    serve.serve, site.site, importing.import_, exporting.export, moderator.moderator, plugin.plugin, thread.thread,
    privacy.privacy, audit.audit, mail.mail, prerender_,
):  # fmt: skip
    main.add_command(command)
