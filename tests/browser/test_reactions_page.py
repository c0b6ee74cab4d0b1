"""The row of reactions for the page itself."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from axe import AXE, findings
from host_pages import HostPages
from nursery import QuickServer
from playwright.sync_api import Locator, expect
from readers import NO_CHANCE, Reader

Readers = Callable[..., Reader]
CONFIG = """
disabled_plugins = ["moderation", "profanity", "pingback", "spam"]
[plugins.reactions]
style = "{style}"
page_row = "{place}"
one_vote_per = "browser"
"""
# The server tells open pages after five seconds, and a job may wait a moment more.
TOLD_MS = 20_000


@pytest.fixture(scope="module")
def servers(start_server: Callable[..., QuickServer]) -> Callable[[str, str], QuickServer]:
    """A server for each style and place."""
    made: dict[tuple[str, str], QuickServer] = {}

    def of(style: str, place: str) -> QuickServer:
        if (style, place) not in made:
            made[style, place] = start_server(CONFIG.format(style=style, place=place))
            made[style, place].run("plugin", "enable", "reactions")
        return made[style, place]

    return of


def row(reader: Reader, name: str = "Reactions to this page") -> Locator:
    return reader.thread.get_by_role("group", name=name)


def button(reader: Reader, name: str) -> Locator:
    return row(reader).get_by_role("button", name=name, exact=True)


def test_another_reader_sees_the_count_change_without_reloading(
    servers: Callable[[str, str], QuickServer], host: HostPages, key: str, new_reader: Readers
) -> None:
    server = servers("hearts", "above")
    server.comment("Hello", key=key)
    url = host.embed(server.url, key)
    one, other = new_reader(), new_reader()
    for reader in (one, other):
        reader.open(url)
        expect(button(reader, "Like")).to_have_attribute("aria-pressed", "false")
    button(one, "Like").focus()
    one.page.keyboard.press("Enter")
    expect(button(one, "Like, 1")).to_have_attribute("aria-pressed", "true")
    expect(button(other, "Like, 1")).to_have_attribute("aria-pressed", "false", timeout=TOLD_MS)
    button(other, "Like, 1").click()
    expect(button(one, "Like, 2")).to_have_attribute("aria-pressed", "true", timeout=TOLD_MS)
    expect(button(one, "Like, 2")).to_be_focused()
    one.page.reload()
    one.is_ready()
    expect(button(one, "Like, 2")).to_have_attribute("aria-pressed", "true")
    # The comment's own reactions are others.
    like = one.comment("Hello").get_by_role("button", name="Like", exact=True)
    expect(like).to_have_attribute("aria-pressed", "false")


def test_a_page_without_comments_has_its_row_and_keeps_what_was_given(
    servers: Callable[[str, str], QuickServer], host: HostPages, key: str, new_reader: Readers
) -> None:
    server = servers("emoji", "below")
    reader = new_reader()
    url = host.embed(server.url, key)
    reader.open(url)
    button(reader, "Hooray").click()
    expect(button(reader, "Hooray, 1")).to_have_attribute("aria-pressed", "true")
    other = new_reader()
    other.open(url)
    expect(button(other, "Hooray, 1")).to_have_attribute("aria-pressed", "false")
    reader.page.reload()
    reader.is_ready()
    button(reader, "Hooray, 1").click()
    expect(button(reader, "Hooray")).to_have_attribute("aria-pressed", "false")


def test_the_row_stands_where_the_site_wants_it(
    servers: Callable[[str, str], QuickServer], host: HostPages, key: str, new_reader: Readers
) -> None:
    for place in ("above", "below"):
        server = servers("hearts", place)
        server.comment("Hello", key=key)
        reader = new_reader()
        reader.open(host.embed(server.url, key))
        expect(row(reader)).to_have_count(1)
        tops = [one.bounding_box() for one in (row(reader), reader.comment("Hello"))]
        assert tops[0] is not None
        assert tops[1] is not None
        assert (tops[0]["y"] < tops[1]["y"]) == (place == "above")


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there; run: npm ci (in widget/)")
@pytest.mark.parametrize(
    "lang, style, name",
    [
        ("en", "emoji", "Reactions to this page"),
        ("fa", "votes", "واکنش‌ها به این صفحه"),
        ("hy", "hearts", "Արձագանքներ այս էջին"),
    ],
)
def test_it_fits_a_small_screen_with_large_targets_and_axe_finds_nothing(
    lang: str, style: str, name: str, servers: Callable[[str, str], QuickServer], host: HostPages, new_reader: Readers
) -> None:
    server, key = servers(style, "above"), f"small {lang}"
    server.comment("Hello", key=key)
    reader = new_reader(script=NO_CHANCE, viewport={"width": 320, "height": 700}, color_scheme="dark")
    colours = "background: light-dark(#fff, #111); color: light-dark(#111, #eee)"
    style_sheet = (
        f":root {{ color-scheme: light dark; font-size: 62.5%; {colours} }} body {{ font-size: 1.6rem; margin: 8px }}"
    )
    reader.open(host.embed(server.url, key, head=f"<style>{style_sheet}</style>", lang=lang))
    first = row(reader, name).get_by_role("button").first
    first.click()
    expect(first).to_have_attribute("aria-pressed", "true")
    sizes = (
        row(reader, name).locator("button").evaluate_all("all => all.map(one => [one.offsetWidth, one.offsetHeight])")
    )
    assert [size for size in sizes if min(size) < 24] == []
    assert reader.page.evaluate("() => document.documentElement.scrollWidth") == 320
    if folder := os.environ.get("PICTURES"):
        reader.page.screenshot(path=f"{folder}/row-{lang}.png")
    assert findings(reader.page, "embed-comments") == []
