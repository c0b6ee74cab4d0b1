"""Rows of comments: pages in each order, branches, lists and counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from embedcomments.domain.comments import Author, Comment, CommentKind, CommentState, Link, SourceFormat
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Sort, Thread, ThreadRef
from embedcomments.services.clock import SystemClock
from embedcomments.services.reading import Reading
from embedcomments.storage import comments as rows
from embedcomments.storage import threads as thread_rows
from embedcomments.storage.database import Database

Add = Callable[..., Comment]
HELD, DELETED, SPAM = CommentState.HELD, CommentState.DELETED, CommentState.SPAM


def _present(database: Database, *comments: Comment) -> list[Comment]:
    with database.read() as connection:
        found = rows.comments_by_id(connection, [comment.id for comment in comments])
    return [found[comment.id] for comment in comments]


def _roots(database: Database, thread: Thread, sort: Sort, limit: int) -> list[list[str]]:
    """All pages, each begun where the last one ended."""
    pages: list[list[str]] = []
    after = None
    with database.read() as connection:
        while found := rows.roots(connection, thread.id, sort, after, limit):
            pages.append([comment.id for comment in found])
            after = (found[-1].score, found[-1].replies, found[-1].id)
    return pages


def test_a_comment_comes_back_as_it_was_written(database: Database, add: Add, at: datetime) -> None:
    plain = add()
    rich = add(
        plain,
        number=7,
        kind=CommentKind.WEBMENTION,
        state=SPAM,
        edited_at=at,
        rev=3,
        seq=9,
        author=Author(name="Ա\u202e", email="a@b.example", url="https://b.example/"),
        identity_id="0" * 24,
        source="<b>x</b>",
        source_format=SourceFormat.HTML,
        html="<b>x</b>",
        link=Link(url="https://b.example/post", title="Post"),
        reason="because",
        score=-4,
    )
    assert _present(database, plain, rich) == [plain, rich]
    with database.read() as connection:
        assert rows.get_comment(connection, "x" * 24) is None
        assert rows.comments_by_id(connection, []) == {}


def test_roots_come_in_each_order_page_by_page(database: Database, thread: Thread, add: Add) -> None:
    made = [add() for _ in range(5)]
    for parent, count in ((1, 2), (3, 2), (4, 1)):
        for _ in range(count):
            add(made[parent])
    names = {comment.id: number for number, comment in enumerate(made)}
    pages = {sort.value: [[names[one] for one in page] for page in _roots(database, thread, sort, 2)] for sort in Sort}
    assert pages == {
        "oldest": [[0, 1], [2, 3], [4]],
        "newest": [[4, 3], [2, 1], [0]],
        "top": [[1, 3], [4, 0], [2]],
    }


def test_the_highest_score_is_on_top_and_equals_come_by_answers_then_time(
    database: Database, thread: Thread, add: Add
) -> None:
    made = [add(score=score) for score in (0, -1, 2, 2, 0, -1, 2)]
    for parent in (0, 3, 5):
        add(made[parent])
    names = {comment.id: number for number, comment in enumerate(made)}
    for size in (1, 2, 3, 7):
        pages = _roots(database, thread, Sort.TOP, size)
        assert [names[one] for page in pages for one in page] == [3, 2, 6, 0, 4, 5, 1]


def test_only_what_is_visible_stands_on_a_page(database: Database, thread: Thread, add: Add) -> None:
    shown = add()
    add(state=HELD)
    add(state=SPAM)
    add(state=DELETED)
    tombstone = add(state=DELETED)
    answer = add(tombstone)
    hidden = add(shown, state=HELD)
    with database.read() as connection:
        roots = rows.roots(connection, thread.id, Sort.OLDEST, None, 100)
        below = rows.answers_below(connection, [root.id for root in roots])
        assert [root.id for root in roots] == [shown.id, tombstone.id]
        assert [one.id for one in below] == [answer.id]
        assert rows.answers_below(connection, []) == []
        assert rows.answers_of(connection, shown, None, 10) == []
        assert rows.get_comment(connection, hidden.id) == hidden


def test_a_branch_comes_in_the_order_of_reading_and_goes_on_after_any_path(database: Database, add: Add) -> None:
    root, other = add(), add()
    first, second = add(root), add(root)
    deep = add(first)
    deeper = add(deep)
    add(other)
    in_order = [first, deep, deeper, second]
    with database.read() as connection:
        walks = [
            [one.id for one in rows.answers_of(connection, root, None, 10)],
            [one.id for one in rows.answers_of(connection, root, deep.path, 10)],
            [one.id for one in rows.answers_of(connection, first, None, 10)],
            [one.id for one in rows.answers_of(connection, root, None, 2)],
        ]
    names = [one.id for one in in_order]
    assert walks == [names, names[2:], names[1:3], names[:2]]


def test_counts_of_answers_follow_publication_at_any_depth(database: Database, add: Add) -> None:
    root = add()
    answer = add(root)
    held = add(answer, state=HELD)
    last = add(held)
    assert [one.replies for one in _present(database, root, answer, held, last)] == [2, 1, 1, 0]
    database.write(lambda c: rows.count_reply(c, last, -1))
    assert [one.replies for one in _present(database, root, answer, held, last)] == [1, 0, 0, 0]


def test_saving_changes_words_and_state_and_never_the_place(database: Database, add: Add, at: datetime) -> None:
    comment = add()
    changed = replace(
        comment, number=1, state=HELD, edited_at=at, rev=2, seq=5, author=Author(name="B"), source="s", html="h",
        link=Link(url="https://a.example", title=""), reason="r", score=3, replies=99, parent_id="x", depth=4,
    )  # fmt: skip
    database.write(lambda c: rows.save_comment(c, changed))
    assert _present(database, comment) == [replace(changed, replies=0, parent_id=None, depth=0)]


def test_lists_are_filtered_newest_first_and_go_on_before_an_id(database: Database, site: Site, add: Add) -> None:
    a = add(identity_id="0" * 24)
    b = add(state=HELD)
    c = add(kind=CommentKind.PINGBACK, link=Link(url="https://p.example", title="P"))
    d = add(state=SPAM, identity_id="0" * 24)

    def listed(*, before: str | None = None, limit: int = 10, **which: Any) -> tuple[list[str], int]:
        chosen = rows.Filter(site_id=site.id, **which)
        with database.read() as connection:
            found = rows.list_comments(connection, chosen, before=before, limit=limit)
            return [one.id for one in found], rows.count_comments(connection, chosen)

    assert listed() == ([d.id, c.id, b.id, a.id], 4)
    assert listed(before=c.id, limit=1) == ([b.id], 4)
    assert listed(states=[HELD, SPAM]) == ([d.id, b.id], 2)
    assert listed(kinds=[CommentKind.PINGBACK]) == ([c.id], 1)
    assert listed(identity_id="0" * 24) == ([d.id, a.id], 2)
    with database.read() as connection:
        assert [one.id for one in rows.latest(connection, site.id, 5)] == [a.id]
        assert rows.list_comments(connection, rows.Filter(site_id=site.id + 1), before=None, limit=10) == []
        assert rows.counts_by_kind_and_state(connection, site.id) == {
            ("comment", "published"): 1,
            ("comment", "held"): 1,
            ("comment", "spam"): 1,
            ("pingback", "published"): 1,
        }


@pytest.mark.parametrize(
    "search, found",
    [
        ("100%", [0]),
        ("%", [0]),
        ("a_b", [1]),
        ("_", [1]),
        ("/", [2, 3]),
        ("c:/d", [2]),
        ("HELLO", [4]),
        ("ani@", [5]),
        ("Someone", [6]),
        ("nobody", []),
        ("\0hello", [4]),
    ],
)
def test_search_takes_every_sign_as_it_is(
    database: Database, site: Site, add: Add, at: datetime, search: str, found: list[int]
) -> None:
    texts = ["costs 100%", "a_b", "c:/d", "1 / 2", "hello", "mail", "name"]
    made: list[Comment] = []
    plain = database.write(lambda c: thread_rows.ensure_thread(c, site.id, ThreadRef(key="plain"), at))
    for text in texts:
        author = {"mail": Author(email="ani@b.example"), "name": Author(name="Someone")}.get(text, Author())
        made.append(add(source=text, author=author, thread_id=plain.id))
    with database.read() as connection:
        listed = rows.list_comments(connection, rows.Filter(site_id=site.id, search=search), before=None, limit=10)
    assert sorted(made.index(one) for one in listed) == found


def test_search_looks_at_the_threads_key_and_title(database: Database, site: Site, add: Add, at: datetime) -> None:
    ref = ThreadRef(key="/bridge", title="The Night Tram")
    other = database.write(lambda c: thread_rows.ensure_thread(c, site.id, ref, at))
    there = add(thread_id=other.id)
    add()
    with database.read() as connection:
        for search in ("bridge", "night tram"):
            which = rows.Filter(site_id=site.id, search=search)
            assert rows.list_comments(connection, which, before=None, limit=10) == [there]


def test_a_mention_is_found_by_its_page_and_kind(database: Database, thread: Thread, add: Add) -> None:
    url = "https://p.example/post"
    ping = add(kind=CommentKind.PINGBACK, state=SPAM, link=Link(url=url, title="P"))
    with database.read() as connection:
        found = [
            rows.find_link(connection, thread.id, url, CommentKind.PINGBACK),
            rows.find_link(connection, thread.id, url, CommentKind.WEBMENTION),
            rows.find_link(connection, thread.id + 1, url, CommentKind.PINGBACK),
            rows.find_link(connection, thread.id, url + "/", CommentKind.PINGBACK),
        ]
    assert found == [ping, None, None, None]


def test_names_of_an_import_are_remembered(database: Database, thread: Thread, add: Add) -> None:
    comment = add()
    other = replace(comment, id="z" * 24, path="z" * 24)
    database.write(lambda c: rows.add_comment(c, other, external_id="17"))
    with database.read() as connection:
        assert rows.external_ids(connection, thread.id) == {"17": other.id}


class _NoPlugins:
    """Extensions as they are without plugins, as far as a page asks."""

    def comment_fields(self, *_: Any) -> dict[str, Any]:
        return {}


@pytest.mark.parametrize("answers", [0, 3])
def test_a_page_takes_the_same_queries_however_many_comments_there_are(
    database: Database, site: Site, add: Add, count_queries: Callable[..., Any], answers: int
) -> None:
    reading = Reading(database, _NoPlugins(), None, SystemClock())  # type: ignore[arg-type]
    counts: list[Sequence[int]] = []
    for more in (1, 29):
        for _ in range(more):
            root = add()
            for _ in range(answers):
                add(root)
        with count_queries() as queries:
            page = reading.page(site, "/a")
        counts.append((len(page.comments), len(queries)))
    if answers:
        assert counts == [(4, 5), (100, 5)]  # the epoch, the thread, what is pinned, the roots, the answers
    else:
        assert counts == [(1, 4), (30, 4)]
