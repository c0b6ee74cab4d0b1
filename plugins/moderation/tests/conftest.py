"""A small world for the plugin: a site, its settings and a comment service kept in a list."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from embedcomments.api import (
    Author,
    Comment,
    CommentKind,
    CommentState,
    Draft,
    Rejected,
    Site,
    SourceFormat,
    Thread,
    ThreadRef,
)
from embedcomments_moderation.settings import ModerationSettings

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def make_comment(number: int, **changes: Any) -> Comment:
    comment_id = f"{number:024d}"
    comment = Comment(
        id=comment_id, site_id=1, thread_id=1, parent_id=None, path=comment_id, depth=0, number=None,
        kind=CommentKind.COMMENT, state=CommentState.HELD, created_at=NOW - timedelta(minutes=100 - number),
        edited_at=None, rev=1, seq=1, author=Author(name=f"Writer {number}"), identity_id=None, source=f"Text {number}",
        source_format=SourceFormat.MARKDOWN, html=f"<p>Text {number}</p>", link=None, replies=0, reason=None,
    )  # fmt: skip
    return replace(comment, **changes)


class FakeComments:
    """The comment service's promises that the queue leans on."""

    def __init__(self, comments: Sequence[Comment]) -> None:
        self.by_id = {comment.id: comment for comment in comments}
        self.actors: list[str | None] = []
        self.thread_calls = 0

    def list(self, *, states: Sequence[CommentState], search: str, before: str | None, limit: int) -> Sequence[Comment]:
        newest = sorted(self.by_id.values(), key=lambda comment: comment.id, reverse=True)
        found = [c for c in newest if c.state in states and search in c.source and (before is None or c.id < before)]
        return found[:limit]

    def count(self, *, states: Sequence[CommentState]) -> int:
        return sum(comment.state in states for comment in self.by_id.values())

    def thread_of(self, comment: Comment) -> Thread:
        self.thread_calls += 1
        return Thread(
            id=comment.thread_id, site_id=1, key="https://example.com/a", url=None, title="A page", seq=1, count=0,
            closed=False, created_at=NOW,
        )  # fmt: skip

    def set_state(
        self, comment_id: str, state: CommentState, *, reason: str | None = None, actor: str | None = None
    ) -> Comment:
        if comment_id not in self.by_id:
            raise Rejected("There is no such comment.")
        self.actors.append(actor)
        self.by_id[comment_id] = replace(self.by_id[comment_id], state=state)
        return self.by_id[comment_id]


@pytest.fixture
def make_ctx() -> Callable[..., Any]:
    def make(comments: Sequence[Comment] = (), **settings: Any) -> Any:
        return SimpleNamespace(
            plugin="moderation",
            site=Site(id=1, name="default", title="", rev=1, created_at=NOW),
            settings=ModerationSettings().load(settings),
            comments=FakeComments(comments),
            log=logging.getLogger("moderation"),
        )

    return make


@pytest.fixture
def make_draft() -> Callable[..., Draft]:
    def make(**changes: Any) -> Draft:
        draft = Draft(
            site_id=1, thread=ThreadRef(key="https://example.com/a"), author=Author(name="Nshan"), text="Hello",
            submitted_at=NOW,
        )  # fmt: skip
        return replace(draft, **changes)

    return make


@pytest.fixture
def comment() -> Callable[..., Comment]:
    return make_comment
