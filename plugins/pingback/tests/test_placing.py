"""Mentions follow the site's choice of where they stand, also those that came before it."""

from __future__ import annotations

from typing import Any

import pytest

PLAIN, LIKE = "https://other.example/entry?p=1", "https://fan.example/like"
TARGET = "https://blog.example/post"


@pytest.fixture(autouse=True)
def world(blog: Any) -> None:
    blog.network.answer(PLAIN, f'<title>An entry</title><p>Seen <a href="{TARGET}">this</a>?')
    blog.network.answer(LIKE, f'<div class="h-entry"><a class="u-like-of" href="{TARGET}">x</a></div>')
    for source in (PLAIN, LIKE):
        assert blog.mention(source) == 202
    blog.work()


def periods(blog: Any) -> None:
    """What every server does once a minute."""
    blog.clock.advance(minutes=6)
    blog.app.instance.jobs.enqueue_periodic()
    blog.work()


def apart(blog: Any) -> dict[str, bool]:
    return {comment.link.url: comment.is_apart for comment in blog.stored()}


def test_another_choice_moves_what_stands_there(blog: Any) -> None:
    periods(blog)
    assert apart(blog) == {PLAIN: False, LIKE: True}
    blog.configure(place="apart")
    periods(blog)
    assert apart(blog) == {PLAIN: True, LIKE: True}
    blog.configure(place="thread")
    periods(blog)
    assert apart(blog) == {PLAIN: False, LIKE: True}
    revisions = [comment.rev for comment in blog.stored()]
    periods(blog)
    assert [comment.rev for comment in blog.stored()] == revisions


def test_what_was_answered_stays(blog: Any) -> None:
    (parent,) = [comment.id for comment in blog.stored() if comment.link.url == PLAIN]
    body = {"thread": {"key": TARGET}, "text": "Thanks", "author": {"name": "Vera"}, "parent_id": parent}
    assert blog.app.post("/api/v1/sites/default/comments", json=body).status_code == 201
    blog.configure(place="apart")
    periods(blog)
    (mention,) = [comment for comment in blog.stored() if comment.id == parent]
    assert not mention.is_apart
