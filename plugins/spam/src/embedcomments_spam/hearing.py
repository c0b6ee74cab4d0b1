"""What is remembered of each event."""

from __future__ import annotations

from functools import partial

from embedcomments.api import CommentEvent, PluginContext
from embedcomments_spam import repeats


def remember(ctx: PluginContext, event: CommentEvent) -> None:
    """Note the text that came."""
    if event.actor not in ("reader", "author", "mention"):
        return
    comment = None if repeats.is_taken_back(event) else ctx.comments.get(event.comment_id)
    ctx.tables.write(partial(repeats.note, event=event, comment=comment))
