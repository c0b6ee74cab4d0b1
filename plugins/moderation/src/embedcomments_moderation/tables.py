"""The plugin's own tables, as queries see them. ``migrations`` makes them.

Nothing in them names a reader: addresses and e-mail addresses are keyed hashes. Moments are milliseconds since 1970.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, Integer, MetaData, String, Table, Text
from sqlalchemy.dialects import postgresql, sqlite

ID = String(24).with_variant(String(24, collation="C"), "postgresql")  # sorts as ids do, on both engines
SERIAL = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows only of an INTEGER key

metadata = MetaData()

# One reader about one comment. ``reporter`` is emptied some time after the report was settled; ``weight`` is in
# hundredths of a report; ``state`` is open, accepted or dismissed.
report = Table(
    "moderation_report",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("site_id", BigInteger, nullable=False),
    Column("comment_id", ID, nullable=False),
    Column("reporter", String(64)),
    Column("identity_id", ID),
    Column("reason", String(16), nullable=False),
    Column("words", Text, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    Column("settled_by", Text),
)
Index("uq_moderation_report_once", report.c.comment_id, report.c.reporter, unique=True)
Index("ix_moderation_report_open", report.c.site_id, report.c.state, report.c.comment_id)
Index("ix_moderation_report_reporter", report.c.site_id, report.c.reporter, report.c.created_at)

# Comments that a moderator looked at and left standing: reports are noted and do not hold them again.
review = Table(
    "moderation_review",
    metadata,
    Column("comment_id", ID, primary_key=True),
    Column("site_id", BigInteger, nullable=False),
    Column("reviewed_at", BigInteger, nullable=False),
)

# ``kind`` is identity, email or address; ``mark`` its keyed hash (the id of an identity). ``prefix`` is how many bits
# of an address of that IP ``version`` count, both None otherwise; ``label`` is what moderators call the writer.
# ``ends_at`` None: for good.
ban = Table(
    "moderation_ban",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("site_id", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("mark", String(64), nullable=False),
    Column("prefix", Integer),
    Column("version", Integer),
    Column("label", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("is_shadow", Boolean, nullable=False),
    Column("comment_id", ID),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("ends_at", BigInteger),
)
Index("uq_moderation_ban_mark", ban.c.site_id, ban.c.kind, ban.c.mark, unique=True)

# Writers whom a moderator knows: nobody else may sign with their name.
person = Table(
    "moderation_person",
    metadata,
    Column("identity_id", ID, primary_key=True),
    Column("site_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
)
Index("ix_moderation_person_site", person.c.site_id)

# A device whose writer proved that an e-mail address is theirs; ``mark`` is the keyed hash of the address as it is.
verified = Table(
    "moderation_verified",
    metadata,
    Column("identity_id", ID, primary_key=True),
    Column("mark", String(64), primary_key=True),
    Column("site_id", BigInteger, nullable=False),
    Column("verified_at", BigInteger, nullable=False),
)
Index("ix_moderation_verified_site", verified.c.site_id)

# A mail that asked for such a proof; ``network`` is that of ``Sender``, "" when it was not known.
asked = Table(
    "moderation_asked",
    metadata,
    Column("id", SERIAL, primary_key=True),
    Column("site_id", BigInteger, nullable=False),
    Column("mark", String(64), nullable=False),
    Column("identity_id", ID, nullable=False),
    Column("network", String(64), nullable=False),
    Column("asked_at", BigInteger, nullable=False),
)
Index("ix_moderation_asked_at", asked.c.site_id, asked.c.asked_at)

# Whose address it is said that it was not them: they are never asked again.
unwilling = Table(
    "moderation_unwilling",
    metadata,
    Column("site_id", BigInteger, primary_key=True),
    Column("mark", String(64), primary_key=True),
    Column("refused_at", BigInteger, nullable=False),
)


def milliseconds(at: datetime) -> int:
    """A moment as the tables hold it."""
    return round(at.timestamp() * 1000)


def moment(value: int) -> datetime:
    """A moment back from a table, aware, in UTC."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=value)


def insert_into(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An insert that can say what happens when the row is there, in the connection's dialect."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
