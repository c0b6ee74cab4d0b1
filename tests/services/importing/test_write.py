"""Imported threads are written whole, once, and in their places."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from embedcomments.domain.comments import Author, Comment, CommentKind, CommentState, Link, SourceFormat
from embedcomments.domain.importing import ImportedComment, ImportedThread
from embedcomments.services.importing.wordpress import read_wordpress
from embedcomments.services.importing.write import ImportReport, ImportWriter
from embedcomments.storage import events as event_rows
from embedcomments.storage.comments import Filter

Bench = Any
WORDPRESS = Path(__file__).parents[4] / "shared" / "data" / "import" / "wordpress-theme-unit-test.xml"


@pytest.fixture
def item(clock: Any) -> Any:
    """Makes an imported comment, each a minute after the one before it."""
    made = iter(range(1_000))

    def make(name: str, parent: str | None = None, **changes: Any) -> ImportedComment:
        comment = ImportedComment(
            external_id=name,
            parent_external_id=parent,
            kind=CommentKind.COMMENT,
            state=CommentState.PUBLISHED,
            created_at=clock.now() - timedelta(days=9) + timedelta(minutes=next(made)),
            author=Author(name=f"Author {name}"),
            text=f"<p>{name}</p>",
            source_format=SourceFormat.HTML,
        )
        return replace(comment, **changes)

    return make


def thread_of(*comments: ImportedComment, key: str = "/a", **changes: Any) -> ImportedThread:
    return replace(ImportedThread(key=key, url=None, title=None, closed=False, comments=comments), **changes)


def all_of(bench: Bench) -> list[Comment]:
    """Every comment of the site, oldest first."""
    found: list[Comment] = list(bench.parts.moderating.list(Filter(site_id=bench.site.id), limit=500))
    return found[::-1]


def shape(bench: Bench) -> dict[str, tuple[str | None, int]]:
    """By text: the parent's text and the depth."""
    comments = {comment.id: comment for comment in all_of(bench)}
    texts = {comment_id: comment.source[3:-4] for comment_id, comment in comments.items()}
    return {texts[c.id]: (texts.get(c.parent_id or ""), c.depth) for c in comments.values()}


def test_a_comment_keeps_its_time_author_and_place(bench: Bench, item: Any) -> None:
    root = item("1", author=Author(name="N" * 300, email="a@a.example", url="https://a.example/"))
    answer = item("2", "1", text="<p>2</p><script>x</script>")
    report = bench.instance.import_writer.write(
        bench.site, [thread_of(answer, root, key="HTTPS://A.example//x?utm_source=y", title="Title", closed=True)]
    )
    assert report == ImportReport(threads=1, closed=1, comments={("comment", "published"): 2})
    first, second = all_of(bench)
    assert (first.created_at, first.author, first.number, first.seq, first.replies) == (
        root.created_at, Author(name="N" * 200, email="a@a.example", url="https://a.example/"), 1, 1, 1,
    )  # fmt: skip
    assert (second.parent_id, second.depth, second.html, second.source) == (first.id, 1, "<p>2</p>", answer.text)
    page = bench.parts.reading.page(bench.site, "https://a.example/x")
    assert (page.thread.title, page.thread.closed, page.thread.count) == ("Title", True, 2)
    assert bench.page().thread is None
    with bench.parts.database.read() as connection:
        assert len(event_rows.events_after(connection, page.thread.id, 0, 10)) == 2


def test_running_it_again_adds_only_what_is_new(bench: Bench, item: Any) -> None:
    one, two = item("1"), item("2", "1")
    writer = bench.instance.import_writer
    writer.write(bench.site, [thread_of(one, two)])
    before = all_of(bench)
    again = writer.write(bench.site, [thread_of(one, two)])
    assert again == ImportReport(threads=1, known=2)
    assert all_of(bench) == before
    assert bench.page().thread.seq == 2
    third = writer.write(bench.site, [thread_of(one, two, item("3", "2"))])
    assert third == ImportReport(threads=1, known=2, comments={("comment", "published"): 1})
    assert shape(bench) == {"1": (None, 0), "2": ("1", 1), "3": ("2", 2)}
    assert (bench.page().thread.count, [c.replies for c in bench.page().comments]) == (3, [2, 1, 0])


def test_parents_come_first_whatever_their_order_and_time(bench: Bench, item: Any) -> None:
    early = item("answer", "later")
    later = item("later")
    bench.instance.import_writer.write(bench.site, [thread_of(early, later)])
    assert shape(bench) == {"later": (None, 0), "answer": ("later", 1)}


def test_orphans_and_circles_become_top_level_and_nothing_is_lost(bench: Bench, item: Any) -> None:
    comments = [
        item("orphan", "gone"), item("a", "c"), item("b", "a"), item("c", "b"), item("self", "self"), item("of-a", "a"),
    ]  # fmt: skip
    report = bench.instance.import_writer.write(bench.site, [thread_of(*comments)])
    assert report == ImportReport(threads=1, orphans=3, comments={("comment", "published"): 6})
    found = shape(bench)
    assert set(found) == {comment.external_id for comment in comments}
    assert (found["orphan"], found["self"], found["of-a"][0]) == ((None, 0), (None, 0), "a")
    assert [found[name][1] for name in "abc"].count(0) == 1


def test_a_name_that_is_empty_is_a_name_and_nobodys_parent(bench: Bench, item: Any) -> None:
    bench.instance.import_writer.write(bench.site, [thread_of(item(""), item("1"), item("2", ""))])
    assert shape(bench) == {"": (None, 0), "1": (None, 0), "2": ("", 1)}


def test_states_and_kinds_are_kept_and_only_published_ones_count(bench: Bench, item: Any) -> None:
    link = Link(url="https://p.example/", title="P")
    comments = [
        item("1"),
        item("2", state=CommentState.HELD),
        item("3", state=CommentState.SPAM),
        item("4", kind=CommentKind.PINGBACK, link=link, source_format=SourceFormat.MARKDOWN, text="[...] *x* [...]"),
        item("5", "2"),
    ]
    report = bench.instance.import_writer.write(bench.site, [thread_of(*comments)])
    assert report.comments == {
        ("comment", "published"): 2, ("comment", "held"): 1, ("comment", "spam"): 1, ("pingback", "published"): 1,
    }  # fmt: skip
    assert bench.page().thread.count == 2
    assert [(c.state.value, c.number, c.reason) for c in all_of(bench)] == [
        ("published", 1, None), ("held", None, "Imported"), ("spam", None, "Imported"), ("published", 2, None),
        ("published", 3, None),
    ]  # fmt: skip
    mention = all_of(bench)[3]
    assert (mention.html, mention.link) == ("<p>[...] *x* [...]</p>", link)
    assert bench.parts.reading.page_json(bench.site, bench.page())["comments"][1]["state"] == "deleted"


def test_what_no_database_holds_is_left_out(new_bench: Any, database_url: Any, item: Any) -> None:
    bench = new_bench(database_url=database_url.render_as_string(hide_password=False))
    bad = item(
        "1\0", text="<p>a\0b\ud800</p>", author=Author(name="N\0"), link=Link(url="https://a.example/\0", title="\0")
    )
    bench.instance.import_writer.write(bench.site, [thread_of(bad, title="T\0")])
    (stored,) = all_of(bench)
    assert (stored.source, stored.author.name, stored.link) == (
        "<p>ab</p>", "N", Link(url="https://a.example/", title=""),
    )  # fmt: skip


def test_a_write_that_ran_twice_is_counted_once(bench: Bench, item: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL a transaction that lost a deadlock is tried again."""
    database = bench.parts.database
    write = database.write

    def twice(work: Any) -> Any:
        def first(connection: Any) -> None:
            work(connection)
            raise RuntimeError("deadlock")

        with pytest.raises(RuntimeError):
            write(first)
        return write(work)

    monkeypatch.setattr(database, "write", twice)
    report = bench.instance.import_writer.write(bench.site, [thread_of(item("1"), item("2", "gone"))])
    assert report == ImportReport(threads=1, orphans=1, comments={("comment", "published"): 2})
    assert len(all_of(bench)) == 2


def test_watchers_hear_of_each_thread(bench: Bench, item: Any, clock: Any) -> None:
    heard: list[tuple[str, int]] = []

    class Publisher:
        def publish(self, hint: Any) -> None:
            heard.append((hint.key, hint.seq))

    writer = ImportWriter(bench.parts.database, bench.parts.renderer, Publisher(), clock)
    writer.write(bench.site, [thread_of(item("1"), item("2")), thread_of(item("1"), key="/b")])
    assert heard == [("/a", 2), ("/b", 1)]


@pytest.mark.shared_data
def test_all_comments_of_a_real_export_arrive_with_their_kinds_and_states(bench: Bench) -> None:
    threads = read_wordpress(BytesIO(WORDPRESS.read_bytes()))
    given = Counter((c.kind.value, c.state.value) for thread in threads for c in thread.comments)
    assert sum(given.values()) == 32
    first = bench.instance.import_writer.write(bench.site, threads)
    assert (first.comments, first.orphans, first.known) == (dict(given), 0, 0)
    assert bench.parts.moderating.counts_by_kind_and_state(bench.site) == dict(given)
    second = bench.instance.import_writer.write(bench.site, threads)
    assert (second.comments, second.known) == ({}, 32)
    parents = {c.external_id: c.parent_external_id for thread in threads for c in thread.comments}
    depths = Counter(comment.depth for comment in all_of(bench))

    def depth(name: str) -> int:
        above = parents[name]
        return 0 if above is None else 1 + depth(above)

    assert depths == Counter(depth(name) for name in parents)
