"""A hushed comment is published to its author and is nowhere for everybody else; and nobody can tell the one from the
other by what the server answers."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import orjson
import pytest
from site_client import SiteClient

from embedcomments.api import Action, Verdict
from embedcomments.domain.comments import CommentState
from embedcomments.services.feed.cursors import Cursor
from embedcomments.services.feed.rooms import Spelling, Watch
from embedcomments.services.feed.serving import serve
from embedcomments.services.feed.source import Topic
from embedcomments.services.feed.subscriber import Subscriber

NewInstance = Callable[..., Any]


@pytest.fixture
def client(new_instance: NewInstance, make_plugin: Callable[..., ModuleType], database_url: Any) -> SiteClient:
    """Whatever says "troll" is hushed."""

    def check(ctx: Any, draft: Any) -> Verdict | None:
        return Verdict(action=Action.SPAM, reason="A troll.", is_hushed=True) if "troll" in draft.text else None

    def fields(ctx: Any, comments: Any, viewer: Any) -> Any:
        return {comment.id: len(comment.source) for comment in comments}

    plugin = make_plugin("sample", comment_check=check, comment_fields=fields)
    url = database_url.render_as_string(hide_password=False)
    return SiteClient(new_instance(plugin, database_url=url, posts_per_minute=0))


def shape(value: Any) -> Any:
    """Names and kinds of values: what differs between any two published comments is left out."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else type(value).__name__


def frames(client: SiteClient, identity_id: str | None) -> list[Any]:
    """What somebody gets of the thread's whole log by the feed."""
    topic = Topic(site_id=client.parts.sites.get("default").id, key="page")
    items = client.instance.feed_log.items(topic, 0)
    return [
        item.private if item.private and item.identity_id == identity_id and identity_id else item.public
        for item in items
    ]


def test_its_author_is_answered_as_after_any_comment(client: SiteClient) -> None:
    plain, hushed = client.submit("A kind word"), client.submit("I am a troll")
    assert (hushed.status_code, plain.status_code) == (201, 201)
    assert shape(hushed.json) == shape(plain.json)
    assert (hushed.json["comment"]["state"], hushed.json["comment"]["number"]) == ("published", 2)
    assert client.row(hushed.json["comment"]["id"]).state is CommentState.SPAM

    def own(answer: Any) -> Any:
        return client.get(f"/api/v1/comments/{answer.json['comment']['id']}", token=answer.json["edit_token"])

    assert shape(own(hushed).json) == shape(own(plain).json)
    assert own(hushed).json["comment"]["extensions"] == {"sample": len("I am a troll")}


def test_nobody_else_sees_it_anywhere(client: SiteClient) -> None:
    client.write("First")
    hushed = client.write("I am a troll")
    other = client.write("Second")
    comment_id = hushed["comment"]["id"]
    thread = client.thread()
    assert ([one["id"] for one in thread["comments"]].count(comment_id), thread["thread"]["count"]) == (0, 2)
    assert client.get("/api/v1/sites/default/counts?key=page").json == {"counts": {"page": 2}}
    for path in ("/sites/default/latest", "/sites/default/thread.html?key=page"):
        assert comment_id not in client.get(f"/api/v1{path}").text
    for path in (f"/comments/{comment_id}", f"/comments/{comment_id}/replies"):
        assert client.get(f"/api/v1{path}").status_code == 404
        assert client.get(f"/api/v1{path}", token=other["edit_token"]).status_code == 404
    client.set_state(comment_id, CommentState.HELD)
    assert [frame["op"] for frame in frames(client, None)] == ["new", "skip", "new", "skip"]
    assert client.submit("An answer", parent_id=comment_id).status_code == 422


def test_the_feed_brings_its_author_the_frame_of_a_published_one(client: SiteClient) -> None:
    plain, hushed = client.write("A kind word"), client.write("I am a troll")
    for written in (plain, hushed):
        client.call(
            "PATCH",
            f"/api/v1/comments/{written['comment']['id']}",
            json={"text": f"{written['comment']['source']}, edited"},
            token=written["edit_token"],
        )
    author = client.row(hushed["comment"]["id"]).identity_id
    _, shown, _, edited = frames(client, author)
    reference = frames(client, None)
    assert shape(shown) == shape(reference[0])
    assert (shown["op"], edited["op"]) == ("new", "edit")
    assert shape(edited) == shape(reference[2])


def test_its_author_is_told_the_number_of_comments_that_they_see(client: SiteClient) -> None:
    client.write("First")
    hushed = client.write("I am a troll")
    client.submit("A troll again", parent_id=hushed["comment"]["id"], token=hushed["edit_token"])
    client.write("Second")
    author = client.row(hushed["comment"]["id"]).identity_id
    assert author is not None
    topic = Topic(site_id=client.parts.sites.get("default").id, key="page")

    def told(identity_id: str | None) -> list[Any]:
        log, name = client.instance.feed_log, ("default", "page")
        watch = Watch(Subscriber(None), name, str(Cursor(log.position(topic).epoch, 0)), None)
        watch.identity_id, watch.spelling = identity_id, Spelling(name)
        outcome = serve(log, topic, epoch="", last=-1, live=[], joining=[watch])
        return [orjson.loads(frame).get("count") for _, frames in outcome.deliveries for frame in frames][1:]

    assert told(None) == told("somebody else") == [2, None, None, 2]
    assert told(author) == [4, 4, 4, 4]
    client.set_state(hushed["comment"]["id"], CommentState.DELETED)
    assert set(told(author)) - {None} == {3}


def test_its_author_may_answer_it_and_is_still_alone(client: SiteClient) -> None:
    hushed = client.write("I am a troll")
    answer = client.submit("And more", parent_id=hushed["comment"]["id"], token=hushed["edit_token"])
    assert (answer.status_code, answer.json["comment"]["state"]) == (201, "published")
    assert client.thread()["comments"] == []
    client.set_state(hushed["comment"]["id"], CommentState.DELETED)
    again = client.submit("Once more", parent_id=hushed["comment"]["id"], token=hushed["edit_token"])
    assert again.status_code == 422


def test_an_edit_may_hush_what_everybody_saw(client: SiteClient) -> None:
    written = client.write("A kind word")
    path = f"/api/v1/comments/{written['comment']['id']}"
    edited = client.call("PATCH", path, json={"text": "A troll"}, token=written["edit_token"])
    assert (edited.json["comment"]["state"], edited.json["comment"]["number"]) == ("published", 1)
    assert client.thread()["comments"] == []
    assert frames(client, None)[-1]["op"] == "remove"
    taken_back = client.call("DELETE", path, token=written["edit_token"])
    assert (taken_back.status_code, taken_back.json) == (200, {"comment": None})


def test_a_moderator_may_publish_it_with_the_number_its_author_knows(client: SiteClient) -> None:
    hushed = client.write("I am a troll")
    client.write("Second")
    client.set_state(hushed["comment"]["id"], CommentState.PUBLISHED)
    assert [one["number"] for one in client.thread()["comments"]] == [1, 2]
    # Undone, or held again: everybody who saw it hears that it went, and its author still knows nothing.
    client.set_state(hushed["comment"]["id"], CommentState.SPAM)
    assert frames(client, None)[-1]["op"] == "remove"
    path = f"/api/v1/comments/{hushed['comment']['id']}"
    own = client.get(path, token=hushed["edit_token"]).json["comment"]
    assert (own["state"], own["number"]) == ("published", 1)
