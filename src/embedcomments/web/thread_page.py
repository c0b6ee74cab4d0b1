"""A thread as a plain page: for readers without JavaScript, static builds and search engines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, render_template, request

from embedcomments.domain.comments import Comment
from embedcomments.domain.errors import CommentNotFound
from embedcomments.domain.ids import is_id
from embedcomments.domain.sites import Site
from embedcomments.services.snapshots import Snapshot, encode_snapshot
from embedcomments.services.views import moment
from embedcomments.web.answers import kept_answer
from embedcomments.web.cors import remember_site
from embedcomments.web.parts import Parts, parts
from embedcomments.web.threads import argument, query_string, sort_argument, thread_mark

blueprint = Blueprint("thread_page", __name__, url_prefix="/api/v1")

_HTML = "text/html; charset=utf-8"
_HEADERS = (
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'",
    ),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
)


@dataclass(slots=True)
class Node:
    """A comment with the answers below it. ``more``: the address of the rest of its branch."""

    comment: Comment
    answers: list[Node] = field(default_factory=list)
    more: str | None = None


@blueprint.get("/sites/<site>/thread.html")
def thread_html(site: str) -> Response:
    """A page of the thread, or with ``branch`` the rest of a long branch."""
    own = parts()
    found = remember_site(own.sites.get(site))
    key = own.reading.key(found, argument("key"))
    sort = sort_argument()
    after = request.args.get("after") or None
    branch = request.args.get("branch") or None
    path = request.path

    def address(**query: str | None) -> str:
        values = {"key": key, "sort": None if sort.value == "oldest" else sort.value, **query}
        return f"{path}?{urlencode({name: value for name, value in values.items() if value})}"

    def build() -> Snapshot:
        present = own.sites.get(site)
        page = own.reading.page(present, key, sort, None if branch else after)
        comments, following = page.comments, address(after=page.next) if page.next else None
        if branch:
            above = _branch(own, present, key, branch)
            comments, rest = own.reading.replies(above, after)
            following = address(branch=branch, after=rest) if rest else None
        forest = as_forest(comments)
        for node in forest:
            if node.comment.id in page.more and not branch:
                node.more = address(branch=node.comment.id, after=page.more[node.comment.id])
        thread = page.thread
        html = render_template(
            "thread.html",
            site=present,
            page=page,
            title=(thread and thread.title) or key,
            page_url=_web_url((thread and thread.url) or key),
            forest=forest,
            policy=own.renderer.render(present.settings.policy) if present.settings.policy else "",
            links=own.extensions.discovery_links(present, thread),
            feeds=_feeds(own, present),
            start=address() if branch or after else None,
            following=following,
            moment=moment,
            web_url=_web_url,
        )
        return encode_snapshot(html.encode(), _HTML)

    return kept_answer(
        own.kept.add(
            path,
            query_string(),
            lambda: own.sites.get(site),
            lambda: thread_mark(own, site, key),
            build,
            _HEADERS,
        )
    )


def as_forest(comments: Sequence[Comment]) -> list[Node]:
    """The comments below one another; one whose parent is not among them stands at the top."""
    nodes: dict[str, Node] = {}
    tops: list[Node] = []
    for comment in comments:
        node = nodes[comment.id] = Node(comment)
        above = nodes.get(comment.parent_id or "")
        (above.answers if above else tops).append(node)
    return tops


def _feeds(own: Parts, site: Site) -> list[dict[str, str]]:
    return [
        {
            "title": feed.title,
            "type": feed.content_type.partition(";")[0],
            "href": f"/p/{item.plugin.name}/{site.name}/feeds/{feed.name}",
        }
        for item in own.choices.enabled(site)
        for feed in item.plugin.feeds
    ]


def _branch(own: Parts, site: Site, key: str, comment_id: str) -> Comment:
    if is_id(comment_id):
        comment = own.reading.comment(comment_id)
        if comment.site_id == site.id and comment.is_visible and own.reading.thread_of(comment).key == key:
            return comment
    raise CommentNotFound("There is no such comment.")


def _web_url(value: str | None) -> str | None:
    """``value`` when it is an http(s) URL; no other scheme becomes a link."""
    try:
        return value if value and urlsplit(value).scheme in ("http", "https") else None
    except ValueError:
        return None
