"""The table of votes, without anything that says who voted."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Mapping, Sequence

from sqlalchemy import BigInteger, Column, Connection, MetaData, String, Table, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from embedcomments.api import PluginContext

# The primary key is what makes a second vote impossible, however many arrive at once.
vote = Table(
    "poll_vote",
    MetaData(),
    Column("site_id", BigInteger, primary_key=True),
    Column("poll", String(64), primary_key=True),
    Column("voter", String(64), primary_key=True),
    Column("answer", String(100), nullable=False),
)


def poll_of(ctx: PluginContext, key: str) -> str:
    """The name of a page's poll: another question is another poll. A key may be longer than an index allows."""
    return hashlib.sha256(f"{ctx.settings['question']}\0{key}".encode()).hexdigest()


def voter_at(ctx: PluginContext, poll: str, address: str) -> str:
    """A fingerprint of an address that only this server can make, and another one for each poll.

    Of IPv6 the first 64 bits count, which are one subscriber's.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        pass
    else:
        if isinstance(found, ipaddress.IPv6Address):
            address = str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
    text = f"voter\0{ctx.site.id}\0{poll}\0{address}"
    return ctx.signer.make_signer().get_signature(text.encode()).decode("ascii")


def add_vote(ctx: PluginContext, poll: str, voter: str, answer: str) -> bool:
    """Count a vote unless that voter has one; whether it was counted."""

    def work(connection: Connection) -> bool:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        statement = insert(vote).values(site_id=ctx.site.id, poll=poll, voter=voter, answer=answer)
        return connection.execute(statement.on_conflict_do_nothing().returning(vote.c.voter)).first() is not None

    return ctx.tables.write(work)


def results_of(ctx: PluginContext, polls: Sequence[str]) -> Mapping[str, dict[str, int]]:
    """Votes by poll and answer, all that the site offers; every poll asked for is there."""
    results = {poll: dict.fromkeys(ctx.settings["answers"], 0) for poll in polls}
    counted = (
        select(vote.c.poll, vote.c.answer, func.count())
        .where(vote.c.site_id == ctx.site.id, vote.c.poll.in_(polls))
        .group_by(vote.c.poll, vote.c.answer)
    )
    with ctx.tables.read() as connection:
        for poll, answer, votes in connection.execute(counted):
            if answer in results[poll]:
                results[poll][answer] = votes
    return results


def forget_votes(ctx: PluginContext) -> None:
    """Remove all votes of the site."""
    ctx.tables.write(lambda connection: connection.execute(delete(vote).where(vote.c.site_id == ctx.site.id)))
