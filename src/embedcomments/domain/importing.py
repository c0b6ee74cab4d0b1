"""Threads and comments as another system's export tells them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from embedcomments.domain.comments import Author, CommentKind, CommentState, Link, SourceFormat


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedComment:
    """``external_id`` and ``parent_external_id`` are the other system's own names; a parent that
    is not in the export makes the comment a top-level one. ``text`` is in ``source_format``.
    ``reason`` is for moderators; None when the other system keeps none, "" when it has none for this one.
    ``pinned`` holds for the first three top-level ones of a thread; to a ``closed`` one nobody may answer.
    ``apart``: a mention that does not stand in the conversation."""

    external_id: str
    parent_external_id: str | None
    kind: CommentKind
    state: CommentState
    created_at: datetime
    author: Author
    text: str
    source_format: SourceFormat
    link: Link | None = None
    edited_at: datetime | None = None
    reason: str | None = None
    pinned: bool = False
    closed: bool = False
    apart: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedThread:
    """One page with its comments, in any order. ``old_keys``: others that shall lead to it, where nothing stands."""

    key: str
    url: str | None
    title: str | None
    closed: bool
    comments: tuple[ImportedComment, ...]
    hidden: bool = False
    old_keys: tuple[str, ...] = ()
