"""A small world for the plugin: a site, its settings and a comment service kept in a list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

import embedcomments_moderation
from embedcomments.api import Comment, CommentState, Draft, PluginContext, Rejected, Thread
from embedcomments.testing import make_comment, make_context, make_thread
from embedcomments.testing import make_draft as testing_draft
from embedcomments_moderation.tables import metadata


def held_comment(number: int, **changes: Any) -> Comment:
    return make_comment(number, **{"state": CommentState.HELD, "number": None, "seq": 1, **changes})


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

    def thread(self, key: str) -> Thread:
        return make_thread(key=key)

    def thread_of(self, comment: Comment) -> Thread:
        self.thread_calls += 1
        return make_thread(id=comment.thread_id)

    def set_state(
        self, comment_id: str, state: CommentState, *, reason: str | None = None, actor: str | None = None
    ) -> Comment:
        if comment_id not in self.by_id:
            raise Rejected("There is no such comment.")
        self.actors.append(actor)
        self.by_id[comment_id] = replace(self.by_id[comment_id], state=state)
        return self.by_id[comment_id]


class FakeTables:
    """The plugin's own tables, in memory."""

    def __init__(self) -> None:
        self.engine = create_engine("sqlite://", poolclass=StaticPool)
        metadata.create_all(self.engine)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            yield connection

    def write(self, work: Callable[[Connection], Any]) -> Any:
        with self.engine.begin() as connection:
            return work(connection)


@pytest.fixture
def make_ctx() -> Iterator[Callable[..., PluginContext]]:
    made: list[FakeTables] = []

    def make(comments: Sequence[Comment] = (), **more: Any) -> PluginContext:
        made.append(FakeTables())
        return make_context(embedcomments_moderation, comments=FakeComments(comments), tables=made[-1], **more)

    yield make
    for tables in made:
        tables.engine.dispose()


@pytest.fixture
def make_draft() -> Callable[..., Draft]:
    return testing_draft


@pytest.fixture
def comment() -> Callable[..., Comment]:
    return held_comment
