"""Readers' reports on either engine: once for each reader, weighed, settled, forgotten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from site_client import SiteClient
from sqlalchemy import select

import embedcomments_moderation as plugin
from embedcomments.api import PluginContext
from embedcomments_moderation.reports import (
    MAX_A_DAY,
    RECORD_LASTS,
    Reporter,
    Tally,
    TooManyReports,
    accept,
    count_reported,
    dismiss,
    file_report,
    forget_reporters,
    list_reported,
    open_reports,
)
from embedcomments_moderation.tables import report as report_table

NewClient = Callable[..., SiteClient]
ANI, VERA, AREG = (Reporter(mark=name * 8) for name in ("ani", "vera", "areg"))


@pytest.fixture
def client(new_client: NewClient, choose: Callable[..., None]) -> SiteClient:
    made = new_client(plugin)
    choose(made, "moderation", hold="nobody")
    return made


@pytest.fixture
def ctx(client: SiteClient) -> PluginContext:
    site = client.parts.sites.get("default")
    item = client.parts.choices.find(site, "moderation")
    assert item is not None
    return client.parts.contexts.of(item, site)


def comments(client: SiteClient, ctx: PluginContext, *texts: str) -> list[Any]:
    return [ctx.comments.get(client.write(text)["comment"]["id"]) for text in texts]


def test_each_reader_counts_once_for_a_comment(client: SiteClient, ctx: PluginContext) -> None:
    one, other = comments(client, ctx, "One", "Other")
    known = Reporter(mark="another address", identity_id=one.identity_id)
    assert [
        file_report(ctx, one, ANI, "spam", ""),
        file_report(ctx, one, ANI, "abuse", "again"),
        file_report(ctx, one, known, "abuse", ""),
        file_report(ctx, one, Reporter(mark="a third", identity_id=one.identity_id), "abuse", ""),
        file_report(ctx, other, ANI, "spam", ""),
    ] == [
        Tally(weight=100, is_new=True, is_reviewed=False),
        Tally(weight=100, is_new=False, is_reviewed=False),
        Tally(weight=200, is_new=True, is_reviewed=False),
        Tally(weight=200, is_new=False, is_reviewed=False),
        Tally(weight=100, is_new=True, is_reviewed=False),
    ]
    assert count_reported(ctx) == 2


def test_moderators_see_what_is_said_the_newest_comment_first_and_page_by_page(
    client: SiteClient, ctx: PluginContext
) -> None:
    first, second, third = comments(client, ctx, "One", "Two", "Three")
    for comment in (third, first, second):
        file_report(ctx, comment, ANI, "other", "Words")
    file_report(ctx, second, VERA, "personal", "")
    assert list_reported(ctx, limit=2) == [third.id, second.id]
    assert list_reported(ctx, before=second.id, limit=2) == [first.id]
    found = open_reports(ctx, [second.id, third.id])
    assert {each: [(one.title, one.words) for one in reports] for each, reports in found.items()} == {
        second.id: [("Something else", "Words"), ("Personal data", "")],
        third.id: [("Something else", "Words")],
    }


def test_a_dismissed_reporter_weighs_less_and_the_comment_stands(client: SiteClient, ctx: PluginContext) -> None:
    one, two, three = comments(client, ctx, "One", "Two", "Three")
    file_report(ctx, one, ANI, "spam", "")
    assert dismiss(ctx, [one.id], actor="Anahit") == 1
    assert list_reported(ctx) == []
    assert file_report(ctx, one, VERA, "spam", "") == Tally(weight=100, is_new=True, is_reviewed=True)
    assert file_report(ctx, two, ANI, "spam", "").weight == 50
    dismiss(ctx, [two.id], actor="Anahit")
    assert file_report(ctx, three, ANI, "spam", "").weight == 33
    assert file_report(ctx, three, VERA, "spam", "").weight == 133


def test_an_accepted_report_costs_its_reporter_nothing(client: SiteClient, ctx: PluginContext) -> None:
    one, two = comments(client, ctx, "One", "Two")
    file_report(ctx, one, ANI, "spam", "")
    assert accept(ctx, [one.id], actor="Anahit") == 1
    assert (accept(ctx, [one.id], actor="Anahit"), accept(ctx, [], actor="Anahit")) == (0, 0)
    assert file_report(ctx, two, ANI, "spam", "").weight == 100


def test_nobody_reports_without_end(client: SiteClient, ctx: PluginContext) -> None:
    found = comments(client, ctx, *(f"Comment {number}" for number in range(MAX_A_DAY + 1)))
    for comment in found[:-1]:
        file_report(ctx, comment, ANI, "spam", "")
    with pytest.raises(TooManyReports):
        file_report(ctx, found[-1], ANI, "spam", "")
    assert file_report(ctx, found[-1], VERA, "spam", "").is_new


def test_who_reported_is_forgotten_when_it_counts_no_more(client: SiteClient, ctx: PluginContext, clock: Any) -> None:
    old, fresh = comments(client, ctx, "Old", "Fresh")
    file_report(ctx, old, ANI, "other", "I am Ani")
    file_report(ctx, fresh, ANI, "other", "I am Ani")
    dismiss(ctx, [old.id], actor="Anahit")
    now = clock.advance(days=RECORD_LASTS.days, minutes=1)
    assert ctx.tables.write(lambda connection: forget_reporters(connection, ctx.site.id, now)) == 1
    with ctx.tables.read() as connection:
        rows = connection.execute(select(report_table).order_by(report_table.c.id)).all()
    assert [(row.reporter, row.words) for row in rows] == [(None, ""), (ANI.mark, "I am Ani")]
