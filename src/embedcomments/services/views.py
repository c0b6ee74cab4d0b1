"""Comments as clients get them: the JSON of docs/http-api.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from embedcomments.domain.comments import Comment, CommentState

Json = dict[str, Any]


def moment(value: datetime | None) -> str | None:
    """``2026-11-23T09:30:00.123Z``."""
    return None if value is None else value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def public_comment(comment: Comment, extensions: Mapping[str, Any] | None = None) -> Json:
    """What everybody may see: the comment when it is published, else its tombstone."""
    if not comment.is_public:
        return tombstone(comment)
    return _comment(comment, comment.state, extensions)


def own_comment(comment: Comment, extensions: Mapping[str, Any] | None = None) -> Json:
    """What its author may see, in the state that they are told."""
    if comment.state is CommentState.DELETED:
        return tombstone(comment)
    return {**shown_to_author(comment, extensions), "source": comment.source}


def shown_to_author(comment: Comment, extensions: Mapping[str, Any] | None = None) -> Json:
    """A comment that is not deleted as its author sees it in the thread: a hushed one is as everybody's are."""
    number = comment.told_number if comment.is_hushed and comment.number is None else comment.number
    return {**_comment(comment, comment.told_state, extensions), "number": number}


def tombstone(comment: Comment) -> Json:
    """The place of a comment that is gone, while answers below it stay."""
    return {
        "id": comment.id,
        "parent_id": comment.parent_id,
        "depth": comment.depth,
        "number": comment.number,
        "kind": comment.kind.value,
        "state": CommentState.DELETED.value,
        "created_at": moment(comment.created_at),
        "edited_at": None,
        "rev": comment.rev,
        "seq": comment.seq,
        "author": None,
        "html": "",
        "link": None,
        "reply_count": comment.replies,
        "extensions": {},
        **({"closed": True} if comment.closed else {}),
    }


def _comment(comment: Comment, state: CommentState, extensions: Mapping[str, Any] | None) -> Json:
    return {
        "id": comment.id,
        "parent_id": comment.parent_id,
        "depth": comment.depth,
        "number": comment.number,
        "kind": comment.kind.value,
        "state": state.value,
        "created_at": moment(comment.created_at),
        "edited_at": moment(comment.edited_at),
        "rev": comment.rev,
        "seq": comment.seq,
        "author": {"name": comment.author.name, "url": comment.author.url, "avatar": None, "badge": comment.badge},
        "html": comment.html,
        "link": None if comment.link is None else {"url": comment.link.url, "title": comment.link.title},
        "reply_count": comment.replies,
        "extensions": dict(extensions or {}),
        # Told when it is so: few are, and every reader downloads it.
        **({"pinned": True} if comment.pinned else {}),
        **({"closed": True} if comment.closed else {}),
    }
