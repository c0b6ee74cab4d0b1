"""A loaded plugin and all that it declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from embedcomments.host.declarations import (
    AdminPage,
    AuthProvider,
    EventType,
    Exporter,
    FeedDocument,
    HtmlAllow,
    Importer,
    Job,
    Migrations,
    PluginInfo,
    Renderer,
    Route,
    Settings,
    WidgetAsset,
)


@dataclass(frozen=True, slots=True)
class Hook:
    """One implementation: the plugin's function, and which of the hook's arguments it takes."""

    function: Callable[..., Any]
    takes: tuple[str, ...]

    def call(self, arguments: Mapping[str, Any]) -> Any:
        """What it answers to these arguments."""
        return self.function(*[arguments[name] for name in self.takes])


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """A plugin that was loaded. ``folder`` is where its module lives; ``origin`` tells people where it came from."""

    info: PluginInfo
    origin: str
    folder: Path | None
    module: str
    hooks: Mapping[str, Hook]
    settings: Settings | None = None
    migrations: Migrations | None = None
    routes: Sequence[Route] = ()
    admin_pages: Sequence[AdminPage] = ()
    commands: Sequence[click.Command] = ()
    jobs: Mapping[str, Job] = field(default_factory=dict)
    events: Sequence[EventType] = ()
    auth_providers: Sequence[AuthProvider] = ()
    renderers: Sequence[Renderer] = ()
    html_allow: Sequence[HtmlAllow] = ()
    assets: Sequence[WidgetAsset] = ()
    feeds: Sequence[FeedDocument] = ()
    importers: Sequence[Importer] = ()
    exporters: Sequence[Exporter] = ()

    @property
    def name(self) -> str:
        """Short for ``info.name``."""
        return self.info.name


@dataclass(frozen=True, kw_only=True)
class BrokenPlugin:
    """A plugin that could not be loaded: shown to the admin, never in the way."""

    name: str
    origin: str
    error: str


@dataclass(frozen=True, kw_only=True)
class Plugins:
    """All plugins of the instance, in the order in which their hooks run."""

    loaded: tuple[Plugin, ...] = ()
    broken: tuple[BrokenPlugin, ...] = ()

    def named(self, name: str) -> Plugin | None:
        """The loaded plugin of that name."""
        return next((plugin for plugin in self.loaded if plugin.name == name), None)
