"""Migrations bring any database to the present tables."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from embedcomments.domain.errors import Conflict
from embedcomments.domain.identities import Moderator
from embedcomments.domain.permissions import Role
from embedcomments.storage import migrations
from embedcomments.storage import moderators as moderator_rows
from embedcomments.storage import sessions as session_rows
from embedcomments.storage.database import Database
from embedcomments.storage.migrate import CORE_LEDGER, epoch, migrate, new_epoch, upgrade
from embedcomments.storage.tables import metadata

REVISION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0001", None, None, None


def upgrade() -> None:
    op.create_table("sample_note", sa.Column("id", sa.Integer, primary_key=True))
    {then}
"""


def _plugin_folder(folder: Path, then: str = "") -> Path:
    (folder / "versions").mkdir(parents=True)
    (folder / "versions" / "0001_first.py").write_text(REVISION.format(then=then))
    return folder


def test_migrations_make_exactly_the_tables(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert set(inspect(connection).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_partial_and_descending_indexes_are_there(database: Database) -> None:
    """alembic compares the columns of indexes, not their conditions."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'index'"))
        else:
            found = connection.execute(text("SELECT indexname, indexdef FROM pg_indexes"))
        sql = {name: " ".join((definition or "").replace('"', "").split()) for name, definition in found}
    assert "UNIQUE" in sql["ix_job_key"]
    assert "WHERE" in sql["ix_job_key"]
    assert "UNIQUE" in sql["ix_comment_external"]
    assert "WHERE" in sql["ix_comment_external"]
    assert "WHERE" in sql["ix_comment_link"]
    assert "score DESC, replies DESC, id" in sql["ix_comment_top"]


def test_a_database_of_the_first_version_keeps_its_comments_and_gets_what_is_new(
    new_url: Any, open_database: Callable[..., Database], tmp_path: Path
) -> None:
    revisions = Path(str(migrations.__file__)).parent / "versions"
    (tmp_path / "first" / "versions").mkdir(parents=True)
    shutil.copy(revisions / "0001_the_first_tables.py", tmp_path / "first" / "versions")
    database = open_database(new_url)
    database.write(lambda c: upgrade(c, tmp_path / "first", CORE_LEDGER))
    rows = (
        "INSERT INTO site (id, name, settings, created_at) VALUES (1, 'old', '{}', 0)",
        "INSERT INTO thread (id, site_id, key, created_at) VALUES (1, 1, '/a', 0)",
        "INSERT INTO comment (id, site_id, thread_id, root_id, path, depth, kind, state, created_at, rev, seq, replies,"
        " author_name, source, source_format, html)"
        " VALUES ('x', 1, 1, 'x', 'x', 0, 'comment', 'published', 10, 1, 1, 7, 'Ani', 'Hello', 'markdown', 'Hello')",
        "INSERT INTO event (thread_id, seq, kind, comment_id, actor, created_at) VALUES"
        " (1, 1, 'comment_submitted', 'x', 'reader', 10), (1, 2, 'comment_published', 'x', 'vera', 20),"
        " (1, 3, 'comment_edited', 'x', 'author', 30)",
    )
    database.write(lambda c: [c.execute(text(row)) for row in rows] and None)
    migrate(database)
    with database.engine.connect() as connection:
        found = connection.execute(text("SELECT id, source, replies, score, state_changed_at FROM comment")).one()
        assert tuple(found) == ("x", "Hello", 7, 0, 20), "in this state since its last event that was of a state"
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_moderators_of_the_fourth_version_become_owners_and_stay_signed_in(
    new_url: Any, open_database: Callable[..., Database], tmp_path: Path
) -> None:
    revisions = Path(str(migrations.__file__)).parent / "versions"
    (tmp_path / "old" / "versions").mkdir(parents=True)
    for file in revisions.glob("000[1-4]_*.py"):
        shutil.copy(file, tmp_path / "old" / "versions")
    database = open_database(new_url)
    database.write(lambda c: upgrade(c, tmp_path / "old", CORE_LEDGER))
    rows = (
        "INSERT INTO site (id, name, settings, created_at) VALUES (7, 'old', '{}', 0)",
        "INSERT INTO moderator (id, name, email, site_id, created_at) VALUES (4, 'Ani', 'ani@a.example', NULL, 5),"
        " (5, 'Bo', 'ani@a.example', 7, 6)",
        "INSERT INTO sign_in_link (token_hash, moderator_id, expires_at) VALUES ('link', 5, 99)",
        "INSERT INTO session (token_hash, moderator_id, created_at, expires_at) VALUES ('session', 4, 50000, 999000)",
    )
    database.write(lambda c: [c.execute(text(row)) for row in rows] and None)
    migrate(database)
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=60)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        accounts = moderator_rows.list_accounts(connection)
        assert [(account.moderator, account.email) for account in accounts] == [
            (Moderator(id=4, name="Ani", roles={None: Role.OWNER}), "ani@a.example"),
            (Moderator(id=5, name="Bo", roles={7: Role.OWNER}), None),
        ]
        found = session_rows.get_session(connection, "session", at=at, seen_after=at - timedelta(hours=1))
        assert found is not None
        assert found[0].id == 4
        assert session_rows.sign_in_link_is_open(connection, "link", at - timedelta(seconds=60))
    assert database.write(lambda c: moderator_rows.add_moderator(c, name="New", email=None, at=at)) == 6


def test_migrating_again_changes_nothing_and_keeps_the_epoch(database: Database) -> None:
    with database.read() as connection:
        before = epoch(connection)
    migrate(database)
    with database.read() as connection:
        assert epoch(connection) == before


def test_a_new_epoch_is_another_one(database: Database) -> None:
    with database.read() as connection:
        before = epoch(connection)
    database.write(new_epoch)
    with database.read() as connection:
        assert epoch(connection) != before


def test_a_database_that_is_newer_is_refused(database: Database) -> None:
    database.write(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(Conflict, match=r"revision 9999.*newer"):
        migrate(database)


def test_processes_that_start_together_all_find_a_migrated_database(
    new_url: Any, open_database: Callable[..., Database]
) -> None:
    # Alembic's environment is one for a process, so real processes would be needed to run revisions at once;
    # what comes after them races here.
    first = open_database(new_url)
    migrate(first)
    first.write(lambda c: c.execute(text("DELETE FROM meta")))
    databases = [first, *(open_database(new_url) for _ in range(3))]
    for database in databases:
        migrate(database)
    epochs = set()
    for database in databases:
        with database.read() as connection:
            epochs.add(epoch(connection))
    assert len(epochs) == 1


def test_a_plugin_has_a_ledger_of_its_own(database: Database, tmp_path: Path) -> None:
    folder = _plugin_folder(tmp_path / "plugin")
    for _ in range(2):
        database.write(lambda c: upgrade(c, folder, "sample_version"))
    with database.engine.connect() as connection:
        assert {"sample_note", "sample_version"} < set(inspect(connection).get_table_names())
        assert connection.execute(text("SELECT version_num FROM sample_version")).scalar_one() == "0001"
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1


def test_a_revision_that_fails_leaves_nothing_behind(database: Database, tmp_path: Path) -> None:
    folder = _plugin_folder(tmp_path / "plugin", then="raise RuntimeError('broken')")
    with pytest.raises(RuntimeError, match="broken"):
        database.write(lambda c: upgrade(c, folder, "sample_version"))
    with database.engine.connect() as connection:
        assert "sample_note" not in inspect(connection).get_table_names()
