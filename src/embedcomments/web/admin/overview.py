"""The overview: comments by day, what waits, what spam was caught, and where people talk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request

from embedcomments.domain.comments import CommentState
from embedcomments.domain.permissions import Right
from embedcomments.domain.sites import Site
from embedcomments.services.overview import BUSY_AMONG, BUSY_DAYS, Day, Overview
from embedcomments.web.addresses import web_url
from embedcomments.web.admin.access import needs
from embedcomments.web.admin.frame import admin_url, draw, nav_pages, open_site
from embedcomments.web.admin.plots import Plot, Series, stacked
from embedcomments.web.parts import parts

blueprint = Blueprint("admin_overview", __name__)

PERIODS = (30, 90)
_WRITTEN = (
    (CommentState.PUBLISHED, "published", "Published"),
    (CommentState.HELD, "held", "Held"),
    (CommentState.DELETED, "deleted", "Deleted"),
)
_SPAM = ((CommentState.SPAM, "spam", "Spam"),)


@blueprint.get("/admin/<site>/overview")
@needs(Right.SEE_COMMENTS)
def show(site: str) -> Response:
    """The last 30 days, or 90 by ``days``."""
    found, _ = open_site(site)
    wanted = request.args.get("days", "")
    days = next((period for period in PERIODS if str(period) == wanted), PERIODS[0])
    figures = parts().overviews.of(found, days)
    spam, published = figures.total(CommentState.SPAM), figures.total(CommentState.PUBLISHED)
    return draw(
        "overview.html",
        found,
        days=days,
        periods=PERIODS,
        waiting=figures.waiting,
        oldest_waiting_at=figures.oldest_waiting_at,
        queue_url=_queue_url(found),
        median_wait=_duration(figures.median_wait) if figures.median_wait is not None else None,
        published=published,
        published_before=figures.before[CommentState.PUBLISHED],
        spam=spam,
        spam_share=spam / every if (every := sum(sum(day.counts.values()) for day in figures.days)) else None,
        written=_plot("Comments by day", figures.days, _WRITTEN),
        caught=_plot("Spam by day", figures.days, _SPAM),
        busiest=_busiest(figures),
        busy_days=BUSY_DAYS,
        busy_among=BUSY_AMONG if figures.busy_among == BUSY_AMONG else None,
    )


def _plot(title: str, days: Sequence[Day], states: Sequence[tuple[CommentState, str, str]]) -> Plot:
    names = [f"{day.date.day} {day.date:%b %Y}" for day in days]
    series = [Series(look=look, title=name, values=[day.counts[state] for day in days]) for state, look, name in states]
    return stacked(title, names, series)


def _duration(time: timedelta) -> str:
    minutes = round(time.total_seconds() / 60)
    if minutes < 1:
        return "under a minute"
    if minutes < 120:
        return f"{minutes} min"
    hours = round(minutes / 60)
    return f"{hours} h" if hours < 48 else f"{round(hours / 24)} days"


def _queue_url(site: Site) -> str | None:
    """The page where held comments are decided: the first of a plugin that counts something."""
    for item, page in nav_pages(site):
        if page.badge is not None:
            return admin_url(f"{item.plugin.name}/{page.path}", site.name)
    return None


def _busiest(figures: Overview) -> list[dict[str, Any]]:
    most = max((number for _, number in figures.busiest), default=1)
    return [
        {
            "title": thread.title or thread.key,
            "url": web_url(thread.url or thread.key),
            "number": number,
            "share": round(100 * number / most, 1),
            "closed": thread.closed,
        }
        for thread, number in figures.busiest
    ]
