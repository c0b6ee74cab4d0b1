"""A thread as a plain page: for readers without JavaScript, static builds and search engines."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from embedcomments.domain.comments import Comment
from embedcomments.domain.errors import CommentNotFound
from embedcomments.domain.ids import is_id
from embedcomments.domain.sites import Site
from embedcomments.services.snapshots import Snapshot, encode_snapshot
from embedcomments.services.views import moment
from embedcomments.web.addresses import web_url
from embedcomments.web.answers import kept_answer
from embedcomments.web.cors import remember_site
from embedcomments.web.forest import as_forest
from embedcomments.web.parts import Parts, parts
from embedcomments.web.prerendering import prerender
from embedcomments.web.threads import argument, query_string, sort_argument, thread_mark
from embedcomments.web.words import words_for

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


@blueprint.get("/sites/<site>/thread.html")
def thread_html(site: str) -> Response:
    """A page of the thread, with ``branch`` the rest of a long branch, or with ``part`` what a page may hold of it."""
    own = parts()
    found = remember_site(own.sites.get(site))
    key = own.reading.key(found, argument("key"))
    sort = sort_argument()
    after = request.args.get("after") or None
    branch = request.args.get("branch") or None
    words = words_for(request.args.get("lang", ""))
    path = request.path

    lang = None if words.is_english else words.lang

    def address(**query: str | None) -> str:
        values = {"key": key, "sort": None if sort.value == "oldest" else sort.value, "lang": lang, **query}
        return f"{path}?{urlencode({name: value for name, value in values.items() if value})}"

    def build() -> Snapshot:
        present = own.sites.get(site)
        page = own.reading.page(present, key, sort, None if branch else after)
        comments, following = page.comments, address(after=page.next) if page.next else None
        if branch:
            above = _branch(own, present, key, branch)
            comments, rest = own.reading.replies(above, after)
            following = address(branch=branch, after=rest) if rest else None
        forest = as_forest(comments, present.settings.nesting)
        for node in forest:
            if node.comment.id in page.more and not branch:
                node.more = address(branch=node.comment.id, after=page.more[node.comment.id])
        thread = page.thread
        html = render_template(
            "thread.html",
            site=present,
            page=page,
            title=(thread and thread.title) or key,
            page_url=web_url((thread and thread.url) or key),
            forest=forest,
            apart=[] if branch or after else own.reading.apart(page),
            policy=own.renderer.render(present.settings.policy) if present.settings.policy else "",
            links=own.extensions.discovery_links(present, thread),
            feeds=_feeds(own, present),
            start=address() if branch or after else None,
            following=following,
            words=words,
            moment=moment,
            web_url=web_url,
        )
        return encode_snapshot(html.encode(), _HTML)

    def build_part() -> Snapshot:
        return encode_snapshot(prerender(own, own.sites.get(site), key, sort=sort, words=words).html.encode(), _HTML)

    return kept_answer(
        own.kept.add(
            path,
            query_string(),
            lambda: own.sites.get(site),
            lambda: thread_mark(own, site, key),
            build_part if request.args.get("part") else build,
            _HEADERS,
        )
    )


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
        if comment.site_id == site.id and own.reading.is_shown(site, comment) and own.reading.is_in(comment, site, key):
            return comment
    raise CommentNotFound("There is no such comment.")
