"""What commands work on: the configuration, and an instance built from it for as long as one runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import SQLAlchemyError

from embedcomments.domain.configuration import Config
from embedcomments.host.context import PluginContext
from embedcomments.host.loading import load_plugins
from embedcomments.host.plugins import Plugin
from embedcomments.wiring import Instance, build


@contextmanager
def told(config: Config) -> Iterator[None]:
    """Tell in a sentence why an instance cannot be opened: its folder, its database, a package that is not there."""
    try:
        yield
    except OSError as error:
        raise click.ClickException(
            f"The data directory {config.data_dir} cannot be used: {error.strerror or error}"
        ) from error
    except SQLAlchemyError as error:
        raise click.ClickException(f"The database cannot be used: {str(error).splitlines()[0]}") from error
    except ImportError as error:
        raise click.ClickException(f"A package is missing for this configuration: {error}") from error


class PluginGroup(click.Group):
    """The commands of a plugin. ``shortcuts``: those that stand at the root as well."""

    shortcuts: tuple[str, ...] = ()


class Setup:
    """The instance that a command line names. Nothing is opened before a command asks for it."""

    def __init__(self, config: Config) -> None:
        self.config = config

    @contextmanager
    def instance(self) -> Iterator[Instance]:
        """The instance, closed afterwards. Servers that run meanwhile hear of what changes."""
        with told(self.config):
            built = build(self.config)
        try:
            yield built
        finally:
            built.close()

    def plugin_groups(self) -> dict[str, PluginGroup]:
        """The commands of plugins, one group for each plugin that has any."""
        plugins = load_plugins(plugins_dir=self.config.plugins_dir, disabled=self.config.disabled_plugins)
        return {plugin.name: _group(plugin, self) for plugin in plugins.loaded if plugin.commands}


def _group(plugin: Plugin, setup: Setup) -> PluginGroup:
    name = plugin.name

    @click.pass_context
    def enter(ctx: click.Context) -> None:
        built = ctx.with_resource(setup.instance())

        def context(site_name: str) -> PluginContext:
            """The plugin's context on a site. Raises SiteNotFound; ClickException when it is off there."""
            site = built.parts.sites.get(site_name)
            item = built.parts.choices.find(site, name)
            if item is None:
                raise click.ClickException(f"The plugin {name} is off on the site {site_name}.")
            return built.parts.contexts.of(item, site)

        ctx.obj = context

    group = PluginGroup(name, callback=enter, help=plugin.info.description)
    group.shortcuts = plugin.info.shortcuts
    for command in plugin.commands:
        group.add_command(command)
    return group


pass_setup = click.make_pass_decorator(Setup)
