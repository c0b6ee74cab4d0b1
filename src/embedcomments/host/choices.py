"""What each site chose of its plugins: which are on, and with which settings."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from embedcomments.domain.audit import Subject
from embedcomments.domain.errors import InvalidRequest
from embedcomments.domain.identities import SYSTEM, Actor
from embedcomments.domain.permissions import Right
from embedcomments.domain.protocols import Clock
from embedcomments.domain.sites import Site
from embedcomments.host.order import wished_order
from embedcomments.host.plugins import Plugin, Plugins
from embedcomments.host.settings import resolve, secret_settings
from embedcomments.services.auditing import changes_of
from embedcomments.services.rights import require
from embedcomments.storage import audit as audit_rows
from embedcomments.storage import sites as rows
from embedcomments.storage.database import Database
from embedcomments.storage.sites import PluginChoice


@dataclass(frozen=True, kw_only=True, slots=True)
class SitePlugin:
    """A plugin on a site. ``problem`` is a sentence when stored settings were not valid."""

    plugin: Plugin
    enabled: bool
    settings: Mapping[str, Any]
    problem: str | None


class Choices:
    """By site, kept until the site's ``rev`` grows."""

    def __init__(
        self, database: Database, plugins: Plugins, instance: Mapping[str, Mapping[str, Any]], clock: Clock
    ) -> None:
        self._database = database
        self._clock = clock
        self._plugins = plugins
        self._instance = instance
        self._lock = threading.Lock()
        self._kept: dict[int, tuple[int, tuple[SitePlugin, ...], tuple[SitePlugin, ...]]] = {}

    def all(self, site: Site) -> tuple[SitePlugin, ...]:
        """Every loaded plugin as it stands on the site, in order."""
        return self._of(site)[1]

    def enabled(self, site: Site) -> tuple[SitePlugin, ...]:
        """Those that are on, in the order in which their hooks run."""
        return self._of(site)[2]

    def find(self, site: Site, plugin: str) -> SitePlugin | None:
        """The plugin on the site when it is loaded and on."""
        return next((item for item in self.enabled(site) if item.plugin.name == plugin), None)

    def stored(self, site: Site, plugin: str) -> PluginChoice:
        """What the site stored of one plugin."""
        with self._database.read() as connection:
            choices = rows.plugin_choices(connection, site.id)
        return choices.get(plugin, PluginChoice(enabled=None, settings={}))

    def save(self, site: Site, plugin: str, choice: PluginChoice, *, actor: Actor = SYSTEM) -> None:
        """Store a site's choice. The record tells what changed, of secret settings only that they did."""
        require(actor, Right.MANAGE_SITE, site.id)
        loaded = self._plugins.named(plugin)
        secret = secret_settings(loaded) if loaded is not None else frozenset()
        usual = loaded is not None and loaded.info.enabled_by_default
        at = self._clock.now()

        def work(connection: Connection) -> None:
            present = rows.plugin_choices(connection, site.id).get(plugin, PluginChoice(enabled=None, settings={}))
            rows.save_plugin_choice(connection, site.id, plugin, choice)
            was, is_now = (usual if one.enabled is None else one.enabled for one in (present, choice))
            subject = Subject(kind="plugin", id=plugin)
            if was != is_now:
                action = "plugin.enable" if is_now else "plugin.disable"
                audit_rows.add_entry(
                    connection, site_id=site.id, at=at, actor=actor, action=action, subject=subject,
                    before={"enabled": was}, after={"enabled": is_now},
                )  # fmt: skip
            if present.settings != choice.settings:
                before, after = changes_of(present.settings, choice.settings, secret)
                audit_rows.add_entry(
                    connection, site_id=site.id, at=at, actor=actor, action="plugin.settings", subject=subject,
                    before=before, after=after,
                )  # fmt: skip

        self._database.write(work)

    def set_order(self, site: Site, plugins: Sequence[str], *, actor: Actor = SYSTEM) -> None:
        """Have these plugins run in this order on the site, before all others; none at all is the default order.

        What plugins say in ``PluginInfo.after`` holds all the same. Raises InvalidRequest for a name that no plugin
        has, or that stands there twice.
        """
        require(actor, Right.MANAGE_SITE, site.id)
        for name in plugins:
            if self._plugins.named(name) is None:
                raise InvalidRequest(f"There is no plugin {name!r}.")
            if list(plugins).count(name) > 1:
                raise InvalidRequest(f"The plugin {name!r} is named twice.")
        at = self._clock.now()

        def work(connection: Connection) -> None:
            choices = rows.plugin_choices(connection, site.id)
            placed = sorted((choice.place, name) for name, choice in choices.items() if choice.place is not None)
            before = [name for _, name in placed]
            rows.save_plugin_order(connection, site.id, plugins)
            if before != list(plugins):
                audit_rows.add_entry(
                    connection, site_id=site.id, at=at, actor=actor, action="plugin.order",
                    subject=Subject(kind="site", id=site.name), before={"order": before},
                    after={"order": list(plugins)},
                )  # fmt: skip

        self._database.write(work)

    def move(self, site: Site, plugin: str, *, up: bool, actor: Actor = SYSTEM) -> bool:
        """Have a plugin change places with its neighbour; False when there is none, or ``after`` forbids it."""
        names = [item.plugin.name for item in self.all(site)]
        at = names.index(plugin)
        to = at - 1 if up else at + 1
        if not 0 <= to < len(names):
            return False
        names[at], names[to] = names[to], names[at]
        wished = {name: place for place, name in enumerate(names)}
        if [item.name for item in wished_order(self._plugins.loaded, wished)] != names:
            return False
        self.set_order(site, names, actor=actor)
        return True

    def _of(self, site: Site) -> tuple[int, tuple[SitePlugin, ...], tuple[SitePlugin, ...]]:
        kept = self._kept.get(site.id)
        if kept is not None and kept[0] == site.rev:
            return kept
        with self._lock:
            with self._database.read() as connection:
                stored = rows.plugin_choices(connection, site.id)
            places = {name: choice.place for name, choice in stored.items() if choice.place is not None}
            plugins = wished_order(self._plugins.loaded, places)
            items = tuple(self._site_plugin(plugin, stored.get(plugin.name)) for plugin in plugins)
            kept = (site.rev, items, tuple(item for item in items if item.enabled))
            self._kept[site.id] = kept
        return kept

    def _site_plugin(self, plugin: Plugin, choice: PluginChoice | None) -> SitePlugin:
        settings, problem = resolve(plugin, self._instance.get(plugin.name, {}), choice.settings if choice else {})
        enabled = plugin.info.enabled_by_default if choice is None or choice.enabled is None else choice.enabled
        return SitePlugin(plugin=plugin, enabled=enabled, settings=settings, problem=problem)
