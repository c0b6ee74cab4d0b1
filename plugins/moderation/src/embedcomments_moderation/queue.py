"""The queue: an admin page that works with forms alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from embedcomments.api import Comment, CommentKind, CommentState, Page, PluginContext, PluginRequest, Redirect, Thread
from embedcomments_moderation.actions import ACTIONS, OFFERED, perform

PAGE_SIZE = 25
TABS = {
    CommentState.HELD: "Held",
    CommentState.SPAM: "Spam",
    CommentState.PUBLISHED: "Published",
    CommentState.DELETED: "Deleted",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """What part of the queue is looked at. ``before`` is the id of the last comment of the page before."""

    state: CommentState
    search: str
    before: str | None
    select_all: bool

    def query(self, **changes: str | None) -> dict[str, str]:
        """Its query parameters, with changes; None drops one. What is as by default is left out."""
        values: dict[str, str | None] = {"state": self.state.value, "q": self.search or None, "before": self.before}
        values.update(changes)
        if values["state"] == CommentState.HELD.value:
            values["state"] = None
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """One plugin's reason. ``plugin`` is "" when none is named."""

    plugin: str
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A comment as the template shows it. The URLs are http(s) or None."""

    comment: Comment
    thread: Thread
    thread_url: str | None
    author_url: str | None
    link_url: str | None
    reasons: Sequence[Reason]


def queue_page(ctx: PluginContext, request: PluginRequest) -> Page | Redirect:
    """Show a page of the queue, or do what a form of it asks and go back to the same place."""
    view = read_view(request)
    if request.method == "POST":
        actor = request.moderator.name if request.moderator else None
        notice = perform(ctx.comments, request.form.get("action", ""), request.form_lists.get("id", ()), actor=actor)
        return Redirect(path=_with_query(view.query()), notice=notice)
    return _show(ctx, view)


def read_view(request: PluginRequest) -> View:
    """The view that the query asks for; nonsense means the first page of what is held."""
    state = request.query.get("state", CommentState.HELD.value)
    return View(
        state=CommentState(state) if state in list(CommentState) else CommentState.HELD,
        search=request.query.get("q", "").strip()[:200],
        before=request.query.get("before") or None,
        select_all=request.query.get("select") == "all",
    )


def _show(ctx: PluginContext, view: View) -> Page:
    # One more than is shown tells whether there is a next page.
    found = ctx.comments.list(states=[view.state], search=view.search, before=view.before, limit=PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    waiting = {state: ctx.comments.count(states=[state]) for state in (CommentState.HELD, CommentState.SPAM)}
    threads: dict[int, Thread] = {}
    items = []
    for comment in shown:
        if comment.thread_id not in threads:
            threads[comment.thread_id] = ctx.comments.thread_of(comment)
        items.append(_item(comment, threads[comment.thread_id]))
    return Page(
        template="queue.html",
        values={
            "view": view,
            "tabs": [(state.value, title, waiting.get(state)) for state, title in TABS.items()],
            "items": items,
            "first_query": view.query(before=None),
            "next_query": view.query(before=shown[-1].id) if len(found) > PAGE_SIZE else None,
            "select_query": view.query(select=None if view.select_all else "all"),
            "actions": ACTIONS,
            "offered": OFFERED[view.state],
        },
    )


def _item(comment: Comment, thread: Thread) -> Item:
    return Item(
        comment=comment,
        thread=thread,
        thread_url=_web_url(thread.url or thread.key),
        author_url=_web_url(comment.author.url) if comment.kind is CommentKind.COMMENT else None,
        link_url=_web_url(comment.link.url) if comment.link else None,
        reasons=[_reason(line) for line in (comment.reason or "").splitlines() if line.strip()],
    )


def _reason(line: str) -> Reason:
    # The host writes "plugin: sentence"; what a moderator or an import left there is a sentence alone.
    name, colon, sentence = line.partition(": ")
    if colon and name.replace("-", "").isalnum() and name == name.lower():
        return Reason(plugin=name, sentence=sentence.strip())
    return Reason(plugin="", sentence=line.strip())


def _web_url(value: str | None) -> str | None:
    """``value`` when it is an http(s) URL: a link on a first-party page must never run code."""
    try:
        return value if value and urlsplit(value).scheme in ("http", "https") else None
    except ValueError:
        return None


def _with_query(query: dict[str, str]) -> str:
    return f"?{urlencode(query)}" if query else ""
