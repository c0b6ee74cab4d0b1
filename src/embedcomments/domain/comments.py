"""What a comment is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CommentState(StrEnum):
    """Where a comment stands. Only ``PUBLISHED`` is for the public."""

    PUBLISHED = "published"
    HELD = "held"
    SPAM = "spam"
    DELETED = "deleted"


class CommentKind(StrEnum):
    """How a comment came to be: written by a reader, or sent by another site."""

    COMMENT = "comment"
    PINGBACK = "pingback"
    WEBMENTION = "webmention"
    TRACKBACK = "trackback"


class SourceFormat(StrEnum):
    """The language of ``Comment.source``. Imported comments come as HTML."""

    MARKDOWN = "markdown"
    HTML = "html"


@dataclass(frozen=True, kw_only=True, slots=True)
class Author:
    """Who signed a comment. ``name`` may be empty: the reader's language names the nameless."""

    name: str = ""
    email: str | None = None
    url: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """The page elsewhere that a pingback, webmention or trackback is about."""

    url: str
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Comment:
    """One comment as it is stored.

    ``path`` is the ids from the top-level comment down to this one, joined
    without a separator (24 characters each), so ``ORDER BY path`` is the
    order of reading. ``depth`` 0 is top level. ``replies`` counts the published
    comments below it at any depth. ``score`` orders ``sort=top``, the highest first; plugins give it, else it is 0.
    ``number`` counts the thread's comments in the order of
    their publication, None while it was never published. ``seq`` is that of the last event about it.
    """

    id: str
    site_id: int
    thread_id: int
    parent_id: str | None
    path: str
    depth: int
    number: int | None
    kind: CommentKind
    state: CommentState
    created_at: datetime
    edited_at: datetime | None
    rev: int
    seq: int
    author: Author
    identity_id: str | None
    source: str
    source_format: SourceFormat
    html: str
    link: Link | None
    replies: int
    reason: str | None = None
    score: int = 0

    @property
    def is_public(self) -> bool:
        """Whether its text is for everybody."""
        return self.state is CommentState.PUBLISHED

    @property
    def is_visible(self) -> bool:
        """Whether the public thread shows it at all, be it as a tombstone."""
        return self.is_public or self.replies > 0

    @property
    def root_id(self) -> str:
        """The top-level comment of its branch (itself, when it is one)."""
        return self.path[:24]

    @property
    def ancestor_ids(self) -> tuple[str, ...]:
        """The ids above it, top level first."""
        return tuple(self.path[at : at + 24] for at in range(0, len(self.path) - 24, 24))
