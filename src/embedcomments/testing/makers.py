"""Comments, drafts and the rest, with whatever a test does not care about filled in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from embedcomments.api import (
    Author,
    Comment,
    CommentKind,
    CommentState,
    Draft,
    ImportedComment,
    ImportedThread,
    PluginRequest,
    Site,
    SourceFormat,
    Thread,
    ThreadRef,
)
from embedcomments.testing.clock import START

KEY = "https://example.com/a"


def make_site(**changes: Any) -> Site:
    """The site ``default``, which embeds from anywhere on this machine."""
    return replace(Site(id=1, name="default", title="", rev=1, created_at=START), **changes)


def make_thread(**changes: Any) -> Thread:
    """An open thread without comments."""
    thread = Thread(
        id=1, site_id=1, key=KEY, url=KEY, title="A page", seq=1, count=0, closed=False, created_at=START
    )  # fmt: skip
    return replace(thread, **changes)


def make_draft(text: str = "Hello", *, name: str = "Nshan", **changes: Any) -> Draft:
    """A reader's new comment, signed ``name``."""
    draft = Draft(
        site_id=1, thread=ThreadRef(key=KEY), author=Author(name=name), text=text, submitted_at=START
    )  # fmt: skip
    return replace(draft, **changes)


def make_comment(number: int = 1, /, **changes: Any) -> Comment:
    """A published top-level comment. Those of higher ``number`` are newer, by a minute each."""
    comment_id = f"{number:024d}"
    comment = Comment(
        id=comment_id,
        site_id=1,
        thread_id=1,
        parent_id=None,
        path=comment_id,
        depth=0,
        number=number,
        kind=CommentKind.COMMENT,
        state=CommentState.PUBLISHED,
        created_at=START + timedelta(minutes=number),
        edited_at=None,
        rev=1,
        seq=number,
        author=Author(name=f"Writer {number}"),
        identity_id=None,
        source=f"Text {number}",
        source_format=SourceFormat.MARKDOWN,
        html=f"<p>Text {number}</p>",
        link=None,
        replies=0,
        state_changed_at=START + timedelta(minutes=number),
    )
    return replace(comment, **changes)


def make_request(method: str = "GET", path: str = "", **changes: Any) -> PluginRequest:
    """A request to a route of a plugin, from an address that nobody has."""
    request = PluginRequest(
        method=method,
        path=path,
        url=f"http://localhost:8080/{path}",
        query={},
        headers={},
        body=b"",
        address="192.0.2.1",
    )
    return replace(request, **changes)


def make_import(*texts: str, key: str = KEY, start: datetime = START) -> ImportedThread:
    """A thread of published top-level comments, a second apart, as importers return it."""
    comments = [
        ImportedComment(
            external_id=str(number),
            parent_external_id=None,
            kind=CommentKind.COMMENT,
            state=CommentState.PUBLISHED,
            created_at=start + timedelta(seconds=number),
            author=Author(name=f"Writer {number}"),
            text=text,
            source_format=SourceFormat.MARKDOWN,
        )
        for number, text in enumerate(texts, 1)
    ]
    return ImportedThread(key=key, url=None, title=None, closed=False, comments=tuple(comments))
