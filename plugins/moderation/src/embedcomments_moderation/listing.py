"""A page of the queue: its comments with all that is shown beside them, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from embedcomments.api import Action, Comment, CommentKind, CommentState, PluginContext, Thread, Verdict
from embedcomments_moderation.actions import Rights, offered_for
from embedcomments_moderation.reports import Report, list_reported, open_reports
from embedcomments_moderation.view import LINKS, REPORTED, View

PAGE_SIZE = 25
REPORTED_AT_ONCE = 200
MOST_LOOKED_AT = 1_000
# From here on a text scrolls in its own place, so that the next comment stays near.
LONG_TEXT = 1_500
LOOKS: Mapping[str, str] = {"publish": "good", "hold": "warn", "spam": "bad", "reject": "bad"}
STATE_LOOKS: Mapping[str, str] = {"published": "good", "held": "warn", "spam": "bad", "deleted": ""}


@dataclass(frozen=True, kw_only=True, slots=True)
class Opinion:
    """What one plugin said. ``plugin`` and ``action`` are "" when none is known, ``percent`` 0 for no harm seen."""

    sentence: str
    plugin: str = ""
    action: str = ""
    percent: int = 0

    @property
    def look(self) -> str:
        """A class of the host's pills."""
        return LOOKS.get(self.action, "warn")


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A comment as the template shows it. The URLs are http(s) or None; ``history`` counts its author's comments in
    words; ``offered`` names the actions for it, the likeliest first."""

    comment: Comment
    thread: Thread
    thread_url: str | None
    author_url: str | None
    link_url: str | None
    history: str
    is_new_here: bool
    opinions: Sequence[Opinion]
    reports: Sequence[Report]
    offered: Sequence[str]
    is_long: bool
    ban_query: Mapping[str, str] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """A page. ``next`` is the ``before`` of the one behind it; ``searched_to``: how far back was looked when a search
    ended before the page was full."""

    items: Sequence[Item]
    next: str | None
    searched_to: datetime | None


def list_page(ctx: PluginContext, view: View, rights: Rights) -> Listing:
    """The page of the queue that ``view`` shows."""
    if view.tab == REPORTED:
        return _list_reported(ctx, view, rights)
    found = ctx.queue.find(**view.filters(), before=view.before, limit=PAGE_SIZE)
    return Listing(items=make_items(ctx, found.comments, rights), next=found.next, searched_to=found.searched_to)


def _list_reported(ctx: PluginContext, view: View, rights: Rights) -> Listing:
    """Reports are few, and stand in a table of their own: the comments are looked at one after another."""
    found: list[Comment] = []
    at_once = REPORTED_AT_ONCE if view.is_filtered else PAGE_SIZE + 1
    before, looked, last = view.before, 0, None
    following, searched_to = None, None
    while following is None and searched_to is None:
        ids = list_reported(ctx, before=before, limit=at_once)
        known = ctx.queue.by_id(ids)
        comments = [known[comment_id] for comment_id in ids if comment_id in known]
        for comment in _those_in(ctx, view, comments):
            if len(found) == PAGE_SIZE:
                following = found[-1].id
                break
            found.append(comment)
        if following is not None or len(ids) < at_once:
            break
        before, looked, last = ids[-1], looked + len(ids), comments[-1] if comments else last
        if looked >= MOST_LOOKED_AT and last is not None:
            following, searched_to = before, last.created_at
    return Listing(items=make_items(ctx, found, rights, with_reports=True), next=following, searched_to=searched_to)


def _those_in(ctx: PluginContext, view: View, comments: Sequence[Comment]) -> Sequence[Comment]:
    """Those of the comments that the view's filters leave."""
    if not view.is_filtered or not comments:
        return comments
    threads = ctx.comments.threads_of(comments) if view.search else {}
    verdicts = ctx.comments.verdicts([comment.id for comment in comments]) if view.plugin else {}
    sought = view.search.casefold()

    def is_in(comment: Comment) -> bool:
        thread = threads.get(comment.thread_id)
        words = [comment.source, comment.author.name, comment.author.email or ""]
        words += [thread.key, thread.title or "", thread.url or ""] if thread else []
        against = [one for one in verdicts.get(comment.id, ()) if one.plugin == view.plugin]
        return (
            (not sought or any(sought in text.casefold() for text in words))
            and (not view.kinds or comment.kind in view.kinds)
            and LINKS[view.links] in (None, "<a " in comment.html)
            and (not view.author or comment.identity_id == view.author)
            and (view.page is None or comment.thread_id == view.page)
            and (not view.plugin or any(one.action is not Action.PUBLISH for one in against))
        )

    return [comment for comment in comments if is_in(comment)]


def make_items(
    ctx: PluginContext, comments: Sequence[Comment], rights: Rights, *, with_reports: bool = False
) -> list[Item]:
    """What is shown of these comments: four queries, however many they are."""
    if not comments:
        return []
    ids = [comment.id for comment in comments]
    threads = ctx.comments.threads_of(comments)
    verdicts = ctx.comments.verdicts(ids)
    writers = [comment.identity_id for comment in comments if comment.identity_id is not None]
    histories = ctx.queue.histories(writers)
    reports = open_reports(ctx, ids) if with_reports else {}
    return [
        _item(
            comment,
            threads[comment.thread_id],
            verdicts.get(comment.id, ()),
            histories.get(comment.identity_id or "", {}),
            reports.get(comment.id, ()),
            rights,
        )
        for comment in comments
        if comment.thread_id in threads
    ]


def _item(
    comment: Comment,
    thread: Thread,
    verdicts: Sequence[Verdict],
    history: Mapping[CommentState, int],
    reports: Sequence[Report],
    rights: Rights,
) -> Item:
    is_writer = comment.kind is CommentKind.COMMENT
    return Item(
        comment=comment,
        thread=thread,
        thread_url=web_url(thread.url or thread.key),
        author_url=web_url(comment.author.url) if is_writer else None,
        link_url=web_url(comment.link.url) if comment.link else None,
        history=_in_words(history),
        is_new_here=is_writer and comment.identity_id is not None and not history.get(CommentState.PUBLISHED),
        opinions=_opinions(verdicts, comment.reason),
        reports=reports,
        offered=offered_for(comment.state, rights, is_reported=bool(reports)),
        is_long=len(comment.source) > LONG_TEXT,
        ban_query={"comment": comment.id} if rights.ban and is_writer and not comment.is_erased else None,
    )


def _in_words(history: Mapping[CommentState, int]) -> str:
    if sum(history.values()) < 2:
        return ""  # this comment is all there is
    return " · ".join(f"{history[state]} {state.value}" for state in CommentState if history.get(state))


def _opinions(verdicts: Sequence[Verdict], reason: str | None) -> list[Opinion]:
    """The verdicts, the strictest first; where none were kept, what stands in the comment's reason."""
    if verdicts:
        strict = sorted(verdicts, key=lambda verdict: (-list(LOOKS).index(verdict.action.value), verdict.plugin))
        return [
            Opinion(
                sentence=verdict.reason,
                plugin=verdict.plugin,
                action=verdict.action.value,
                percent=round(100 * min(1.0, max(0.0, verdict.score))),
            )
            for verdict in strict
            if verdict.reason or verdict.action.value != "publish"
        ]
    return [_opinion(line) for line in (reason or "").splitlines() if line.strip()]


def _opinion(line: str) -> Opinion:
    # The host writes "plugin: sentence"; what a moderator or an import left there is a sentence alone.
    name, colon, sentence = line.partition(": ")
    if colon and name.replace("-", "").isalnum() and name == name.lower():
        return Opinion(plugin=name, sentence=sentence.strip())
    return Opinion(sentence=line.strip())


def web_url(value: str | None) -> str | None:
    """``value`` when it is an http(s) URL: a link on a first-party page must never run code."""
    try:
        return value if value and urlsplit(value).scheme in ("http", "https") else None
    except ValueError:
        return None
