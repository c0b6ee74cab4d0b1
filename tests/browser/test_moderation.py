"""What readers and moderators find behind the menu of a comment, and what a hushed writer sees."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe import AXE, findings
from host_pages import HostPages
from nursery import QuickServer
from playwright.sync_api import Locator, expect
from readers import NO_CHANCE, Reader

Readers = Callable[..., Reader]
CONFIG = """
disabled_plugins = ["profanity", "pingback", "spam"]
[plugins.moderation]
hold = "nobody"
reports_to_hold = 1
"""
STRICT = "default-src 'none'; script-src {server}; connect-src {server} {socket}; img-src data:; style-src 'none'"
LANGUAGES = ["de", "es", "fa", "fr", "hy", "ru", "tr", "zh-Hans"]


@pytest.fixture(scope="module")
def server(start_server: Callable[..., QuickServer]) -> QuickServer:
    return start_server(CONFIG)


def menu(reader: Reader, text: str) -> Locator:
    """The menu of a comment, opened."""
    found = reader.comment(text).locator("details.menu")
    if found.get_attribute("open") is None:
        found.locator("summary").click()
    return found


def module_requests(reader: Reader) -> list[str]:
    return [request.url for request in reader.requests if "moderation-moderation.js" in request.url]


def test_a_report_holds_the_comment_for_every_reader(
    server: QuickServer, host: HostPages, key: str, new_reader: Readers
) -> None:
    server.comment("Buy this", key=key)
    server.comment("A kind word", key=key)
    one, other = new_reader(), new_reader()
    for reader in (one, other):
        reader.open(host.embed(server.url, key))
        expect(reader.comment("Buy this").locator("details.menu summary")).to_be_visible()
        assert module_requests(reader) == []
    keyboard = one.page.keyboard
    one.comment("Buy this").locator("details.menu summary").focus()
    keyboard.press("Enter")
    opened = one.comment("Buy this").locator("details.menu")
    expect(opened.get_by_role("button", name="Report")).to_be_visible()
    assert len(module_requests(one)) == 1
    keyboard.press("Tab")
    expect(opened.get_by_role("button", name="Report")).to_be_focused()
    keyboard.press("Enter")
    expect(opened.get_by_role("radio", name="Spam or advertising")).to_be_focused()
    keyboard.press("Space")
    keyboard.press("Tab")
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(
        one.thread.get_by_role("status").filter(has_text="Thank you. A moderator will look at it.").first
    ).to_be_attached()
    for reader in (one, other):
        expect(reader.thread.get_by_text("Buy this")).to_have_count(0)
        expect(reader.comment("A kind word")).to_be_visible()
    assert module_requests(other) == []


def test_escape_and_a_click_elsewhere_close_the_menu(
    server: QuickServer, host: HostPages, key: str, new_reader: Readers
) -> None:
    server.comment("Hello", key=key)
    reader = new_reader()
    reader.open(host.embed(server.url, key))
    opened = menu(reader, "Hello")
    expect(opened.get_by_role("button", name="Report")).to_be_visible()
    reader.page.keyboard.press("Escape")
    expect(opened).not_to_have_attribute("open", "")
    expect(opened.locator("summary")).to_be_focused()
    menu(reader, "Hello").get_by_role("button", name="Report").click()
    opened.get_by_role("button", name="Cancel").click()
    expect(opened).not_to_have_attribute("open", "")
    menu(reader, "Hello")
    reader.page.locator("h1").click()
    expect(opened).not_to_have_attribute("open", "")


def test_what_goes_wrong_with_a_report_is_told_and_can_be_tried_again(
    server: QuickServer, host: HostPages, key: str, new_reader: Readers
) -> None:
    server.comment("Hello", key=key)
    reader = new_reader()
    reader.open(host.embed(server.url, key))
    opened = menu(reader, "Hello")
    opened.get_by_role("button", name="Report").click()
    opened.get_by_role("radio", name="Something else").check()
    opened.get_by_role("button", name="Send report").click()
    expect(opened.get_by_role("alert")).to_have_text("Say in a few words what is wrong.")
    expect(opened.get_by_label("In your own words")).to_be_focused()
    reader.page.keyboard.type("It is <b>wrong</b>.")
    reader.page.route("**/report", lambda route: route.abort())
    opened.get_by_role("button", name="Send report").click()
    expect(opened.get_by_role("alert")).to_have_text("The report was not sent. Please try again.")
    reader.page.unroute("**/report")
    opened.get_by_role("button", name="Send report").click()
    expect(reader.thread.get_by_role("status").filter(has_text="Thank you").first).to_be_attached()


def test_a_module_that_does_not_come_is_told_and_asked_for_again(
    server: QuickServer, host: HostPages, key: str, new_reader: Readers
) -> None:
    server.comment("Hello", key=key)
    reader = new_reader()
    reader.open(host.embed(server.url, key))
    reader.page.route("**/moderation-moderation.js*", lambda route: route.abort())
    opened = menu(reader, "Hello")
    expect(opened.get_by_text("That did not load.")).to_be_visible()
    assert [complaint for complaint in reader.complaints if "did not load" not in complaint] == []
    reader.complaints.clear()
    reader.page.unroute("**/moderation-moderation.js*")
    reader.page.keyboard.press("Escape")
    expect(menu(reader, "Hello").get_by_role("button", name="Report")).to_be_visible()
    expect(opened.get_by_text("That did not load.")).to_have_count(0)


def test_a_muted_writer_is_folded_on_this_device_until_they_are_not(
    server: QuickServer, host: HostPages, key: str, new_reader: Readers
) -> None:
    for text, name in (("One", "M"), ("Two", "M"), ("Three", "Nshan")):
        server.comment(text, key=key, author={"name": name})
    reader, other = new_reader(), new_reader()
    for one in (reader, other):
        one.open(host.embed(server.url, key))
    menu(reader, "One").get_by_role("button", name="Mute M", exact=True).click()
    for _ in range(2):
        muted = reader.thread.locator("article", has_text="You muted M.")
        expect(muted).to_have_count(2)
        expect(reader.thread.get_by_text("One", exact=True)).to_be_hidden()
        expect(reader.thread.get_by_text("Three", exact=True)).to_be_visible()
        reader.page.reload()  # it is kept, and known without a menu being opened
        reader.is_ready()
    muted.first.get_by_role("button", name="Show").click()
    expect(reader.thread.get_by_text("One", exact=True)).to_be_visible()
    expect(muted).to_have_count(1)
    menu(reader, "One").get_by_role("button", name="Unmute M", exact=True).click()
    expect(muted).to_have_count(0)
    assert reader.page.evaluate("localStorage.getItem('embedcomments:moderation')") is None
    expect(other.thread.get_by_text("One", exact=True)).to_be_visible()


def test_moderators_find_the_way_to_the_desk_from_pages_that_they_open_so(
    server: QuickServer, host: HostPages, key: str, new_reader: Readers
) -> None:
    made = server.comment("Hello", key=key).json["comment"]["id"]
    reader = new_reader()
    url = host.embed(server.url, key)
    reader.open(f"{url}#embedcomments-moderation")
    everything = reader.thread.get_by_role("link", name="Moderate this discussion")
    expect(everything).to_have_attribute(
        "href", re.compile(f"^{server.url}/admin/default/moderation/\\?state=published&q=")
    )
    reader.open(url)  # without the fragment, from now on
    link = menu(reader, "Hello").get_by_role("link", name="Moderate", exact=True)
    expect(link).to_have_attribute("href", f"{server.url}/admin/default/moderation/at?comment={made}")
    assert reader.context.cookies() == []
    reader.page.keyboard.press("Escape")
    reader.thread.get_by_role("button", name="Hide this link").click()
    expect(everything).to_have_count(0)
    expect(menu(reader, "Hello").get_by_role("button", name="Report")).to_be_visible()
    expect(reader.comment("Hello").get_by_role("link", name="Moderate", exact=True)).to_have_count(0)


def test_a_hushed_writer_sees_their_comment_live_and_after_reloading_and_nobody_else_does(
    server: QuickServer, host: HostPages, key: str, new_reader: Readers
) -> None:
    url = host.embed(server.url, key)
    troll, other, moderator = new_reader(), new_reader(), new_reader()
    for reader in (troll, other):
        reader.open(url)
    first = troll.post("First", name="Troll")["comment"]["id"]
    other.show_arrivals(1)
    moderator.page.goto(server.run("moderator", "link", "--name", "Anahit").split()[-1])
    moderator.page.get_by_role("button").first.click()
    moderator.page.goto(f"{server.url}/admin/default/moderation/bans?comment={first}")
    for kind in ("email", "Internet address", "network around it"):
        box = moderator.page.get_by_role("checkbox", name=kind)
        if box.count() and box.is_checked():
            box.uncheck()
    moderator.page.get_by_role("checkbox", name="They shall not notice").check()
    moderator.page.get_by_role("button", name="Ban").click()
    expect(moderator.page.get_by_text("Troll is banned.")).to_be_visible()
    troll.post("Second")
    expect(troll.thread.get_by_text("awaits a moderator")).to_have_count(0)
    troll.post("Third, an answer to myself", to="Second")
    for _ in range(2):
        assert [troll.comment(text).count() for text in ("First", "Second", "Third, an answer to myself")] == [1, 1, 1]
        expect(troll.thread.locator("#title")).to_have_text("3 comments")
        troll.page.reload()
        troll.is_ready()
        expect(troll.comment("Third, an answer to myself")).to_be_visible()
    other.post("Fourth")
    troll.show_arrivals(1)
    expect(troll.comment("Fourth")).to_be_visible()
    expect(troll.thread.locator("#title")).to_have_text("4 comments")
    expect(other.thread.locator("#title")).to_have_text("2 comments")
    expect(other.thread.get_by_text("Second")).to_have_count(0)
    other.page.reload()
    other.is_ready()
    assert other.texts() == ["First", "Fourth"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_language_of_the_widget_has_its_own_words(
    lang: str, server: QuickServer, host: HostPages, key: str, new_reader: Readers
) -> None:
    server.comment("Hello", key=key, author={"name": "Ani"})
    reader = new_reader()
    seen: dict[str, list[str]] = {}
    for one in ("en", lang):
        reader.open(host.embed(server.url, key, lang=one))
        opened = menu(reader, "Hello")
        opened.locator(".mod-entry").first.click()
        seen[one] = [text for text in opened.locator("legend, label, button").all_inner_texts() if text]
    assert len(seen["en"]) == len(seen[lang]) == 9
    assert [text for text, english in zip(seen[lang], seen["en"], strict=True) if text == english] == []


def test_targets_are_large_enough_and_nothing_is_wider_than_a_small_screen(
    server: QuickServer, host: HostPages, new_reader: Readers
) -> None:
    server.comment("Hello", key="small", author={"name": "A name of some length that goes on"})
    reader = new_reader(script=NO_CHANCE, viewport={"width": 320, "height": 800})
    head = "<style>html { font-size: 62.5% } body { font-size: 1.6rem; margin: 8px }</style>"
    for lang in ("en", "fa"):
        reader.open(host.embed(server.url, "small", head=head, lang=lang))
        opened = menu(reader, "Hello")
        expect(opened.locator(".mod-entry").first).to_be_visible()
        for step in ("menu", "form"):
            targets = opened.locator("summary, .mod-entry:visible, .mod-send:visible, label:visible:not(.mod-label)")
            sizes = targets.evaluate_all("(all) => all.map((one) => [one.offsetWidth, one.offsetHeight])")
            assert [size for size in sizes if min(size) < 24] == [], step
            assert reader.page.evaluate("() => document.documentElement.scrollWidth") == 320, (lang, step)
            box = opened.locator(":scope > div").bounding_box()
            assert box is not None
            assert box["x"] >= 0, (lang, step)
            assert box["x"] + box["width"] <= 320, (lang, step)
            if step == "menu":
                opened.locator(".mod-entry").first.click()


def test_the_strictest_policy_is_not_violated(
    server: QuickServer, host: HostPages, key: str, new_reader: Readers
) -> None:
    server.comment("Hello", key=key, author={"name": "Ani"})
    host.embed(server.url, key, path="/strict-moderation")
    body, headers = host.pages["/strict-moderation"]
    policy = STRICT.format(server=server.url, socket=re.sub("^http", "ws", server.url))
    policy += "; require-trusted-types-for 'script'"
    host.pages["/strict-moderation"] = (body, {**headers, "Content-Security-Policy": policy})
    reader = new_reader()
    reader.open(f"{host.origin}/strict-moderation")
    menu(reader, "Hello").get_by_role("button", name="Mute Ani").click()
    expect(reader.thread.get_by_text("You muted Ani.")).to_be_visible()
    reader.thread.get_by_role("button", name="Show").click()
    menu(reader, "Hello").get_by_role("button", name="Report").click()
    expect(reader.comment("Hello").get_by_role("radio")).to_have_count(5)
    assert reader.complaints == []


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there; run: npm ci (in widget/)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(scheme: str, server: QuickServer, host: HostPages, new_reader: Readers) -> None:
    key = f"axe moderation {scheme}"
    for text, name in (("One", "Ani"), ("Two", "Vera")):
        server.comment(text, key=key, author={"name": name})
    colours = "background: light-dark(#fff, #111); color: light-dark(#111, #eee)"
    head = f"<style>:root {{ color-scheme: light dark; {colours} }}</style>"
    reader = new_reader(script=NO_CHANCE, color_scheme=scheme, reduced_motion="reduce")
    reader.open(host.embed(server.url, key, head=head) + "#embedcomments-moderation")
    menu(reader, "Two").get_by_role("button", name="Mute Vera").click()
    menu(reader, "One")
    expect(reader.comment("One").get_by_role("button", name="Report")).to_be_visible()
    assert findings(reader.page, "embed-comments") == []
    reader.comment("One").get_by_role("button", name="Report").click()
    assert findings(reader.page, "embed-comments") == []


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there; run: npm ci (in widget/)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_desks_forms_about_a_writer(
    scheme: str, server: QuickServer, key: str, new_reader: Readers
) -> None:
    made = server.comment("Hello", key=key, author={"name": "Ani"}).json["comment"]["id"]
    moderator = new_reader(color_scheme=scheme, viewport={"width": 390, "height": 800})
    moderator.page.goto(server.run("moderator", "link", "--name", "Anahit").split()[-1])
    moderator.page.get_by_role("button").first.click()
    for page in ("bans", "writers"):
        moderator.page.goto(f"{server.url}/admin/default/moderation/{page}?comment={made}")
        expect(moderator.page.get_by_role("heading", level=1)).to_contain_text("Ani")
        assert findings(moderator.page) == []
        assert moderator.page.evaluate("() => document.documentElement.scrollWidth") == 390
