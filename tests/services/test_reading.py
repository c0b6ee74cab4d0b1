"""Threads are read in pages that hold everything once."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from types import ModuleType
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedcomments.domain.comments import Author, Comment, CommentKind, CommentState, SourceFormat
from embedcomments.domain.errors import CommentNotFound, InvalidRequest
from embedcomments.domain.ids import new_id
from embedcomments.domain.threads import Sort, Thread, ThreadRef
from embedcomments.services.placing import MAX_DEPTH, new_comment
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import threads as thread_rows

Bench = Any
STATES = [CommentState.PUBLISHED] * 3 + [CommentState.HELD, CommentState.DELETED]


def grow(bench: Bench, parents: Sequence[int | None], states: Sequence[CommentState], key: str = "/a") -> list[Comment]:
    """A thread whose n-th comment answers the one at ``parents[n]``, put together in memory and written at once."""
    start = bench.parts.clock.now()
    site_id = bench.site.id
    thread = bench.parts.database.write(lambda c: thread_rows.ensure_thread(c, site_id, ThreadRef(key=key), start))
    made: list[Comment] = []
    for number, (parent, state) in enumerate(zip(parents, states, strict=True)):
        at = start + timedelta(seconds=number)
        made.append(
            new_comment(
                site_id=site_id, thread_id=thread.id, comment_id=new_id(at),
                parent=None if parent is None else made[parent], kind=CommentKind.COMMENT, state=state, created_at=at,
                author=Author(name=f"{number}"), identity_id=None, source="x", source_format=SourceFormat.MARKDOWN,
                html="<p>x</p>", link=None,
            )
        )  # fmt: skip
    replies = dict.fromkeys((comment.id for comment in made), 0)
    for comment in made:
        for above in comment.ancestor_ids if comment.is_public else ():
            replies[above] += 1
    made = [replace(comment, replies=replies[comment.id], score=n * 7 % 5 - 2) for n, comment in enumerate(made)]
    bench.parts.database.write(
        lambda c: comment_rows.add_comments(c, [comment_rows.comment_row(comment) for comment in made])
    )
    return made


def walk(bench: Bench, sort: Sort, key: str = "/a") -> list[list[Comment]]:
    """Every page of a thread, and after each what its long branches hold back."""
    reading = bench.parts.reading
    batches: list[list[Comment]] = []
    after = None
    while True:
        page = reading.page(bench.site, key, sort, after)
        batches.append(list(page.comments))
        roots = {comment.id: comment for comment in page.comments}
        for root_id, rest in page.more.items():
            while rest is not None:
                comments, rest = reading.replies(roots[root_id], rest)
                batches.append(list(comments))
        after = page.next
        if after is None:
            return batches


def _in_reading_order(comments: Sequence[Comment], sort: Sort) -> list[str]:
    keys: dict[Sort, Callable[[Comment], Any]] = {
        Sort.OLDEST: lambda root: root.id,
        Sort.NEWEST: lambda root: root.id,
        Sort.TOP: lambda root: (-root.score, -root.replies, root.id),
    }
    visible = [comment for comment in comments if comment.is_visible]
    roots = sorted((c for c in visible if c.depth == 0), key=keys[sort], reverse=sort is Sort.NEWEST)
    return [c.id for root in roots for c in sorted((c for c in visible if c.root_id == root.id), key=lambda c: c.path)]


@st.composite
def trees(draw: st.DrawFn) -> tuple[list[int | None], list[CommentState]]:
    size = draw(st.integers(0, 260))
    # Few roots make long branches, many roots make many pages; a small reach makes chains.
    share, reach = draw(st.integers(0, 10)), draw(st.sampled_from([1, 3, 300]))
    random = draw(st.randoms(use_true_random=False))
    parents: list[int | None] = [
        None if n == 0 or random.randrange(10) < share else random.randrange(max(0, n - reach), n) for n in range(size)
    ]
    return parents, [random.choice(STATES) for _ in range(size)]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trees())
def test_pages_of_any_tree_hold_everything_visible_once_and_at_most_100(bench: Bench, tree: Any) -> None:
    key = f"/{new_id(bench.parts.clock.now())}"
    parents, states = tree
    made = grow(bench, parents, states, key)
    expected = {comment.id for comment in made if comment.is_visible}
    for sort in Sort:
        batches = walk(bench, sort, key)
        shown = [comment.id for batch in batches for comment in batch]
        assert len(shown) == len(set(shown))
        assert set(shown) == expected
        assert max(map(len, batches)) <= 100
        places = {comment_id: place for place, comment_id in enumerate(shown)}
        assert all(
            places[comment.parent_id] < places[comment.id]
            for comment in made
            if comment.id in expected and comment.parent_id in places
        )


@pytest.mark.parametrize("sort", list(Sort))
def test_short_branches_come_whole_in_the_order_that_was_asked_for(bench: Bench, sort: Sort) -> None:
    parents = [None if n % 4 == 0 else n - 1 - (n % 3) for n in range(240)]
    parents = [parent if parent is None or parent >= 0 else None for parent in parents]
    made = grow(bench, parents, [STATES[n % 5] for n in range(240)])
    shown = [comment.id for batch in walk(bench, sort) for comment in batch]
    assert shown == _in_reading_order(made, sort)


def test_many_tombstones_do_not_make_a_page_longer(bench: Bench) -> None:
    """Counts of answers leave tombstones out: 30 branches of 31 gone comments with one answer at the end."""
    parents: list[int | None] = []
    states: list[CommentState] = []
    for _ in range(30):
        start = len(parents)
        parents += [None, *range(start, start + MAX_DEPTH - 1)]
        states += [CommentState.DELETED] * (MAX_DEPTH - 1) + [CommentState.PUBLISHED]
    made = grow(bench, parents, states)
    page = bench.page()
    assert 0 < len(page.comments) <= 100
    assert {c.id for batch in walk(bench, Sort.OLDEST) for c in batch} == {c.id for c in made}


def test_a_long_branch_is_cut_and_told_where_it_goes_on(bench: Bench) -> None:
    made = grow(bench, [None] + [0] * 250, [CommentState.PUBLISHED] * 251)
    page = bench.page()
    body = bench.parts.reading.page_json(bench.site, page)
    assert [comment.id for comment in page.comments] == [comment.id for comment in made[:31]]
    assert body["comments"][0]["replies_next"] == page.more[made[0].id]
    assert all("replies_next" not in comment for comment in body["comments"][1:])
    assert [len(batch) for batch in walk(bench, Sort.OLDEST)] == [31, 100, 100, 20]


def test_a_thread_nobody_wrote_in_is_an_empty_page_and_makes_no_row(bench: Bench) -> None:
    page = bench.page()
    body = bench.parts.reading.page_json(bench.site, page)
    epoch = page.cursor.split(".")[1]
    assert body == {
        "site": "default",
        "thread": {"key": "/a", "url": None, "title": None, "count": 0, "closed": False, "cursor": f"1.{epoch}.0"},
        "comments": [],
        "next": None,
        "policy": {"html": "", "edit_window_s": 900, "max_length": 10_000, "nesting": 4},
        "modules": [],
        "extensions": {},
    }
    with bench.parts.database.read() as connection:
        assert thread_rows.get_thread(connection, bench.site.id, "/a") is None


def test_a_comment_is_shown_as_documented_without_what_is_private(bench: Bench) -> None:
    accepted = bench.submit("Hello")
    comment = accepted.comment
    body = bench.parts.reading.page_json(bench.site, bench.page())
    assert body["comments"] == [
        {
            "id": comment.id, "parent_id": None, "depth": 0, "number": 1, "kind": "comment", "state": "published",
            "created_at": "2026-11-24T09:30:00.000Z", "edited_at": None, "rev": 1, "seq": 1,
            "author": {"name": "Ani", "url": "https://ani.example/", "avatar": None, "badge": None},
            "html": "<p>Hello</p>", "link": None, "reply_count": 0, "extensions": {},
        }
    ]  # fmt: skip
    assert "ani@a.example" not in orjson.dumps(body).decode()


def test_a_tombstone_tells_nothing_of_who_wrote_what(bench: Bench) -> None:
    root = bench.submit("secret")
    bench.submit("answer", to=root)
    bench.parts.moderating.set_state(root.comment.id, CommentState.SPAM, actor="vera", reason="casino")
    shown = bench.parts.reading.page_json(bench.site, bench.page())["comments"][0]
    assert (shown["state"], shown["author"], shown["html"], shown["reply_count"]) == ("deleted", None, "", 1)
    assert not any(word in str(shown) for word in ("secret", "Ani", "casino", "ani.example"))


def test_the_policy_is_rendered(bench: Bench) -> None:
    bench.settings(policy="Be *kind*. <script>x</script>", edit_window_s=60, max_length=50)
    body = bench.parts.reading.page_json(bench.site, bench.page())
    assert body["policy"] == {
        "html": "<p>Be <em>kind</em>. &lt;script&gt;x&lt;/script&gt;</p>",
        "edit_window_s": 60,
        "max_length": 50,
        "nesting": 4,
    }


def test_plugins_fields_stand_under_their_names(
    new_bench: Callable[..., Bench], make_plugin: Callable[..., ModuleType]
) -> None:
    def comment_fields(comments: Sequence[Comment]) -> dict[str, Any]:
        return {comment.id: {"length": len(comment.source)} for comment in comments} | {"0" * 24: {"leak": 1}}

    def thread_fields(threads: Sequence[Thread]) -> dict[int, Any]:
        return {thread.id: [thread.key] for thread in threads}

    plugin = make_plugin(
        "sizes", comment_fields=comment_fields, thread_fields=thread_fields, widget_config=lambda: {"unit": "char"}
    )
    bench = new_bench(plugin)
    root = bench.submit("four")
    bench.submit("answer", to=root)
    bench.parts.commenting.withdraw(bench.site, root.comment, bench.author_of(root))
    body = bench.parts.reading.page_json(bench.site, bench.page())
    assert body["extensions"] == {"sizes": {"config": {"unit": "char"}, "thread": ["/a"]}}
    assert [comment["extensions"] for comment in body["comments"]] == [{}, {"sizes": {"length": 6}}]


def _encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


HOSTILE = [
    "x", "=", "ä", "\0", "%00", "A" * 5000, "🙂", "null", _encoded(None), _encoded([]), _encoded({}), _encoded(1),
    _encoded([1]), _encoded([1, 2]), _encoded(["1", "0" * 24]), _encoded([1.5, "0" * 24]), _encoded([1, "x"]),
    _encoded([1, "0" * 24]), _encoded([True, 1, "0" * 24]), _encoded([1, 1.5, "0" * 24]), _encoded([1, 1, "x"]),
    _encoded([1, 1, "0" * 23 + "\0"]), _encoded([1, "0" * 24, 2]), _encoded([[[]]]), _encoded("\0"), _encoded("0" * 24),
    base64.b64encode(b"[" * 3000).decode(), base64.b64encode(b'["\\ud800"]').decode(),
    base64.b64encode(b"\xff\xfe").decode(),
]  # fmt: skip


@pytest.mark.parametrize("cursor", HOSTILE)
def test_hostile_cursors_are_invalid_requests(bench: Bench, cursor: str) -> None:
    root = bench.submit()
    for sort in Sort:
        with pytest.raises(InvalidRequest):
            bench.page(sort=sort, after=cursor)
    with pytest.raises(InvalidRequest):
        bench.parts.reading.replies(root.comment, cursor)


@pytest.mark.parametrize("number", [-1, -(2**63), 2**63, 2**64 - 1])
def test_cursors_with_any_number_are_read(bench: Bench, number: int) -> None:
    bench.submit()
    for sort in Sort:
        bench.page(sort=sort, after=_encoded([number, 1, "0" * 24]))
        bench.page(sort=sort, after=_encoded([1, number, "0" * 24]))


def test_hostile_ends_of_a_branchs_cursor_never_reach_the_database(
    new_bench: Callable[..., Bench], database_url: Any
) -> None:
    bench = new_bench(database_url=database_url.render_as_string(hide_password=False))
    root = bench.submit()
    for end in ("\0", "~", "ä", "0" * 23, "x" * 24 + "\0"):
        with pytest.raises(InvalidRequest):
            bench.parts.reading.replies(root.comment, _encoded(root.comment.path + end))
    assert bench.parts.reading.replies(root.comment, _encoded(root.comment.path)) == ([], None)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_no_cursor_does_more_than_be_refused(bench: Bench, cursor: str) -> None:
    with suppress(InvalidRequest):
        bench.page(after=cursor)


def test_one_comment_is_found_in_any_state_and_strangers_ids_are_not(bench: Bench) -> None:
    accepted = bench.submit()
    reading = bench.parts.reading
    assert reading.comment(accepted.comment.id) == accepted.comment
    assert reading.thread_of(accepted.comment).key == "/a"
    for unknown in ("0" * 24, "", "x", "\0" * 24):
        with pytest.raises(CommentNotFound):
            reading.comment(unknown)


def test_counts_answer_by_the_keys_as_asked(bench: Bench) -> None:
    bench.submit(thread="https://a.example/x")
    bench.submit(thread="/b")
    asked = ["https://a.example/x", "HTTPS://A.example:443//x?utm_source=y#z", "/b", "/nobody"]
    assert bench.parts.reading.counts(bench.site, asked) == dict(zip(asked, [1, 1, 1, 0], strict=True))
    assert bench.parts.reading.counts(bench.site, []) == {}
    with pytest.raises(InvalidRequest):
        bench.parts.reading.counts(bench.site, [f"/{n}" for n in range(101)])
    with pytest.raises(InvalidRequest):
        bench.parts.reading.counts(bench.site, ["\0"])


def test_the_latest_come_with_their_threads(bench: Bench, clock: Any) -> None:
    made = []
    for key in ("/a", "/b", "/a"):
        clock.advance(seconds=1)
        made.append(bench.submit(thread=key))
    bench.parts.moderating.set_state(made[1].comment.id, CommentState.HELD, actor="vera")
    latest = bench.parts.reading.latest(bench.site, 5)
    assert [(item["id"], item["thread"]) for item in latest] == [
        (made[2].comment.id, {"key": "/a", "url": None, "title": None}),
        (made[0].comment.id, {"key": "/a", "url": None, "title": None}),
    ]


def test_the_cursor_is_of_the_moment_of_the_page(bench: Bench) -> None:
    bench.submit()
    first = bench.page().cursor
    bench.submit()
    second = bench.page().cursor
    assert (first.rsplit(".", 1), second.rsplit(".", 1)) == (
        [first.rsplit(".", 1)[0], "1"],
        [first.rsplit(".", 1)[0], "2"],
    )
