"""Reactions below comments: live, by keyboard, in every style, and taken back when the server does not take them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from axe import AXE, findings
from host_pages import HostPages
from nursery import QuickServer
from playwright.sync_api import Locator, expect
from readers import NO_CHANCE, Reader

from embedcomments.domain.ids import is_id

Readers = Callable[..., Reader]
CONFIG = """
disabled_plugins = ["moderation", "profanity", "pingback", "spam"]
[plugins.reactions]
style = "{style}"
one_vote_per = "browser"
"""
# What a site may allow at the least: nothing inline, and this origin and the comment server's alone.
STRICT = "default-src 'none'; script-src {server}; connect-src {server} {socket}; img-src data:; style-src 'none'"


@pytest.fixture(scope="module")
def servers(start_server: Callable[..., QuickServer]) -> Callable[[str], QuickServer]:
    """A server for each style."""
    made: dict[str, QuickServer] = {}

    def of(style: str) -> QuickServer:
        if style not in made:
            made[style] = start_server(CONFIG.format(style=style))
            made[style].run("plugin", "enable", "reactions")
        return made[style]

    return of


@pytest.fixture
def hearts(servers: Callable[[str], QuickServer]) -> QuickServer:
    return servers("hearts")


def button(reader: Reader, text: str, name: str) -> Locator:
    return reader.comment(text).get_by_role("group", name="Reactions").get_by_role("button", name=name, exact=True)


def kept(reader: Reader) -> Any:
    """What the plugin holds in the storage of the page."""
    return reader.page.evaluate(
        "() => Object.entries(localStorage).filter(([name]) => name.startsWith('embedcomments:reactions:'))"
    )


def test_another_reader_sees_the_count_change_without_reloading(
    hearts: QuickServer, host: HostPages, key: str, new_reader: Readers
) -> None:
    hearts.comment("Hello", key=key)
    url = host.embed(hearts.url, key)
    one, other = new_reader(), new_reader()
    for reader in (one, other):
        reader.open(url)
        expect(button(reader, "Hello", "Like")).to_have_attribute("aria-pressed", "false")
        assert kept(reader) == []
    button(one, "Hello", "Like").click()
    expect(button(one, "Hello", "Like, 1")).to_have_attribute("aria-pressed", "true")
    expect(button(other, "Hello", "Like, 1")).to_have_attribute("aria-pressed", "false")
    button(other, "Hello", "Like, 1").click()
    expect(button(one, "Hello", "Like, 2")).to_have_attribute("aria-pressed", "true")
    one.page.reload()
    one.is_ready()
    expect(button(one, "Hello", "Like, 2")).to_have_attribute("aria-pressed", "true")
    button(one, "Hello", "Like, 2").click()
    expect(button(other, "Hello", "Like, 1")).to_have_attribute("aria-pressed", "true")
    expect(button(one, "Hello", "Like, 1")).to_have_attribute("aria-pressed", "false")
    ((_, value),) = kept(other)
    found = json.loads(value)
    assert all(is_id(one) for one in found["mine"])
    assert list(found["mine"].values()) == ["heart"]


def test_what_the_server_does_not_take_is_taken_back_and_told(
    hearts: QuickServer, host: HostPages, key: str, new_reader: Readers
) -> None:
    hearts.comment("Hello", key=key)
    reader = new_reader()
    reader.open(host.embed(hearts.url, key))
    reader.page.route("**/react", lambda route: route.abort())
    button(reader, "Hello", "Like").click()
    expect(reader.comment("Hello").locator(".rx-oops")).to_have_text("That was not counted. Please try again.")
    expect(button(reader, "Hello", "Like")).to_have_attribute("aria-pressed", "false")
    expect(reader.thread.get_by_role("status").filter(has_text="That was not counted")).to_have_count(1)
    assert kept(reader) == []
    reader.page.unroute("**/react")
    button(reader, "Hello", "Like").click()
    expect(button(reader, "Hello", "Like, 1")).to_have_attribute("aria-pressed", "true")
    expect(reader.comment("Hello").locator(".rx-oops")).to_have_count(0)


def test_a_quick_change_of_mind_ends_as_the_last_click_says(
    servers: Callable[[str], QuickServer], host: HostPages, key: str, new_reader: Readers
) -> None:
    server = servers("votes")
    made = server.comment("Hello", key=key).json["comment"]["id"]
    reader = new_reader()
    reader.open(host.embed(server.url, key))
    held: list[Any] = []
    reader.page.route("**/react", lambda route: held.append(route))
    button(reader, "Hello", "Vote up").click()
    expect(button(reader, "Hello", "Vote up, 1")).to_have_attribute("aria-pressed", "true")
    button(reader, "Hello", "Vote down").click()
    expect(button(reader, "Hello", "Vote down, 1")).to_have_attribute("aria-pressed", "true")
    expect(button(reader, "Hello", "Vote up")).to_have_attribute("aria-pressed", "false")
    reader.wait_for(lambda: held, "the first request")
    held.pop().continue_()
    reader.wait_for(lambda: held, "the second request")
    with reader.page.expect_response("**/react") as answer:
        held.pop().continue_()
    assert answer.value.json()["counts"] == {"down": 1}
    expect(button(reader, "Hello", "Vote down, 1")).to_have_attribute("aria-pressed", "true")
    assert server.get(f"/api/v1/comments/{made}").json["comment"]["extensions"]["reactions"]["score"] == -1


def test_a_palette_is_worked_by_keyboard(
    servers: Callable[[str], QuickServer], host: HostPages, key: str, new_reader: Readers
) -> None:
    server = servers("emoji")
    server.comment("Hello", key=key)
    reader = new_reader()
    reader.open(host.embed(server.url, key))
    keyboard = reader.page.keyboard
    add = button(reader, "Hello", "Add a reaction")
    palette = reader.comment("Hello").get_by_role("group", name="Add a reaction")
    expect(add).to_have_attribute("aria-expanded", "false")
    add.focus()
    keyboard.press("Enter")
    expect(add).to_have_attribute("aria-expanded", "true")
    expect(palette.get_by_role("button", name="Thumbs up")).to_be_focused()
    for key_name, name in (
        ("ArrowRight", "Heart"), ("End", "Sad"), ("ArrowRight", "Thumbs up"), ("ArrowLeft", "Sad"),
        ("Home", "Thumbs up"),
    ):  # fmt: skip
        keyboard.press(key_name)
        expect(palette.get_by_role("button", name=name)).to_be_focused()
    keyboard.press("Escape")
    expect(palette).to_be_hidden()
    expect(add).to_be_focused()
    keyboard.press("Space")
    keyboard.press("Tab")
    expect(palette.get_by_role("button", name="Heart")).to_be_focused()
    keyboard.press("Enter")
    expect(palette).to_be_hidden()
    expect(button(reader, "Hello", "Heart, 1")).to_have_attribute("aria-pressed", "true")
    button(reader, "Hello", "Heart, 1").focus()
    keyboard.press("Enter")
    expect(button(reader, "Hello", "Heart, 1")).to_have_count(0)
    add.click()
    expect(palette).to_be_visible()
    reader.page.locator("h1").click()
    expect(palette).to_be_hidden()


@pytest.mark.parametrize("style", ["hearts", "votes", "emoji"])
def test_targets_are_large_enough_and_nothing_is_wider_than_a_small_screen(
    style: str, servers: Callable[[str], QuickServer], host: HostPages, new_reader: Readers
) -> None:
    server = servers(style)
    server.comment("Hello", key="small")
    # A page whose rem is small, in a language that is written from the right.
    reader = new_reader(script=NO_CHANCE, viewport={"width": 320, "height": 700})
    head = "<style>html { font-size: 62.5% } body { font-size: 1.6rem; margin: 8px }</style>"
    reader.open(host.embed(server.url, "small", head=head, lang="fa"))
    group = reader.thread.get_by_role("group", name="واکنش‌ها")
    expect(group).to_be_visible()
    # Only the palette is opened: after a reaction the feed draws the buttons anew, perhaps while they are measured.
    if style == "emoji":
        group.get_by_role("button").last.click()
        expect(reader.thread.locator(".rx-palette")).to_be_visible()
    targets = reader.thread.locator(".rx button:visible, .rx-palette button:visible")
    sizes = targets.evaluate_all("(all) => all.map((one) => [one.offsetWidth, one.offsetHeight])")
    assert sizes
    assert [size for size in sizes if min(size) < 24] == []
    assert reader.page.evaluate("() => document.documentElement.scrollWidth") == 320


@pytest.mark.parametrize("lang", ["de", "es", "fa", "fr", "hy", "ru", "tr", "zh-Hans"])
def test_each_language_of_the_widget_has_its_own_words(
    lang: str, servers: Callable[[str], QuickServer], host: HostPages, key: str, new_reader: Readers
) -> None:
    reader = new_reader()
    names: dict[str, list[str | None]] = {"en": [], lang: []}
    for style, count in (("votes", 2), ("emoji", 7)):
        server = servers(style)
        server.comment("Hello", key=key)
        for one, found in names.items():
            reader.open(host.embed(server.url, key, lang=one))
            buttons = reader.thread.locator(".rx-palette button, .rx-add, .rx[data-style=votes] button")
            expect(buttons).to_have_count(count)
            found += [button.get_attribute("aria-label") for button in buttons.all()]
    assert names["en"][:4] == ["Vote up", "Vote down", "Add a reaction", "Thumbs up"]
    assert all(names[lang])
    assert [one for one, other in zip(names[lang], names["en"], strict=True) if one == other] == []


@pytest.mark.parametrize("style", ["hearts", "votes", "emoji"])
def test_the_strictest_policy_is_not_violated(
    style: str, servers: Callable[[str], QuickServer], host: HostPages, key: str, new_reader: Readers
) -> None:
    server = servers(style)
    server.comment("Hello", key=key)
    host.embed(server.url, key, path="/strict")
    body, headers = host.pages["/strict"]
    policy = STRICT.format(server=server.url, socket=re.sub("^http", "ws", server.url))
    policy += "; require-trusted-types-for 'script'"
    host.pages["/strict"] = (body, {**headers, "Content-Security-Policy": policy})
    reader = new_reader()
    reader.open(f"{host.origin}/strict")
    group = reader.comment("Hello").get_by_role("group", name="Reactions")
    group.get_by_role("button").last.click()
    if style == "emoji":
        reader.comment("Hello").locator(".rx-palette button").first.click()
    expect(group.locator("[aria-pressed=true]:visible")).to_have_count(1)
    assert reader.complaints == []


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there; run: npm ci (in widget/)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("style", ["hearts", "votes", "emoji"])
def test_axe_finds_nothing(
    style: str, scheme: str, servers: Callable[[str], QuickServer], host: HostPages, new_reader: Readers
) -> None:
    server, key = servers(style), f"axe {scheme}"
    for name in ("One", "Two"):
        server.comment(name, key=key)
    colours = "background: light-dark(#fff, #111); color: light-dark(#111, #eee)"
    head = f"<style>:root {{ color-scheme: light dark; {colours} }}</style>"
    reader = new_reader(script=NO_CHANCE, color_scheme=scheme, reduced_motion="reduce")
    reader.open(host.embed(server.url, key, head=head))
    reader.comment("One").locator(".rx button:visible").first.click()
    if style == "emoji":
        reader.comment("One").locator(".rx-palette button").nth(1).click()
    expect(reader.comment("One").locator(".rx [aria-pressed=true]:visible")).to_have_count(1)
    if style == "emoji":
        reader.comment("Two").locator(".rx-add").click()
    assert findings(reader.page, "embed-comments") == []
