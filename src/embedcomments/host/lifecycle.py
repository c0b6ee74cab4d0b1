"""Tells plugins that the server starts or stops, and that a site switched them on or off."""

from __future__ import annotations

import logging
from functools import partial

from embedcomments.domain.sites import Site
from embedcomments.host.choices import Choices
from embedcomments.host.dispatch import HOOK_TIMEOUT_S, Dispatch
from embedcomments.host.plugins import Plugins
from embedcomments.services.sites import Sites
from embedcomments.storage.sites import PluginChoice

_log = logging.getLogger(__name__)

STOP_TIMEOUT_S = 1.0


class Lifecycle:
    """The hooks ``plugin_started``, ``plugin_stopping``, ``site_enabled`` and ``site_disabled``."""

    def __init__(self, plugins: Plugins, dispatch: Dispatch, choices: Choices, sites: Sites) -> None:
        self._plugins = plugins
        self._dispatch = dispatch
        self._choices = choices
        self._sites = sites

    def started(self) -> None:
        """The server has started in this process."""
        self._tell("plugin_started", HOOK_TIMEOUT_S)

    def stopping(self) -> None:
        """The server is about to stop."""
        self._tell("plugin_stopping", STOP_TIMEOUT_S)

    def switch(self, site: Site, plugin: str, *, on: bool) -> bool:
        """Switch a loaded plugin on or off for the site; whether its hook went well.

        The choice is stored even when the hook fails: the owner's word counts, the failure is shown.
        """
        if not on and self._choices.find(site, plugin) is not None:
            went_well = self._tell_site("site_disabled", site, plugin)  # while it still may run there
            self._save(site, plugin, False)
            return went_well
        self._save(site, plugin, on)
        return not on or self._tell_site("site_enabled", self._sites.by_id(site.id), plugin)

    def _save(self, site: Site, plugin: str, on: bool) -> None:
        settings = self._choices.stored(site, plugin).settings
        self._choices.save(site, plugin, PluginChoice(enabled=on, settings=settings))

    def _tell_site(self, hook: str, site: Site, plugin: str) -> bool:
        answers = self._dispatch.call(site, hook, lambda _: {}, accepts=lambda _: False, only=plugin, rests=False)
        return not any(answer.failed for answer in answers)

    def _tell(self, hook: str, timeout_s: float) -> None:
        for plugin in self._plugins.loaded:
            implementation = plugin.hooks.get(hook)
            if implementation is None:
                continue
            try:
                self._dispatch.guard(plugin.name, hook, partial(implementation.call, {}), timeout_s=timeout_s)
            except (Exception, SystemExit):  # noqa: BLE001 - whatever a plugin does, the server goes on; guard logged it
                _log.warning("The plugin %s failed in %s; the server goes on", plugin.name, hook)
