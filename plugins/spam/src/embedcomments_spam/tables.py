"""The plugin's own tables, as queries see them. ``migrations`` makes them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    false,
)
from sqlalchemy.dialects import postgresql, sqlite

SHARED = 0
"""The ``site_id`` of what all sites of the instance learned together."""

metadata = MetaData()

model = Table(
    "spam_model",
    metadata,
    Column("site_id", BigInteger, primary_key=True, autoincrement=False),
    Column("rev", BigInteger, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("spam", Integer, nullable=False),
    Column("ham", Integer, nullable=False),
)

weight = Table(
    "spam_weight",
    metadata,
    Column("site_id", BigInteger, primary_key=True, autoincrement=False),
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("weight", Float(53), nullable=False),
    Column("confidence", Float(53), nullable=False),
    Column("rev", BigInteger, nullable=False),
)

# ``rev`` orders them; ``taught_at`` is in milliseconds since 1970; ``changes`` is what Model.lesson said.
lesson = Table(
    "spam_lesson",
    metadata,
    Column("site_id", BigInteger, primary_key=True, autoincrement=False),
    Column("comment_id", String(24), primary_key=True),
    Column("rev", BigInteger, nullable=False),
    Column("is_spam", Boolean, nullable=False),
    Column("score", Float(53), nullable=False),
    Column("taught_at", BigInteger, nullable=False),
    Column("changes", LargeBinary, nullable=False),
)

# ``seen_at`` is in milliseconds since 1970.
repeat = Table(
    "spam_repeat",
    metadata,
    Column("comment_id", String(24), primary_key=True),
    Column("fingerprint", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
)

# ``name`` is random; ``seen_at`` is in milliseconds since 1970; ``sketch`` is near.Sketch, four bytes each.
near = Table(
    "spam_near",
    metadata,
    Column("name", String(24), primary_key=True),
    Column("seen_at", BigInteger, nullable=False),
    Column("sketch", LargeBinary, nullable=False),
)

# What a site imported from a file; ``rev`` rises with each import.
blocked = Table(
    "spam_blocked",
    metadata,
    Column("site_id", BigInteger, primary_key=True, autoincrement=False),
    Column("entry", String(253), primary_key=True),
    Column("is_domain", Boolean, nullable=False),
)

blocked_rev = Table(
    "spam_blocked_rev",
    metadata,
    Column("site_id", BigInteger, primary_key=True, autoincrement=False),
    Column("rev", BigInteger, nullable=False),
)

# Challenges that were solved; ``spent_at`` is in seconds since 1970.
spent = Table(
    "spam_spent",
    metadata,
    Column("site_id", BigInteger, primary_key=True, autoincrement=False),
    Column("challenge", String(128), primary_key=True),
    Column("spent_at", BigInteger, nullable=False),
)

# ``slot`` counts ten minutes since 1970; ``limited``: of what was written, how much was held for its pace or its
# sender's; ``flooded``: whether it was a part of a flood.
pace = Table(
    "spam_pace",
    metadata,
    Column("site_id", BigInteger, primary_key=True, autoincrement=False),
    Column("slot", BigInteger, primary_key=True, autoincrement=False),
    Column("written", Integer, nullable=False),
    Column("limited", Integer, nullable=False, server_default="0"),
    Column("flooded", Boolean, nullable=False, server_default=false()),
)

# How much an address, a writer or a thread had in a slot; ``mark`` is a keyed hash behind a letter for its kind.
sent = Table(
    "spam_sent",
    metadata,
    Column("site_id", BigInteger, primary_key=True, autoincrement=False),
    Column("slot", BigInteger, primary_key=True, autoincrement=False),
    Column("mark", String(64), primary_key=True),
    Column("written", Integer, nullable=False),
)


# A comment that Akismet is asked about. ``mark`` is a keyed hash of its text and time, by which its row is found once
# it has an id; ``asked_at`` is in milliseconds since 1970; ``sender`` is sealed; ``answer`` is "" until there is one,
# and ``told`` what a moderator's decision told Akismet last, "" for nothing.
asked = Table(
    "spam_asked",
    metadata,
    Column("site_id", BigInteger, primary_key=True, autoincrement=False),
    Column("mark", String(64), primary_key=True),
    Column("comment_id", String(24)),
    Column("asked_at", BigInteger, nullable=False),
    Column("sender", LargeBinary, nullable=False),
    Column("answer", String(10), nullable=False),
    Column("told", String(10), nullable=False),
)

# How the last request to Akismet ended; ``fault`` is "" or a sentence.
asked_state = Table(
    "spam_asked_state",
    metadata,
    Column("site_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("fault", String(200), nullable=False),
)


# A list of senders that was imported. Each import has an id of its own; ``is_ready`` once all of it has arrived, and no
# longer when another took its place. ``prefixes``: the lengths of its networks, with blanks between them.
listing = Table(
    "spam_listing",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site_id", BigInteger, nullable=False),
    Column("name", String(60), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("imported_at", BigInteger, nullable=False),
    Column("prefixes", String(400), nullable=False),
    Column("is_ready", Boolean, nullable=False),
)

# ``mark`` is 63 bits of a keyed hash; ``times``: how often it was reported.
listed = Table(
    "spam_listed",
    metadata,
    Column("list_id", Integer, primary_key=True, autoincrement=False),
    Column("mark", BigInteger, primary_key=True, autoincrement=False),
    Column("times", Integer, nullable=False),
)


def insert_into(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that can say what happens when the row is there, in the connection's dialect."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
