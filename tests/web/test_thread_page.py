"""``thread.html``: the thread without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from types import ModuleType
from typing import Any
from urllib.parse import quote

import pytest
from site_client import SiteClient

from embedcomments.api import FeedDocument

PAGE = "/api/v1/sites/default/thread.html?key=page"
HOSTILE = "\"><script>alert('x')</script>&amp;"


class Outline(HTMLParser):
    """The comments of a page with their depth in lists, their texts, and the links that lead on."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.comments: list[tuple[int, str]] = []
        self.next: dict[str, str] = {}
        self.tags: list[str] = []
        self._depth = 0
        self._in_body = 0
        self._href: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(tag)
        self._depth += tag == "ol"
        if tag == "article":
            self.comments.append((self._depth, ""))
        if tag == "div" and "body" in (values.get("class") or ""):
            self._in_body = 1
        if tag == "a" and values.get("rel") == "next":
            self._href = values["href"]

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "ol"
        if tag == "div":
            self._in_body = 0

    def handle_data(self, data: str) -> None:
        if self._in_body:
            self.comments[-1] = (self.comments[-1][0], self.comments[-1][1] + data)
        elif self._href is not None:
            self.next[data] = self._href
            self._href = None

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.comments]


def test_page_forbids_all_but_its_own_style(client: SiteClient) -> None:
    headers = client.get(PAGE).headers
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"


def test_thread_that_nobody_wrote_in_is_a_page(client: SiteClient) -> None:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    assert "Nobody has written here yet." in answer.text
    assert "<h1>0 comments</h1>" in answer.text


def test_answers_are_nested_and_a_removed_comment_leaves_its_place(client: SiteClient) -> None:
    one = client.write("one", author={"name": "Ann"})
    two = client.write("two", parent_id=one["comment"]["id"])
    client.write("three", parent_id=two["comment"]["id"])
    client.write("four")
    assert Outline(client.get(PAGE).text).comments == [(1, "one"), (2, "two"), (3, "three"), (1, "four")]
    client.call("DELETE", f"/api/v1/comments/{two['comment']['id']}", token=two["edit_token"])
    html = client.get(PAGE).text
    assert Outline(html).comments == [(1, "one"), (2, ""), (3, "three"), (1, "four")]
    assert html.count("This comment was removed.") == 1
    assert "<h1>3 comments</h1>" in html


def test_mention_links_to_the_page_that_it_comes_from(client: SiteClient, mention: Callable[..., Any]) -> None:
    mention(client, "https://other.example/post", f"Post {HOSTILE}")
    html = client.get(PAGE).text
    assert (
        '<span class="kind">Pingback:</span> <a class="u-url" itemprop="url" '
        'href="https://other.example/post" rel="external nofollow ugc noopener">'
        '<bdi class="p-name" itemprop="name">Post &#34;&gt;&lt;script&gt;'
    ) in html
    assert "An excerpt." in html


def test_whatever_people_write_is_escaped(client: SiteClient, mention: Callable[..., Any]) -> None:
    body = {
        "thread": {"key": "page", "url": "https://example.com/?a=1&b=<x>".replace("<x>", "x"), "title": HOSTILE},
        "author": {"name": HOSTILE, "url": "https://example.com/?a=1&b=2"},
        "text": HOSTILE,
    }
    assert client.post(body).status_code == 201
    mention(client, "javascript:alert(1)", HOSTILE, HOSTILE)
    html = client.get(PAGE).text
    assert "<script" not in html
    assert "javascript:" not in html
    assert 'href="https://example.com/?a=1&amp;b=2"' in html
    escaped = "&#34;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;"
    assert f'<bdi itemprop="name">{escaped}</bdi>' in html
    assert f"<title>Comments: {escaped}</title>" in html
    assert not [tag for tag in Outline(html).tags if tag in ("script", "img", "iframe", "form")]


def test_key_is_escaped_and_only_a_web_address_becomes_a_link(shared: SiteClient) -> None:
    html = shared.get(f"/api/v1/sites/default/thread.html?key={quote(HOSTILE)}").text
    assert "<script" not in html
    assert "canonical" not in html
    assert unescape(re.findall(r"<title>(.*?)</title>", html)[0]) == f"Comments: {HOSTILE}"
    html = shared.get("/api/v1/sites/default/thread.html?key=https://example.com/a%3Fb=1%26c=2").text
    assert '<link rel="canonical" href="https://example.com/a?b=1&amp;c=2">' in html
    html = shared.get("/api/v1/sites/default/thread.html?key=javascript:alert(1)").text
    assert 'href="javascript' not in html


@pytest.mark.parametrize("sort", ["oldest", "newest", "top"])
def test_links_lead_through_every_comment_once(client: SiteClient, sort: str) -> None:
    client.fill([f"t{number}" for number in range(120)])
    client.fill(["root", *(f"a{number}" for number in range(140))], below="root")
    found: list[str] = []
    waiting = [f"{PAGE}&sort={sort}"]
    visited = 0
    while waiting:
        outline = Outline(client.get(waiting.pop()).text)
        found += outline.texts
        waiting += outline.next.values()
        visited += 1
    assert sorted(found) == sorted([*(f"t{n}" for n in range(120)), *(f"a{n}" for n in range(140)), "root"])
    assert visited == 4


def test_page_in_the_middle_leads_back_to_the_beginning(client: SiteClient) -> None:
    client.fill([f"t{number}" for number in range(120)])
    first = client.get(f"{PAGE}&sort=newest").text
    assert "From the beginning" not in first
    second = client.get(Outline(first).next["More comments"]).text
    assert '<a href="/api/v1/sites/default/thread.html?key=page&amp;sort=newest">From the beginning</a>' in second


def test_branch_must_be_one_of_the_thread(new_client: Callable[..., SiteClient], holder: ModuleType) -> None:
    client = new_client(holder)
    elsewhere = client.write("one", key="elsewhere")["comment"]["id"]
    held = client.write("HOLD it")["comment"]["id"]
    for branch in (elsewhere, held, "nonsense", "06dk000000000000000000zz", "%00"):
        answer = client.get(f"{PAGE}&branch={branch}")
        assert (answer.status_code, answer.json["code"]) == (404, "comment_not_found")


def test_policy_stands_above_and_a_closed_thread_says_so(client: SiteClient) -> None:
    client.write("one")
    desk = client.sign_in()
    form = {"action": "save", "title": "", "policy": "Be *kind*", "edit_window_min": "1", "max_length": "50"}
    desk.submit("/admin/default/site", form)
    client.parts.moderating.set_closed(client.parts.sites.get("default"), "page", True, actor="test")
    html = client.get(PAGE).text
    assert '<div class="policy" dir="auto"><p>Be <em>kind</em></p></div>' in html
    assert "This discussion is closed." in html


def test_page_announces_what_plugins_offer(
    new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType]
) -> None:
    feed = FeedDocument(
        name="all.atom", title='All "new"', content_type="application/atom+xml", build=lambda ctx, request: b"<feed/>"
    )
    client = new_client(
        make_plugin(
            "feeds",
            discovery_links=lambda ctx, thread: [("pingback", f"{ctx.public_url}/p/feeds?a&b")],
            register_feeds=lambda: [feed],
        )
    )
    html = client.get(PAGE).text
    assert '<link rel="pingback" href="http://localhost:8080/p/feeds?a&amp;b">' in html
    link = re.findall(r'<link rel="alternate" type="(.*?)" title="(.*?)" href="(.*?)">', html)
    assert link == [("application/atom+xml", "All &#34;new&#34;", "/p/feeds/default/feeds/all.atom")]
    assert client.get(link[0][2]).data == b"<feed/>"
    client.parts.lifecycle.switch(client.parts.sites.get("default"), "feeds", on=False)
    assert 'rel="alternate"' not in client.get(PAGE).text
