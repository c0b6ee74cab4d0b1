"""What a comment is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

APART = -1
"""The ``depth`` of a mention that stands apart from the conversation."""


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
class Sender:
    """Where a comment was sent from, as keyed hashes of the site: equal for the same place, and nothing else.

    ``address`` is that of an IPv4 address or of the /64 which one subscriber has of IPv6, ``network`` that of the /24
    or /48 around it. ``PluginContext.fingerprint`` makes the same of a network in CIDR spelling.
    """

    address: str
    network: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Comment:
    """One comment as it is stored.

    ``path`` is the ids from the top-level comment down to this one, joined
    without a separator (24 characters each), so ``ORDER BY path`` is the
    order of reading. ``depth`` 0 is top level, ``APART`` a mention that its plugin shows elsewhere: it is in no page of
    the thread, has no number and takes no answers. ``replies`` counts the published
    comments below it at any depth. ``score`` orders ``sort=top``, the highest first; plugins give it, else it is 0.
    ``number`` counts the thread's comments in the order of
    their publication, None while it was never published. ``seq`` is that of the last event about it.
    ``sender`` is forgotten after 30 days. ``badge`` is what the site says of its author (see ``Badge``).
    ``is_hushed``: its author is told that it is published while nobody else sees it; ``told_number`` is the number
    that they are told with it.
    ``state_changed_at``: since when it has its state. ``pinned``: it stands first in its thread.
    ``closed``: nobody may answer it, nor what stands below it.
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
    state_changed_at: datetime
    reason: str | None = None
    score: int = 0
    sender: Sender | None = None
    badge: str | None = None
    is_hushed: bool = False
    told_number: int | None = None
    pinned: bool = False
    closed: bool = False

    @property
    def is_public(self) -> bool:
        """Whether its text is for everybody."""
        return self.state is CommentState.PUBLISHED

    @property
    def is_apart(self) -> bool:
        """Whether it is no part of the conversation: the plugin that brought it shows it."""
        return self.depth == APART

    @property
    def is_visible(self) -> bool:
        """Whether the public thread shows it at all, be it as a tombstone."""
        return self.is_public or self.replies > 0

    @property
    def told_state(self) -> CommentState:
        """The state that its author is told: spammers learn nothing of what was found out about them."""
        if self.state not in (CommentState.HELD, CommentState.SPAM):
            return self.state
        return CommentState.PUBLISHED if self.is_hushed else CommentState.HELD

    @property
    def is_erased(self) -> bool:
        """Whether its words are gone for good, so that it can never come back."""
        return self.state is CommentState.DELETED and not self.source and self.author == Author()

    def without_words(self) -> Comment:
        """It deleted, without its words, name, addresses and link."""
        return replace(
            self,
            state=CommentState.DELETED,
            source="",
            html="",
            author=Author(),
            reason=None,
            link=None,
            pinned=False,
            sender=None,
        )

    @property
    def root_id(self) -> str:
        """The top-level comment of its branch (itself, when it is one)."""
        return self.path[:24]

    @property
    def ancestor_ids(self) -> tuple[str, ...]:
        """The ids above it, top level first."""
        return tuple(self.path[at : at + 24] for at in range(0, len(self.path) - 24, 24))
