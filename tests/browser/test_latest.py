"""``<embed-comments-latest>`` on pages of another site."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe import AXE, findings
from host_pages import HostPages
from nursery import QuickServer
from playwright.sync_api import Locator, expect
from readers import NO_CHANCE, Reader

Readers = Callable[..., Reader]
DOCS = Path(__file__).parents[2] / "docs"
TAG = "embed-comments-latest"


@pytest.fixture(scope="module")
def server(start_server: Callable[..., QuickServer]) -> QuickServer:
    """A server with seven comments in three threads, the newest of them last."""
    found = start_server()
    page = {
        "key": "https://elsewhere.example/a#part",
        "url": "https://elsewhere.example/a#part",
        "title": "A <b>page</b>",
    }
    for number in range(4):
        found.comment(f"Comment {number}", key="plain key")
    top = found.comment("First *words* of <img src=x onerror=alert(1)> & more", thread=page, author={"name": "Անահիտ"})
    answer = "> First words\n\nMine"
    found.comment(answer, thread=page, parent_id=top.json["comment"]["id"], author={"name": "<i>Eve</i>"})
    found.comment("چه خبر خوبی!", key="javascript:alert(1)", author={"name": "مریم"})
    return found


def page_with(server: QuickServer, host: HostPages, elements: str, *, path: str = "/front", **headers: str) -> str:
    return host.add(
        path,
        f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Front page</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head><body>
<main><h1>Front page</h1>{elements}</main>
<script async src="{server.url}/embed.js" data-auto="off"></script></body></html>""",
        **headers,
    )


@pytest.fixture
def lists(new_reader: Readers) -> Callable[..., Locator]:
    """Opens a page, waits for its lists; the first of them."""

    def opened(address: str, reader: Reader | None = None) -> Locator:
        reader = reader or new_reader()
        reader.page.goto(address)
        first = reader.page.locator(TAG).first
        expect(first).to_have_attribute("data-status", "ready")
        return first

    return opened


def test_list_shows_first_words_as_text_and_leads_to_where_they_stand(
    server: QuickServer, host: HostPages, lists: Callable[..., Locator]
) -> None:
    found = lists(page_with(server, host, f"<{TAG} data-limit=4></{TAG}>"))
    assert [text.split(" · ")[0] for text in found.locator(".by").all_inner_texts()] == [
        "مریم",
        "<i>Eve</i>",
        "Անահիտ",
        "Anonymous",
    ]
    assert found.locator(".text").all_inner_texts() == [
        "چه خبر خوبی!",
        "Mine",
        "First words of <img src=x onerror=alert(1)> & more",
        "Comment 3",
    ]
    links = found.locator("a").evaluate_all("all => all.map(each => each.href.replace(/comment-.*/, 'comment-ID'))")
    assert links == ["https://elsewhere.example/a#comment-ID"] * 2
    expect(found.locator(".by").nth(1)).to_contain_text("A <b>page</b>")
    parts = set(found.locator("[part]").evaluate_all("all => all.map(each => each.getAttribute('part'))"))
    documented = re.search(r"its\nparts are (.*?)\.", (DOCS / "embedding.md").read_text("utf-8"))
    assert documented is not None
    assert parts == set(re.findall(r"`(\w+)`", documented[1]))


def test_lists_that_say_the_same_ask_once_and_hold_no_more_than_fifty(
    server: QuickServer, host: HostPages, lists: Callable[..., Locator], new_reader: Readers
) -> None:
    reader = new_reader()
    lists(page_with(server, host, f"<{TAG} data-limit=900></{TAG}><{TAG} data-limit=50></{TAG}>"), reader)
    expect(reader.page.locator(f"{TAG} li")).to_have_count(14)
    asked = [request.url for request in reader.requests if "/api/" in request.url]
    assert asked == [f"{server.url}/api/v1/sites/default/latest?limit=50"]
    names = [urlsplit(request.url).path.rsplit("/", 1)[1] for request in reader.requests if "/embed" in request.url]
    assert sorted(names) == ["embed.js", "latest.js"]


def test_list_comes_changes_and_goes_with_the_page(
    server: QuickServer, host: HostPages, lists: Callable[..., Locator], new_reader: Readers
) -> None:
    reader = new_reader()
    reader.page.goto(page_with(server, host, ""))
    reader.wait_for(lambda: reader.page.evaluate("!!window.embedcomments"), "the loader")
    reader.page.evaluate(
        f"""() => {{
            window.list = document.createElement("{TAG}");
            list.append("Soon here");
            list.dataset.limit = 2;
            document.querySelector("main").append(list);
        }}"""
    )
    found = reader.page.locator(TAG)
    expect(found.locator("li")).to_have_count(2)
    reader.page.evaluate("list.dataset.limit = 3")
    expect(found.locator("li")).to_have_count(3)
    reader.page.evaluate("list.dataset.lang = 'fa'")
    expect(found.locator("ul")).to_have_attribute("dir", "rtl")
    expect(found.locator("time").first).to_have_text("همین حالا")
    before = len(reader.requests)
    reader.page.evaluate("list.remove()")
    reader.page.evaluate("document.querySelector('main').append(list)")
    expect(found.locator("li")).to_have_count(3)
    assert [request.url for request in reader.requests[before:]] == []


def test_strictest_policy_is_obeyed(
    server: QuickServer, host: HostPages, lists: Callable[..., Locator], new_reader: Readers
) -> None:
    reader = new_reader()
    policy = (
        f"default-src 'none'; script-src {server.url}; connect-src {server.url}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    address = page_with(server, host, f"<{TAG}></{TAG}>", path="/strict", Content_Security_Policy=policy)
    expect(lists(address, reader).locator("li")).to_have_count(5)
    assert reader.complaints == []


def test_what_stands_within_shows_until_the_list_and_a_server_that_is_gone_is_told(
    server: QuickServer, host: HostPages, new_reader: Readers
) -> None:
    reader = new_reader()
    waiting: list[Any] = []
    reader.page.route("**/latest?*", lambda route: waiting.append(route))
    reader.page.goto(page_with(server, host, f"<{TAG}>See the archive</{TAG}>"))
    reader.wait_for(lambda: waiting, "the request")
    expect(reader.page.get_by_text("See the archive")).to_be_visible()
    waiting[0].abort()
    expect(reader.page.locator(TAG)).to_have_attribute("data-status", "failed")
    expect(reader.page.locator(f"{TAG} p")).to_have_text("The comments could not be loaded.")
    reader.page.unroute("**/latest?*")
    reader.page.evaluate("document.querySelector('main').append(document.querySelector('main').lastElementChild)")
    expect(reader.page.locator(f"{TAG} li")).to_have_count(5)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there; run: npm ci (in widget/)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_list_has_no_findings_and_fits_the_narrowest_page(
    server: QuickServer, host: HostPages, new_reader: Readers, scheme: str
) -> None:
    reader = new_reader(script=NO_CHANCE, color_scheme=scheme, viewport={"width": 320, "height": 800})
    colours = "<style>:root { color-scheme: light dark }</style>"
    reader.page.goto(page_with(server, host, f"{colours}<{TAG} data-lang=ar></{TAG}>"))
    expect(reader.page.locator(TAG)).to_have_attribute("data-status", "ready")
    assert findings(reader.page) == []
    assert reader.page.evaluate("document.documentElement.scrollWidth") == 320
