"""Threads that are hidden, moved and merged."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from embedcomments.domain.audit import AuditFilter
from embedcomments.domain.comments import CommentState
from embedcomments.domain.errors import BranchClosed, Conflict, InvalidRequest, ThreadClosed, ThreadNotFound
from embedcomments.domain.threads import MAX_PINS, Sort
from embedcomments.services.feed.hub import Hub
from embedcomments.services.feed.subscriber import Subscriber
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import events as event_rows

Bench = Any
PUBLISHED, HELD, SPAM, DELETED = CommentState


class Watcher(Subscriber):
    """A page that is open; ``frames`` are what it got."""

    def __init__(self) -> None:
        super().__init__(None)
        self.frames: list[dict[str, Any]] = []


class Watching:
    """The hub over the real log, without threads."""

    def __init__(self, bench: Bench) -> None:
        self.hub = Hub(bench.instance.feed_log)
        self.hub.attach(self)

    def send(self, to: Iterable[Watcher], payloads: Sequence[bytes]) -> None:
        for watcher in to:
            watcher.frames += [json.loads(payload) for payload in payloads]

    def close(self, subscriber: Subscriber, code: int) -> None:
        raise AssertionError(f"closed with {code}")

    def watcher(self, key: str, cursor: str | None = None) -> Watcher:
        made = Watcher()
        self.hub.sub(made, "default", key, cursor, None)
        self.hub.run_pending()
        return made


@pytest.fixture
def watching(either: Bench, monkeypatch: pytest.MonkeyPatch) -> Watching:
    made = Watching(either)

    def publish(hint: Any) -> None:
        made.hub.publish(hint)
        made.hub.run_pending()

    monkeypatch.setattr(either.instance.hints, "publish", publish)
    return made


def page(bench: Bench, key: str, **options: Any) -> Any:
    return bench.parts.reading.page(bench.site, key, **options)


def ids(bench: Bench, key: str, **options: Any) -> list[str]:
    return [comment.id for comment in page(bench, key, **options).comments]


def log(bench: Bench, thread_id: int) -> list[int]:
    with bench.parts.database.read() as connection:
        return [event.seq for event in event_rows.events_after(connection, thread_id, 0, 1000)]


def test_merging_carries_everything_and_the_old_key_leads_there(either: Bench) -> None:
    first = either.submit("one", thread="/old")
    answer = either.submit("answer", thread="/old", to=first)
    held = either.submit("held", thread="/old")
    either.parts.moderating.set_state(held.comment.id, HELD, actor="vera")
    either.parts.moderating.pin(first.comment.id, True, actor="vera")
    there = [either.submit(f"there {n}", thread="/new") for n in range(2)]
    old = page(either, "/old").thread
    new = page(either, "/new").thread
    merged = either.parts.threads.merge(either.site, "/old", "/new", actor="vera", reason="the page moved")
    assert (merged.id, merged.key, merged.count, merged.seq) == (new.id, "/new", 4, old.seq + new.seq + 1)
    everything = [first.comment.id, answer.comment.id, *(item.comment.id for item in there)]
    assert sorted(ids(either, "/new")) == sorted(ids(either, "/old")) == sorted(everything)
    assert page(either, "/old").thread == page(either, "/new").thread == merged
    assert either.parts.reading.counts(either.site, ["/old", "/new"]) == {"/old": 4, "/new": 4}
    now = either.now(first)
    assert (now.thread_id, now.number, now.pinned, now.replies, now.rev) == (new.id, 3, False, 1, first.comment.rev + 2)
    assert [either.now(item).number for item in there] == [1, 2], "those that were there keep theirs"
    assert either.now(answer).number == 4
    assert either.now(held).number == 5, "it was published before it was held"
    assert log(either, new.id) == list(range(1, merged.seq + 1)), "without a gap"
    after = either.submit("after", thread="/old", to=first).comment
    assert (after.thread_id, after.number, after.seq) == (new.id, 6, merged.seq + 1)
    assert either.parts.threads.aliases(merged) == ["/old"]
    line = either.parts.auditing.list(AuditFilter(site_id=either.site.id, action="thread."))[0]
    assert (line.action, line.before, line.after, line.reason) == (
        "thread.merge", {"key": "/old"}, {"key": "/new"}, "the page moved",
    )  # fmt: skip


def test_merging_again_changes_nothing(either: Bench) -> None:
    either.submit("one", thread="/old")
    either.submit("two", thread="/new")
    merged = either.parts.threads.merge(either.site, "/old", "/new", actor="vera")
    assert either.parts.threads.merge(either.site, "/old", "/new", actor="vera") == merged
    with pytest.raises(InvalidRequest):
        either.parts.threads.merge(either.site, "/new", "/new", actor="vera")
    with pytest.raises(ThreadNotFound):
        either.parts.threads.merge(either.site, "/nothing", "/new", actor="vera")
    assert page(either, "/new").thread == merged


def test_keys_of_a_thread_that_was_merged_twice_all_lead_to_the_last(either: Bench) -> None:
    made = [either.submit(key, thread=key).comment.id for key in ("/1", "/2", "/3")]
    either.parts.threads.merge(either.site, "/1", "/2", actor="vera")
    either.parts.threads.merge(either.site, "/2", "/3", actor="vera")
    for key in ("/1", "/2", "/3"):
        assert sorted(ids(either, key)) == sorted(made)


def test_a_thread_is_moved_and_back_again(either: Bench) -> None:
    made = either.submit("words", thread="https://a.example/old").comment
    moved = either.parts.threads.move(either.site, "https://a.example/old", "https://a.example/new", actor="vera")
    assert (moved.key, moved.url) == ("https://a.example/new", "https://a.example/new")
    for key in ("https://a.example/old", "https://a.example/new"):
        assert ids(either, key) == [made.id]
    again = either.parts.threads.move(either.site, "https://a.example/old", "https://a.example/new", actor="vera")
    assert again == moved
    back = either.parts.threads.move(either.site, "https://a.example/new", "https://a.example/old", actor="vera")
    assert (back.id, back.key) == (moved.id, "https://a.example/old")
    assert either.parts.threads.aliases(back) == ["https://a.example/new"]
    other = either.submit("other", thread="/taken")
    with pytest.raises(Conflict):
        either.parts.threads.move(either.site, "https://a.example/old", "/taken", actor="vera")
    either.parts.threads.move(either.site, "/taken", "/elsewhere", actor="vera")
    with pytest.raises(Conflict):
        either.parts.threads.move(either.site, "https://a.example/old", "/taken", actor="vera")
    assert ids(either, "/taken") == [other.comment.id]


def test_merging_into_a_page_without_comments_moves_the_thread(either: Bench) -> None:
    made = either.submit("words", thread="/old").comment
    thread = either.parts.threads.merge(either.site, "/old", "/new", actor="vera")
    assert (thread.id, thread.key) == (made.thread_id, "/new")
    assert ids(either, "/old") == [made.id]


def test_an_import_under_both_keys_is_merged(either: Bench) -> None:
    """Both comments have the same name from the import, and only one can in one thread."""
    made = [either.submit("twin", thread=key).comment.id for key in ("/old", "/new")]
    either.parts.database.write(lambda c: c.exec_driver_sql("UPDATE comment SET external_id = 'wordpress:1'"))
    thread = either.parts.threads.merge(either.site, "/old", "/new", actor="vera")
    assert sorted(ids(either, "/new")) == sorted(made)
    with either.parts.database.read() as connection:
        assert comment_rows.external_ids(connection, thread.id) == {"wordpress:1": made[1]}


def test_those_who_write_during_a_merge_lose_nothing(either: Bench, together: Callable[..., list[Any]]) -> None:
    first = either.submit("first", thread="/old")
    either.submit("there", thread="/new")

    def work(n: int) -> Any:
        if n == 3:
            return either.parts.threads.merge(either.site, "/old", "/new", actor="vera") and None
        if n == 6:
            return either.parts.moderating.set_state(first.comment.id, HELD, actor="ani") and None
        key = ("/old", "/new")[n % 2]
        return either.submit(f"number {n}", thread=key, to=first if n % 4 == 0 else None).comment

    try:
        made = [comment for comment in together(work, 12) if comment is not None]
    except InvalidRequest:  # an answer to what was held meanwhile
        made = []
    thread = page(either, "/old").thread
    with either.parts.database.read() as connection:
        present = comment_rows.comments_by_id(connection, [comment.id for comment in made])
        numbers = connection.exec_driver_sql("SELECT number FROM comment ORDER BY number").scalars().all()
        threads = connection.exec_driver_sql("SELECT count(*) FROM thread").scalar_one()
    assert threads == 1
    assert {comment.thread_id for comment in present.values()} <= {thread.id}
    assert len(present) == len(made)
    assert numbers == list(range(1, len(numbers) + 1)), "each number once"
    assert log(either, thread.id) == list(range(1, thread.seq + 1))
    assert thread.count == sum(1 for n in numbers) - 1, "all but the one that is held"


def test_two_who_merge_crosswise_end_with_one_thread(either: Bench, together: Callable[..., list[Any]]) -> None:
    made = [either.submit(key, thread=key).comment.id for key in ("/a", "/b")]
    ways = [("/a", "/b"), ("/b", "/a")]
    together(lambda n: either.parts.threads.merge(either.site, *ways[n % 2], actor="vera"), 4)
    assert sorted(ids(either, "/a")) == sorted(ids(either, "/b")) == sorted(made)


def test_watchers_of_both_threads_fetch_the_thread_anew(either: Bench, watching: Watching) -> None:
    either.submit("one", thread="/old")
    either.submit("two", thread="/new")
    cursors = [page(either, key).cursor for key in ("/old", "/new")]
    watchers = [watching.watcher("/old", cursors[0]), watching.watcher("/new", cursors[1])]
    assert [frame["op"] for watcher in watchers for frame in watcher.frames] == ["ok", "ok"]
    either.parts.threads.merge(either.site, "/old", "/new", actor="vera")
    assert [watcher.frames[1:] for watcher in watchers] == [
        [{"site": "default", "key": key, "op": "reset"}] for key in ("/old", "/new")
    ]
    late = watching.watcher("/old", cursors[0])
    assert late.frames == [{"site": "default", "key": "/old", "op": "reset"}], "who was away at that time too"
    again = [watching.watcher(key, page(either, key).cursor) for key in ("/old", "/new")]
    posted = either.submit("three", thread="/old").comment
    for key, watcher in zip(("/old", "/new"), again, strict=True):
        assert [(frame["op"], frame["key"]) for frame in watcher.frames] == [("ok", key), ("new", key)]
        assert watcher.frames[-1]["comment"]["id"] == posted.id


def test_watchers_of_a_hidden_thread_are_sent_nothing_of_it(either: Bench, watching: Watching) -> None:
    made = either.submit("SECRETWORD")
    cursor = page(either, "/a").cursor
    watcher = watching.watcher("/a", cursor)
    either.parts.threads.set_hidden(either.site, "/a", True, actor="vera")
    assert watcher.frames[1:] == [{"site": "default", "key": "/a", "op": "reset"}]
    old = watching.watcher("/a", cursor)
    assert [frame["op"] for frame in old.frames] == ["reset"]
    fresh = watching.watcher("/a", page(either, "/a").cursor)
    either.parts.moderating.edit(made.comment.id, "SECRETWORD again", actor="vera")
    assert [frame["op"] for frame in fresh.frames] == ["ok", "skip"]
    either.parts.threads.set_hidden(either.site, "/a", False, actor="vera")
    assert [frame["op"] for frame in fresh.frames] == ["ok", "skip", "reset"]
    assert "SECRETWORD" not in str([watcher.frames, old.frames, fresh.frames])
    assert ids(either, "/a") == [made.comment.id]


def test_a_hidden_thread_is_an_empty_one_that_is_closed(either: Bench) -> None:
    made = either.submit("words")
    elsewhere = either.submit("elsewhere", thread="/b")
    before = page(either, "/a").thread
    either.parts.threads.set_hidden(either.site, "/a", True, actor="vera")
    shown = page(either, "/a")
    assert (list(shown.comments), shown.thread.count, shown.thread.closed, shown.thread.hidden) == ([], 0, True, True)
    assert either.parts.reading.counts(either.site, ["/a"]) == {"/a": 0}
    assert [item["id"] for item in either.parts.reading.latest(either.site, 10)] == [elsewhere.comment.id]
    assert not either.parts.reading.is_shown(either.site, either.now(made))
    with pytest.raises(ThreadClosed):
        either.submit("more")
    again = either.parts.threads.set_hidden(either.site, "/a", True, actor="vera")
    assert again.seq == before.seq + 1, "once more changes nothing"
    either.parts.threads.set_hidden(either.site, "/a", False, actor="vera")
    assert page(either, "/a").thread == replace(before, seq=before.seq + 2, history=2)


def test_refreshing_a_thread_changes_its_mark_and_sends_watchers_to_fetch_it(either: Bench, watching: Watching) -> None:
    either.submit("words")
    before = page(either, "/a")
    watcher = watching.watcher("/a", before.cursor)
    either.parts.threads.refresh(either.site, "/a", actor="poll")
    after = page(either, "/a")
    assert (after.thread.seq, after.comments) == (before.thread.seq + 1, before.comments)
    assert [frame["op"] for frame in watcher.frames] == ["ok", "reset"]
    with pytest.raises(ThreadNotFound):
        either.parts.threads.refresh(either.site, "/nothing", actor="poll")


def test_nobody_answers_in_a_closed_branch(either: Bench) -> None:
    root = either.submit("root")
    inner = either.submit("inner", to=root)
    deep = either.submit("deep", to=inner)
    beside = either.submit("beside", to=root)
    either.parts.moderating.close_branch(inner.comment.id, True, actor="vera")
    for parent in (inner, deep):
        with pytest.raises(BranchClosed):
            either.submit("no", to=parent)
    for parent in (root, beside, None):
        either.submit("yes", to=parent)
    either.parts.moderating.close_branch(inner.comment.id, False, actor="vera")
    either.submit("yes", to=deep)


@pytest.mark.parametrize("sort", list(Sort))
def test_pinned_comments_come_first_once_and_nothing_is_left_out(either: Bench, sort: Sort) -> None:
    made = [either.submit(f"number {n}").comment.id for n in range(230)]
    pinned = [made[50], made[229], made[0]]
    for comment_id in pinned:
        either.parts.moderating.pin(comment_id, True, actor="vera")
    pages, after = [], None
    while True:
        shown = page(either, "/a", sort=sort, after=after)
        pages.append([comment.id for comment in shown.comments])
        after = shown.next
        if after is None:
            break
    others = [comment_id for comment_id in made if comment_id not in pinned]
    first = sorted(pinned, reverse=sort is Sort.NEWEST)
    assert [item for one in pages for item in one] == first + (others[::-1] if sort is Sort.NEWEST else others)
    assert [len(one) for one in pages] == [100, 100, 30]
    either.parts.moderating.set_state(made[0], HELD, actor="vera")
    assert made[0] not in ids(either, "/a", sort=sort)


def test_a_page_that_pins_fill_is_followed_by_all_others(bench: Bench) -> None:
    roots = [bench.submit(f"root {n}") for n in range(5)]
    for root in roots[:4]:
        for n in range(31):
            bench.submit(f"answer {n}", to=root)
    for root in roots[:MAX_PINS]:
        bench.parts.moderating.pin(root.comment.id, True, actor="vera")
    first = page(bench, "/a")
    tops = [comment.id for comment in first.comments if not comment.depth]
    assert tops == [root.comment.id for root in roots[:3]]
    second = page(bench, "/a", after=first.next)
    tops = [comment.id for comment in second.comments if not comment.depth]
    assert tops == [root.comment.id for root in roots[3:]]
