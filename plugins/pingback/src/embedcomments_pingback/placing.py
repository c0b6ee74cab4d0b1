"""Where mentions stand follows the site's choice, also for those that came before it was made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from embedcomments.api import CommentKind, PluginContext
from embedcomments_pingback.rows import put
from embedcomments_pingback.showing import types_by_id
from embedcomments_pingback.tables import placed
from embedcomments_pingback.verification import FACES

PERIOD_S = 300
_AT_ONCE = 200
_MENTIONS = tuple(kind for kind in CommentKind if kind is not CommentKind.COMMENT)


def place_all(ctx: PluginContext, payload: Mapping[str, Any]) -> None:
    """The job: after another choice, put every mention where it belongs by it. What was answered stays in its place."""
    wanted = ctx.settings["place"]
    with ctx.tables.read() as connection:
        known = connection.execute(select(placed.c.place).where(placed.c.site_id == ctx.site.id)).scalar()
    if known == wanted:
        return
    before: str | None = None
    while found := ctx.comments.list(kinds=_MENTIONS, before=before, limit=_AT_ONCE, hidden_threads=True):
        before = found[-1].id
        keys = {thread_id: thread.key for thread_id, thread in ctx.comments.threads_of(found).items()}
        types = types_by_id(ctx, found, keys)
        for comment in found:
            apart = wanted == "apart" or types.get(comment.id) in FACES
            if comment.is_apart != apart and not comment.replies:
                ctx.comments.place_mention(comment.id, apart=apart)
    ctx.tables.write(lambda c: put(c, placed, {"site_id": ctx.site.id}, {}, {"place": wanted}))
