"""Plugins' own tables: brought up to date at start, each plugin's within its own names."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection

from embedcomments.domain.errors import PluginError
from embedcomments.host.plugins import BrokenPlugin, Plugin, Plugins
from embedcomments.storage.database import Database
from embedcomments.storage.migrate import CORE_LEDGER, upgrade
from embedcomments.storage.schema import Schema, read_schema, watched_writes
from embedcomments.storage.tables import metadata

_log = logging.getLogger(__name__)

_LEDGER = "version"


def prefix(plugin: str) -> str:
    """How the names of a plugin's tables begin."""
    return f"{plugin.replace('-', '_')}_"


def ledger_of(plugin: str) -> str:
    """The table in which the version of a plugin's tables stands."""
    return f"{prefix(plugin)}{_LEDGER}"


def with_tables(database: Database, plugins: Plugins) -> Plugins:
    """The plugins whose own tables are up to date; one whose migrations fail, or touch what is not its own, is broken,
    and its writes are undone."""
    good: list[Plugin] = []
    broken: list[BrokenPlugin] = list(plugins.broken)
    prefixes = [prefix(plugin.name) for plugin in plugins.loaded]
    for plugin in plugins.loaded:
        try:
            if plugin.migrations is not None:
                _upgrade(database, plugin, prefixes)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - strangers' code runs in migrations
            _log.exception("The migrations of the plugin %s failed", plugin.name)
            sentence = f"Its migrations failed: {error.message if isinstance(error, PluginError) else error}"[:500]
            broken.append(BrokenPlugin(name=plugin.name, origin=plugin.origin, error=sentence))
        else:
            good.append(plugin)
    return replace(plugins, loaded=tuple(good), broken=tuple(broken))


def is_own(table: str, own: str, prefixes: Iterable[str]) -> bool:
    """Whether a table belongs to the plugin with the prefix ``own``: it begins so, is none of the core's, and no longer
    one of ``prefixes`` claims it (``spam_x_words`` is that of ``spam-x``, not of ``spam``)."""
    if not table.startswith(own) or table in metadata.tables or table == CORE_LEDGER:
        return False
    return all(len(other) <= len(own) for other in prefixes if table.startswith(other))


def _upgrade(database: Database, plugin: Plugin, loaded: list[str]) -> None:
    migrations, own = plugin.migrations, prefix(plugin.name)
    ledger = ledger_of(plugin.name)
    if migrations is None:
        return
    if ledger == CORE_LEDGER:
        raise PluginError(f"its ledger would be {ledger!r}, which is that of the core; it needs another name.")

    def work(connection: Connection) -> None:
        before = read_schema(connection)
        with watched_writes(connection) as written:
            if not upgrade(connection, migrations.folder, ledger):
                return
        after = read_schema(connection)
        # Those that were installed once, and left their tables here, still own them.
        prefixes = {*loaded, *(name.removesuffix(_LEDGER) for name in before if _is_ledger(name, before))}
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        for name in sorted(changed | written):
            if not is_own(name, own, prefixes):
                what = "make" if name not in before else "drop" if name not in after else "change"
                raise PluginError(f"they {what} {name!r}, but the plugin's own tables are named {own + '…'!r}.")

    database.write(work)


def _is_ledger(name: str, schema: Schema) -> bool:
    return name.endswith(f"_{_LEDGER}") and any("version_num" in str(fact) for fact in schema[name])
