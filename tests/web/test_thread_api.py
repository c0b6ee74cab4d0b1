"""``GET thread``, ``counts``, ``latest``, a comment and its replies: what docs/http-api.md says, value by value."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable
from typing import Any

import brotli
import orjson
import pytest
from site_client import SiteClient
from sqlalchemy import func, select

from embedcomments.domain.comments import CommentState
from embedcomments.storage.migrate import epoch
from embedcomments.storage.tables import thread as thread_table

THREAD = "/api/v1/sites/default/thread"
NOW = "2026-11-24T09:30:00.000Z"
NOBODY_HERE = "06dk000000000000000000zz"


def cursor(client: SiteClient, seq: int) -> str:
    with client.parts.database.read() as connection:
        return f"1.{epoch(connection)}.{seq}"


def count_threads(client: SiteClient) -> int:
    with client.parts.database.read() as connection:
        return connection.execute(select(func.count()).select_from(thread_table)).scalar_one()


def public(comment: dict[str, Any]) -> dict[str, Any]:
    """A submitted comment as everybody sees it."""
    return {name: value for name, value in comment.items() if name != "source"}


def texts(page: dict[str, Any]) -> list[str]:
    return [item["html"].removeprefix("<p>").removesuffix("</p>") for item in page["comments"]]


def test_thread_that_nobody_wrote_in_is_an_empty_page_and_makes_no_row(client: SiteClient) -> None:
    assert client.thread("https://Example.com:443//a?utm_source=x#top") == {
        "site": "default",
        "thread": {
            "key": "https://example.com/a",
            "url": None,
            "title": None,
            "count": 0,
            "closed": False,
            "cursor": cursor(client, 0),
        },
        "comments": [],
        "next": None,
        "policy": {"html": "", "edit_window_s": 900, "max_length": 10000, "nesting": 4},
        "modules": [],
        "extensions": {},
    }
    assert count_threads(client) == 0


def test_thread_shows_its_published_comments_and_their_thread(client: SiteClient) -> None:
    sent = client.post(
        {
            "thread": {"key": "page", "url": "https://example.com/page", "title": "A  page"},
            "author": {"name": "Անահիտ", "email": "a@example.com", "url": "example.com/me"},
            "text": "*One*",
        }
    )
    first = sent.json["comment"]
    answer = client.write("Two", parent_id=first["id"])["comment"]
    page = client.thread()
    assert page["thread"] == {
        "key": "page",
        "url": "https://example.com/page",
        "title": "A page",
        "count": 2,
        "closed": False,
        "cursor": cursor(client, 2),
    }
    assert page["comments"] == [
        {
            "id": first["id"],
            "parent_id": None,
            "depth": 0,
            "number": 1,
            "kind": "comment",
            "state": "published",
            "created_at": NOW,
            "edited_at": None,
            "rev": 1,
            "seq": 1,
            "author": {"name": "Անահիտ", "url": "https://example.com/me", "avatar": None, "badge": None},
            "html": "<p><em>One</em></p>",
            "link": None,
            "reply_count": 1,
            "extensions": {},
        },
        {**public(answer), "parent_id": first["id"], "depth": 1, "number": 2, "seq": 2},
    ]


def test_deleted_comment_stays_as_a_tombstone_while_answers_do(client: SiteClient) -> None:
    first = client.write("One", author={"name": "Ann"})
    answer = client.write("Two", parent_id=first["comment"]["id"])
    gone = client.call("DELETE", f"/api/v1/comments/{first['comment']['id']}", token=first["edit_token"])
    tombstone = {
        **public(first["comment"]),
        "state": "deleted",
        "author": None,
        "html": "",
        "rev": 2,
        "seq": 3,
        "reply_count": 1,
    }
    assert gone.json == {"comment": tombstone}
    assert client.thread()["comments"] == [tombstone, public(answer["comment"])]
    assert client.thread()["thread"]["count"] == 1
    client.call("DELETE", f"/api/v1/comments/{answer['comment']['id']}", token=answer["edit_token"])
    assert client.thread()["comments"] == []


def test_mention_stands_in_the_thread_without_counting(client: SiteClient, mention: Callable[..., Any]) -> None:
    mention(client, "https://other.example/post", "Their post", "They wrote <b>this</b>.")
    page = client.thread()
    (item,) = page["comments"]
    assert (item["kind"], item["link"], item["html"], item["number"]) == (
        "pingback",
        {"url": "https://other.example/post", "title": "Their post"},
        "<p>They wrote &lt;b&gt;this&lt;/b&gt;.</p>",
        1,
    )
    assert page["thread"]["count"] == 0


def test_sort_orders_the_top_level_and_leaves_answers_in_time(client: SiteClient, clock: Any) -> None:
    ids = []
    for name in "ABC":
        clock.advance(seconds=1)
        ids.append(client.write(name)["comment"]["id"])
    for name, above in (("B1", 1), ("B2", 1), ("A1", 0)):
        clock.advance(seconds=1)
        client.write(name, parent_id=ids[above])
    orders = {sort: " ".join(texts(client.thread(sort=sort))) for sort in ("oldest", "newest", "top")}
    assert orders == {"oldest": "A A1 B B1 B2 C", "newest": "C B B1 B2 A A1", "top": "B B1 B2 A A1 C"}
    assert texts(client.thread()) == texts(client.thread(sort="oldest"))


@pytest.mark.parametrize("sort", ["oldest", "newest", "top"])
def test_pages_together_hold_every_top_level_comment_once(client: SiteClient, sort: str) -> None:
    client.fill([str(number) for number in range(230)])
    pages, after = [], None
    while True:
        page = client.thread(sort=sort, **({"after": after} if after else {}))
        pages.append(texts(page))
        after = page["next"]
        if after is None:
            break
    assert [len(page) for page in pages] == [100, 100, 30]
    numbers = [int(text) for page in pages for text in page]
    assert numbers == sorted(range(230), reverse=sort == "newest")


def test_long_branch_goes_on_under_its_replies(client: SiteClient) -> None:
    client.fill(["root", *map(str, range(140))], below="root")
    page = client.thread()
    root = page["comments"][0]["id"]
    assert texts(page) == ["root", *map(str, range(30))]
    assert page["comments"][0]["reply_count"] == 140
    assert [item["id"] for item in page["comments"] if "replies_next" in item] == [root]
    found, after = [], page["comments"][0]["replies_next"]
    sizes = []
    while after:
        rest = client.get(f"/api/v1/comments/{root}/replies", query_string={"after": after}).json
        assert sorted(rest) == ["comments", "next"]
        sizes.append(len(rest["comments"]))
        found += texts(rest)
        after = rest["next"]
    assert sizes == [100, 10]
    assert found == list(map(str, range(30, 140)))
    everything = client.get(f"/api/v1/comments/{root}/replies").json
    assert texts(everything) == list(map(str, range(100)))


def test_every_encoding_has_its_own_strong_etag_and_its_304(client: SiteClient) -> None:
    client.write("words " * 200)
    tags = {}
    bodies = set()
    for encoding, unpack in (("br", brotli.decompress), ("gzip", gzip.decompress), ("identity", bytes)):
        accepted = {"Accept-Encoding": encoding}
        answer = client.get(f"{THREAD}?key=page", headers=accepted)
        named = None if encoding == "identity" else encoding
        assert (answer.status_code, answer.headers.get("Content-Encoding")) == (200, named)
        assert answer.headers["Vary"] == "Origin, Accept-Encoding"
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Content-Length"] == str(len(answer.data))
        bodies.add(unpack(answer.data))
        tags[encoding] = answer.headers["ETag"]
        assert tags[encoding].startswith('"')
        for wanted in (tags[encoding], f'"other", {tags[encoding]}', f"W/{tags[encoding]}", "*"):
            same = client.get(f"{THREAD}?key=page", headers={**accepted, "If-None-Match": wanted})
            assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", tags[encoding])
            assert same.headers["Vary"] == "Origin, Accept-Encoding"
            assert "Content-Encoding" not in same.headers
        other = client.get(f"{THREAD}?key=page", headers={**accepted, "If-None-Match": '"other"'})
        assert other.status_code == 200
    assert len(set(tags.values())) == 3
    assert len(bodies) == 1
    client.write("more")
    changed = client.get(f"{THREAD}?key=page", headers={"If-None-Match": ", ".join(tags.values())})
    assert changed.status_code == 200


@pytest.mark.parametrize(
    "accepted, chosen",
    [
        ("", None),
        ("identity", None),
        ("gzip", "gzip"),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("GZIP", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.0, gzip;q=0", None),
        ("br;q=0.2, gzip;q=0.8", "gzip"),
        ("gzip;q=0.5, br;q=0.5", "br"),
        ("gzip;q=0.5,identity;q=0.9", None),
        ("gzip, identity", "gzip"),
        ("*", "br"),
        ("*;q=0", None),
        ("*;q=0.5, gzip;q=0.9", "gzip"),
        ("gzip ; q=0.3 , br ; q=0", "gzip"),
        ("gzip;x=1;q=0", None),
        ("br;q=nonsense, gzip", "gzip"),
        ("br;q=nan, gzip;q=inf", None),
        (";;;,,,q=1", None),
    ],
)
def test_content_encoding_is_the_one_that_the_client_likes_best(
    shared: SiteClient, accepted: str, chosen: str | None
) -> None:
    if not shared.thread()["comments"]:
        shared.write("words " * 200)
    answer = shared.get(f"{THREAD}?key=page", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("Content-Encoding") == chosen


def test_public_answers_may_be_kept_and_private_ones_may_not(client: SiteClient) -> None:
    mine = client.write("Hello")
    address = f"/api/v1/comments/{mine['comment']['id']}"
    kept = {"Cache-Control": "public, no-cache", "CDN-Cache-Control": "public, max-age=2, stale-while-revalidate=30"}
    for path in (
        f"{THREAD}?key=page",
        f"{THREAD}.html?key=page",
        "/api/v1/sites/default/counts?key=page",
        "/api/v1/sites/default/latest",
    ):
        headers = client.get(path).headers
        assert {name: headers.get(name) for name in kept} == kept, path
    for path, token in ((address, None), (address, mine["edit_token"]), (f"{address}/replies", None)):
        assert client.get(path, token=token).headers["Cache-Control"] == "no-store"


def test_author_reads_the_source_and_until_when_it_may_change(client: SiteClient, clock: Any) -> None:
    mine = client.write("*Hello*")
    address = f"/api/v1/comments/{mine['comment']['id']}"
    assert client.get(address).json == {"comment": public(mine["comment"])}
    own = {**mine["comment"], "editable_until": "2026-11-24T09:45:00.000Z"}
    assert own["source"] == "*Hello*"
    assert client.get(address, token=mine["edit_token"]).json == {"comment": own}
    clock.advance(minutes=15)
    assert client.get(address, token=mine["edit_token"]).json == {"comment": {**own, "editable_until": None}}
    for token in ("nonsense", "Ж", other := client.write("Other")["edit_token"]):
        assert client.get(address, headers={"Authorization": f"Bearer {token}".encode().decode("latin-1")}).json == {
            "comment": public(mine["comment"])
        }, (token, other)
    basic = client.get(address, headers={"Authorization": "Basic YTpi"})
    assert (basic.status_code, basic.json) == (200, {"comment": public(mine["comment"])})


@pytest.mark.parametrize("comment_id", [NOBODY_HERE, "x", "%00", "%FF", "a" * 2000, "06DK000000000000000000ZZ"])
def test_unknown_comment_is_not_found(shared: SiteClient, comment_id: str) -> None:
    for path in (f"/api/v1/comments/{comment_id}", f"/api/v1/comments/{comment_id}/replies"):
        answer = shared.get(path)
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
        assert answer.json == {
            "type": "about:blank",
            "title": "No such comment",
            "status": 404,
            "code": "comment_not_found",
            "detail": "There is no such comment.",
        }


def test_counts_stand_under_the_keys_as_asked(client: SiteClient) -> None:
    client.write("One", key="https://example.com/a")
    client.write("Two", key="https://example.com/a")
    keys = ["https://example.com/a", "https://EXAMPLE.com/a?utm_source=x#c", "nothing", "https://example.com/a"]
    answer = client.get("/api/v1/sites/default/counts", query_string={"key": keys})
    assert answer.json == {"counts": {keys[0]: 2, keys[1]: 2, "nothing": 0}}
    assert client.get("/api/v1/sites/default/counts").json == {"counts": {}}


def test_counts_take_a_hundred_keys_and_no_more(shared: SiteClient) -> None:
    keys = [f"k{number}" for number in range(101)]
    hundred = shared.get("/api/v1/sites/default/counts", query_string={"key": keys[:100]})
    assert hundred.json == {"counts": dict.fromkeys(keys[:100], 0)}
    answer = shared.get("/api/v1/sites/default/counts", query_string={"key": keys})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
    assert answer.json["errors"] == {"key": ["Ask for at most 100 keys at once."]}


def test_latest_names_the_thread_of_each_comment(client: SiteClient, clock: Any, mention: Callable[..., Any]) -> None:
    for number in range(12):
        clock.advance(seconds=1)
        client.write(str(number), key=f"k{number % 2}")
    clock.advance(seconds=1)
    mention(client, "https://other.example/post")
    latest = client.get("/api/v1/sites/default/latest").json["comments"]
    assert [texts({"comments": [item]})[0] for item in latest] == list(map(str, range(11, 1, -1)))
    assert [item["thread"] for item in latest[:2]] == [{"key": f"k{n}", "url": None, "title": None} for n in (1, 0)]
    shown = client.thread("k1")["comments"][-1]
    assert latest[0] == {**shown, "thread": {"key": "k1", "url": None, "title": None}, "text": "11"}
    for limit, number in (("3", 3), ("100", 12), ("0003", 3)):
        found = client.get("/api/v1/sites/default/latest", query_string={"limit": limit}).json["comments"]
        assert len(found) == number


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1.5", "x", "", "٣", "0000000010000", "000000001" + "9" * 5000])
def test_absurd_limit_is_refused(shared: SiteClient, limit: str) -> None:
    answer = shared.get("/api/v1/sites/default/latest", query_string={"limit": limit})
    assert (answer.status_code, answer.json["errors"]) == (422, {"limit": ["1 to 100"]})


@pytest.mark.parametrize(
    "query, field",
    [
        ({}, "key"),
        ({"key": ""}, "key"),
        ({"key": "   "}, "key"),
        ({"key": "a\0b"}, "key"),
        ({"key": "k" * 1001}, "key"),
        ({"key": "http://[::1"}, "key"),
        ({"key": "http://"}, "key"),
        ({"key": "http://a:99999999/"}, "key"),
        ({"key": "page", "sort": "random"}, "sort"),
        ({"key": "page", "sort": ""}, "sort"),
        ({"key": "page", "after": "nonsense"}, "after"),
        ({"key": "page", "after": "é"}, "after"),
        ({"key": "page", "after": "bnVsbA"}, "after"),
        ({"key": "page", "after": "W1tbW1tb"}, "after"),
        ({"key": "page", "after": "A" * 3000}, "after"),
    ],
)
def test_wrong_query_is_told_by_field(shared: SiteClient, query: dict[str, str], field: str) -> None:
    for path in (THREAD, f"{THREAD}.html"):
        answer = shared.get(path, query_string=query)
        assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
        assert list(answer.json["errors"]) == [field]


def test_numbers_in_a_cursor_may_be_absurd(client: SiteClient) -> None:
    client.write("One")
    for number, status in ((-(2**63), 200), (2**63, 200), (2**64 - 1, 200), (True, 422), (1.5, 422), (None, 422)):
        made = base64.urlsafe_b64encode(orjson.dumps([number, number, NOBODY_HERE])).decode().rstrip("=")
        for sort in ("oldest", "newest", "top"):
            answer = client.get(THREAD, query_string={"key": "page", "after": made, "sort": sort})
            assert (answer.status_code, number) == (status, number)


def test_replies_take_no_cursor_of_another_branch(client: SiteClient) -> None:
    one, two = (client.write(text)["comment"]["id"] for text in ("one", "two"))
    cursor_of_one = orjson.dumps(one).hex()
    for after in ("x", cursor_of_one, "Im5vbnNlbnNlIg", "bnVsbA"):
        answer = client.get(f"/api/v1/comments/{two}/replies", query_string={"after": after})
        assert (answer.status_code, answer.json["errors"]) == (422, {"after": ["unknown cursor"]})


@pytest.mark.parametrize("name", ["nowhere", "%FF", "%00", "Default", "a" * 3000])
def test_unknown_site_is_not_found(shared: SiteClient, name: str) -> None:
    for path in ("thread?key=a", "thread.html?key=a", "counts?key=a", "latest"):
        answer = shared.get(f"/api/v1/sites/{name}/{path}")
        assert (answer.status_code, answer.json["code"]) == (404, "site_not_found")


def test_policy_and_settings_of_the_site_stand_in_the_thread(client: SiteClient) -> None:
    client.thread()  # kept under the settings as they were
    desk = client.sign_in()
    form = {"action": "save", "title": "T", "policy": "Be *kind*", "edit_window_min": "1", "max_length": "50"}
    assert desk.submit("/admin/default/site", form).status_code == 303
    assert client.thread()["policy"] == {
        "html": "<p>Be <em>kind</em></p>",
        "edit_window_s": 60,
        "max_length": 50,
        "nesting": 4,
    }


def test_comment_that_is_published_later_appears_with_the_next_number(
    new_client: Callable[..., SiteClient], holder: Any
) -> None:
    client = new_client(holder)
    held = client.write("HOLD me")["comment"]
    client.write("seen")
    assert texts(client.thread()) == ["seen"]
    client.set_state(held["id"], CommentState.PUBLISHED)
    shown = {item["html"]: item["number"] for item in client.thread()["comments"]}
    assert shown == {"<p>HOLD me</p>": 2, "<p>seen</p>": 1}


def test_closed_thread_says_so(client: SiteClient) -> None:
    client.write("One")
    site = client.parts.sites.get("default")
    client.parts.moderating.set_closed(site, "page", True, actor="test")
    assert client.thread()["thread"]["closed"] is True
    refused = client.submit("Two")
    assert (refused.status_code, refused.json["code"]) == (409, "thread_closed")
    client.parts.moderating.set_closed(site, "page", False, actor="test")
    assert client.submit("Two").status_code == 201


def test_pins_and_closed_branches_are_told_and_answers_there_refused(client: SiteClient) -> None:
    first, second = client.write("One")["comment"], client.write("Two")["comment"]
    answer = client.write("Answer", parent_id=first["id"])["comment"]
    before = client.get("/api/v1/sites/default/thread?key=page")
    client.parts.moderating.pin(second["id"], True, actor="test")
    client.parts.moderating.close_branch(first["id"], True, actor="test")
    shown = client.get("/api/v1/sites/default/thread?key=page")
    assert shown.headers["ETag"] != before.headers["ETag"]
    assert [(item["id"], item.get("pinned"), item.get("closed")) for item in shown.json["comments"]] == [
        (second["id"], True, None), (first["id"], None, True), (answer["id"], None, None),
    ]  # fmt: skip
    assert client.get(f"/api/v1/comments/{second['id']}").json["comment"]["pinned"] is True
    for parent in (first, answer):
        refused = client.submit("No", parent_id=parent["id"])
        assert (refused.status_code, refused.json["code"]) == (409, "branch_closed")
    client.parts.moderating.set_state(first["id"], CommentState.HELD, actor="test")
    (tombstone,) = [item for item in client.thread()["comments"] if item["id"] == first["id"]]
    assert (tombstone["state"], tombstone["closed"]) == ("deleted", True)


def test_a_thread_that_was_merged_answers_under_both_keys(client: SiteClient) -> None:
    client.write("Here", key="old")
    client.write("There", key="new")
    before = {key: client.get(f"/api/v1/sites/default/thread?key={key}").headers["ETag"] for key in ("old", "new")}
    client.parts.threads.merge(client.parts.sites.get("default"), "old", "new", actor="test")
    shown = [client.get(f"/api/v1/sites/default/thread?key={key}") for key in ("old", "new")]
    assert [answer.headers["ETag"] in before.values() for answer in shown] == [False, False]
    assert shown[0].json["comments"] == shown[1].json["comments"]
    assert sorted(texts(shown[0].json)) == ["Here", "There"]
    assert shown[0].json["thread"]["cursor"] == shown[1].json["thread"]["cursor"]
    assert client.get("/api/v1/sites/default/counts?key=old&key=new").json["counts"] == {"old": 2, "new": 2}
    assert client.submit("After", key="old").status_code == 201
    assert client.thread("new")["thread"]["count"] == 3
