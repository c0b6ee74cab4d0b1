"""Rows made with little to say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from embedcomments.domain.comments import Author, Comment, CommentKind, CommentState, SourceFormat
from embedcomments.domain.ids import new_id
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Thread, ThreadRef
from embedcomments.services.placing import new_comment
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import sites as site_rows
from embedcomments.storage import threads as thread_rows
from embedcomments.storage.database import Database

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.fixture
def at() -> datetime:
    return AT


@pytest.fixture
def site(database: Database) -> Site:
    database.write(lambda c: site_rows.add_site(c, name="default", title="", at=AT))
    with database.read() as connection:
        found = site_rows.get_site(connection, "default")
    assert found is not None
    return found


@pytest.fixture
def thread(database: Database, site: Site) -> Thread:
    return database.write(lambda c: thread_rows.ensure_thread(c, site.id, ThreadRef(key="/a"), AT))


@pytest.fixture
def add(database: Database, thread: Thread) -> Callable[..., Comment]:
    """Adds a comment, a second after the one before it, as a published one is added: with its counts."""
    made = iter(range(1_000_000))

    def one(parent: Comment | None = None, **changes: Any) -> Comment:
        at = AT + timedelta(seconds=next(made))
        comment = new_comment(
            site_id=thread.site_id,
            thread_id=thread.id,
            comment_id=new_id(at),
            parent=parent,
            kind=CommentKind.COMMENT,
            state=CommentState.PUBLISHED,
            created_at=at,
            author=Author(name="Ani"),
            identity_id=None,
            source="Hello",
            source_format=SourceFormat.MARKDOWN,
            html="<p>Hello</p>",
            link=None,
        )
        comment = replace(comment, **changes)

        def work(connection: Any) -> None:
            comment_rows.add_comment(connection, comment)
            if comment.is_public:
                comment_rows.count_reply(connection, comment, +1)

        database.write(work)
        return comment

    return one


@pytest.fixture
def together() -> Callable[..., list[Any]]:
    """``together(work, n)``: the answers of ``work(0)`` … ``work(n - 1)``, each on a thread of its own."""

    def run(work: Callable[[int], Any], n: int) -> list[Any]:
        with ThreadPoolExecutor(n) as pool:
            return list(pool.map(work, range(n)))

    return run


@pytest.fixture
def count_queries(database: Database) -> Callable[..., Any]:
    """``with count_queries() as queries``: the statements sent meanwhile, those that begin transactions left out."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(statement: str) -> None:
            if not statement.startswith(("BEGIN", "ROLLBACK")):
                seen.append(statement)

        def trace(connection: Any, *_: Any) -> None:
            connection.set_trace_callback(note)  # the driver's own: hot statements do not pass SQLAlchemy

        def hear(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            note(statement)

        what, listener = ("checkout", trace) if database.is_sqlite else ("before_cursor_execute", hear)
        database.release()  # what is kept does not come from the pool
        event.listen(database.engine, what, listener)
        try:
            yield seen
        finally:
            event.remove(database.engine, what, listener)
            database.release()  # nor may it go on telling

    return counting
