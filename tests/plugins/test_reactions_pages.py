"""Reactions to a page itself, in a whole application."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from queries import statements_to
from site_client import SiteClient
from sqlalchemy import inspect, select, text

import embedcomments_reactions as plugin
from embedcomments.domain.identities import SYSTEM
from embedcomments.storage.tables import metadata
from embedcomments_reactions.pages import TELL_AFTER
from embedcomments_reactions.reacting import BROWSERS_AT_AN_ADDRESS
from embedcomments_reactions.tables import page_reaction

NewClient = Callable[..., SiteClient]
Choose = Callable[..., None]
ROUTE = "/p/reactions/{site}/page"
KEY = "https://example.com/article"
ANI, VERA = "203.0.113.1", "203.0.113.2"


def react(
    client: SiteClient, reaction: Any, address: str = ANI, *, key: Any = KEY, site: str = "default", **more: Any
) -> Any:
    body = {"key": key, "reaction": reaction, **more}
    return client.call("POST", ROUTE.format(site=site), json=body, environ_base={"REMOTE_ADDR": address})


def asked(client: SiteClient, key: str = KEY, site: str = "default") -> Any:
    """What the route tells of a page."""
    return client.call("GET", ROUTE.format(site=site), query_string={"key": key})


def shown(client: SiteClient, key: str = KEY) -> Any:
    """What comes with the thread."""
    return client.thread(key)["extensions"]["reactions"].get("thread")


def rows(client: SiteClient) -> list[Any]:
    with client.parts.database.read() as connection:
        return list(connection.execute(select(page_reaction)))


def run_jobs(client: SiteClient) -> None:
    while client.instance.jobs.run_due():
        pass


@pytest.fixture
def client(new_client: NewClient, choose: Choose) -> SiteClient:
    """With votes, and a row below the comments."""
    made = new_client(plugin)
    choose(made, "reactions", style="votes", page_row="below")
    return made


def test_a_page_takes_reactions_before_anybody_wrote(client: SiteClient) -> None:
    answer = react(client, "up")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.json == {"reaction": "up", "counts": {"up": 1}, "score": 1}
    react(client, "down", VERA)
    assert asked(client).json == {"counts": {"up": 1, "down": 1}, "score": 0}
    assert asked(client, f"{KEY}/?utm_source=x").json == {"counts": {}, "score": 0}
    assert asked(client, f"{KEY}?utm_source=x#top").json == {"counts": {"up": 1, "down": 1}, "score": 0}
    assert shown(client) is None
    run_jobs(client)
    client.write("Hello", key=KEY)
    assert shown(client) == {"counts": {"up": 1, "down": 1}, "score": 0}
    assert client.thread("another")["extensions"]["reactions"]["config"]["page_row"] == "below"


def test_a_new_reaction_takes_the_place_of_the_former_one(client: SiteClient) -> None:
    seen = [react(client, one).json for one in ("up", "up", "down", None, None)]
    assert [(one["reaction"], one["counts"], one["score"]) for one in seen] == [
        ("up", {"up": 1}, 1), ("up", {"up": 1}, 1), ("down", {"down": 1}, -1), (None, {}, 0), (None, {}, 0),
    ]  # fmt: skip
    assert rows(client) == []


def test_open_pages_hear_of_it_once_for_all_that_happens_within_seconds(client: SiteClient, clock: Any) -> None:
    client.write("Hello", key=KEY)
    before = client.thread(KEY)["thread"]["cursor"]
    for address in (ANI, VERA):
        react(client, "up", address)
    run_jobs(client)
    assert client.thread(KEY)["thread"]["cursor"] == before
    clock.advance(seconds=TELL_AFTER / timedelta(seconds=1))
    run_jobs(client)
    told = client.thread(KEY)
    assert told["extensions"]["reactions"]["thread"] == {"counts": {"up": 2}, "score": 2}
    assert told["thread"]["cursor"] != before
    react(client, "up", ANI)
    clock.advance(seconds=60)
    run_jobs(client)
    assert client.thread(KEY)["thread"]["cursor"] == told["thread"]["cursor"]


def test_a_site_without_the_row_has_none(client: SiteClient, choose: Choose) -> None:
    client.write("Hello", key=KEY)
    react(client, "up")
    choose(client, "reactions", style="votes")
    assert (react(client, "up").status_code, asked(client).status_code, shown(client)) == (404, 404, None)
    choose(client, "reactions", style="votes", page_row="above")
    assert (asked(client).json, shown(client)) == ({"counts": {"up": 1}, "score": 1},) * 2


def test_a_hidden_thread_has_no_row_and_one_that_moved_has_one_under_both_keys(client: SiteClient) -> None:
    client.write("Hello", key=KEY)
    site = client.parts.sites.get("default")
    client.parts.threads.move(site, KEY, "elsewhere", actor=SYSTEM)
    assert react(client, "up").json["counts"] == {"up": 1}
    assert react(client, "up", VERA, key="elsewhere").json["counts"] == {"up": 2}
    assert shown(client, "elsewhere") == shown(client) == {"counts": {"up": 2}, "score": 2}
    client.parts.threads.set_hidden(site, "elsewhere", True, actor=SYSTEM)
    assert {react(client, "down").status_code, asked(client).status_code} == {404}


def test_rows_hold_no_address_and_have_nothing_in_common(client: SiteClient) -> None:
    for key in ("a", "b"):
        react(client, "up", key=key)
    assert len({row.voter for row in rows(client)} | {row.source for row in rows(client)}) == 2
    with client.parts.database.read() as connection:
        names = [*metadata.tables, "reactions_page"]
        everything = str([list(connection.execute(text(f'SELECT * FROM "{name}"'))) for name in names])
    assert ANI not in everything


@pytest.mark.parametrize(
    "body, status, names",
    [
        (b"{", 400, None),
        (b"[]", 422, {"_schema"}),
        (b"{}", 422, {"key", "reaction"}),
        (b'{"key": "a", "reaction": "heart"}', 422, {"reaction"}),
        (b'{"key": "", "reaction": "up"}', 422, {"key"}),
        (b'{"key": "\\ud800", "reaction": "up"}', 422, {"key"}),
        (b'{"key": "a\\u0000b", "reaction": "up"}', 422, {"key"}),
        (b'{"key": "http://[", "reaction": "up"}', 422, {"key"}),
        (b'{"key": "' + b"x" * 9_000 + b'", "reaction": "up"}', 422, {"key"}),
        (b'{"key": "' + b"x" * 11_000 + b'"}', 413, None),
    ],
)
def test_hostile_bodies_are_refused(client: SiteClient, body: bytes, status: int, names: set[str] | None) -> None:
    answer = client.call("POST", ROUTE.format(site="default"), data=body, content_type="application/json")
    assert (answer.status_code, set(answer.json.get("errors", ())) or None) == (status, names)
    assert asked(client, "").status_code == 422
    assert rows(client) == []
    assert client.parts.dispatch.health.records() == {}


def test_pages_of_other_sites_are_refused_and_so_is_too_much_from_an_address(client: SiteClient) -> None:
    body = {"key": KEY, "reaction": "up"}
    answer = client.call("POST", ROUTE.format(site="default"), json=body, origin="https://evil.example")
    assert (answer.status_code, answer.json["code"]) == (403, "origin_not_allowed")
    statuses = [react(client, None).status_code for _ in range(61)]
    assert statuses.count(200) >= 59
    assert statuses[-1] == 429
    assert react(client, "up", VERA).status_code == 200


def test_browsers_count_where_the_site_says_so_to_a_bound(client: SiteClient, choose: Choose) -> None:
    choose(client, "reactions", page_row="above", one_vote_per="browser")
    made = [react(client, "heart") for _ in range(BROWSERS_AT_AN_ADDRESS + 1)]
    assert [answer.status_code for answer in made] == [200] * BROWSERS_AT_AN_ADDRESS + [403]
    token = made[0].json["voter"]
    assert react(client, None, voter=token).json == {
        "reaction": None, "counts": {"heart": BROWSERS_AT_AN_ADDRESS - 1}, "score": BROWSERS_AT_AN_ADDRESS - 1,
        "voter": token,
    }  # fmt: skip


def test_one_vote_for_a_person_and_page_whoever_comes_first(client: SiteClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: react(client, one), ["up", "down", "up", None] * 6))
    assert {answer.status_code for answer in answers} == {200}
    assert all(sum(answer.json["counts"].values()) <= 1 for answer in answers)
    assert len(rows(client)) <= 1


def test_a_thread_takes_one_query_more(client: SiteClient) -> None:
    client.write("Hello", key=KEY)
    with statements_to(client.parts.database.engine) as seen:
        assert shown(client) == {"counts": {}, "score": 0}
    assert len([one for one in seen if "reactions_page" in one]) == 1


def test_other_plugins_hear_of_changes_and_not_who_it_was(
    new_client: NewClient, choose: Choose, make_plugin: Callable[..., ModuleType]
) -> None:
    heard: list[Any] = []
    client = new_client(plugin, make_plugin("listener", on_event=lambda event: heard.append(event)))
    choose(client, "reactions", page_row="below")
    for wanted in ("heart", "heart", None):
        react(client, wanted)
    run_jobs(client)
    assert [one.data for one in heard if getattr(one, "name", "") == "reactions.page_reacted"] == [
        {"key": KEY, "reaction": "heart", "before": None, "counts": {"heart": 1}, "score": 1},
        {"key": KEY, "reaction": None, "before": "heart", "counts": {}, "score": 0},
    ]


def test_migrations_make_exactly_the_table(client: SiteClient) -> None:
    with client.parts.database.engine.connect() as connection:
        found = inspect(connection)
        columns = {column["name"]: column["nullable"] for column in found.get_columns("reactions_page")}
        key = found.get_pk_constraint("reactions_page")["constrained_columns"]
    assert columns == {column.name: False for column in page_reaction.columns}
    assert key == [column.name for column in page_reaction.primary_key]


def test_reactions_go_with_their_site(client: SiteClient, choose: Choose, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("embedcomments_reactions.counting.PAGES_AT_ONCE", 2)
    client.parts.sites.add("press")
    choose(client, "reactions", site="press", style="votes", page_row="below")
    for key in ("a", "b", "c", "d", "e"):
        react(client, "up", key=key, site="press")
    react(client, "up")
    assert len(rows(client)) == 6
    assert client.parts.lifecycle.delete_site(client.parts.sites.get("press"), actor=SYSTEM) == []
    assert len(rows(client)) == 1
