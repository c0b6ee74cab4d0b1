"""What was done is put back, as the record tells it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from embedcomments.domain.comments import CommentState
from embedcomments.domain.errors import CommentNotFound, Conflict

Bench = Any
PUBLISHED, HELD, SPAM, DELETED = CommentState


def states(bench: Bench, made: list[Any]) -> list[CommentState]:
    return [bench.now(item).state for item in made]


def test_a_batch_is_put_back_but_for_what_was_changed_since(either: Bench) -> None:
    made = [either.submit(f"number {n}") for n in range(5)]
    ids = [item.comment.id for item in made]
    moderating = either.parts.moderating
    moderating.set_state(ids[1], HELD, actor="vera")
    moderating.set_state(ids[2], SPAM, actor="vera")
    batch = moderating.set_states([*ids, ids[0], "0" * 24], SPAM, actor="vera", reason="a wave")
    assert ([c.id for c in batch.changed], batch.refused) == ([ids[0], ids[1], ids[3], ids[4]], ["0" * 24])
    # Changed since: one to another state, one away and back again.
    moderating.set_state(ids[3], PUBLISHED, actor="ani")
    moderating.set_state(ids[4], HELD, actor="ani")
    moderating.set_state(ids[4], SPAM, actor="ani")
    undone = either.parts.undoing.undo(either.site, batch.id, actor="vera")
    assert ([c.id for c in undone.changed], undone.refused) == ([ids[0], ids[1]], [ids[3], ids[4]])
    assert states(either, made) == [PUBLISHED, HELD, SPAM, PUBLISHED, SPAM]
    assert either.page().thread.count == 2
    again = either.parts.undoing.undo(either.site, batch.id, actor="vera")
    assert again.changed == []
    redone = either.parts.undoing.undo(either.site, undone.id, actor="vera")
    assert [c.id for c in redone.changed] == [ids[0], ids[1]]
    assert states(either, made) == [SPAM, SPAM, SPAM, PUBLISHED, SPAM]


def test_pins_and_closed_branches_are_put_back_and_edits_are_not(either: Bench) -> None:
    made = either.submit("words")
    moderating = either.parts.moderating
    batch = moderating.new_batch()
    for change in (moderating.pin, moderating.close_branch):
        change(made.comment.id, True, actor="vera", batch=batch)
    moderating.edit(made.comment.id, "better words", actor="vera", batch=batch)
    either.parts.undoing.undo(either.site, batch, actor="vera")
    now = either.now(made)
    assert (now.pinned, now.closed, now.source) == (False, False, "better words")


def test_undoing_pins_no_fourth_comment(either: Bench) -> None:
    made = [either.submit(f"number {n}").comment.id for n in range(4)]
    moderating = either.parts.moderating
    for comment_id in made[:3]:
        moderating.pin(comment_id, True, actor="vera")
    batch = moderating.new_batch()
    moderating.pin(made[0], False, actor="vera", batch=batch)
    moderating.pin(made[3], True, actor="ani")
    assert either.parts.undoing.undo(either.site, batch, actor="vera").refused == [made[0]]
    assert sum(comment.pinned for comment in either.page().comments) == 3


def test_there_is_nothing_to_undo_of_another_site_or_of_nothing(bench: Bench) -> None:
    made = bench.submit()
    batch = bench.parts.moderating.set_states([made.comment.id], SPAM, actor="vera")
    bench.parts.sites.add("other")
    for site, name in ((bench.parts.sites.get("other"), batch.id), (bench.site, "0" * 24), (bench.site, "")):
        undone = bench.parts.undoing.undo(site, name, actor="vera")
        assert (undone.changed, undone.refused) == ([], [])
    assert bench.now(made).state is SPAM


def test_words_that_were_taken_back_are_not_brought_back(bench: Bench) -> None:
    made = bench.submit()
    batch = bench.parts.moderating.set_states([made.comment.id], HELD, actor="vera")
    bench.parts.commenting.withdraw(bench.site, bench.now(made), bench.author_of(made))
    undone = bench.parts.undoing.undo(bench.site, batch.id, actor="vera")
    assert (undone.changed, undone.refused) == ([], [made.comment.id])
    assert bench.now(made).is_erased


def test_undone_once_however_many_ask_for_it_at_once(either: Bench, together: Callable[..., list[Any]]) -> None:
    made = [either.submit(f"number {n}") for n in range(3)]
    batch = either.parts.moderating.set_states([item.comment.id for item in made], SPAM, actor="vera")
    undone = together(lambda _: either.parts.undoing.undo(either.site, batch.id, actor="vera"), 4)
    assert sorted(c.id for done in undone for c in done.changed) == sorted(item.comment.id for item in made)
    assert states(either, made) == [PUBLISHED] * 3
    assert either.page().thread.count == 3


def test_restoring_leads_to_the_state_before(either: Bench) -> None:
    for way in ((HELD, DELETED), (SPAM, DELETED), (HELD, SPAM, DELETED), (DELETED,), (DELETED, HELD)):
        made = either.submit("words")
        for state in way:
            either.parts.moderating.set_state(made.comment.id, state, actor="vera")
        before = either.now(made)
        back = either.parts.undoing.restore(made.comment.id, actor="ani")
        wanted = way[-2] if len(way) > 1 else PUBLISHED
        assert back == replace(before, state=wanted, rev=before.rev + 1, seq=back.seq)
    erased = either.submit("words").comment
    either.parts.moderating.erase(erased.id, actor="vera")
    with pytest.raises(Conflict):
        either.parts.undoing.restore(erased.id, actor="vera")
    with pytest.raises(CommentNotFound):
        either.parts.undoing.restore("0" * 24, actor="vera")


def test_a_deleted_comment_of_before_the_record_waits_for_a_moderator(bench: Bench) -> None:
    made = bench.submit("words")
    bench.parts.moderating.set_state(made.comment.id, DELETED, actor="vera")
    bench.parts.database.write(lambda c: c.exec_driver_sql("DELETE FROM audit"))
    assert bench.parts.undoing.restore(made.comment.id, actor="vera").state is HELD
