"""How deep a thread is shown, and what becomes of it when it is closed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from site_client import SiteClient

from embedcomments.domain.sites import SiteSettings
from embedcomments.services.feed.source import Topic


@pytest.fixture
def client(new_instance: Callable[..., Any], database_url: Any) -> SiteClient:
    url = database_url.render_as_string(hide_password=False)
    return SiteClient(new_instance(database_url=url, posts_per_minute=0))


def settings(client: SiteClient, **values: Any) -> None:
    client.parts.sites.save_settings(client.parts.sites.get("default"), SiteSettings(**values))


def page(client: SiteClient) -> str:
    return str(client.get("/api/v1/sites/default/thread.html?key=page").text)


def test_a_thread_takes_nothing_when_it_is_old_and_stays_readable(client: SiteClient, clock: Any) -> None:
    first = client.write("First")
    settings(client, close_after_days=30)
    clock.advance(days=30)
    client.write("Just in time")
    clock.advance(seconds=1)
    answer = client.submit("Too late")
    assert (answer.status_code, answer.json["code"]) == (409, "thread_closed")
    assert client.submit("Elsewhere", key="another").status_code == 201
    thread = client.thread()
    assert (thread["thread"]["closed"], thread["thread"]["count"], len(thread["comments"])) == (True, 2, 2)
    assert "This discussion is closed." in page(client)
    assert client.get(f"/api/v1/comments/{first['comment']['id']}").status_code == 200
    settings(client, close_after_days=31)
    assert client.submit("Open again").status_code == 201


@pytest.mark.parametrize("by", ["hand", "age"])
def test_a_closed_thread_may_be_hidden_from_every_reader(client: SiteClient, clock: Any, by: str) -> None:
    first = client.write("A secret")
    client.write("An answer", parent_id=first["comment"]["id"])
    client.write("In another thread", key="another")
    path = f"/api/v1/comments/{first['comment']['id']}"
    settings(client, closed_threads="hide", close_after_days=30 if by == "age" else 0)
    assert len(client.thread()["comments"]) == 2
    if by == "age":
        clock.advance(days=31)
        client.write("So that the other one is young", key="young")
    else:
        client.parts.moderating.set_closed(client.parts.sites.get("default"), "page", True)
    thread = client.thread()
    assert (thread["comments"], thread["thread"]["count"], thread["thread"]["closed"]) == ([], 0, True)
    assert "A secret" not in page(client)
    assert "A secret" not in client.get("/api/v1/sites/default/latest").text
    assert [client.get(url).status_code for url in (path, f"{path}/replies")] == [404, 404]
    assert client.get("/api/v1/sites/default/counts?key=page").json == {"counts": {"page": 0}}
    items = client.instance.feed_log.items(Topic(site_id=client.parts.sites.get("default").id, key="page"), 0)
    # That it was closed is told, and nothing of what was said.
    assert {item.public["op"] for item in items} <= {"skip", "thread"}
    assert [item for item in items if "comment" in item.public or item.private] == []
    assert client.get(path, token=first["edit_token"]).json["comment"]["source"] == "A secret"


@pytest.mark.parametrize("nesting, depth", [(0, 1), (1, 2), (4, 5), (12, 7)])
def test_deeper_answers_stand_at_the_last_level_and_name_whom_they_answer(
    client: SiteClient, nesting: int, depth: int
) -> None:
    settings(client, nesting=nesting)
    above = None
    for number in range(7):
        written = client.write(f"Level {number}", parent_id=above, author={"name": f"<Writer {number}>"})
        above = written["comment"]["id"]
    html = page(client)
    open_lists = [len(re.findall("<ol", part)) - len(re.findall("</ol>", part)) for part in html.split("Level ")[:-1]]
    assert sum(open_lists) == depth
    named = re.findall(r"in reply to <bdi>&lt;(Writer \d)&gt;</bdi>", html)
    assert named == [f"Writer {number}" for number in range(nesting, 6)]
    assert client.thread()["policy"]["nesting"] == nesting
    assert [html.index(f"Level {number}") for number in range(7)] == sorted(html.index(f"Level {n}") for n in range(7))


def test_the_desk_asks_for_depth_and_closing(client: SiteClient) -> None:
    desk = client.sign_in()
    form = {
        "action": "save", "title": "", "policy": "", "edit_window_min": "15", "max_length": "9", "nesting": "2",
        "close_after_days": "14", "closed_threads": "hide",
    }  # fmt: skip
    assert desk.submit("/admin/default/site", form).status_code == 303
    stored = client.parts.sites.get("default").settings
    assert (stored.nesting, stored.close_after_days, stored.closed_threads) == (2, 14, "hide")
    for wrong in ({"nesting": "13"}, {"nesting": "x"}, {"close_after_days": "-1"}, {"closed_threads": "burn"}):
        assert desk.submit("/admin/default/site", {**form, **wrong}).status_code == 422
    assert client.parts.sites.get("default").settings == stored
