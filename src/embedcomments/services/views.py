"""Comments as clients get them: the JSON of docs/http-api.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from embedcomments.domain.comments import Comment, CommentState

Json = dict[str, Any]


def moment(value: datetime | None) -> str | None:
    """``2026-11-23T09:30:00.123Z``."""
    return None if value is None else value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"


def public_comment(comment: Comment, extensions: Mapping[str, Any] | None = None) -> Json:
    """What everybody may see: the comment when it is published, else its tombstone."""
    if not comment.is_public:
        return tombstone(comment)
    return _comment(comment, comment.state, extensions)


def own_comment(comment: Comment, extensions: Mapping[str, Any] | None = None) -> Json:
    """What its author may see. That it was taken for spam is told as held: spammers learn nothing."""
    if comment.state is CommentState.DELETED:
        return tombstone(comment)
    state = CommentState.HELD if comment.state is CommentState.SPAM else comment.state
    return {**_comment(comment, state, extensions), "source": comment.source}


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
        "author": {"name": comment.author.name, "url": comment.author.url, "avatar": None, "badge": None},
        "html": comment.html,
        "link": None if comment.link is None else {"url": comment.link.url, "title": comment.link.title},
        "reply_count": comment.replies,
        "extensions": dict(extensions or {}),
    }
