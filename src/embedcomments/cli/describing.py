"""What is to be said of an instance's plugins."""

from __future__ import annotations

from collections import Counter
from typing import Any

from embedcomments.domain.sites import Site
from embedcomments.host.choices import SitePlugin
from embedcomments.host.plugins import Plugin
from embedcomments.host.reports import recent_failures
from embedcomments.storage import jobs as job_rows
from embedcomments.web.parts import Parts

_DECLARATIONS = (
    "routes", "admin_pages", "commands", "jobs", "events", "auth_providers", "renderers", "html_allow", "assets",
    "feeds", "importers", "exporters",
)  # fmt: skip


def described(parts: Parts) -> dict[str, Any]:
    """JSON of all plugins: those that are loaded in the order in which their hooks run, with each site, and those
    that are broken. ``declares`` counts what they registered; ``dead_letters`` counts jobs given up, by name;
    ``failures`` counts those of the servers within a day, by hook."""
    with parts.database.read() as connection:
        failures = recent_failures(connection, parts.clock.now())
    plugins = {plugin.name: _plugin(plugin, failures.get(plugin.name, Counter())) for plugin in parts.plugins.loaded}
    for site in parts.sites.all():
        letters = _dead_letters(parts, site)
        for item in parts.choices.all(site):
            plugins[item.plugin.name]["sites"][site.name] = _on_site(item, letters)
    broken = [{"name": item.name, "origin": item.origin, "error": item.error} for item in parts.plugins.broken]
    return {"plugins": list(plugins.values()), "broken": broken}


def _plugin(plugin: Plugin, failures: Counter[str]) -> dict[str, Any]:
    declared = {name: len(getattr(plugin, name)) for name in _DECLARATIONS}
    declared |= {"settings": plugin.settings is not None, "migrations": plugin.migrations is not None}
    return {
        "name": plugin.name,
        "title": plugin.info.title,
        "version": plugin.info.version,
        "api": plugin.info.api,
        "origin": plugin.origin,
        "hooks": sorted(plugin.hooks),
        "declares": {name: int(count) for name, count in sorted(declared.items()) if count},
        "failures": dict(sorted(failures.items())),
        "sites": {},
    }


def _on_site(item: SitePlugin, letters: dict[str, Counter[str]]) -> dict[str, Any]:
    return {
        "enabled": item.enabled,
        "problem": item.problem,
        "dead_letters": dict(sorted(letters.get(item.plugin.name, Counter()).items())),
    }


def _dead_letters(parts: Parts, site: Site) -> dict[str, Counter[str]]:
    with parts.database.read() as connection:
        rows = job_rows.dead_letters(connection, site.id, limit=10_000)
    found: dict[str, Counter[str]] = {}
    for row in rows:
        found.setdefault(row.plugin, Counter())[row.name] += 1
    return found
