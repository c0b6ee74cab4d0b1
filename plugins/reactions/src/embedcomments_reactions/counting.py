"""Reading the table: how many of each reaction, and the score they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, select

from embedcomments.api import PluginContext
from embedcomments_reactions.settings import reactions_of
from embedcomments_reactions.tables import reaction

Counts = dict[str, int]
ROWS_AT_ONCE = 1_000


def fields_of(ctx: PluginContext, comment_ids: Sequence[str]) -> Mapping[str, Any]:
    """What is shown with comments, by id, in one query; comments without reactions are absent."""
    with ctx.tables.read() as connection:
        found = counts_of(connection, comment_ids, reactions_of(ctx.settings))
    return {comment_id: told(ctx, counts) for comment_id, counts in found.items()}


def told(ctx: PluginContext, counts: Mapping[str, int]) -> dict[str, Any]:
    """The counts of one comment as they are published."""
    return {"counts": dict(counts), "score": score_of(ctx, counts)}


def score_of(ctx: PluginContext, counts: Mapping[str, int]) -> int:
    """Votes for less those against; otherwise how many reacted."""
    worth = reactions_of(ctx.settings)
    return sum(worth[name] * count for name, count in counts.items())


def counts_of(connection: Connection, comment_ids: Sequence[str], allowed: Mapping[str, int]) -> dict[str, Counts]:
    """How many gave each reaction, by comment id and reaction, in the order in which the site names them. What the
    site does not offer (any more) and comments without reactions are absent."""
    query = (
        select(reaction.c.comment_id, reaction.c.reaction, func.count().label("people"))
        .where(reaction.c.comment_id.in_(comment_ids), reaction.c.reaction.in_(list(allowed)))
        .group_by(reaction.c.comment_id, reaction.c.reaction)
    )
    unordered: dict[str, Counts] = {}
    for row in connection.execute(query):
        unordered.setdefault(row.comment_id, {})[row.reaction] = row.people
    return {
        comment_id: {name: counts[name] for name in allowed if name in counts}
        for comment_id, counts in unordered.items()
    }


def forget_some(ctx: PluginContext) -> bool:
    """Remove the reactions to some of the site's comments; whether there may be more. Bit by bit, because nothing else
    is written meanwhile."""

    def work(connection: Connection) -> bool:
        some = select(reaction.c.comment_id).where(reaction.c.site_id == ctx.site.id).limit(ROWS_AT_ONCE)
        return connection.execute(delete(reaction).where(reaction.c.comment_id.in_(some))).rowcount > 0

    return ctx.tables.write(work)
