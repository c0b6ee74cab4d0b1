"""What the database says of itself, on both engines."""

from __future__ import annotations

from embedcomments.storage.database import Database
from embedcomments.storage.facts import database_facts
from embedcomments.storage.migrate import CORE_LEDGER


def test_database_tells_its_engine_size_and_versions(database: Database) -> None:
    with database.read() as connection:
        found = database_facts(connection, [CORE_LEDGER, "nothing_version"])
        again = database_facts(connection, [CORE_LEDGER])
    assert found.engine.split()[0] == ("SQLite" if database.is_sqlite else "PostgreSQL")
    assert found.size_bytes > 10_000
    assert list(found.revisions) == [CORE_LEDGER]
    assert found.revisions == again.revisions  # a ledger that is not there spoils nothing of the transaction
