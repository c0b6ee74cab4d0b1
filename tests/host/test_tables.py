"""A plugin's migrations keep to the plugin's own tables; those that do not are undone, visibly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import inspect, text

from embedcomments.api import Migrations
from embedcomments.host.loading import load_plugins
from embedcomments.host.tables import is_own, with_tables
from embedcomments.storage.database import Database

REVISION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "{number}", {before}, None, None


def upgrade() -> None:
    {body}
"""
OWN = 'op.create_table("spam_words", sa.Column("id", sa.Integer, primary_key=True), sa.Column("word", sa.Text))'


@pytest.fixture
def make_migrating(make_plugin: Callable[..., ModuleType], tmp_path: Path) -> Callable[..., ModuleType]:
    """A plugin whose revisions do these things, one after another."""

    def make(name: str, *bodies: str) -> ModuleType:
        versions = tmp_path / name / "versions"
        versions.mkdir(parents=True, exist_ok=True)
        for earlier in versions.glob("*.py"):
            earlier.unlink()
        for number, body in enumerate(bodies, 1):
            before = f'"{number - 1:04d}"' if number > 1 else None
            revision = REVISION.format(number=f"{number:04d}", before=before, body=body)
            (versions / f"{number:04d}_step.py").write_text(revision)
        return make_plugin(name, register_migrations=lambda: Migrations(folder=versions.parent))

    return make


def outcome(database: Database, *modules: ModuleType) -> dict[str, str]:
    """By plugin: "" when its tables are up to date, else what is shown of it."""
    plugins = with_tables(database, load_plugins(modules=list(modules)))
    return {item.name: "" for item in plugins.loaded} | {item.name: item.error for item in plugins.broken}


def tables(database: Database) -> set[str]:
    with database.engine.connect() as connection:
        return set(inspect(connection).get_table_names())


def test_own_tables_are_made_changed_filled_and_dropped(database: Database, make_migrating: Any) -> None:
    steps = [
        OWN,
        """with op.batch_alter_table("spam_words") as batch:
        batch.alter_column("word", nullable=False, existing_type=sa.Text)
        batch.create_index("ix_spam_words_word", ["word"])""",
        """op.execute("INSERT INTO spam_words (id, word) VALUES (1, 'pill')")""",
        """op.create_table("spam_seen", sa.Column("of", sa.String(24), sa.ForeignKey("comment.id")))""",
        """op.drop_table("spam_seen")""",
    ]
    for count in range(1, len(steps) + 1):
        assert outcome(database, make_migrating("spam", *steps[:count])) == {"spam": ""}
    assert {"spam_words", "spam_version"} < tables(database)
    assert "spam_seen" not in tables(database)
    with database.read() as connection:
        assert connection.execute(text("SELECT word FROM spam_words")).scalars().all() == ["pill"]
    assert outcome(database, make_migrating("spam", *steps)) == {"spam": ""}


FOREIGN = {
    "makes a table of another name": ("op.create_table('words', sa.Column('x', sa.Text))", "make 'words'"),
    "makes one without the line": (
        "op.create_table('spamwords', sa.Column('x', sa.Text))",
        "make 'spamwords'",
    ),
    "widens a core's": (
        "op.add_column('comment', sa.Column('spam_score', sa.Integer))",
        "change 'comment'",
    ),
    "drops a core's": ("op.drop_table('idempotency')", "drop 'idempotency'"),
    "indexes a core's": ("op.create_index('spam_ix', 'comment', ['author_name'])", "change 'comment'"),
    "writes into a core's": ("op.execute(\"UPDATE meta SET value = 'x'\")", "change 'meta'"),
    "empties a core's": ("op.execute('DELETE FROM meta')", "change 'meta'"),
    "makes a view elsewhere": ("op.execute('CREATE VIEW words AS SELECT name FROM site')", "make 'words'"),
    "renames a core's": ("op.rename_table('idempotency', 'spam_idempotency')", "drop 'idempotency'"),
}


@pytest.mark.parametrize("foreign", FOREIGN)
def test_migrations_that_touch_what_is_not_their_own_are_undone_and_told(
    database: Database, make_migrating: Any, make_plugin: Callable[..., ModuleType], foreign: str
) -> None:
    body, told = FOREIGN[foreign]
    before = tables(database)
    with database.read() as connection:
        meta = connection.execute(text("SELECT name, value FROM meta")).all()
    found = outcome(database, make_migrating("spam", OWN, body), make_plugin("good"))
    assert found == {
        "good": "",
        "spam": f"Its migrations failed: they {told}, but the plugin's own tables are named 'spam_…'.",
    }
    assert tables(database) == before
    with database.read() as connection:
        assert connection.execute(text("SELECT name, value FROM meta")).all() == meta


def test_tables_of_a_plugin_with_a_longer_name_are_not_the_shorter_ones(
    database: Database, make_migrating: Any
) -> None:
    longer = make_migrating("spam-x", 'op.create_table("spam_x_words", sa.Column("x", sa.Text))')
    steal = ['op.drop_table("spam_x_words")', 'op.execute("INSERT INTO spam_x_words VALUES (1)")']
    assert outcome(database, longer) == {"spam-x": ""}
    for installed in ([longer], []):  # one that was installed once owns its tables as well
        for body in steal:
            found = outcome(database, make_migrating("spam", OWN, body), *installed)
            assert "'spam_x_words', but" in found["spam"]
    assert "spam_x_words" in tables(database)
    assert outcome(database, make_migrating("spam", OWN), longer) == {"spam": "", "spam-x": ""}


@pytest.mark.parametrize(
    "name, body",
    [
        ("sign", "op.drop_table('sign_in_link')"),
        ("alembic", "op.create_table('alembic_x', sa.Column('x', sa.Text))"),
        ("alembic", "op.execute('DELETE FROM alembic_version')"),
    ],
)
def test_a_name_that_the_cores_tables_begin_with_gives_no_right_to_them(
    database: Database, make_migrating: Any, name: str, body: str
) -> None:
    before = tables(database)
    assert outcome(database, make_migrating(name, body))[name] != ""
    assert tables(database) == before


@pytest.mark.parametrize(
    "table, own, claims, expected",
    [
        ("spam_words", "spam_", ["spam_"], True),
        ("spam_x_words", "spam_", ["spam_", "spam_x_"], False),
        ("spam_x_words", "spam_x_", ["spam_", "spam_x_"], True),
        ("spam_xy", "spam_", ["spam_", "spam_x_"], True),
        ("spam", "spam_", ["spam_"], False),
        ("plugin_site", "plugin_", ["plugin_"], False),
        ("alembic_version", "alembic_", ["alembic_"], False),
    ],
)
def test_whose_table_it_is(table: str, own: str, claims: list[str], expected: bool) -> None:
    assert is_own(table, own, claims) is expected
