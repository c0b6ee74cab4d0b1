"""The tables: who gave which reaction to which comment or page, without anything that says who that is."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, MetaData, String, Table

ID = String(24).with_variant(String(24, collation="C"), "postgresql")  # sorts as ids do, on both engines

# ``voter`` and ``source`` are the fingerprints of people.py. There is no time on purpose: beside a web server's log it
# would tell who it was.
reaction = Table(
    "reactions_reaction",
    MetaData(),
    Column("comment_id", ID, primary_key=True),
    Column("voter", String(64), primary_key=True),
    Column("site_id", BigInteger, nullable=False),
    Column("source", String(64), nullable=False),
    Column("reaction", String(32), nullable=False),
)
Index("ix_reactions_reaction_counts", reaction.c.comment_id, reaction.c.reaction)
Index("ix_reactions_reaction_source", reaction.c.comment_id, reaction.c.source)
Index("ix_reactions_reaction_site", reaction.c.site_id, reaction.c.comment_id)

# A page is the hash of its thread's key: there may be no thread yet, and a key may be longer than an index allows.
page_reaction = Table(
    "reactions_page",
    reaction.metadata,
    Column("site_id", BigInteger, primary_key=True),
    Column("page", String(64), primary_key=True),
    Column("voter", String(64), primary_key=True),
    Column("source", String(64), nullable=False),
    Column("reaction", String(32), nullable=False),
)
