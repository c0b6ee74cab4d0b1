"""What moderators and plugins do to comments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select

from embedcomments.domain.comments import CommentState
from embedcomments.domain.errors import CommentNotFound, ThreadNotFound
from embedcomments.domain.events import EventKind
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
