"""The tables: which links were told to us, which pages of ours were looked at, and whom we told of their links."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, Integer, MetaData, String, Table, Text, delete

from embedcomments.api import PluginContext

_metadata = MetaData()

# Moments are whole seconds since 1970. ``pair`` is a hash, since two URLs are longer than an index takes.
received = Table(
    "pingback_received",
    _metadata,
    Column("site_id", BigInteger, primary_key=True),
    Column("pair", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("source", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    Column("type", String(16), nullable=False),
    Column("comment_id", String(24)),
    Column("told_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
)
Index("ix_pingback_received_time", received.c.site_id, received.c.told_at)
Index("ix_pingback_received_state", received.c.site_id, received.c.state)
Index("ix_pingback_received_comment", received.c.comment_id)
Index("ix_pingback_received_host", received.c.site_id, received.c.host, received.c.told_at)

page = Table(
    "pingback_page",
    _metadata,
    Column("site_id", BigInteger, primary_key=True),
    Column("page", String(64), primary_key=True),
    Column("url", Text, nullable=False),
    Column("why", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("changed", String(64), nullable=False),
    Column("seen_at", BigInteger, nullable=False),
)
Index("ix_pingback_page_time", page.c.site_id, page.c.why, page.c.seen_at)

sent = Table(
    "pingback_sent",
    _metadata,
    Column("site_id", BigInteger, primary_key=True),
    Column("pair", String(64), primary_key=True),
    Column("page", String(64), nullable=False),
    Column("source", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("linked", Boolean, nullable=False),
    Column("protocol", String(16), nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("sent_at", BigInteger, nullable=False),
)
Index("ix_pingback_sent_time", sent.c.site_id, sent.c.sent_at)
Index("ix_pingback_sent_page", sent.c.site_id, sent.c.page)
Index("ix_pingback_sent_host", sent.c.site_id, sent.c.host, sent.c.sent_at)

# Where the site wanted mentions when they were last put there.
placed = Table(
    "pingback_placed",
    _metadata,
    Column("site_id", BigInteger, primary_key=True, autoincrement=False),
    Column("place", String(16), nullable=False),
)


def forget_site(ctx: PluginContext) -> None:
    """Drop all rows of the context's site."""

    def work(connection: Connection) -> None:
        for table in (received, page, sent, placed):
            connection.execute(delete(table).where(table.c.site_id == ctx.site.id))

    ctx.tables.write(work)
