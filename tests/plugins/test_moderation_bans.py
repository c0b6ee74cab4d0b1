"""Bans in a whole application: whom they meet, what the banned are told, and what they must not notice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from site_client import SiteClient
from sqlalchemy import inspect, select, text

import embedcomments_moderation as plugin
from embedcomments.api import PluginContext
from embedcomments.domain.comments import CommentState
from embedcomments_moderation.bans import (
    NotARange,
    add_ban,
    bans_on,
    count_bans,
    forget_old_bans,
    is_banned_at,
    lift_ban,
    list_bans,
    marks_of,
    range_mark,
)
from embedcomments_moderation.tables import ban as ban_table

TROLL = {"name": "Troll", "email": "Troll+1@Mail.example"}
HOME, NEXT_DOOR, ELSEWHERE = "203.0.113.7", "203.0.113.9", "198.51.100.1"


@pytest.fixture
def client(new_client: Callable[..., SiteClient], choose: Callable[..., None]) -> SiteClient:
    made = new_client(plugin)
    choose(made, "moderation", hold="nobody")
    return made


@pytest.fixture
def ctx(client: SiteClient) -> PluginContext:
    site = client.parts.sites.get("default")
    item = client.parts.choices.find(site, "moderation")
    assert item is not None
    return client.parts.contexts.of(item, site)


def send(
    client: SiteClient, text: str = "Hello", *, address: str = HOME, token: str | None = None, **author: Any
) -> Any:
    body = {"thread": {"key": "page"}, "text": text, "author": author or TROLL}
    return client.post(body, token=token, environ_base={"REMOTE_ADDR": address})


def ban(client: SiteClient, ctx: PluginContext, written: Any, kind: str, *, days: int | None = 7, **more: Any) -> None:
    mark = marks_of(ctx, client.row(written.json["comment"]["id"]))[kind]
    ends_at = None if days is None else ctx.now() + timedelta(days=days)
    values = {"label": "Troll", "reason": "", "is_shadow": False, "by": "Anahit", **more}
    add_ban(ctx, mark, ends_at=ends_at, **values)


@pytest.mark.parametrize(
    "kind, refused, let_through",
    [
        ("identity", {"token": True, "address": ELSEWHERE, "name": "Other"}, {}),
        (
            "email",
            {"address": ELSEWHERE, "name": "X", "email": "TROLL@mail.EXAMPLE"},
            {"name": "X", "email": "o@m.example"},
        ),
        ("address", {"name": "Other"}, {"address": NEXT_DOOR}),
        ("network", {"address": NEXT_DOOR, "name": "Other"}, {"address": ELSEWHERE}),
    ],
)
def test_each_kind_of_ban_meets_those_it_is_about(
    client: SiteClient, ctx: PluginContext, kind: str, refused: dict[str, Any], let_through: dict[str, Any]
) -> None:
    written = send(client)
    ban(client, ctx, written, kind)
    if refused.pop("token", False):
        refused["token"] = written.json["edit_token"]
    answer = send(client, **refused)
    assert (answer.status_code, answer.json["code"]) == (422, "rejected")
    assert send(client, **let_through).status_code == 201


def test_a_banned_writer_is_told_until_when_and_why_and_is_welcome_again(
    client: SiteClient, ctx: PluginContext, clock: Any
) -> None:
    written = send(client)
    ban(client, ctx, written, "address", reason="Please stay with the topic.")
    assert send(client).json["detail"] == (
        "You cannot comment on this site until 1 December 2026, 09:30 UTC; then you are welcome again. "
        "Please stay with the topic."
    )
    assert (count_bans(ctx), len(bans_on(ctx, client.row(written.json["comment"]["id"])))) == (1, 1)
    clock.advance(days=7)
    assert send(client).status_code == 201
    assert (count_bans(ctx), bans_on(ctx, client.row(written.json["comment"]["id"]))) == (0, [])
    ban(client, ctx, written, "address", days=None)
    assert send(client).json["detail"] == "You cannot comment on this site any more."


def test_a_ban_that_is_lifted_ends_at_once(client: SiteClient, ctx: PluginContext) -> None:
    written = send(client)
    ban(client, ctx, written, "address")
    assert send(client).status_code == 422
    (found,) = list_bans(ctx)
    assert lift_ban(ctx, found.id) == found
    assert lift_ban(ctx, found.id) is None
    assert (send(client).status_code, list_bans(ctx)) == (201, [])


def test_banning_again_changes_the_ban_that_there_is(client: SiteClient, ctx: PluginContext) -> None:
    written = send(client)
    ban(client, ctx, written, "address")
    ban(client, ctx, written, "address", days=None, reason="Again.", is_shadow=True)
    (found,) = list_bans(ctx)
    assert (found.ends_at, found.reason, found.is_shadow) == (None, "Again.", True)
    assert send(client).status_code == 201


def test_who_is_banned_without_being_told_is_answered_as_everybody_and_seen_by_nobody(
    client: SiteClient, ctx: PluginContext
) -> None:
    ban(client, ctx, send(client), "address", is_shadow=True)
    answer = send(client, "Second")
    assert (answer.status_code, answer.json["comment"]["state"]) == (201, "published")
    row = client.row(answer.json["comment"]["id"])
    assert (row.state, row.is_hushed) == (CommentState.SPAM, True)
    assert "banned without being told" in (row.reason or "")
    assert len(client.thread()["comments"]) == 1


def test_an_open_ban_counts_before_a_hidden_one(client: SiteClient, ctx: PluginContext) -> None:
    written = send(client)
    ban(client, ctx, written, "address", is_shadow=True)
    ban(client, ctx, written, "network", days=1)
    assert send(client).status_code == 422


def test_an_edit_of_a_banned_writer_is_refused(client: SiteClient, ctx: PluginContext) -> None:
    written = send(client)
    ban(client, ctx, written, "address")
    path = f"/api/v1/comments/{written.json['comment']['id']}"
    answer = client.call("PATCH", path, json={"text": "Worse"}, token=written.json["edit_token"])
    assert (answer.status_code, answer.json["code"]) == (422, "rejected")


@pytest.mark.parametrize(
    "typed, meets, spares",
    [
        ("203.0.113.7", HOME, NEXT_DOOR),
        ("203.0.112.0/20", NEXT_DOOR, ELSEWHERE),
        ("2001:db8:1:2::5", "2001:db8:1:2:9::1", "2001:db8:1:3::1"),
        ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
        ("203.0.113.0/24", "::ffff:203.0.113.9", ELSEWHERE),
    ],
)
def test_a_range_that_is_typed_in_meets_its_addresses(
    client: SiteClient, ctx: PluginContext, typed: str, meets: str, spares: str
) -> None:
    add_ban(ctx, range_mark(ctx, typed), label=typed, reason="", is_shadow=False, ends_at=None, by="Anahit")
    assert [send(client, address=address).status_code for address in (meets, spares)] == [422, 201]
    assert [is_banned_at(ctx, address, None) for address in (meets, spares)] == [True, False]


@pytest.mark.parametrize("typed", ["", "nowhere", "0.0.0.0/0", "10.0.0.0/8", "::/0", "203.0.113.7/33", "203.0.113"])
def test_what_is_no_range_or_half_the_world_is_not_banned(ctx: PluginContext, typed: str) -> None:
    with pytest.raises(NotARange):
        range_mark(ctx, typed)


def test_no_address_and_no_mail_address_is_stored_beside_the_comments(client: SiteClient, ctx: PluginContext) -> None:
    written = send(client)
    for kind in ("identity", "email", "address", "network"):
        ban(client, ctx, written, kind)
    with client.parts.database.read() as connection:
        tables = [name for name in inspect(connection).get_table_names() if name.startswith("moderation_")]
        stored = [str(row) for name in tables for row in connection.execute(text(f"SELECT * FROM {name}"))]
        comments = str(connection.execute(text("SELECT * FROM comment")).all())
    assert len(stored) >= 4
    assert [row for row in stored if "203.0.113" in row or "mail.example" in row.casefold()] == []
    assert "203.0.113" not in comments


def test_what_ended_long_ago_is_removed(client: SiteClient, ctx: PluginContext, clock: Any) -> None:
    written = send(client)
    ban(client, ctx, written, "address", days=1)
    ban(client, ctx, written, "email", days=None)
    now = clock.advance(days=92)
    assert ctx.tables.write(lambda connection: forget_old_bans(connection, ctx.site.id, now)) == 1
    with ctx.tables.read() as connection:
        assert connection.execute(select(ban_table.c.kind)).scalars().all() == ["email"]


def test_a_ban_is_of_one_site(client: SiteClient, ctx: PluginContext) -> None:
    client.parts.sites.add("other")
    ban(client, ctx, send(client), "address")
    body = {"thread": {"key": "page"}, "text": "Hello", "author": TROLL}
    assert client.post(body, site="other", environ_base={"REMOTE_ADDR": HOME}).status_code in (201, 202)
