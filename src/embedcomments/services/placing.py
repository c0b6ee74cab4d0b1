"""Where a new comment stands in its thread."""

from __future__ import annotations

from datetime import datetime

from embedcomments.domain.comments import APART, Author, Comment, CommentKind, CommentState, Link, Sender, SourceFormat

MAX_DEPTH = 32


def new_comment(
    *,
    site_id: int,
    thread_id: int,
    comment_id: str,
    parent: Comment | None,
    kind: CommentKind,
    state: CommentState,
    created_at: datetime,
    author: Author,
    identity_id: str | None,
    source: str,
    source_format: SourceFormat,
    html: str,
    link: Link | None,
    reason: str | None = None,
    apart: bool = False,
    sender: Sender | None = None,
    badge: str | None = None,
    is_hushed: bool = False,
) -> Comment:
    """A comment in its place below ``parent``. Beyond MAX_DEPTH answers stand beside their parent, still naming it.
    ``apart``: it has no place in the conversation, and no parent either."""
    above = "" if parent is None else parent.path[: 24 * (MAX_DEPTH - 1)]
    path = above + comment_id
    return Comment(
        id=comment_id,
        site_id=site_id,
        thread_id=thread_id,
        parent_id=None if parent is None else parent.id,
        path=path,
        depth=APART if apart else len(path) // 24 - 1,
        number=None,
        kind=kind,
        state=state,
        created_at=created_at,
        edited_at=None,
        rev=1,
        seq=0,
        author=author,
        identity_id=identity_id,
        source=source,
        source_format=source_format,
        html=html,
        link=link,
        replies=0,
        state_changed_at=created_at,
        reason=reason,
        sender=sender,
        badge=badge,
        is_hushed=is_hushed,
    )
