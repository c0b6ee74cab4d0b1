"""A comment on its way in, before it has a row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from embedcomments.domain.comments import Author, Comment, CommentKind, Link, Sender, SourceFormat
from embedcomments.domain.threads import ThreadRef


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What a writer, or another site, sent. Plugins answer with a changed copy (``dataclasses.replace``).

    ``identity_id`` is None for somebody never seen before. ``address`` is the network address
    of the sender ("" when none, as with an edit); it lives as long as the request and is not stored. ``sender`` is what
    is kept of it for a while, also with an edit; None when there was no address.
    ``previous`` is the comment as it stands when this is an edit, else None.
    ``published_before``: how many comments of this identity are published on the site.
    ``apart``: it is a mention that shall not stand in the conversation, such as a like.
    """

    site_id: int
    thread: ThreadRef
    author: Author
    text: str
    submitted_at: datetime
    kind: CommentKind = CommentKind.COMMENT
    source_format: SourceFormat = SourceFormat.MARKDOWN
    parent: Comment | None = None
    link: Link | None = None
    identity_id: str | None = None
    published_before: int = 0
    address: str = ""
    sender: Sender | None = None
    user_agent: str = ""
    previous: Comment | None = None
    apart: bool = False

    @property
    def is_edit(self) -> bool:
        """Whether an existing comment is being changed."""
        return self.previous is not None


Proof = dict[str, Any]
"""What the widget's part of one plugin sent along: ``extensions.PLUGIN`` of the request, {} when nothing."""
