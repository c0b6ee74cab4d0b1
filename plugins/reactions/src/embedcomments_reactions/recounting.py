"""Brings the comments' scores to what the table and the settings say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, select

from embedcomments.api import Comment, PluginContext
from embedcomments_reactions.counting import counts_of, score_of
from embedcomments_reactions.settings import reactions_of
from embedcomments_reactions.tables import reaction

BATCH = 500


def recount(ctx: PluginContext, payload: Mapping[str, Any]) -> None:
    """The job: comments whose score another choice of settings left behind, 500 at a time, and rows whose comment is
    no longer there."""
    query = (
        select(reaction.c.comment_id)
        .where(reaction.c.site_id == ctx.site.id, reaction.c.comment_id > payload.get("after", ""))
        .distinct()
        .order_by(reaction.c.comment_id)
        .limit(BATCH)
    )
    with ctx.tables.read() as connection:
        comment_ids = list(connection.execute(query).scalars())
        counts = counts_of(connection, comment_ids, reactions_of(ctx.settings))
    for comment_id in comment_ids:
        comment = ctx.comments.get(comment_id)
        if comment is None:
            _forget(ctx, comment_id)
        elif comment.score != score_of(ctx, counts.get(comment_id, {})):
            _correct(ctx, comment)
    if len(comment_ids) == BATCH:
        ctx.jobs.enqueue("recount", {"after": comment_ids[-1]}, key=comment_ids[-1])


def _correct(ctx: PluginContext, comment: Comment) -> None:
    def work(connection: Connection) -> int:
        return score_of(ctx, counts_of(connection, [comment.id], reactions_of(ctx.settings)).get(comment.id, {}))

    ctx.comments.set_score(comment.id, work)


def _forget(ctx: PluginContext, comment_id: str) -> None:
    ctx.tables.write(lambda connection: connection.execute(delete(reaction).where(reaction.c.comment_id == comment_id)))
