"""Likes and links of other sites below the comments: names and no pictures, in any language and under any policy."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from axe import AXE, findings
from host_pages import HostPages
from nursery import QuickServer
from playwright.sync_api import expect
from readers import NO_CHANCE, Reader
from running_server import PATIENCE_S

Readers = Callable[..., Reader]
CONFIG = """
disabled_plugins = ["moderation", "profanity", "spam"]
outbound_allow = ["127.0.0.1:{port}"]
[plugins.pingback]
place = "apart"
per_host_per_hour = 100
"""
STRICT = "default-src 'none'; script-src {server}; connect-src {server} {socket}; img-src data:; style-src 'none'"
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def server(start_server: Callable[..., QuickServer], host: HostPages) -> QuickServer:
    made = start_server(CONFIG.format(port=host.server_port))
    made.run("site", "add", "default", "--origin", host.origin)
    return made


@pytest.fixture(scope="module")
def page(server: QuickServer, host: HostPages) -> str:
    """The address of a page with a comment, two likes, a repost and two links; its thread is its address."""
    url = f"{host.origin}/linked"
    escaped = HOSTILE.replace("<", "&lt;").replace(">", "&gt;")
    entry = '<p class="p-author h-card">{}</p><p class="p-name">{}</p><a class="{}" href="{}">x</a>'
    server.comment("Hello", key=url)
    for number, (author, title, what) in enumerate(
        [
            ("Ani", "", "u-like-of"),
            (escaped, "", "u-like-of"),
            ("\N{FAMILY} us", "", "u-repost-of"),
            ("Vera", escaped, "u-bookmark-of"),
            ("نسرین", "یادداشت", ""),
        ]
    ):
        source = host.add(f"/source{number}", f'<div class="h-entry">{entry.format(author, title, what, url)}</div>')
        body = urlencode({"source": source, "target": url}).encode()
        answer = server.call("POST", "/p/pingback/default/webmention", body, {"Content_Type": FORM})
        assert answer.status == 202
        _await(server, url, number + 1)
    return url


FORM = "application/x-www-form-urlencoded"


def told(server: QuickServer, key: str) -> Any:
    thread = server.get(f"/api/v1/sites/default/thread?key={quote(key, safe='')}").json
    return thread["extensions"].get("pingback", {}).get("thread", {"faces": [], "mentions": []})


def _await(server: QuickServer, key: str, count: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while len(told(server, key)["faces"]) + len(told(server, key)["mentions"]) < count:
        assert time.monotonic() < deadline, told(server, key)
        time.sleep(0.1)


def embed(server: QuickServer, host: HostPages, page: str, **how: Any) -> str:
    return host.embed(server.url, page, path="/linked", **how)


def test_likes_and_reposts_are_rows_of_names(
    server: QuickServer, host: HostPages, page: str, new_reader: Readers
) -> None:
    reader = new_reader()
    reader.open(embed(server, host, page))
    likes = reader.thread.get_by_role("region", name="Likes")
    expect(likes.get_by_role("heading")).to_have_text("Likes2")
    faces = likes.get_by_role("link")
    expect(faces).to_have_count(2)
    assert [face.get_attribute("aria-label") for face in faces.all()] == ["Ani", HOSTILE]
    assert [face.text_content() for face in faces.all()] == ["A", '"']
    assert {face.get_attribute("rel") for face in faces.all()} == {"external nofollow ugc"}
    reposts = reader.thread.get_by_role("region", name="Reposts")
    expect(reposts.get_by_role("link")).to_have_attribute("href", f"{host.origin}/source2")
    assert reader.thread.locator(".lb img").count() == 0
    assert [request.url for request in reader.requests if "/source" in request.url or request.url.endswith("/x")] == []


def test_a_like_comes_and_goes_while_one_reads(server: QuickServer, host: HostPages, new_reader: Readers) -> None:
    url = f"{host.origin}/liked"
    server.comment("Hello", key=url)
    reader = new_reader()
    reader.open(host.embed(server.url, url, path="/liked"))
    assert not [request.url for request in reader.requests if "linkbacks" in request.url]
    like = f'<div class="h-entry"><p class="p-author h-card">Ani</p><a class="u-like-of" href="{url}">x</a></div>'
    body = urlencode({"source": host.add("/live-like", like), "target": url}).encode()
    assert server.call("POST", "/p/pingback/default/webmention", body, {"Content_Type": FORM}).status == 202
    face = reader.thread.get_by_role("region", name="Likes").get_by_role("link", name="Ani")
    expect(face).to_be_visible()
    expect(reader.thread.locator("article")).to_have_count(1)
    host.add("/live-like", "<p>I changed my mind")

    def told_again() -> bool:
        # A repeat is taken once in half a minute; its job runs when that is over.
        return server.call("POST", "/p/pingback/default/webmention", body, {"Content_Type": FORM}).status == 202

    assert told_again()
    expect(face).to_have_count(0, timeout=60_000)


def test_links_that_stand_apart_say_who_and_what(
    server: QuickServer, host: HostPages, page: str, new_reader: Readers
) -> None:
    reader = new_reader()
    reader.open(embed(server, host, page))
    items = reader.thread.get_by_role("region", name="Elsewhere").get_by_role("listitem")
    expect(items).to_have_count(2)
    first, second = items.all()
    expect(first.get_by_role("link")).to_have_text(HOSTILE)
    expect(first.get_by_role("link")).to_have_attribute("rel", "external nofollow ugc")
    expect(first.locator(".lb-meta")).to_contain_text("Vera")
    expect(second.get_by_role("link")).to_have_text("یادداشت")
    expect(second.locator(".lb-title")).to_have_css("direction", "rtl")
    expect(reader.thread.locator("article.comment")).to_have_count(1)
    expect(reader.thread.get_by_role("heading", name="1 comment")).to_be_visible()


def test_pages_without_any_do_not_load_the_script(server: QuickServer, host: HostPages, new_reader: Readers) -> None:
    server.comment("Hello", key=f"{host.origin}/plain")
    reader = new_reader()
    reader.open(host.embed(server.url, f"{host.origin}/plain", path="/plain"))
    assert [request.url for request in reader.requests if "linkbacks" in request.url] == []


@pytest.mark.parametrize("lang", ["de", "es", "fa", "fr", "hy", "ru", "tr", "zh-Hans"])
def test_each_language_of_the_widget_has_its_own_words(
    lang: str, server: QuickServer, host: HostPages, page: str, new_reader: Readers
) -> None:
    reader = new_reader()
    words = {}
    for one in ("en", lang):
        reader.open(embed(server, host, page, lang=one))
        sections = reader.thread.locator(".lb section")
        expect(sections).to_have_count(3)
        words[one] = [section.get_attribute("aria-label") for section in sections.all()]
    assert words["en"] == ["Likes", "Reposts", "Elsewhere"]
    assert all(words[lang])
    assert not set(words[lang]) & set(words["en"])


def test_the_strictest_policy_is_not_violated(
    server: QuickServer, host: HostPages, page: str, new_reader: Readers
) -> None:
    embed(server, host, page)
    body, headers = host.pages["/linked"]
    policy = STRICT.format(server=server.url, socket=re.sub("^http", "ws", server.url))
    policy += "; require-trusted-types-for 'script'"
    host.pages["/linked"] = (body, {**headers, "Content-Security-Policy": policy})
    reader = new_reader()
    reader.open(page)
    expect(reader.thread.locator(".lb-face")).to_have_count(3)
    expect(reader.thread.locator(".lb-face").first).to_have_css("border-radius", "50%")
    assert reader.complaints == []


def test_nothing_is_wider_than_a_small_screen(
    server: QuickServer, host: HostPages, page: str, new_reader: Readers
) -> None:
    reader = new_reader(script=NO_CHANCE, viewport={"width": 320, "height": 700})
    head = "<style>html { font-size: 62.5% } body { font-size: 1.6rem; margin: 8px }</style>"
    reader.open(embed(server, host, page, head=head, lang="fa"))
    faces = reader.thread.locator(".lb-face")
    expect(faces).to_have_count(3)
    sizes = faces.evaluate_all("(all) => all.map((one) => [one.offsetWidth, one.offsetHeight])")
    assert [size for size in sizes if min(size) < 24] == []
    assert reader.page.evaluate("() => document.documentElement.scrollWidth") == 320


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there; run: npm ci (in widget/)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(scheme: str, server: QuickServer, host: HostPages, page: str, new_reader: Readers) -> None:
    colours = "background: light-dark(#fff, #111); color: light-dark(#111, #eee)"
    head = f"<style>:root {{ color-scheme: light dark; {colours} }}</style>"
    reader = new_reader(script=NO_CHANCE, color_scheme=scheme, reduced_motion="reduce")
    reader.open(embed(server, host, page, head=head))
    expect(reader.thread.locator(".lb-face")).to_have_count(3)
    assert findings(reader.page, "embed-comments") == []


def test_mention_in_its_place_names_title_and_author(
    start_server: Callable[..., QuickServer], host: HostPages, new_reader: Readers
) -> None:
    server = start_server(CONFIG.format(port=host.server_port).replace('"apart"', '"thread"'))
    server.run("site", "add", "default", "--origin", host.origin)
    url = f"{host.origin}/in-place"
    entry = '<div class="h-entry"><p class="p-author h-card">{}</p><p class="p-name">{}</p><a href="{}">x</a></div>'
    for number, (author, title) in enumerate([("Վերա", "On tests"), ("", "By nobody")]):
        source = host.add(f"/in-place-source{number}", entry.format(author, title, url))
        body = urlencode({"source": source, "target": url}).encode()
        assert server.call("POST", "/p/pingback/default/webmention", body, {"Content_Type": FORM}).status == 202
    reader = new_reader()
    reader.open(host.embed(server.url, url, path="/in-place"))
    lines = reader.thread.locator(".ping-line")
    expect(lines).to_have_text(["Webmention: On tests, Վերա", "Webmention: By nobody"], timeout=PATIENCE_S * 1000)
    expect(lines.first.get_by_role("link")).to_have_attribute("rel", "external nofollow ugc")
