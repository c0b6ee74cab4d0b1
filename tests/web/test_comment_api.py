"""Posting, changing and taking back comments over HTTP, and seeing how a text would look."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from site_client import SiteClient

from embedcomments.api import Refusal
from embedcomments.domain.comments import CommentState
from embedcomments.domain.sites import SiteSettings

NOW = "2026-11-24T09:30:00.000Z"
UNTIL = "2026-11-24T09:45:00.000Z"
PREVIEW = "/api/v1/sites/default/preview"


def address(written: dict[str, Any]) -> str:
    return f"/api/v1/comments/{written['comment']['id']}"


def test_published_comment_is_answered_with_201_and_all_that_its_author_needs(client: SiteClient) -> None:
    answer = client.submit("Hello *you*", author={"name": " Ann\tLee ", "email": "ann@example.com", "url": ""})
    written = answer.json
    assert (answer.status_code, answer.headers["Location"]) == (201, address(written))
    assert written == {
        "comment": {
            "id": written["comment"]["id"],
            "parent_id": None,
            "depth": 0,
            "number": 1,
            "kind": "comment",
            "state": "published",
            "created_at": NOW,
            "edited_at": None,
            "rev": 1,
            "seq": 1,
            "author": {"name": "Ann Lee", "url": None, "avatar": None, "badge": None},
            "html": "<p>Hello <em>you</em></p>",
            "link": None,
            "reply_count": 0,
            "extensions": {},
            "source": "Hello *you*",
        },
        "edit_token": written["edit_token"],
        "editable_until": UNTIL,
    }
    assert client.get(answer.headers["Location"], token=written["edit_token"]).status_code == 200
    (stored,) = client.stored()
    assert (stored.author.email, stored.author.url, stored.source) == ("ann@example.com", None, "Hello *you*")


@pytest.mark.parametrize("word", ["HOLD", "SPAM"])
def test_held_comment_is_answered_with_202_and_spam_is_told_as_held(
    new_client: Callable[..., SiteClient], holder: ModuleType, word: str
) -> None:
    client = new_client(holder)
    answer = client.submit(f"{word} it")
    assert (answer.status_code, answer.json["comment"]["state"]) == (202, "held")
    assert answer.json["comment"]["number"] is None
    assert (
        client.row(answer.json["comment"]["id"]).state
        is {
            "HOLD": CommentState.HELD,
            "SPAM": CommentState.SPAM,
        }[word]
    )


def test_rejected_comment_is_told_to_its_writer_and_leaves_no_row(
    new_client: Callable[..., SiteClient], holder: ModuleType
) -> None:
    client = new_client(holder)
    answer = client.submit("REJECT it")
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert answer.json == {
        "type": "about:blank",
        "title": "The comment was refused",
        "status": 422,
        "code": "rejected",
        "detail": "It says REJECT.",
        "plugin": "holder",
    }
    assert client.stored() == []


def test_refused_proof_is_told_to_its_writer(
    new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType]
) -> None:
    def verify(proof: dict[str, Any]) -> Refusal | None:
        return None if proof.get("sum") == 4 else Refusal(message="Two and two is four.")

    client = new_client(make_plugin("sums", submission_verify=verify))
    refused = client.submit("Hello", extensions={"sums": {"sum": 5}, "other": {"sum": 4}})
    assert (refused.status_code, refused.json["detail"], refused.json["plugin"]) == (
        422,
        "Two and two is four.",
        "sums",
    )
    assert client.submit("Hello", extensions={"sums": {"sum": 4}}).status_code == 201
    for nonsense in (None, {}, {"sums": None}, {"sums": [4]}, {"sums": "4"}):
        assert client.submit("Hello", extensions=nonsense).status_code == 422


def test_optional_fields_may_be_left_out_or_null(client: SiteClient) -> None:
    for more in (
        {},
        {"parent_id": None, "author": None, "extensions": None},
        {"author": {}},
        {"author": {"name": None, "email": None, "url": None}},
        {"author": {"name": "", "email": "", "url": ""}},
        {"unknown": 1, "author": {"unknown": 2}},
    ):
        written = client.write("Hello", **more)
        assert written["comment"]["author"] == {"name": "", "url": None, "avatar": None, "badge": None}


@pytest.mark.parametrize(
    "change, errors",
    [
        ({"text": None}, {"text": ["Field may not be null."]}),
        ({"text": " \n\t "}, {"text": ["Write something first."]}),
        ({"text": "\x00\x07"}, {"text": ["Write something first."]}),
        ({"text": 5}, {"text": ["Not a valid string."]}),
        ({"text": "x" * 10_001}, {"text": ["A comment has at most 10000 characters; this one has 10001."]}),
        ({"thread": None}, {"thread": ["Field may not be null."]}),
        ({"thread": {}}, {"thread.key": ["Missing data for required field."]}),
        ({"thread": {"key": ""}}, {"thread.key": ["Length must be between 1 and 1000."]}),
        (
            {"thread": {"key": "a\tb"}},
            {"key": ["A thread's key has 1 to 1000 printable characters."]},
        ),
        ({"thread": {"key": "a", "url": "javascript:alert(1)"}}, {"thread.url": ["This is not a web address."]}),
        ({"author": {"email": "nonsense"}}, {"author.email": ["This is not an e-mail address."]}),
        ({"author": {"url": "http://[::1"}}, {"author.url": ["This is not a web address."]}),
        ({"author": {"url": "https://a/\"onclick='x"}}, {"author.url": ["This is not a web address."]}),
        ({"author": {"name": "n" * 101}}, {"author.name": ["Longer than maximum length 100."]}),
        ({"parent_id": "nobody"}, {"parent_id": ["The comment that this answers is not there any more."]}),
        ({"extensions": []}, {"extensions": ["Not a valid mapping type."]}),
    ],
)
def test_what_is_wrong_is_told_by_field(shared: SiteClient, change: dict[str, Any], errors: dict[str, Any]) -> None:
    answer = shared.post({"thread": {"key": "wrong"}, "text": "Hello", **change})
    assert (answer.status_code, answer.json["code"], answer.json["errors"]) == (422, "invalid_request", errors)
    assert shared.thread("wrong")["comments"] == []


def test_answer_goes_below_its_parent_and_never_into_another_thread(
    new_client: Callable[..., SiteClient], holder: ModuleType
) -> None:
    client = new_client(holder)
    parent = client.write("One")["comment"]["id"]
    held = client.write("HOLD")["comment"]["id"]
    answer = client.write("Two", parent_id=parent)["comment"]
    assert (answer["parent_id"], answer["depth"]) == (parent, 1)
    for parent_id, key in ((parent, "elsewhere"), (held, "page")):
        refused = client.submit("Three", parent_id=parent_id, key=key)
        assert (refused.status_code, list(refused.json["errors"])) == (422, ["parent_id"])


def test_same_idempotency_key_and_body_is_the_same_comment_again(client: SiteClient) -> None:
    key = {"Idempotency-Key": "k" * 200}
    first = client.submit("Once", headers=key)
    again = client.submit("Once", headers=key)
    assert (again.status_code, again.json, again.headers["Location"]) == (201, first.json, first.headers["Location"])
    other = client.submit("Twice", headers=key)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    assert len(client.stored()) == 1
    client.parts.sites.add("press")
    assert client.submit("Twice", site="press", headers=key).status_code == 201


def test_idempotency_key_answers_with_the_comment_as_it_is_now(client: SiteClient) -> None:
    key = {"Idempotency-Key": "once"}
    first = client.submit("Once", headers=key).json
    client.set_state(first["comment"]["id"], CommentState.HELD)
    again = client.submit("Once", headers=key)
    assert (again.status_code, again.json["comment"]["state"]) == (202, "held")
    client.set_state(first["comment"]["id"], CommentState.PUBLISHED)
    client.call("DELETE", address(first), token=first["edit_token"])
    gone = client.submit("Once", headers=key)
    assert (gone.status_code, gone.json["code"]) == (404, "comment_not_found")
    assert len(client.stored()) == 1


@pytest.mark.parametrize("key", ["", "k" * 201, "a\x7fb", "a\tb"])
def test_wrong_idempotency_key_is_refused(shared: SiteClient, key: str) -> None:
    answer = shared.submit("Hello", key="keys", headers={"Idempotency-Key": key})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["Idempotency-Key"])
    assert shared.thread("keys")["comments"] == []


def test_edit_token_of_an_earlier_comment_names_the_same_person(client: SiteClient) -> None:
    first = client.write("One")
    second = client.write("Two", token=first["edit_token"])
    stranger = client.write("Three", token="of another time")
    people = [client.row(item["comment"]["id"]).identity_id for item in (first, second, stranger)]
    assert people[0] == people[1] != people[2]
    assert client.call("PATCH", address(second), json={"text": "2"}, token=first["edit_token"]).status_code == 200


def test_author_edits_within_the_window(client: SiteClient, clock: Any) -> None:
    first = client.write("One")
    clock.advance(seconds=899)
    answer = client.call("PATCH", address(first), json={"text": "*Uno*"}, token=first["edit_token"])
    assert answer.status_code == 200
    assert answer.json == {
        "comment": {
            **first["comment"],
            "html": "<p><em>Uno</em></p>",
            "source": "*Uno*",
            "edited_at": "2026-11-24T09:44:59.000Z",
            "rev": 2,
            "seq": 2,
        },
        "editable_until": UNTIL,
    }
    shown = {name: value for name, value in answer.json["comment"].items() if name != "source"}
    assert client.thread()["comments"] == [shown]


def test_edit_that_a_plugin_holds_takes_the_comment_out_of_the_thread(
    new_client: Callable[..., SiteClient], holder: ModuleType
) -> None:
    client = new_client(holder)
    first = client.write("One")
    held = client.call("PATCH", address(first), json={"text": "HOLD"}, token=first["edit_token"])
    assert (held.status_code, held.json["comment"]["state"]) == (200, "held")
    assert client.thread()["comments"] == []
    back = client.call("PATCH", address(first), json={"text": "harmless"}, token=first["edit_token"])
    assert back.json["comment"]["state"] == "held"
    rejected = client.call("PATCH", address(first), json={"text": "REJECT"}, token=first["edit_token"])
    assert (rejected.status_code, rejected.json["code"]) == (422, "rejected")
    assert client.row(first["comment"]["id"]).source == "harmless"


def test_edit_and_delete_end_with_the_window(client: SiteClient, clock: Any) -> None:
    first = client.write("One")
    clock.advance(seconds=901)
    for method, how in (("PATCH", {"json": {"text": "Uno"}}), ("DELETE", {})):
        answer = client.call(method, address(first), token=first["edit_token"], **how)
        assert (answer.status_code, answer.json["code"]) == (403, "edit_window_over")
    assert client.row(first["comment"]["id"]).source == "One"


def test_window_is_the_sites_own(client: SiteClient, clock: Any) -> None:
    site = client.parts.sites.get("default")
    client.parts.sites.save_settings(site, SiteSettings(edit_window_s=0))
    first = client.write("One")
    assert first["editable_until"] == NOW
    clock.advance(seconds=1)
    assert client.call("DELETE", address(first), token=first["edit_token"]).status_code == 403


def test_edit_and_delete_take_the_authors_own_token(client: SiteClient) -> None:
    mine, theirs = client.write("Mine"), client.write("Theirs")
    for headers in (
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": f"Bearer {theirs['edit_token']}"},
        {"Authorization": f"Bearer {mine['edit_token']}x"},
    ):
        for method, how in (("PATCH", {"json": {"text": "Uno"}}), ("DELETE", {})):
            answer = client.call(method, address(mine), headers=headers, **how)
            assert (answer.status_code, answer.json["code"]) == (401, "bad_token")
            assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert client.row(mine["comment"]["id"]).source == "Mine"


def test_deleted_comment_is_gone_for_good(client: SiteClient) -> None:
    first = client.write("One", author={"name": "Ann", "email": "ann@example.com"})
    answer = client.call("DELETE", address(first), token=first["edit_token"])
    assert (answer.status_code, answer.json) == (200, {"comment": None})
    row = client.row(first["comment"]["id"])
    assert (row.state, row.source, row.html, row.author.name, row.author.email) == (
        CommentState.DELETED,
        "",
        "",
        "",
        None,
    )
    for method, how in (("GET", {}), ("DELETE", {}), ("PATCH", {"json": {"text": "Uno"}})):
        again = client.call(method, address(first), token=first["edit_token"], **how)
        assert (again.status_code, again.json["code"]) == (404, "comment_not_found")


def test_preview_shows_what_would_stand_there_and_keeps_nothing(client: SiteClient) -> None:
    answer = client.call("POST", PREVIEW, json={"text": "# A\n<script>x</script> [a](javascript:x) ![i](https://a/i)"})
    assert (answer.status_code, answer.json) == (
        200,
        {
            "html": "<h3>A</h3><p>&lt;script&gt;x&lt;/script&gt; [a](javascript:x) "
            '<a href="https://a/i" rel="nofollow ugc noopener noreferrer external">i</a></p>'
        },
    )
    assert client.call("POST", PREVIEW, json={"text": "  "}).json == {"html": ""}
    assert client.stored() == []
    long = client.call("POST", PREVIEW, json={"text": "x" * 10_001})
    assert (long.status_code, long.json["errors"]) == (422, {"text": ["A comment has at most 10000 characters."]})


def test_posts_of_one_network_are_limited_and_told_when_to_come_back(new_client: Callable[..., SiteClient]) -> None:
    client = new_client(posts_per_minute=2)

    def post(address: str) -> Any:
        body = {"thread": {"key": "page"}, "text": "Hello"}
        return client.post(body, environ_overrides={"REMOTE_ADDR": address})

    assert [post("2001:db8::1").status_code, post("2001:db8::2").status_code] == [201, 201]
    late = post("2001:db8::3")
    assert (late.status_code, late.json["code"]) == (429, "rate_limited")
    assert 1 <= int(late.headers["Retry-After"]) <= 60
    assert post("2001:db8:0:1::1").status_code == 201
    assert client.get("/api/v1/sites/default/thread?key=page").status_code == 200


def test_forwarded_addresses_count_only_behind_a_proxy_that_is_trusted(new_client: Callable[..., SiteClient]) -> None:
    for proxies, expected in ((0, [201, 429]), (1, [201, 201])):
        client = new_client(posts_per_minute=1, trusted_proxies=proxies)
        answers = [client.submit("Hello", headers={"X-Forwarded-For": f"198.51.100.{n}"}) for n in (1, 2)]
        assert [answer.status_code for answer in answers] == expected
