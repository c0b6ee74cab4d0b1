"""With every installed plugin on, a page of a thread takes as many queries for 100 comments as for few."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from site_client import SiteClient
from sqlalchemy import event

from embedcomments.domain.configuration import Config
from embedcomments.wiring import build


@pytest.fixture
def client(tmp_path: Path, _migrated_sqlite: Path) -> Iterator[SiteClient]:
    """An instance with all plugins that are installed here, as they are found, all of them on."""
    shutil.copy(_migrated_sqlite, tmp_path / "embedcomments.sqlite3")
    instance = build(Config(data_dir=tmp_path, posts_per_minute=0))
    site = instance.parts.sites.get("default")
    for plugin in instance.parts.plugins.loaded:
        instance.parts.lifecycle.switch(site, plugin.name, on=True)
        site = instance.parts.sites.get("default")
    yield SiteClient(instance)
    instance.close()


@contextmanager
def queries(client: SiteClient) -> Iterator[list[str]]:
    """The statements of readers meanwhile. The driver tells of them: hot statements do not pass SQLAlchemy."""
    seen: list[str] = []

    def note(statement: str) -> None:
        if not statement.startswith(("BEGIN", "ROLLBACK", "PRAGMA")):
            seen.append(statement)

    def trace(connection: Any, *_: Any) -> None:
        connection.set_trace_callback(note)

    def leave(connection: Any, *_: Any) -> None:
        connection.set_trace_callback(None)

    engine = client.parts.database.engine
    client.parts.database.release()  # what is kept does not come from the pool
    event.listen(engine, "checkout", trace)
    event.listen(engine, "checkin", leave)
    try:
        yield seen
    finally:
        client.parts.database.release()
        event.remove(engine, "checkout", trace)
        event.remove(engine, "checkin", leave)


def test_all_installed_plugins_are_on(client: SiteClient) -> None:
    on = [item.plugin.name for item in client.parts.choices.enabled(client.parts.sites.get("default"))]
    assert {"moderation", "pingback", "profanity", "spam"} <= set(on)
    assert client.parts.plugins.broken == ()


@pytest.mark.parametrize(
    "page",
    [
        "/api/v1/sites/default/thread?key={key}",
        "/api/v1/sites/default/thread?key={key}&sort=newest",
        "/api/v1/sites/default/thread?key={key}&sort=top",
        "/api/v1/sites/default/thread.html?key={key}",
    ],
)
def test_a_page_takes_a_constant_number_of_queries(client: SiteClient, page: str) -> None:
    counts: dict[int, list[str]] = {}
    for comments in (1, 2, 100):
        client.key = f"of{comments}"
        texts = [f"{comments}-{number}" for number in range(comments)]
        for start in range(0, comments, 20):  # five branches
            client.fill(texts[start : start + 20], below=texts[start])
        client.get(page.format(key="of-others"))  # what is read once for all pages is no part of it
        with queries(client) as seen:
            answer = client.get(page.format(key=client.key))
        assert answer.status_code == 200
        assert answer.text.count(f"<p>{comments}-") + answer.text.count(f"\\u003cp>{comments}-") == comments
        counts[comments] = seen
    # A single comment has no answers, which are not asked for then.
    assert len(counts[1]) <= len(counts[2]) == len(counts[100]), (counts[2], counts[100])
    assert len(counts[1]) >= 1


def test_the_latest_comments_take_a_constant_number_of_queries(client: SiteClient) -> None:
    counts: dict[int, int] = {}
    measure: Callable[[], Any] = lambda: client.get("/api/v1/sites/default/latest")  # noqa: E731
    for comments in (1, 30):
        client.key = f"of{comments}"
        client.fill([f"{comments}-{number}" for number in range(comments)])
        with queries(client) as seen:
            assert len(measure().json["comments"]) >= 1
        counts[comments] = len(seen)
    assert counts[1] == counts[30]


@pytest.mark.parametrize("query", ["", "?q=text", "?state=published&kind=comments", "?state=reported", "?q=nowhere"])
def test_page_of_the_queue_takes_as_many_queries_for_many_comments_as_for_one(client: SiteClient, query: str) -> None:
    desk = client.sign_in()
    taken = []
    for number in (1, 29):
        for each in range(number):
            client.submit(f"Text {number} {each}", author={"name": f"W {each}"}, key=f"https://example.com/{each}")
        with queries(client) as seen:
            assert desk.get(f"/admin/default/moderation/{query}").status_code == 200
        taken.append(len(seen))
    assert taken[0] <= taken[1] <= taken[0] + 4  # of no comment, nothing more is asked
    with queries(client) as seen:
        desk.get(f"/admin/default/moderation/{query}")
    assert len(seen) == taken[1] <= 16, seen
