"""Reports by readers over HTTP: who is heard, what holds a comment, and what nobody learns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from site_client import SiteClient

import embedcomments_moderation as plugin
from embedcomments.api import PluginContext
from embedcomments.domain.comments import CommentState
from embedcomments_moderation.bans import add_ban, range_mark
from embedcomments_moderation.reports import count_reported, open_reports
from embedcomments_moderation.tidying import tidy

ROUTE = "/p/moderation/default/report"
PUBLISHED, HELD = CommentState.PUBLISHED, CommentState.HELD


@pytest.fixture
def client(new_client: Callable[..., SiteClient], choose: Callable[..., None]) -> SiteClient:
    made = new_client(plugin)
    choose(made, "moderation", hold="nobody", reports_to_hold=2)
    return made


@pytest.fixture
def ctx(client: SiteClient) -> PluginContext:
    site = client.parts.sites.get("default")
    item = client.parts.choices.find(site, "moderation")
    assert item is not None
    return client.parts.contexts.of(item, site)


def report(client: SiteClient, comment_id: str, number: int = 1, *, reason: str = "spam", **more: Any) -> Any:
    how = {name: more.pop(name) for name in ("token", "origin") if name in more}
    body = {"comment": comment_id, "reason": reason, **more}
    return client.call("POST", ROUTE, json=body, environ_base={"REMOTE_ADDR": f"203.0.113.{number}"}, **how)


def state(client: SiteClient, comment_id: str) -> CommentState:
    return client.row(comment_id).state


def test_enough_readers_hold_a_comment_and_the_queue_reads_why(client: SiteClient, ctx: PluginContext) -> None:
    comment_id = client.write("Buy this")["comment"]["id"]
    answers = [
        report(client, comment_id, 1),
        report(client, comment_id, 1),
        report(client, comment_id, 2, reason="abuse"),
    ]
    assert [(answer.status_code, answer.json) for answer in answers] == [(200, {"reported": True})] * 3
    row = client.row(comment_id)
    assert (row.state, row.reason) == (
        HELD, "moderation: Readers reported it: Spam or advertising (1), Insult or harassment (1).",
    )  # fmt: skip
    assert (client.thread()["comments"], count_reported(ctx)) == ([], 1)


def test_a_trusted_writers_comment_needs_twice_as_many_and_one_with_a_badge_stands(
    client: SiteClient, ctx: PluginContext
) -> None:
    first = client.write("First")
    second = client.write("Second", token=first["edit_token"])["comment"]["id"]
    for number in range(1, 4):
        report(client, second, number)
    assert state(client, second) is PUBLISHED
    report(client, second, 4)
    assert state(client, second) is HELD
    third = client.write("Third", token=first["edit_token"])["comment"]["id"]
    identity = client.row(third).identity_id
    assert identity is not None
    ctx.comments.set_badge(identity, "staff")
    for number in range(1, 9):
        report(client, third, number)
    assert state(client, third) is PUBLISHED
    assert len(open_reports(ctx, [third])[third]) == 8


def test_what_a_moderator_approved_is_not_held_again(client: SiteClient, ctx: PluginContext) -> None:
    comment_id = client.write("Unpopular and decent")["comment"]["id"]
    for number in (1, 2):
        report(client, comment_id, number)
    assert state(client, comment_id) is HELD
    client.set_state(comment_id, PUBLISHED)
    for number in (3, 4, 5):
        report(client, comment_id, number)
    assert (state(client, comment_id), count_reported(ctx)) == (PUBLISHED, 1)


def test_a_writer_cannot_report_away_and_the_banned_are_not_heard(client: SiteClient, ctx: PluginContext) -> None:
    own = client.write("Mine")
    comment_id = own["comment"]["id"]
    add_ban(ctx, range_mark(ctx, "203.0.113.0/25"), label="x", reason="", is_shadow=True, ends_at=None, by="Anahit")
    for number in (1, 2, 3):
        assert report(client, comment_id, number).status_code == 200
    assert report(client, comment_id, 200, token=own["edit_token"]).status_code == 200
    assert (state(client, comment_id), open_reports(ctx, [comment_id])) == (PUBLISHED, {})


def test_two_addresses_of_one_writer_count_once(client: SiteClient, ctx: PluginContext) -> None:
    token = client.write("Something else")["edit_token"]
    comment_id = client.write("Reported")["comment"]["id"]
    for number in (1, 2, 3):
        report(client, comment_id, number, token=token)
    assert len(open_reports(ctx, [comment_id])[comment_id]) == 1


def test_what_a_reader_does_not_see_cannot_be_told_from_what_is_not_there(
    client: SiteClient, ctx: PluginContext
) -> None:
    held = client.write("Waits")["comment"]["id"]
    client.set_state(held, HELD)
    answers = [report(client, comment_id).json for comment_id in (held, "0" * 24, "nonsense")]
    assert [answer["code"] for answer in answers] == ["comment_not_found"] * 3
    assert answers[0] == answers[1] == answers[2]


def test_the_author_of_a_hushed_comment_may_report_it_as_any_other(client: SiteClient, ctx: PluginContext) -> None:
    add_ban(ctx, range_mark(ctx, "127.0.0.1"), label="x", reason="", is_shadow=True, ends_at=None, by="Anahit")
    hushed = client.write("A troll")
    assert report(client, hushed["comment"]["id"], token=hushed["edit_token"]).json == {"reported": True}
    assert report(client, hushed["comment"]["id"]).status_code == 404


@pytest.mark.parametrize(
    "body, status",
    [
        (b"{", 400),
        (b"[" * 5000, 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"comment": 3, "reason": "spam"}', 422),
        (b'{"comment": "x", "reason": "dislike"}', 422),
        (b'{"comment": "x", "reason": "spam", "words": 3}', 422),
        (b'{"comment": "x", "reason": "other"}', 422),
        (b'{"comment": "x", "reason": "other", "words": "\\u0000 "}', 422),
        (b'{"comment": "x", "reason": "spam", "more": 1}', 422),
    ],
)
def test_nonsense_is_refused(client: SiteClient, body: bytes, status: int) -> None:
    assert client.call("POST", ROUTE, data=body, content_type="application/json").status_code == status


def test_hostile_words_are_stored_as_they_may_be(client: SiteClient, ctx: PluginContext) -> None:
    comment_id = client.write("Hello")["comment"]["id"]
    body = b'{"comment": "%s", "reason": "other", "words": " a\\u0000b\\ud800<b>c "}' % comment_id.encode()
    assert client.call("POST", ROUTE, data=body, content_type="application/json").status_code == 200
    assert [one.words for one in open_reports(ctx, [comment_id])[comment_id]] == ["ab<b>c"]


def test_reports_can_be_switched_off_and_come_from_the_sites_pages_only(
    client: SiteClient, choose: Callable[..., None]
) -> None:
    comment_id = client.write("Hello")["comment"]["id"]
    assert report(client, comment_id, origin="https://elsewhere.example").status_code == 403
    choose(client, "moderation", reports=False)
    assert report(client, comment_id).status_code == 404
    assert client.thread()["extensions"]["moderation"]["config"]["reports"] is False


def test_who_reports_a_great_deal_is_slowed(client: SiteClient) -> None:
    comment_id = client.write("Hello")["comment"]["id"]
    assert {report(client, comment_id).status_code for _ in range(11)} == {200, 429}


def test_reports_of_what_is_gone_are_settled_by_the_daily_job(client: SiteClient, ctx: PluginContext) -> None:
    spam, stays, gone = (client.write(text)["comment"]["id"] for text in ("Spam", "Stays", "Gone"))
    for number, comment_id in enumerate((spam, stays, gone)):
        report(client, comment_id, number + 1)
    client.set_state(spam, CommentState.SPAM)
    client.set_state(gone, CommentState.DELETED)
    tidy(ctx, {})
    assert list(open_reports(ctx, [spam, stays, gone])) == [stays]


def test_what_is_known_of_a_reporter_is_told_to_them_and_forgotten(client: SiteClient, ctx: PluginContext) -> None:
    mine = client.write("Mine")
    other = client.write("Of another")["comment"]["id"]
    report(client, other, reason="other", words="I am Ani", token=mine["edit_token"])
    site = client.parts.sites.get("default")
    identity = client.row(mine["comment"]["id"]).identity_id
    told = client.instance.privacy.export(site, identity_id=identity)["plugins"]
    assert [(one["comment"], one["words"]) for one in told[identity]["moderation"]["reports"]] == [(other, "I am Ani")]
    assert client.instance.privacy.erase(site, identity_id=identity).incomplete == {}
    assert [one.words for one in open_reports(ctx, [other])[other]] == [""]
