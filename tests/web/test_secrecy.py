"""What is held, spam or deleted is for its author and the moderators; addresses are for nobody."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from site_client import SiteClient

from embedcomments.api import FeedDocument, PluginContext, Route
from embedcomments.domain.comments import CommentState
from embedcomments.services.feed.source import Topic

WORD = "Zimtschnecke"
EMAIL = "Ann.Lee+x@example.com"
ADDRESS = "203.0.113.77"
KEYS = ("page", "quiet")
PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture
def plugin(make_plugin: Callable[..., ModuleType]) -> ModuleType:
    """A plugin that shows what it is told of comments, as ours might."""

    def listing(ctx: PluginContext, request: Any) -> dict[str, Any]:
        return {"published": [comment.html for comment in ctx.comments.list(states=[CommentState.PUBLISHED])]}

    return make_plugin(
        "shows",
        register_routes=lambda: [Route(path="list", handler=listing)],
        register_feeds=lambda: [
            FeedDocument(
                name="all", title="All", content_type="text/plain", build=lambda ctx, r: str(listing(ctx, r)).encode()
            )
        ],
        comment_fields=lambda comments, viewer: {comment.id: {"words": comment.source} for comment in comments},
        thread_fields=lambda threads, viewer: {thread.id: {"count": thread.count} for thread in threads},
    )


def addresses(client: SiteClient, ids: list[str]) -> Iterator[str]:
    """Every GET route of the application, with all that could stand in its place."""
    values = {
        "site": ["default"],
        "comment_id": ids,
        "plugin": ["shows", "holder"],
        "provider": ["shows"],
        "path": ["list", "feeds/all"],
        "_path": ["x/widget.js"],
    }
    for rule in client.app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()):
            continue
        assert set(rule.arguments) <= set(values), f"{rule.rule}: say what could stand in its place"
        filled = [rule.rule]
        for name in rule.arguments:
            found = re.search(rf"<(?:\w+:)?{name}>", rule.rule)
            if found is not None:  # else it is a default, which stands nowhere in the address
                filled = [path.replace(found[0], value) for path in filled for value in values[name]]
        for path in filled:
            yield path
            for key in KEYS:
                yield f"{path}?key={key}&sort=top"
                yield f"{path}?key={key}&part=1"
            for comment_id in ids:
                yield f"{path}?key=page&branch={comment_id}"
            yield f"{path}?q={WORD[:6]}&state=held&limit=100"


def everything(client: SiteClient, ids: list[str], **how: Any) -> dict[str, str]:
    """All that the server says to GET, headers included, by address."""
    found = {}
    for path in addresses(client, ids):
        answer = client.get(path, headers=PLAIN, **how)
        assert answer.status_code < 500 or answer.status_code == 503, path
        found[path] = f"{answer.status_code}\n{answer.headers}\n{answer.text}"
    return found


@pytest.fixture
def hidden(new_client: Callable[..., SiteClient], plugin: ModuleType, holder: ModuleType) -> Any:
    """A client, and comments that nobody but their authors may see: (client, their answers by what they are)."""
    client = new_client(plugin, holder)
    client.write("Everybody may read this")
    author = {"name": f"{WORD}-author", "url": f"https://{WORD}.example"}
    written = {
        "held": client.write(f"HOLD {WORD}", author=author),
        "spam": client.write(f"SPAM {WORD}", author=author),
        "alone": client.write(f"HOLD {WORD}", author=author, key="quiet"),
        "sent back": client.write(f"{WORD} at first", author=author),
        "with answers": client.write(f"{WORD} with answers", author=author),
        "deleted": client.write(f"{WORD} deleted", author=author),
        "rejected": client.write(f"{WORD} rejected", author=author),
    }
    client.write("An answer", parent_id=written["with answers"]["comment"]["id"])
    client.set_state(written["sent back"]["comment"]["id"], CommentState.HELD)
    client.set_state(written["with answers"]["comment"]["id"], CommentState.SPAM)
    client.set_state(written["rejected"]["comment"]["id"], CommentState.DELETED)
    gone = written["deleted"]
    client.call("DELETE", f"/api/v1/comments/{gone['comment']['id']}", token=gone["edit_token"])
    return client, written


def ids_of(written: dict[str, Any]) -> list[str]:
    return [item["comment"]["id"] for item in written.values()]


def test_hidden_comment_stands_in_no_answer_to_anybody_else(hidden: Any) -> None:
    client, written = hidden
    stranger = client.write("A stranger's", key="elsewhere")["edit_token"]
    for token in (None, stranger, "nonsense"):
        answers = everything(client, ids_of(written), token=token)
        assert len(answers) > 100
        assert "Everybody may read this" in answers["/api/v1/sites/default/thread?key=page&sort=top"]
        assert "Everybody may read this" in answers["/p/shows/default/list"]
        assert "Everybody may read this" in answers["/p/shows/default/feeds/all"]
        assert [path for path, text in answers.items() if WORD.lower() in text.lower()] == []


def test_nothing_of_a_hidden_thread_stands_in_any_answer(
    new_client: Callable[..., SiteClient], plugin: ModuleType
) -> None:
    client = new_client(plugin)
    client.write("Everybody may read this")
    root = client.write(f"{WORD} first", key="dark", author={"name": f"{WORD}-author"})
    answer = client.write(f"{WORD} second", key="dark", parent_id=root["comment"]["id"])
    ids = ids_of({"root": root, "answer": answer})
    told = everything(client, ids, token=answer["edit_token"])
    told["thread"] = client.get("/api/v1/sites/default/thread?key=dark", headers=PLAIN).text
    assert len([path for path, text in told.items() if WORD in text]) > 5, "there is something to hide"
    client.parts.threads.set_hidden(client.parts.sites.get("default"), "dark", True, actor="test")
    stranger = client.write("A stranger's", key="elsewhere")["edit_token"]
    for token in (None, stranger):
        for path, text in everything(client, ids, token=token).items():
            assert WORD.lower() not in text.lower(), path
    for path in ("thread?key=dark", "thread.html?key=dark", "thread.html?key=dark&part=1", "counts?key=dark"):
        shown = client.get(f"/api/v1/sites/default/{path}", headers=PLAIN)
        assert shown.status_code == 200
        assert not [word for word in (WORD, *ids) if word.lower() in shown.text.lower()]
    empty = client.thread("dark")
    assert (empty["comments"], empty["extensions"]) == ([], {})
    assert {name: empty["thread"][name] for name in ("count", "closed", "hidden")} == {
        "count": 0, "closed": True, "hidden": True,
    }  # fmt: skip
    refused = client.submit("More", key="dark")
    assert (refused.status_code, refused.json["code"]) == (409, "thread_closed")
    taken_back = client.call("DELETE", f"/api/v1/comments/{ids[0]}", token=root["edit_token"])
    assert (taken_back.status_code, taken_back.json) == (200, {"comment": None})


def test_hidden_comments_have_no_id_beside_their_tombstone(hidden: Any) -> None:
    client, written = hidden
    kept = written["with answers"]["comment"]["id"]
    answers = everything(client, [])
    for name, item in written.items():
        comment_id = item["comment"]["id"]
        found = [path for path, text in answers.items() if comment_id in text]
        assert bool(found) == (comment_id == kept), name


def test_hidden_comments_do_not_count(hidden: Any) -> None:
    client, written = hidden
    counts = client.get("/api/v1/sites/default/counts?key=page&key=quiet").json["counts"]
    assert counts == {"page": 2, "quiet": 0}
    assert [client.thread(key)["thread"]["count"] for key in KEYS] == [2, 0]
    assert len(client.thread()["comments"]) == 3  # one of them is a tombstone
    assert client.thread("quiet")["comments"] == []
    replies = client.get(f"/api/v1/comments/{written['held']['comment']['id']}/replies")
    assert (replies.status_code, replies.json["code"]) == (404, "comment_not_found")


def test_author_sees_the_hidden_comment_with_the_token_and_spam_as_held(hidden: Any) -> None:
    client, written = hidden
    seen = {}
    for name, item in written.items():
        answer = client.get(f"/api/v1/comments/{item['comment']['id']}", token=item["edit_token"])
        seen[name] = answer.json["comment"]["state"] if answer.status_code == 200 else answer.status_code
        if seen[name] == "held":
            assert WORD in answer.json["comment"]["source"]
    assert seen == {
        "held": "held",
        "spam": "held",
        "alone": "held",
        "sent back": "held",
        "with answers": "held",
        "deleted": 404,
        "rejected": "deleted",
    }


def test_spam_cannot_be_told_from_held_by_its_author(hidden: Any) -> None:
    client, written = hidden
    answers = []
    for name in ("held", "spam"):
        item = written[name]
        told = str([item, client.get(f"/api/v1/comments/{item['comment']['id']}", token=item["edit_token"]).json])
        for word in ("HOLD", "SPAM"):
            told = told.replace(word, "WORD")
        for own in (item["comment"]["id"], item["edit_token"], f"'seq': {item['comment']['seq']}"):
            told = told.replace(own, "OWN")
        answers.append(told)
    assert answers[0] == answers[1]


def test_feed_shows_a_hidden_comment_to_its_author_alone(hidden: Any) -> None:
    client, written = hidden
    log = client.instance.feed_log
    topics = [Topic(site_id=client.parts.sites.get("default").id, key=key) for key in KEYS]
    items = [item for topic in topics for item in log.items(topic, 0)]
    assert WORD not in str([item.public for item in items])
    mine = {item.private["comment"]["id"] for item in items if item.private and WORD in str(item.private)}
    assert mine == {written[name]["comment"]["id"] for name in ("held", "spam", "alone", "sent back", "with answers")}
    assert "'spam'" not in str([item.private for item in items])
    for topic in topics:
        for item in log.items(topic, 0):
            if item.private is not None:
                assert item.identity_id == client.row(item.private["comment"]["id"]).identity_id


def test_moderator_sees_the_reason_and_nobody_else(hidden: Any) -> None:
    client, written = hidden
    item = written["held"]
    own = client.get(f"/api/v1/comments/{item['comment']['id']}", token=item["edit_token"]).text
    assert "It says" not in own + str(item)
    assert client.row(item["comment"]["id"]).reason == "holder: It says HOLD."


def test_addresses_stand_in_no_answer(new_client: Callable[..., SiteClient], plugin: ModuleType) -> None:
    client = new_client(plugin)
    body = {"thread": {"key": "page"}, "text": "Hello", "author": {"name": "Ann", "email": EMAIL}}
    told = client.post(body, environ_overrides={"REMOTE_ADDR": ADDRESS}, headers={"User-Agent": "Sonderbrowser/1"})
    comment_id, token = told.json["comment"]["id"], told.json["edit_token"]
    edited = client.call("PATCH", f"/api/v1/comments/{comment_id}", token=token, json={"text": "Hello again"})
    spellings = (EMAIL, EMAIL.lower(), EMAIL.partition("@")[0])
    digests = [
        hashlib.new(name, text.encode()).hexdigest()
        for name in ("md5", "sha1", "sha256")
        for text in (*spellings, ADDRESS)
    ]
    secrets = {secret.lower() for secret in (*spellings, ADDRESS, "Sonderbrowser", *digests)}
    answers = everything(client, [comment_id])
    mine = everything(client, [comment_id], token=token)
    assert "Hello again" in answers["/api/v1/sites/default/latest"]
    for text in (told.text, edited.text, *answers.values(), *mine.values()):
        assert [secret for secret in secrets if secret in text.lower()] == []
