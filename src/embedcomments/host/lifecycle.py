"""Tells plugins that the server starts or stops, and that a site switched them on or off."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial

from embedcomments.domain.errors import Conflict
from embedcomments.domain.identities import SYSTEM, Actor
from embedcomments.domain.permissions import Right
from embedcomments.domain.sites import Site
from embedcomments.host.choices import Choices, SitePlugin
from embedcomments.host.context import PluginContext
from embedcomments.host.dispatch import HOOK_TIMEOUT_S, Dispatch
from embedcomments.host.plugins import Plugins
from embedcomments.services.rights import require
from embedcomments.services.sites import Sites
from embedcomments.storage.sites import PluginChoice

_log = logging.getLogger(__name__)

STOP_TIMEOUT_S = 1.0
DELETE_TIMEOUT_S = 60.0


class Lifecycle:
    """The hooks ``plugin_started``, ``plugin_stopping``, ``site_enabled``, ``site_disabled`` and ``site_deleted``."""

    def __init__(
        self,
        plugins: Plugins,
        dispatch: Dispatch,
        choices: Choices,
        sites: Sites,
        context: Callable[..., PluginContext],
    ) -> None:
        self._plugins = plugins
        self._dispatch = dispatch
        self._choices = choices
        self._sites = sites
        self._context = context

    def started(self) -> None:
        """The server has started in this process."""
        self._tell("plugin_started", HOOK_TIMEOUT_S)

    def stopping(self) -> None:
        """The server is about to stop."""
        self._tell("plugin_stopping", STOP_TIMEOUT_S)

    def switch(self, site: Site, plugin: str, *, on: bool, actor: Actor = SYSTEM) -> bool:
        """Switch a loaded plugin on or off for the site; whether its hook went well.

        The choice is stored even when the hook fails: the owner's word counts, the failure is shown.
        """
        require(actor, Right.MANAGE_SITE, site.id)
        if not on and self._choices.find(site, plugin) is not None:
            went_well = self._tell_site("site_disabled", site, plugin)  # while it still may run there
            self._save(site, plugin, False, actor)
            return went_well
        self._save(site, plugin, on, actor)
        return not on or self._tell_site("site_enabled", self._sites.by_id(site.id), plugin)

    def delete_site(self, site: Site, *, actor: Actor, anyway: bool = False) -> Sequence[str]:
        """Delete a site with everything on it, once each plugin removed what it holds of it; also those that are off.

        The answer are the titles of plugins whose hook failed: then nothing is deleted, unless ``anyway``. Raises
        Conflict for the only site.
        """
        require(actor, Right.MANAGE_SITE, site.id)
        if len(self._sites.all()) < 2:
            raise Conflict("This is the only site here. Add another one before you delete it.")
        failed = [item.plugin.info.title for item in self._choices.all(site) if not self._forgets(item, site)]
        if anyway or not failed:
            self._sites.delete(site, actor=actor)
        return failed

    def _forgets(self, item: SitePlugin, site: Site) -> bool:
        implementation = item.plugin.hooks.get("site_deleted")
        if implementation is None:
            return True

        def work() -> None:
            answer = implementation.call({"ctx": self._context(item, site)})
            if answer is not None:
                raise TypeError(f"it answered a {type(answer).__name__} that the hook does not promise")

        try:
            self._dispatch.guard(item.plugin.name, "site_deleted", work, timeout_s=DELETE_TIMEOUT_S)
        except (Exception, SystemExit):  # noqa: BLE001 - whatever it is, the owner hears of it; guard logged it
            return False
        return True

    def _save(self, site: Site, plugin: str, on: bool, actor: Actor) -> None:
        settings = self._choices.stored(site, plugin).settings
        self._choices.save(site, plugin, PluginChoice(enabled=on, settings=settings), actor=actor)

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
