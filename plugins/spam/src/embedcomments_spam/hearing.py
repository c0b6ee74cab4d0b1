"""What is done when something happened to a comment."""

from __future__ import annotations

from sqlalchemy import Connection

from embedcomments.api import CommentEvent, EventKind, PluginContext
from embedcomments_spam import near, repeats

_WRITERS = ("reader", "author", "mention")


def forget_taken_back(ctx: PluginContext, event: CommentEvent) -> None:
    """A text that its author took back is no text that was written before."""
    comment = ctx.comments.get(event.comment_id) if event.kind is EventKind.DELETED else None
    if comment is None or event.actor not in _WRITERS:
        return

    def work(connection: Connection) -> None:
        for forget in (repeats.forget, near.forget):
            forget(connection, comment)

    ctx.tables.write(work)
