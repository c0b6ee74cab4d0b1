"""Reactions in a whole application: who may react to what, how often, and what everybody sees of it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest
from queries import statements_to
from site_client import SiteClient
from sqlalchemy import inspect, select, text

import embedcomments_reactions as plugin
from embedcomments.api import Action, Verdict
from embedcomments.domain.comments import CommentState
from embedcomments.domain.identities import SYSTEM
from embedcomments.storage.tables import metadata
from embedcomments_reactions.reacting import BROWSERS_AT_AN_ADDRESS
from embedcomments_reactions.tables import reaction as reaction_table

NewClient = Callable[..., SiteClient]
Choose = Callable[..., None]
ROUTE = "/p/reactions/{site}/react"
ANI, VERA = "203.0.113.1", "203.0.113.2"


def react(
    client: SiteClient, comment_id: Any, reaction: Any, address: str = ANI, *, site: str = "default", **more: Any
) -> Any:
    body = {"comment": comment_id, "reaction": reaction, **more}
    return client.call("POST", ROUTE.format(site=site), json=body, environ_base={"REMOTE_ADDR": address})


def rows(client: SiteClient) -> list[Any]:
    with client.parts.database.read() as connection:
        return list(connection.execute(select(reaction_table)))


def fields(client: SiteClient, comment_id: str) -> Any:
    """What the public thread shows with a comment."""
    found = next(one for one in client.thread()["comments"] if one["id"] == comment_id)
    return found["extensions"].get("reactions")


@pytest.fixture
def client(new_client: NewClient, choose: Choose) -> SiteClient:
    """With votes."""
    made = new_client(plugin)
    choose(made, "reactions", style="votes")
    return made


@pytest.fixture
def comment_id(client: SiteClient) -> str:
    return str(client.write("Hello")["comment"]["id"])


def test_a_reaction_is_counted_and_shown_with_the_comment(client: SiteClient, comment_id: str) -> None:
    answer = react(client, comment_id, "up")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.json == {"comment": comment_id, "reaction": "up", "rev": 2, "counts": {"up": 1}, "score": 1}
    react(client, comment_id, "down", VERA)
    wanted = {"counts": {"up": 1, "down": 1}, "score": 0}
    assert fields(client, comment_id) == wanted
    assert client.get(f"/api/v1/comments/{comment_id}").json["comment"]["extensions"] == {"reactions": wanted}
    assert client.thread()["extensions"]["reactions"]["config"] == {
        "style": "votes", "downvotes": True, "emoji": ["👍", "❤️", "😄", "🎉", "🤔", "😢"],
        "page_row": "off",
    }  # fmt: skip


def test_a_new_reaction_takes_the_place_of_the_former_one(client: SiteClient, comment_id: str) -> None:
    seen = [react(client, comment_id, one).json for one in ("up", "down", None, None)]
    assert [(one["reaction"], one["counts"], one["score"]) for one in seen] == [
        ("up", {"up": 1}, 1), ("down", {"down": 1}, -1), (None, {}, 0), (None, {}, 0),
    ]  # fmt: skip
    assert rows(client) == []
    assert fields(client, comment_id) is None


def test_the_author_of_a_hushed_comment_reacts_to_it_and_others_cannot(
    new_client: NewClient, choose: Choose, make_plugin: Callable[..., ModuleType]
) -> None:
    def hush(ctx: Any, draft: Any) -> Verdict:
        return Verdict(action=Action.SPAM, is_hushed=True)

    client = new_client(plugin, make_plugin("hush", comment_check=hush))
    choose(client, "reactions", style="hearts")
    hushed = client.write("I am a troll")
    comment_id, token = hushed["comment"]["id"], hushed["edit_token"]
    path = ROUTE.format(site="default")
    body = {"comment": comment_id, "reaction": "heart"}
    assert client.call("POST", path, json=body, token=token).json["counts"] == {"heart": 1}
    own = client.get(f"/api/v1/comments/{comment_id}", token=token).json["comment"]
    assert own["extensions"]["reactions"]["counts"] == {"heart": 1}
    assert client.call("POST", path, json=body).status_code == 404
    assert client.thread()["comments"] == []


def test_the_same_again_changes_nothing(client: SiteClient, comment_id: str) -> None:
    first = react(client, comment_id, "up").json
    before = client.row(comment_id)
    assert react(client, comment_id, "up").json == first
    assert client.row(comment_id) == before


@pytest.mark.parametrize(
    "one, other, are_one",
    [
        ("203.0.113.1", "203.0.113.1", True),
        ("203.0.113.1", "203.0.113.2", False),
        ("203.0.113.1", "::ffff:203.0.113.1", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("", "", True),
    ],
)
def test_an_address_is_one_person(client: SiteClient, comment_id: str, one: str, other: str, are_one: bool) -> None:
    react(client, comment_id, "up", one)
    answer = react(client, comment_id, "up", other).json
    assert answer["counts"] == {"up": 1 if are_one else 2}


def test_rows_of_a_person_have_nothing_in_common_and_hold_no_address(client: SiteClient) -> None:
    ids = [client.write(f"Number {number}")["comment"]["id"] for number in range(3)]
    for one in ids:
        react(client, one, "up", ANI)
    found = rows(client)
    assert len({row.voter for row in found} | {row.source for row in found}) == 3
    with client.parts.database.read() as connection:
        names = [*metadata.tables, "reactions_reaction"]
        everything = str([list(connection.execute(text(f'SELECT * FROM "{name}"'))) for name in names])
    assert ids[0] in everything
    assert ANI not in everything


def test_what_the_public_does_not_see_takes_no_reaction_and_does_not_tell(client: SiteClient, choose: Choose) -> None:
    client.parts.sites.add("other")
    choose(client, "reactions", site="other", style="votes")
    elsewhere = client.write("Elsewhere", site="other")["comment"]["id"]
    hidden = {}
    for state in (CommentState.HELD, CommentState.SPAM, CommentState.DELETED):
        hidden[state] = client.write(f"To be {state}")["comment"]["id"]
        react(client, hidden[state], "up", VERA)
        client.set_state(hidden[state], state)
    tombstone = client.write("Gone")["comment"]["id"]
    client.write("Below", parent_id=tombstone)
    client.set_state(tombstone, CommentState.DELETED)
    before = rows(client)
    assert len(before) == 3
    answers = [react(client, one, "up") for one in ("0" * 24, "x", "", "\0", *hidden.values(), elsewhere, tombstone)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}
    assert answers[0].json["code"] == "comment_not_found"
    assert answers[0].content_type == "application/problem+json"
    assert rows(client) == before
    shown = client.thread()
    assert [one["extensions"] for one in shown["comments"]] == [{}, {}]
    for one in hidden.values():
        assert client.get(f"/api/v1/comments/{one}").status_code == 404
    client.set_state(hidden[CommentState.HELD], CommentState.PUBLISHED)
    assert fields(client, hidden[CommentState.HELD]) == {"counts": {"up": 1}, "score": 1}


@pytest.mark.parametrize(
    "body, status, code, names",
    [
        (b"", 400, "malformed_request", None),
        (b"{", 400, "malformed_request", None),
        (b"\xff\xfe", 400, "malformed_request", None),
        (b"[" * 1_900, 400, "malformed_request", None),
        (b"1" * 1_900, 422, "invalid_request", {"_schema"}),
        (b"null", 422, "invalid_request", {"_schema"}),
        (b"[]", 422, "invalid_request", {"_schema"}),
        (b"{}", 422, "invalid_request", {"comment", "reaction"}),
        (b'{"comment": "ID"}', 422, "invalid_request", {"reaction"}),
        (b'{"comment": null, "reaction": "up"}', 422, "invalid_request", {"comment"}),
        (b'{"comment": ["ID"], "reaction": {}}', 422, "invalid_request", {"comment", "reaction"}),
        (b'{"comment": "ID", "reaction": "heart"}', 422, "invalid_request", {"reaction"}),
        (b'{"comment": "ID", "reaction": "UP"}', 422, "invalid_request", {"reaction"}),
        (b'{"comment": "ID", "reaction": ""}', 422, "invalid_request", {"reaction"}),
        (b'{"comment": "ID", "reaction": "\\ud800"}', 422, "invalid_request", {"reaction"}),
        (b'{"comment": "ID", "reaction": "up", "voter": 1}', 422, "invalid_request", {"voter"}),
        (b'{"comment": "ID", "reaction": "up", "\\ud800": 1}', 422, "invalid_request", {"\ud800"}),
        (b'{"comment": "\\ud800", "reaction": "up"}', 404, "comment_not_found", None),
        (b'{"comment": "' + b"x" * 3_000 + b'"}', 413, "body_too_large", None),
    ],
)
def test_hostile_bodies_are_refused(
    client: SiteClient, comment_id: str, body: bytes, status: int, code: str, names: set[str] | None
) -> None:
    sent = body.replace(b"ID", comment_id.encode())
    answer = client.call("POST", ROUTE.format(site="default"), data=sent, content_type="application/json")
    assert (answer.status_code, answer.json["code"], set(answer.json.get("errors", ())) or None) == (
        status,
        code,
        names,
    )
    assert rows(client) == []
    assert client.parts.dispatch.health.records() == {}


def test_other_methods_and_pages_of_other_sites_are_refused(client: SiteClient, comment_id: str) -> None:
    assert client.get(ROUTE.format(site="default")).status_code == 405
    body = {"comment": comment_id, "reaction": "up"}
    answer = client.call("POST", ROUTE.format(site="default"), json=body, origin="https://evil.example")
    assert (answer.status_code, answer.json["code"]) == (403, "origin_not_allowed")
    assert rows(client) == []


def test_an_address_may_react_so_often_in_a_minute(client: SiteClient, comment_id: str) -> None:
    statuses = [react(client, comment_id, None).status_code for _ in range(121)]
    assert statuses == [200] * 120 + [429]
    assert react(client, comment_id, "up", VERA).status_code == 200


def test_a_site_that_did_not_switch_it_on_knows_nothing_of_it(new_client: NewClient, choose: Choose) -> None:
    client = new_client(plugin)
    made = client.write("Hello")["comment"]["id"]
    assert react(client, made, "heart").status_code == 404
    assert (client.thread()["modules"], client.thread()["extensions"]) == ([], {})
    choose(client, "reactions")
    assert react(client, made, "heart").json["counts"] == {"heart": 1}
    assert [module["plugin"] for module in client.thread()["modules"]] == ["reactions"]
    choose(client, "reactions", enabled=False)
    assert (fields(client, made), react(client, made, "heart").status_code) == (None, 404)


def test_a_browser_is_known_by_its_token(client: SiteClient, comment_id: str, choose: Choose) -> None:
    choose(client, "reactions", style="votes", one_vote_per="browser")
    first = react(client, comment_id, "up").json
    second = react(client, comment_id, "up").json
    assert (second["counts"], first["voter"] == second["voter"]) == ({"up": 2}, False)
    again = react(client, comment_id, "down", VERA, voter=first["voter"]).json
    assert (again["counts"], again["voter"]) == ({"up": 1, "down": 1}, first["voter"])
    for forged in ("", "x", "é.ü.ß", "\ud800", first["voter"] + "x", first["voter"][:-1]):
        answer = react(client, comment_id, None, voter=forged).json
        assert answer["counts"] == {"up": 1, "down": 1}
    other = client.write("Another")["comment"]["id"]
    react(client, other, "up", voter=first["voter"])
    found = rows(client)
    assert len({row.voter for row in found}) == len(found) == 3
    assert all(first["voter"] not in str(row) for row in found)


def test_a_token_of_another_site_is_a_new_browser(client: SiteClient, comment_id: str, choose: Choose) -> None:
    client.parts.sites.add("other")
    for site in ("default", "other"):
        choose(client, "reactions", site=site, one_vote_per="browser")
    elsewhere = client.write("Elsewhere", site="other")["comment"]["id"]
    token = react(client, elsewhere, "heart", site="other").json["voter"]
    assert react(client, comment_id, "heart", voter=token).json["voter"] != token


def test_emptied_browsers_of_an_address_count_to_a_bound(client: SiteClient, comment_id: str, choose: Choose) -> None:
    choose(client, "reactions", one_vote_per="browser")
    made = [react(client, comment_id, "heart") for _ in range(BROWSERS_AT_AN_ADDRESS + 1)]
    assert [answer.status_code for answer in made] == [200] * BROWSERS_AT_AN_ADDRESS + [403]
    assert made[-1].json["code"] == "not_allowed"
    assert react(client, comment_id, "heart", VERA).json["score"] == BROWSERS_AT_AN_ADDRESS + 1
    token = made[0].json["voter"]
    assert react(client, comment_id, None, voter=token).json["score"] == BROWSERS_AT_AN_ADDRESS
    assert react(client, comment_id, "heart", voter=token).json["score"] == BROWSERS_AT_AN_ADDRESS + 1


def test_one_vote_for_a_person_and_comment_whoever_comes_first(client: SiteClient, comment_id: str) -> None:
    with ThreadPoolExecutor(12) as pool:
        wanted = ["up", "down", "up", None] * 6
        answers = list(pool.map(lambda one: react(client, comment_id, one), wanted))
    assert {answer.status_code for answer in answers} == {200}
    assert all(sum(answer.json["counts"].values()) <= 1 for answer in answers)
    left = rows(client)
    assert len(left) <= 1
    assert client.row(comment_id).score == sum({"up": 1, "down": -1}[row.reaction] for row in left)


def test_the_top_comments_are_those_with_the_best_score(client: SiteClient, clock: Any) -> None:
    ids = {}
    for name in ("Bad", "Plain", "Good", "Answered"):
        clock.advance(seconds=1)
        ids[name] = client.write(name)["comment"]["id"]
    client.write("An answer", parent_id=ids["Answered"])
    for address, name, vote in ((ANI, "Good", "up"), (VERA, "Good", "up"), (ANI, "Bad", "down")):
        react(client, ids[name], vote, address)
    names = {comment_id: name for name, comment_id in ids.items()}

    def order() -> list[str]:
        return [names[one["id"]] for one in client.thread(sort="top")["comments"] if one["depth"] == 0]

    assert order() == ["Good", "Answered", "Plain", "Bad"]
    react(client, ids["Plain"], "up", ANI)
    react(client, ids["Good"], None, ANI)
    react(client, ids["Good"], "down", VERA)
    assert order() == ["Plain", "Answered", "Bad", "Good"]


@pytest.mark.parametrize("number", [1, 30])
def test_a_page_takes_one_query_however_long_it_is(client: SiteClient, number: int) -> None:
    client.fill([f"Comment {n}" for n in range(number)])
    ids = [one.id for one in client.stored()]
    for one in ids:
        react(client, one, "up")
    with statements_to(client.parts.database.engine) as seen:
        shown = client.thread(sort="top")["comments"]
    assert [one["extensions"]["reactions"]["score"] for one in shown] == [1] * number
    assert len([one for one in seen if "reactions_reaction" in one]) == 1


def test_other_plugins_hear_of_changes_and_not_who_it_was(
    new_client: NewClient, choose: Choose, make_plugin: Callable[..., ModuleType]
) -> None:
    heard: list[Any] = []
    listener = make_plugin("listener", on_event=lambda event: heard.append(event))
    client = new_client(plugin, listener)
    choose(client, "reactions", style="votes")
    made = client.write("Hello")["comment"]["id"]
    for wanted in ("up", "up", "down", None, None):
        react(client, made, wanted)
    while client.instance.jobs.run_due():
        pass
    ours = [one.data for one in heard if getattr(one, "name", "") == "reactions.reacted"]
    assert ours == [
        {"comment": made, "reaction": "up", "before": None, "counts": {"up": 1}, "score": 1},
        {"comment": made, "reaction": "down", "before": "up", "counts": {"down": 1}, "score": -1},
        {"comment": made, "reaction": None, "before": "down", "counts": {}, "score": 0},
    ]


def test_another_choice_of_reactions_counts_at_once_and_the_order_follows(
    client: SiteClient, comment_id: str, choose: Choose
) -> None:
    react(client, comment_id, "down")
    other = client.write("Other")["comment"]["id"]
    react(client, other, "up")
    choose(client, "reactions", style="votes", downvotes=False)
    assert fields(client, comment_id) is None
    assert react(client, comment_id, "down", VERA).status_code == 422
    assert [client.row(one).score for one in (comment_id, other)] == [-1, 1]
    rev = client.row(other).rev
    client.parts.lifecycle.switch(client.parts.sites.get("default"), "reactions", on=False)
    client.parts.lifecycle.switch(client.parts.sites.get("default"), "reactions", on=True)
    while client.instance.jobs.run_due():
        pass
    assert [client.row(one).score for one in (comment_id, other)] == [0, 1]
    assert client.row(other).rev == rev
    choose(client, "reactions", style="emoji", emoji=["👍"])
    assert react(client, comment_id, "👍").json["counts"] == {"👍": 1}


def test_recounting_goes_on_after_a_batch_and_forgets_comments_that_are_gone(
    client: SiteClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embedcomments_reactions.recounting.BATCH", 2)
    ids = [client.write(f"Number {n}")["comment"]["id"] for n in range(5)]
    for one in ids:
        react(client, one, "up")

    def spoil(connection: Any) -> None:
        connection.execute(metadata.tables["comment"].update().values(score=7))
        connection.execute(metadata.tables["comment"].delete().where(metadata.tables["comment"].c.id == ids[2]))

    client.parts.database.write(spoil)
    site = client.parts.sites.get("default")
    client.parts.lifecycle.switch(site, "reactions", on=True)
    while client.instance.jobs.run_due():
        pass
    left = [one for one in ids if one != ids[2]]
    assert [client.row(one).score for one in left] == [1] * 4
    assert sorted(row.comment_id for row in rows(client)) == sorted(left)


def test_migrations_make_exactly_the_table(client: SiteClient) -> None:
    with client.parts.database.engine.connect() as connection:
        found = inspect(connection)
        columns = {column["name"]: column["nullable"] for column in found.get_columns("reactions_reaction")}
        key = found.get_pk_constraint("reactions_reaction")["constrained_columns"]
        indexes = {index["name"]: index["column_names"] for index in found.get_indexes("reactions_reaction")}
    assert columns == {column.name: False for column in reaction_table.columns}
    assert key == [column.name for column in reaction_table.primary_key]
    assert indexes == {index.name: [column.name for column in index.columns] for index in reaction_table.indexes}


def test_reactions_go_with_their_site(client: SiteClient, choose: Choose, comment_id: str) -> None:
    other = client.parts.sites.add("press")
    there = client.write("There", site="press")["comment"]["id"]
    choose(client, "reactions", site="press", style="votes")
    react(client, there, "up", site="press")
    react(client, comment_id, "up")
    client.parts.lifecycle.switch(client.parts.sites.get("press"), "reactions", on=False)
    assert [row.site_id for row in rows(client)].count(other.id) == 1
    assert client.parts.lifecycle.delete_site(client.parts.sites.get("press"), actor=SYSTEM) == []
    assert [row.comment_id for row in rows(client)] == [comment_id]
