"""Reading the tables: how many of each reaction, and the score they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, delete, func, select

from embedcomments.api import PluginContext
from embedcomments_reactions.settings import reactions_of
from embedcomments_reactions.tables import page_reaction, reaction

Counts = dict[str, int]
ROWS_AT_ONCE = 1_000
PAGES_AT_ONCE = 20


def fields_of(ctx: PluginContext, comment_ids: Sequence[str]) -> Mapping[str, Any]:
    """What is shown with comments, by id, in one query; comments without reactions are absent."""
    with ctx.tables.read() as connection:
        found = counts_of(connection, comment_ids, reactions_of(ctx.settings))
    return {comment_id: told(ctx, counts) for comment_id, counts in found.items()}


def told(ctx: PluginContext, counts: Mapping[str, int]) -> dict[str, Any]:
    """The counts of one comment or page as they are published."""
    return {"counts": dict(counts), "score": score_of(ctx, counts)}


def score_of(ctx: PluginContext, counts: Mapping[str, int]) -> int:
    """Votes for less those against; otherwise how many reacted."""
    worth = reactions_of(ctx.settings)
    return sum(worth[name] * count for name, count in counts.items())


def counts_of(connection: Connection, comment_ids: Sequence[str], allowed: Mapping[str, int]) -> dict[str, Counts]:
    """How many gave each reaction, by comment id and reaction, in the order in which the site names them. What the
    site does not offer (any more) and comments without reactions are absent."""
    query = (
        select(reaction.c.comment_id, reaction.c.reaction, func.count())
        .where(reaction.c.comment_id.in_(comment_ids), reaction.c.reaction.in_(list(allowed)))
        .group_by(reaction.c.comment_id, reaction.c.reaction)
    )
    return _ordered(connection, query, allowed)


def counts_of_pages(
    connection: Connection, site_id: int, pages: Sequence[str], allowed: Mapping[str, int]
) -> dict[str, Counts]:
    """The same by page, for pages as ``pages.page_of`` names them."""
    rows = page_reaction.c
    query = (
        select(rows.page, rows.reaction, func.count())
        .where(rows.site_id == site_id, rows.page.in_(pages), rows.reaction.in_(list(allowed)))
        .group_by(rows.page, rows.reaction)
    )
    return _ordered(connection, query, allowed)


def _ordered(connection: Connection, query: Select[Any], allowed: Mapping[str, int]) -> dict[str, Counts]:
    unordered: dict[str, Counts] = {}
    for subject, name, people in connection.execute(query):
        unordered.setdefault(subject, {})[name] = people
    return {
        subject: {name: counts[name] for name in allowed if name in counts} for subject, counts in unordered.items()
    }


def forget_some(ctx: PluginContext) -> bool:
    """Remove the reactions to some of the site's comments, else to some of its pages; whether there may be more. Bit by
    bit, because nothing else is written meanwhile."""

    def work(connection: Connection) -> bool:
        some = select(reaction.c.comment_id).where(reaction.c.site_id == ctx.site.id).limit(ROWS_AT_ONCE)
        if connection.execute(delete(reaction).where(reaction.c.comment_id.in_(some))).rowcount > 0:
            return True
        is_ours = page_reaction.c.site_id == ctx.site.id
        pages = select(page_reaction.c.page).where(is_ours).distinct().limit(PAGES_AT_ONCE)
        return connection.execute(delete(page_reaction).where(is_ours, page_reaction.c.page.in_(pages))).rowcount > 0

    return ctx.tables.write(work)
