"""What moderators and plugins do to comments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select

from embedcomments.domain.audit import AuditFilter
from embedcomments.domain.comments import CommentState
from embedcomments.domain.errors import CommentNotFound, Conflict, InvalidRequest, ThreadNotFound
from embedcomments.domain.events import EventKind
from embedcomments.domain.verdicts import Action, Verdict
from embedcomments.storage import events as event_rows
from embedcomments.storage.comments import Filter
from embedcomments.storage.tables import comment as comment_table

Bench = Any
PUBLISHED, HELD, SPAM, DELETED = CommentState


def test_each_state_has_its_event_and_counts_follow(bench: Bench) -> None:
    root = bench.submit()
    answer = bench.submit(to=root).comment
    seen = []
    for state in (HELD, SPAM, PUBLISHED, DELETED, PUBLISHED, PUBLISHED):
        changed = bench.parts.moderating.set_state(answer.id, state, actor="vera", reason="why")
        seen.append((changed.state, changed.rev, bench.page().thread.count, bench.now(root).replies))
    assert seen == [
        (HELD, 2, 1, 0), (SPAM, 3, 1, 0), (PUBLISHED, 4, 2, 1), (DELETED, 5, 1, 0), (PUBLISHED, 6, 2, 1),
        (PUBLISHED, 6, 2, 1),
    ]  # fmt: skip
    with bench.parts.database.read() as connection:
        kinds = [event.kind for event in event_rows.events_after(connection, answer.thread_id, 2, 100)]
        actors = connection.exec_driver_sql("SELECT DISTINCT actor FROM event ORDER BY actor").scalars().all()
    assert kinds == [
        EventKind.HELD, EventKind.SPAMMED, EventKind.PUBLISHED, EventKind.DELETED, EventKind.PUBLISHED,
    ]  # fmt: skip
    assert actors == ["reader", "vera"]


def test_what_a_moderator_deleted_keeps_its_words_and_can_come_back(bench: Bench) -> None:
    comment = bench.submit("words").comment
    deleted = bench.parts.moderating.set_state(comment.id, DELETED, actor="vera", reason="rude")
    assert deleted == replace(comment, state=DELETED, reason="rude", rev=2, seq=2)
    back = bench.parts.moderating.set_state(comment.id, PUBLISHED, actor="vera")
    assert back == replace(comment, reason="rude", rev=3, seq=3)


def test_parallel_changes_of_a_comment_follow_one_another(
    new_bench: Callable[..., Bench], database_url: Any, together: Callable[..., list[Any]]
) -> None:
    bench = new_bench(database_url=database_url.render_as_string(hide_password=False))
    root = bench.submit()
    answer = bench.submit(to=root).comment
    together(lambda n: bench.parts.moderating.set_state(answer.id, (HELD, PUBLISHED)[n % 2], actor="vera"), 16)
    end = bench.parts.reading.comment(answer.id)
    shown = int(end.state is PUBLISHED)
    assert (bench.now(root).replies, bench.page().thread.count, end.number) == (shown, 1 + shown, 2)
    assert bench.page().thread.seq == 2 + end.rev - 1


def test_what_is_not_there_cannot_be_moderated(bench: Bench) -> None:
    with pytest.raises(CommentNotFound):
        bench.parts.moderating.set_state("0" * 24, HELD, actor="vera")
    with pytest.raises(CommentNotFound):
        bench.parts.moderating.refresh("0" * 24, "plugin")
    with pytest.raises(ThreadNotFound):
        bench.parts.moderating.set_closed(bench.site, "/nothing", True, actor="vera")


def test_scores_counted_side_by_side_are_all_kept(
    new_bench: Callable[..., Bench], database_url: Any, together: Callable[..., Any]
) -> None:
    """Each adds one to what it finds: whoever did not wait for the one before would lose a point."""
    bench = new_bench(database_url=database_url.render_as_string(hide_password=False))
    made = bench.submit()

    def add_one(_: int) -> None:
        def work(connection: Any) -> int:
            found: int = connection.execute(
                select(comment_table.c.score).where(comment_table.c.id == made.comment.id)
            ).scalar_one()
            return found + 1

        bench.parts.moderating.set_score(made.comment.id, work, "plugin")

    together(add_one, 12)
    assert (bench.now(made).score, bench.now(made).rev) == (12, made.comment.rev + 12)


def test_a_refreshed_comment_has_a_new_rev_and_nothing_else(bench: Bench) -> None:
    comment = bench.submit().comment
    bench.parts.moderating.refresh(comment.id, "votes")
    assert bench.parts.reading.comment(comment.id) == replace(comment, rev=2, seq=2)
    with bench.parts.database.read() as connection:
        assert [event.kind for event in event_rows.events_after(connection, comment.thread_id, 1, 9)] == [
            EventKind.EXTENDED
        ]


def test_lists_are_bounded(bench: Bench) -> None:
    comments = [bench.submit().comment for _ in range(3)]
    which = Filter(site_id=bench.site.id)
    moderating = bench.parts.moderating
    assert {item.id for item in moderating.list(which, limit=10**9)} == {comment.id for comment in comments}
    assert moderating.list(which, limit=0) == []
    assert moderating.list(which, limit=-1) == []
    assert moderating.count(which) == 3
    assert moderating.counts_by_kind_and_state(bench.site) == {("comment", "published"): 3}


def test_watchers_are_told_after_the_commit(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, int, int]] = []

    def publish(hint: Any) -> None:
        with bench.parts.database.read() as connection:
            row = connection.exec_driver_sql("SELECT seq FROM thread").scalar_one()
        told.append((hint.key, hint.seq, row))

    monkeypatch.setattr(bench.instance.hints, "publish", publish)
    comment = bench.submit().comment
    bench.parts.moderating.set_state(comment.id, HELD, actor="vera")
    bench.parts.moderating.set_closed(bench.site, "/a", True, actor="vera")
    assert told == [("/a", 1, 1), ("/a", 2, 2), ("/a", 3, 3)]


def test_a_plugin_may_not_be_heard_on_a_site_where_it_is_off(
    new_bench: Callable[..., Bench], make_plugin: Callable[..., ModuleType]
) -> None:
    heard: list[str] = []
    bench = new_bench(make_plugin("ear", on_event=lambda event: heard.append(event.kind.value)))
    comment = bench.submit().comment
    bench.parts.lifecycle.switch(bench.site, "ear", on=False)
    bench.parts.moderating.set_state(comment.id, HELD, actor="vera")
    assert bench.instance.jobs.run_due() == 1
    assert heard == []


def test_the_time_of_the_last_change_of_state_is_known(either: Bench, clock: Any) -> None:
    made = either.submit("words")
    first = clock.now()
    clock.advance(hours=1)
    either.parts.moderating.edit(made.comment.id, "other words", actor="vera")
    assert either.now(made).state_changed_at == first
    second = clock.advance(hours=1)
    assert either.parts.moderating.set_state(made.comment.id, HELD, actor="vera").state_changed_at == second
    assert either.now(made).state_changed_at == second


def test_a_moderators_words_are_rendered_and_marked_and_judged_by_nobody(
    new_bench: Callable[..., Bench], make_plugin: Callable[..., ModuleType], clock: Any
) -> None:
    verdict = Verdict(action=Action.REJECT, reason="No.")
    bench = new_bench(make_plugin("judge", comment_check=lambda draft: verdict if draft.is_edit else None))
    comment = bench.submit("words").comment
    at = clock.advance(days=1)
    edited = bench.parts.moderating.edit(comment.id, "*other* <script>alert(1)</script>", actor="vera")
    html = "<p><em>other</em> &lt;script&gt;alert(1)&lt;/script&gt;</p>"
    source = "*other* <script>alert(1)</script>"
    assert edited == replace(comment, source=source, html=html, edited_at=at, rev=2, seq=2)
    assert bench.parts.moderating.edit(comment.id, source, actor="vera") == edited, "the same words change nothing"
    for text in ("", " \n ", "x" * 100_001):
        with pytest.raises(InvalidRequest):
            bench.parts.moderating.edit(comment.id, text, actor="vera")
    bench.parts.moderating.set_state(comment.id, DELETED, actor="vera")
    with pytest.raises(Conflict):
        bench.parts.moderating.edit(comment.id, "again", actor="vera")


def test_only_published_roots_are_pinned_and_three_at_most(either: Bench, together: Callable[..., list[Any]]) -> None:
    made = [either.submit(f"number {n}") for n in range(8)]
    answer = either.submit("answer", to=made[0]).comment
    held = either.submit("held").comment
    moderating = either.parts.moderating
    moderating.set_state(held.id, HELD, actor="vera")
    for refused in (answer, held):
        with pytest.raises(Conflict):
            moderating.pin(refused.id, True, actor="vera")

    def pin(n: int) -> bool:
        try:
            return bool(moderating.pin(made[n].comment.id, True, actor="vera").pinned)
        except Conflict:
            return False

    assert sum(together(pin, 8)) == 3
    pinned = next(item for item in made if either.now(item).pinned)
    moderating.pin(pinned.comment.id, False, actor="vera")
    moderating.pin(pinned.comment.id, True, actor="vera")
    assert sum(either.now(item).pinned for item in made) == 3


def test_all_of_an_author_go_under_one_batch(either: Bench) -> None:
    first = either.submit("one")
    identity = first.comment.identity_id
    mine = [first, *(either.submit(f"more {n}", identity_id=identity, thread=f"/{n % 3}") for n in range(7))]
    other = either.submit("of another")
    either.parts.moderating.set_state(mine[3].comment.id, SPAM, actor="vera")
    batch = either.parts.moderating.delete_all(either.site, identity, actor="vera", reason="a flood")
    assert {c.id for c in batch.changed} == {item.comment.id for item in mine}
    assert {either.now(item).state for item in mine} == {DELETED}
    assert either.now(first).source == "one", "moderators still see the words"
    assert either.now(other).state is PUBLISHED
    assert either.parts.moderating.delete_all(either.site, identity, actor="vera").changed == []
    either.parts.undoing.undo(either.site, batch.id, actor="vera")
    assert [either.now(item).state for item in mine] == [PUBLISHED] * 3 + [SPAM] + [PUBLISHED] * 4


def test_two_moderators_at_once_leave_a_record_that_fits(either: Bench, together: Callable[..., list[Any]]) -> None:
    """Each line begins with the state in which the line before it ended, and the last is the present one."""
    made = either.submit("words")

    def work(n: int) -> None:
        either.parts.moderating.set_state(made.comment.id, (HELD, SPAM, PUBLISHED, DELETED)[n % 4], actor=f"m{n}")

    together(work, 16)
    lines = list(reversed(either.parts.auditing.list(AuditFilter(site_id=either.site.id), 500)))
    chain = ["published", *(line.after["state"] for line in lines)]
    assert [line.before["state"] for line in lines] == chain[:-1]
    assert chain[-1] == either.now(made).state.value
    assert either.now(made).rev == 1 + len(lines)


def test_lists_are_found_by_thread_page_link_and_time(either: Bench, clock: Any) -> None:
    start = clock.now()
    plain = either.submit("Plain words", thread="https://a.example/apricots").comment
    clock.advance(hours=1)
    linked = either.submit("See https://elsewhere.example/", thread="/b").comment
    clock.advance(hours=1)
    last = either.submit("Last 100% words", thread="/b").comment

    def found(**which: Any) -> list[str]:
        chosen = Filter(site_id=either.site.id, **which)
        items = either.parts.moderating.list(chosen)
        assert either.parts.moderating.count(chosen) == len(items)
        return [{plain.id: "plain", linked.id: "linked", last.id: "last"}[item.id] for item in items]

    assert found() == ["last", "linked", "plain"]
    assert found(thread_id=linked.thread_id) == ["last", "linked"]
    assert found(has_link=True) == ["linked"]
    assert found(has_link=False) == ["last", "plain"]
    assert found(since=start + timedelta(hours=1)) == ["last", "linked"]
    assert found(since=start, until=start + timedelta(hours=2)) == ["linked", "plain"]
    assert found(search="apricots") == ["plain"]
    assert found(search="100%") == ["last"], "a percent sign is one, and no wildcard"
    assert found(search="WORDS", thread_id=last.thread_id) == ["last"]


def test_what_cannot_be_changed_stops_no_other_of_its_transaction(either: Bench) -> None:
    made = [either.submit(f"number {n}", thread=f"/{n % 3}") for n in range(9)]
    erased = made[4].comment.id
    either.parts.moderating.erase(erased, actor="vera")
    ids = [item.comment.id for item in made]
    batch = either.parts.moderating.set_states(["nonsense", *ids], SPAM, actor="vera")
    assert ([c.id for c in batch.changed], batch.refused) == ([i for i in ids if i != erased], ["nonsense", erased])
    assert either.now(made[4]).is_erased
    assert {either.now(item).state for item in made} == {SPAM, DELETED}
    lines = either.parts.auditing.list(AuditFilter(site_id=either.site.id, batch=batch.id), 500)
    assert sorted(line.subject.id for line in lines) == sorted(i for i in ids if i != erased)
    assert either.page().thread is None, "nothing stands under that key"
    counts = either.parts.reading.counts(either.site, ["/0", "/1", "/2"])
    assert counts == {"/0": 0, "/1": 0, "/2": 0}


def test_many_are_changed_by_two_at_once_in_opposite_orders(either: Bench, together: Callable[..., list[Any]]) -> None:
    made = [either.submit(f"number {n}", thread=f"/{n % 4}").comment.id for n in range(60)]

    def work(n: int) -> Any:
        ids = made if n % 2 else made[::-1]
        return either.parts.moderating.set_states(ids, (HELD, SPAM)[n % 2], actor=f"m{n}")

    batches = together(work, 4)
    assert [batch.refused for batch in batches] == [[]] * 4
    lines = either.parts.auditing.list(AuditFilter(site_id=either.site.id), 500)
    assert len(lines) == sum(len(batch.changed) for batch in batches)
    last = {line.subject.id: line.after["state"] for line in reversed(lines)}
    with either.parts.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT id, state FROM comment").all()
    assert last == {row[0]: row[1] for row in rows}
