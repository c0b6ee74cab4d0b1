"""The queue: an admin page that works with forms alone, and answers its script in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from embedcomments.api import CommentState, Page, PluginContext, PluginRequest, Redirect
from embedcomments_moderation.actions import (
    ACTIONS,
    OFFERED,
    OFFERED_FOR_REPORTED,
    Outcome,
    Rights,
    perform,
    read_undo,
    rights_on,
    undo,
)
from embedcomments_moderation.bulk import perform_on_all
from embedcomments_moderation.listing import STATE_LOOKS, Listing, list_page
from embedcomments_moderation.reports import count_reported
from embedcomments_moderation.view import ALL, ELSEWHERE, HELD, PUBLISHED, REPORTED, TABS, View, read_view

COUNTED = 1_000
_KINDS = (("", "All kinds"), ("comments", "Comments"), ("mentions", "From other sites"))
_LINKS = (("", "Links or none"), ("with", "With links"), ("without", "Without links"))
_EMPTY: Mapping[str, tuple[str, str]] = {
    "held": ("Nobody is waiting", "Comments that this site's rules hold will stand here until you decide."),
    "elsewhere": (
        "No other site is waiting",
        "Links to your pages that wait for you stand here and under Held.",
    ),
    "reported": ("Nothing was reported", "Comments that readers report stand here until you decide."),
    "spam": ("No spam", "What the spam filter catches is kept here, so that nothing real gets lost."),
    "published": ("No comments yet", "Published comments of this site will stand here."),
    "deleted": ("Nothing was deleted", "Rejected comments stand here and can be brought back."),
    "all": ("Nothing here", "There is no comment."),
}


def queue_page(ctx: PluginContext, request: PluginRequest) -> Page | Redirect | Mapping[str, Any]:
    """Show a page of the queue, or do what a form of it asks and go back to the same place."""
    view = read_view(request)
    if request.method != "POST":
        return _show(ctx, view, rights_on(ctx, request.moderator), request.query.get("done", ""))
    outcome = _decide(ctx, view, request)
    if request.fragment:
        return {
            "notice": outcome.notice, "undo": outcome.undo, "refused": list(outcome.refused), "counts": _counts(ctx),
        }  # fmt: skip
    query = view.query(done=outcome.undo or None)
    return Redirect(path=f"?{urlencode(query)}" if query else "", notice=outcome.notice)


def count_held(ctx: PluginContext) -> int:
    """How many wait, counted no further than anybody wants to read."""
    return ctx.queue.counts([CommentState.HELD], at_most=COUNTED)[CommentState.HELD]


def _decide(ctx: PluginContext, view: View, request: PluginRequest) -> Outcome:
    actor = request.moderator.name if request.moderator else ctx.plugin
    rights = rights_on(ctx, request.moderator)
    action = request.form.get("action", "")
    if action == "undo":
        return undo(ctx, request.form.get("undo", ""), rights, actor=actor)
    if request.form.get("scope") == "matching" and view.tab != REPORTED:
        return perform_on_all(ctx, action, view, request.form.get("newest", ""), rights, actor=actor)
    return perform(ctx, action, request.form_lists.get("id", ()), actor=actor)


def _show(ctx: PluginContext, view: View, rights: Rights, done: str) -> Page:
    listing = list_page(ctx, view, rights)
    counts = _counts(ctx)
    offered = rights.of(_offered(view)) if rights.change or view.tab in (HELD, ELSEWHERE, REPORTED, PUBLISHED) else []
    return Page(
        template="queue.html",
        values={
            "view": view,
            "select": view.select_all,
            "show_state": not view.states,
            "tabs": _tabs(view, counts),
            "items": listing.items,
            "first_query": view.query(before=None),
            "next_query": view.query(before=listing.next) if listing.next else None,
            "next_title": "Search further back" if listing.searched_to else "Older",
            "select_query": view.query() if view.select_all else view.query(select="all"),
            "searched_to": listing.searched_to,
            "actions": ACTIONS,
            "offered": offered,
            "matching": _matching(ctx, view, listing, counts) if rights.change else "",
            "kinds": _KINDS,
            "plugins": _plugins(ctx, view),
            "link_choices": _LINKS,
            "chips": _chips(view, listing),
            "empty": _empty(view, listing),
            "done": done if done and read_undo(ctx, done) else "",
            "looks": STATE_LOOKS,
        },
    )


def _counts(ctx: PluginContext) -> dict[str, str]:
    """What waits, by tab and in words. Published and deleted comments wait for nobody: they are not counted."""
    states = [CommentState.HELD, CommentState.SPAM]
    numbers = {state.value: number for state, number in ctx.queue.counts(states, at_most=COUNTED).items()}
    numbers[REPORTED] = count_reported(ctx)
    return {tab: _number(number) for tab, number in numbers.items()}


def _tabs(view: View, counts: Mapping[str, str]) -> list[tuple[str, str, str | None, dict[str, str]]]:
    tabs = dict(TABS) | ({ALL: "All"} if view.author or view.page is not None else {})
    found = []
    for value, title in tabs.items():
        found.append((value, title, counts.get(value), view.query(state=value, before=None)))
    return found


def _offered(view: View) -> list[str]:
    """The buttons for what is selected."""
    if view.tab == REPORTED:
        return list(OFFERED_FOR_REPORTED)
    if view.tab == ALL:
        return ["publish", "reject", "spam", "hold"]
    return list(OFFERED[view.states[0]])


def _matching(ctx: PluginContext, view: View, listing: Listing, counts: Mapping[str, str]) -> str:
    """What "all that match" is called, "" where it is no more than what the page shows."""
    if view.tab == REPORTED or view.before is not None or listing.next is None or not listing.items:
        return ""
    if view.is_filtered or not view.states:
        return "All"
    if (known := counts.get(view.tab)) is not None:
        return f"All {known}"
    number = ctx.queue.counts(view.states, at_most=COUNTED)[view.states[0]]
    return f"All {_number(number)}"


def _number(number: int) -> str:
    """Counted no further than anybody wants to read."""
    return str(number) if number < COUNTED else f"{COUNTED - 1}+"


def _plugins(ctx: PluginContext, view: View) -> list[tuple[str, str]]:
    names = sorted({*ctx.queue.judges(), *([view.plugin] if view.plugin else [])})
    return [("", "Whatever plugins said"), *((name, f"Against it: {name}") for name in names)]


def _chips(view: View, listing: Listing) -> list[tuple[str, str, dict[str, str]]]:
    """The filters that are not in the form, each with the view without it."""
    chips = []
    first = listing.items[0] if listing.items else None
    if view.search:
        chips.append(("Search:", view.search, view.query(q=None, before=None)))
    if view.author:
        name = first.comment.author.name if first else ""
        tab = HELD if view.tab == ALL and view.page is None else view.tab
        chips.append(("Author:", name or "one author", view.query(author=None, before=None, state=tab)))
    if view.page is not None:
        title = (first.thread.title or first.thread.key) if first else "one page"
        tab = HELD if view.tab == ALL and not view.author else view.tab
        chips.append(("Page:", title, view.query(page=None, before=None, state=tab)))
    return chips


def _empty(view: View, listing: Listing) -> tuple[str, str]:
    if listing.searched_to is not None:
        return ("Nothing so far", "Older comments were not looked at yet.")
    if view.before is not None:
        return ("That was all", "There is nothing older.")
    if view.is_filtered and view != View(tab=ELSEWHERE):
        return ("Nothing matches", "No comment of this tab is as you asked for.")
    return _EMPTY[view.tab]
