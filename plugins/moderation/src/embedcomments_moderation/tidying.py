"""What is done once a day: settle reports of what is gone, and forget what is of no more use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from embedcomments.api import CommentState, PluginContext
from embedcomments_moderation.bans import forget_old_bans
from embedcomments_moderation.kept import forget_kept
from embedcomments_moderation.reports import accept, forget_comments, forget_reporters, list_reported
from embedcomments_moderation.tables import milliseconds
from embedcomments_moderation.verifying import FORGOTTEN_AFTER, forget_asked

BATCH = 200


def tidy(ctx: PluginContext, payload: Mapping[str, Any]) -> None:
    """The job. Reports of comments that were deleted or marked as spam, by whatever way, were right."""
    last: str | None = None
    while found := list_reported(ctx, before=last, limit=BATCH):
        last = found[-1]
        present = {comment_id: ctx.comments.get(comment_id) for comment_id in found}
        gone = [comment_id for comment_id, comment in present.items() if comment is None]
        if gone:
            ctx.tables.write(lambda connection, gone=gone: forget_comments(connection, gone))  # type: ignore[misc]
        ended = (CommentState.DELETED, CommentState.SPAM)
        over = [comment_id for comment_id, comment in present.items() if comment is not None and comment.state in ended]
        accept(ctx, over, actor=ctx.plugin)
    now = ctx.now()
    ctx.tables.write(lambda connection: forget_reporters(connection, ctx.site.id, now))
    long_ago = milliseconds(now - FORGOTTEN_AFTER)
    ctx.tables.write(lambda connection: forget_asked(connection, ctx.site.id, long_ago))
    if ctx.tables.write(lambda connection: forget_old_bans(connection, ctx.site.id, now)):
        forget_kept(ctx)
