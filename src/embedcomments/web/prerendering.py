"""A thread as a part of a page that is built ahead: for readers without JavaScript and for search engines. In
``<embed-comments>`` the widget takes its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import render_template

from embedcomments.domain.comments import Comment
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Sort
from embedcomments.services.reading import PAGE_SIZE, ThreadPage
from embedcomments.services.views import moment
from embedcomments.web.addresses import web_url
from embedcomments.web.forest import as_forest
from embedcomments.web.parts import Parts
from embedcomments.web.words import Words, words_for

MOST = 500
"""After so many comments a link to the rest stands instead: a page is read by people, too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prerendered:
    """A thread's part of a page. ``html`` has one root element and ends with a line break; ``count`` is that of the
    whole thread; ``is_empty``: there is neither a comment nor a mention."""

    key: str
    title: str
    count: int
    is_empty: bool
    html: str


def prerender(
    own: Parts, site: Site, key: str, *, sort: Sort = Sort.OLDEST, words: Words | None = None, most: int = MOST
) -> Prerendered:
    """What a page may hold of the thread ``key`` (normalised), of no more than ``most`` comments and a page.

    Within an app's context. Links that lead on are absolute, those to a comment are fragments of the page around it.
    A thread that nobody wrote in has no comments; of a hidden one there is nothing but that it is closed.
    """
    words = words or words_for("")

    def address(**query: str) -> str:
        values = {"key": key}
        values |= {} if sort is Sort.OLDEST else {"sort": sort.value}
        values |= {} if words.is_english else {"lang": words.lang}
        return f"{own.public_url}/api/v1/sites/{site.name}/thread.html?{urlencode(values | query)}"

    first = page = own.reading.page(site, key, sort)
    comments: list[Comment] = []
    rest: dict[str, str] = {}
    while True:
        rest |= _take_in(own, page, comments, most)
        if page.next is None or len(comments) >= most:
            break
        page = own.reading.page(site, key, sort, page.next)
    forest = as_forest(comments, site.settings.nesting)
    for node in forest:
        if node.comment.id in rest:
            node.more = address(branch=node.comment.id, after=rest[node.comment.id])
    thread = first.thread
    title = (thread and thread.title) or key
    count = thread.count if thread else 0
    apart = own.reading.apart(first)
    html = render_template(
        "prerendered.html",
        words=words,
        title=title,
        page_url=web_url((thread and thread.url) or key),
        count=count,
        closed=thread is not None and thread.closed,
        forest=forest,
        apart=apart,
        following=address(after=page.next) if page.next else None,
        moment=moment,
        web_url=web_url,
    )
    return Prerendered(key=key, title=title, count=count, is_empty=not (comments or apart), html=f"{html.strip()}\n")


def _take_in(own: Parts, page: ThreadPage, comments: list[Comment], most: int) -> dict[str, str]:
    """Add a page's comments with the rest of its long branches; by the id of a root the cursor to what is still left
    out of its branch."""
    by_root: dict[str, list[Comment]] = {}
    for comment in page.comments:
        by_root.setdefault(comment.root_id, []).append(comment)
    left: dict[str, str] = {}
    for root_id, branch in by_root.items():
        comments += branch
        after = page.more.get(root_id)
        while after and len(comments) + PAGE_SIZE <= most:
            answers: Sequence[Comment]
            answers, after = own.reading.replies(branch[0], after)
            comments += answers
        if after:
            left[root_id] = after
    return left
