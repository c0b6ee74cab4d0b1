"""The overview of a site: its figures, its plots and their words, and what it costs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from types import ModuleType
from typing import Any

import pytest
from queries import statements_to
from site_client import SiteClient

import embedcomments_moderation
from embedcomments.domain.comments import CommentState
from embedcomments.domain.identities import Actor, ActorKind
from embedcomments.web.admin.plots import Series, stacked

OVERVIEW = "/admin/default/overview"


def figures(html: str) -> dict[str, tuple[str, str]]:
    """Number and note by title."""
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd><dd class=\"note\">(.*?)</dd>", html)
    return {title: (re.sub("<.*?>", "", number), re.sub("<.*?>", "", note)) for title, number, note in found}


def tables(html: str) -> list[dict[str, list[int]]]:
    """The numbers of each plot by day, without the days on which there was nothing."""
    found = []
    for table in re.findall(r"<tbody>(.*?)</tbody>", html, re.S):
        rows = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', table)
        numbers = {day: [int(cell) for cell in re.findall(r">(\d+)</td>", cells)] for day, cells in rows}
        found.append({day: values for day, values in numbers.items() if any(values)})
    return found


def at_days(client: SiteClient, clock: Any, *ages: int, state: CommentState | None = None, key: str = "page") -> None:
    """Write a comment so many days ago, for each."""
    now = clock.moment
    for age in ages:
        clock.moment = now - timedelta(days=age)
        comment = client.write(f"{age} days ago", key=key)["comment"]["id"]
        if state is not None:
            client.set_state(comment, state)
    clock.moment = now


def test_figures_are_of_the_days_shown(client: SiteClient, clock: Any) -> None:
    at_days(client, clock, 0, 0, 3, 29, 30, 59, 60)
    at_days(client, clock, 2, state=CommentState.SPAM)
    at_days(client, clock, 1, 95, state=CommentState.HELD)
    at_days(client, clock, 1, state=CommentState.DELETED)
    desk = client.sign_in()
    html = desk.get(OVERVIEW).text
    assert figures(html) == {
        "Waiting for you": ("2", "the oldest from 21 Aug 2026, 09:30"),
        "Published": ("4", "2 in the 30 days before"),
        "Spam caught": ("1", "14 % of all that was written"),
    }
    assert tables(html) == [
        {"24 Nov 2026": [2, 0, 0], "23 Nov 2026": [0, 1, 1], "21 Nov 2026": [1, 0, 0], "26 Oct 2026": [1, 0, 0]},
        {"22 Nov 2026": [1]},
    ]
    longer = desk.get(f"{OVERVIEW}?days=90").text
    assert figures(longer)["Published"] == ("7", "none in the 90 days before")
    assert desk.get(f"{OVERVIEW}?days=100000").text.count("<g><title>") == html.count("<g><title>") == 60
    assert longer.count("<g><title>") == 180


def test_time_to_a_decision_is_the_median_of_what_moderators_decided(client: SiteClient, clock: Any) -> None:
    desk = client.sign_in()
    assert "Time to a decision" not in figures(desk.get(OVERVIEW).text)
    for waits_min in (1, 20, 200):
        comment = client.write(f"{waits_min}")["comment"]["id"]
        client.parts.moderating.set_state(comment, CommentState.HELD, actor="Ani")
        clock.advance(minutes=waits_min)
        client.parts.moderating.set_state(comment, CommentState.PUBLISHED, actor="Ani")
        clock.advance(days=1)
        client.parts.moderating.set_state(comment, CommentState.SPAM, actor="Ani")  # was not held: no waiting
    passed = client.write("by a plugin")["comment"]["id"]
    client.parts.moderating.set_state(passed, CommentState.HELD, actor="Ani")
    client.parts.moderating.set_state(passed, CommentState.PUBLISHED, actor=Actor(kind=ActorKind.PLUGIN, name="spam"))
    expected = ("20 min", "for half of what was held, or less")
    assert figures(desk.get(OVERVIEW).text)["Time to a decision"] == expected
    clock.advance(days=40)
    assert "Time to a decision" not in figures(desk.get(OVERVIEW).text)


def test_days_begin_at_midnight_in_utc(client: SiteClient, clock: Any) -> None:
    now = clock.moment
    for hour, minute in ((0, 0), (23, 59)):
        clock.moment = now.replace(hour=hour, minute=minute)
        client.write("Hello")
    clock.moment = now.replace(hour=12) + timedelta(days=1)
    assert tables(client.sign_in().get(OVERVIEW).text) == [{"24 Nov 2026": [2, 0, 0]}, {}]


def test_plot_says_each_day_in_words_and_draws_it_to_scale() -> None:
    published = Series(look="published", title="Published", values=[0, 6, 1200])
    held = Series(look="held", title="Held", values=[0, 2, 300])
    plot = stacked("Comments", ["1 Nov", "2 Nov", "3 Nov"], [published, held])
    assert [column.words for column in plot.columns] == [
        "1 Nov: 0 published, 0 held",
        "2 Nov: 6 published, 2 held",
        "3 Nov: 1,200 published, 300 held",
    ]
    assert plot.ticks == (2000, 1000, 0)
    assert [(bar.look, bar.y, bar.height) for bar in plot.columns[2].bars] == [("published", 40, 60), ("held", 25, 15)]
    assert [len(column.bars) for column in plot.columns] == [0, 2, 2]
    assert plot.total == 1508


@pytest.mark.parametrize("most, top", [(0, 4), (4, 4), (5, 6), (9, 10), (10, 10), (11, 20), (21, 30), (81, 100)])
def test_plot_is_as_high_as_a_round_number(most: int, top: int) -> None:
    plot = stacked("", ["a"], [Series(look="", title="", values=[most])])
    assert plot.ticks == (top, top // 2, 0)


def test_busiest_threads_stand_with_their_numbers(client: SiteClient, clock: Any) -> None:
    client.submit("<b>", thread={"key": "https://a.example/", "title": "<The> bridge", "url": "https://a.example/"})
    at_days(client, clock, 0, 1, 2, key="javascript:alert(1)")
    at_days(client, clock, 8, 8, key="old")
    html = client.sign_in().get(OVERVIEW).text
    rows = re.findall(r'<h3>(.*?)</h3>.*?<span class="number">(\d+)<', html, re.S)
    assert [(unescape(title), number) for title, number in rows] == [
        ("<bdi>javascript:alert(1)</bdi>", "3"),
        ('<a href="https://a.example/" rel="noreferrer" target="_blank"><bdi><The> bridge</bdi></a>', "1"),
    ]


def test_site_without_comments_says_what_to_do(client: SiteClient) -> None:
    html = client.sign_in().get(OVERVIEW).text
    assert figures(html) == {
        "Waiting for you": ("0", "nobody waits"),
        "Published": ("0", "none in the 30 days before"),
        "Spam caught": ("0", "nothing was written"),
    }
    assert "<h2>Nothing was written in these days</h2>" in html
    assert '<a href="/admin/default/site">Put the snippet on a page</a>' in html
    assert "<figure" not in html


def test_figures_are_of_this_site_alone(client: SiteClient) -> None:
    client.parts.sites.add("press")
    client.write("There", site="press")
    assert figures(client.sign_in().get(OVERVIEW).text)["Published"][0] == "0"
    assert client.sign_in(site="press").get(OVERVIEW).status_code == 401


def test_waiting_leads_to_the_queue(new_client: Callable[..., SiteClient], holder: ModuleType) -> None:
    client = new_client(embedcomments_moderation, holder)
    client.write("HOLD me")
    assert '<dd><a href="/admin/default/moderation/">1</a></dd>' in client.sign_in().get(OVERVIEW).text


def test_desk_of_a_site_without_a_queue_is_entered_by_the_overview(client: SiteClient) -> None:
    assert client.sign_in().get("/admin/default/").headers["Location"] == OVERVIEW


def test_overview_takes_as_many_queries_for_many_comments_as_for_one(client: SiteClient) -> None:
    desk = client.sign_in()
    counts = []
    with statements_to(client.parts.database.engine) as seen:
        for more in (1, 60):
            for number in range(more):
                client.write(f"Comment {number}", key=f"thread {number}")
            seen.clear()
            assert desk.get(OVERVIEW).status_code == 200
            counts.append(len(seen))
    assert counts[0] == counts[1]
