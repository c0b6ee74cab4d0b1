"""Brings a database to the present tables; plugins' own tables likewise, each with its own ledger."""

from __future__ import annotations

import secrets
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select

from embedcomments.domain.errors import Conflict
from embedcomments.storage.conflict import insert_ignore
from embedcomments.storage.database import Database
from embedcomments.storage.tables import meta

_FOLDER = Path(__file__).parent / "migrations"
CORE_LEDGER = "alembic_version"
_MIGRATION_LOCK = 0x656D6265  # "embe": any number that nobody else in the database uses


def migrate(database: Database) -> None:
    """Run what is missing of the core's migrations and make sure that the history has an epoch."""
    database.write(lambda connection: upgrade(connection, _FOLDER, CORE_LEDGER))
    database.write(_ensure_epoch)


def upgrade(connection: Connection, folder: Path, ledger: str) -> bool:
    """Bring one set of tables to its newest revision, inside the caller's transaction; whether anything was to do.

    ``folder`` holds Alembic's ``versions/``; ``ledger`` is the name of its version table.
    Raises Conflict when the database is newer than this program.
    """
    config = AlembicConfig()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(folder / "versions"))
    config.attributes["connection"] = connection
    config.attributes["ledger"] = ledger
    scripts = ScriptDirectory.from_config(config)
    if connection.dialect.name == "postgresql":
        # Processes that start together take turns; on SQLite the write transaction sees to that.
        connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
    present = MigrationContext.configure(connection, opts={"version_table": ledger}).get_current_revision()
    if present == scripts.get_current_head():
        return False
    known = {script.revision for script in scripts.walk_revisions()}
    if present is not None and present not in known:
        raise Conflict(f"The database is at revision {present}, which this version does not know: it is newer.")
    command.upgrade(config, "head")
    return True


def epoch(connection: Connection) -> str:
    """The name of the database's history, part of every cursor."""
    value: str = connection.execute(select(meta.c.value).where(meta.c.name == "epoch")).scalar_one()
    return value


def new_epoch(connection: Connection) -> None:
    """Void all cursors: the log was replaced, by a restore for instance."""
    connection.execute(meta.update().where(meta.c.name == "epoch").values(value=secrets.token_hex(4)))


def _ensure_epoch(connection: Connection) -> None:
    insert_ignore(connection, meta, name="epoch", value=secrets.token_hex(4))  # several processes may start at once
