"""Mentions that stand apart from the conversation, those that their page takes back, and what counts."""

from __future__ import annotations

import io
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from embedcomments.domain.comments import APART, Author, CommentKind, CommentState, Link
from embedcomments.domain.drafts import Draft
from embedcomments.domain.errors import Conflict
from embedcomments.domain.threads import Sort, ThreadRef
from embedcomments.domain.verdicts import Action, Verdict
from embedcomments.services.feed.source import Topic
from embedcomments.services.importing.own import read_own
from embedcomments.storage import comments as rows

PUBLISHED, HELD, DELETED = CommentState.PUBLISHED, CommentState.HELD, CommentState.DELETED


def mention(bench: Any, text: str = "Liked it", *, page: str = "https://p.example/like", apart: bool = True) -> Any:
    draft = Draft(
        site_id=bench.site.id,
        thread=ThreadRef(key="/a"),
        author=Author(name="Ani"),
        text=text,
        submitted_at=bench.parts.clock.now(),
        kind=CommentKind.WEBMENTION,
        link=Link(url=page, title="A page"),
        apart=apart,
    )
    return bench.parts.commenting.mention(bench.site, draft)


def apart(bench: Any, limit: int = 100) -> list[str]:
    with bench.parts.database.read() as connection:
        return [comment.id for comment in rows.apart(connection, [bench.page().thread.id], limit)]


def test_what_stands_apart_is_in_no_page_and_takes_no_number(bench: Any) -> None:
    like = mention(bench)
    comment = bench.submit().comment
    place = mention(bench, "I answer", page="https://p.example/answer", apart=False)
    assert (like.depth, like.number, like.state) == (APART, None, PUBLISHED)
    assert [(item.id, item.number) for item in bench.page().comments] == [(comment.id, 1), (place.id, 2)]
    assert apart(bench) == [like.id]
    assert [item.id for item in bench.page(sort=Sort.TOP).comments] == [comment.id, place.id]


def test_held_ones_are_shown_nowhere_and_long_lists_are_cut(new_bench: Any, make_plugin: Any) -> None:
    def judge(draft: Any) -> Any:
        return Verdict(action=Action.HOLD, reason="r") if "hold" in draft.text else None

    bench = new_bench(make_plugin("strict", comment_check=judge))
    mention(bench, "hold me", page="https://p.example/0")
    shown = [mention(bench, page=f"https://p.example/{number}").id for number in range(1, 5)]
    assert apart(bench) == shown
    assert apart(bench, limit=2) == shown[:2]


def test_the_feed_says_that_the_thread_changed_when_something_comes_to_stand_apart(
    new_bench: Any, make_plugin: Any
) -> None:
    def judge(draft: Any) -> Any:
        return Verdict(action=Action.HOLD, reason="r") if "hold" in draft.text else None

    bench = new_bench(make_plugin("strict", comment_check=judge))
    like = mention(bench)
    mention(bench, "hold me", page="https://p.example/held")
    bench.parts.moderating.set_state(like.id, DELETED, actor="Ani")
    items = bench.instance.feed_log.items(Topic(site_id=bench.site.id, key="/a"), 0)
    assert [(item.public["op"], item.private) for item in items[1:]] == [("skip", None), ("thread", None)]
    assert items[2].public == {"op": "thread", "seq": 3, "count": 0, "closed": False}


def test_a_mention_is_put_elsewhere_unless_it_was_answered(bench: Any) -> None:
    first, second = mention(bench, apart=False), mention(bench, page="https://p.example/2", apart=False)
    bench.submit("An answer", to=SimpleNamespace(comment=second))
    for one in (first, second):
        bench.parts.commenting.place_mention(bench.parts.reading.comment(one.id), True)
    assert apart(bench) == [first.id]
    bench.parts.commenting.place_mention(bench.parts.reading.comment(first.id), False)
    assert apart(bench) == []


def test_a_mention_moves_with_its_site_s_choice_unless_it_was_answered(bench: Any) -> None:
    first = mention(bench, apart=False)
    assert (first.depth, first.number) == (0, 1)
    assert mention(bench, apart=True).depth == APART
    assert bench.page().comments == []
    back = mention(bench, apart=False)
    assert (back.depth, back.number) == (0, 1)
    late = mention(bench, page="https://p.example/2", apart=True)
    moved = mention(bench, page="https://p.example/2", apart=False)
    assert (late.number, moved.number) == (None, 2)


def test_an_export_brings_it_back_apart(bench: Any) -> None:
    mention(bench)
    stream = io.BytesIO()
    bench.instance.exporting.write(bench.site, stream)
    stream.seek(0)
    (thread,) = read_own(stream)
    assert [item.apart for item in thread.comments] == [True]
    other = bench.parts.sites.add("other")
    bench.instance.import_writer.write(other, [replace(thread, key="/b")])
    with bench.parts.database.read() as connection:
        (item,) = rows.list_comments(connection, rows.Filter(site_id=other.id), before=None, limit=9)
    assert (item.depth, item.number, item.state) == (APART, None, PUBLISHED)


def test_a_page_takes_its_mention_back_and_may_bring_it_again(bench: Any) -> None:
    first = mention(bench, apart=False)
    gone = bench.parts.commenting.withdraw_mention(first)
    assert (gone.state, gone.source, gone.html, gone.author, gone.link) == (DELETED, "", "", Author(), first.link)
    assert bench.page().comments == []
    with pytest.raises(Conflict):
        bench.parts.moderating.set_state(first.id, PUBLISHED, actor="Anahit")
    again = mention(bench, "I like it again", apart=False)
    assert (again.id, again.state, again.source, again.author.name) == (first.id, PUBLISHED, "I like it again", "Ani")


def test_what_a_moderator_deleted_does_not_come_back(bench: Any) -> None:
    first = mention(bench, apart=False)
    bench.parts.moderating.set_state(first.id, DELETED, actor="Anahit")
    assert mention(bench, "Please", apart=False).state is DELETED


def test_mentions_count_where_the_site_wants_it_and_likes_never(bench: Any) -> None:
    bench.submit()
    mention(bench, page="https://p.example/1", apart=False)
    mention(bench, page="https://p.example/2", apart=True)
    assert bench.page().thread.count == 1
    bench.settings(count_mentions=True)
    assert bench.page().thread.count == 2
    third = mention(bench, page="https://p.example/3", apart=False)
    assert bench.page().thread.count == 3
    mention(bench, page="https://p.example/1", apart=True)
    assert bench.page().thread.count == 2
    bench.parts.moderating.set_state(third.id, DELETED, actor="Anahit")
    assert bench.page().thread.count == 1
    mention(bench, page="https://p.example/1", apart=False)
    bench.settings(count_mentions=False)
    assert bench.page().thread.count == 1
