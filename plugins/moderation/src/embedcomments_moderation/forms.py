"""What the pages about people have in common: reading their forms, and the comment that they start from."""

from __future__ import annotations

from dataclasses import dataclass

from embedcomments.api import Comment, PluginContext, PluginRequest, Thread


@dataclass(frozen=True, kw_only=True, slots=True)
class Occasion:
    """The comment by which a writer is meant, and how its page calls them."""

    comment: Comment
    thread: Thread
    name: str


def occasion_of(ctx: PluginContext, comment_id: str) -> Occasion | None:
    """What a page is about when it is called for a comment; None when there is no such comment of a writer."""
    comment = ctx.comments.get(comment_id) if comment_id else None
    if comment is None or comment.identity_id is None:
        return None
    return Occasion(comment=comment, thread=ctx.comments.thread_of(comment), name=comment.author.name or "Anonymous")


def plain(text: str, longest: int) -> str:
    """``text`` as it may be stored: without what a database cannot hold, and not too long."""
    return text.replace("\0", "").encode(errors="ignore").decode().strip()[:longest]


def who(request: PluginRequest) -> str:
    """The moderator who sent the form."""
    return request.moderator.name if request.moderator else "moderator"
