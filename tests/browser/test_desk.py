"""The desk in a browser: every page of it for everybody, without a script, by the keyboard, on a phone, in the dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from axe import AXE, findings
from nursery import QuickServer
from playwright.sync_api import Page, expect
from readers import Reader

Readers = Callable[..., Reader]
PHONE, SCREEN = {"width": 390, "height": 800}, {"width": 1200, "height": 800}
# Beside what the navigation names: pages below those, and states of them.
MORE_PAGES = (
    "overview?days=90",
    "threads?state=closed",
    "threads?q=nothing",
    "threads/one?key=desk",
    "jobs?state=waiting",
    "site?lang=hy",
    "moderation/?state=published",
    "plugins/spam",
    "plugins/moderation",
    "nothing-here",
    "/admin/account",
    "/admin/account/password",
    "/admin/account/second-factor",
    "/admin/account/email",
)


@pytest.fixture(scope="module")
def server(start_server: Callable[..., QuickServer]) -> QuickServer:
    """A server with all plugins and a comment in each state, which others of this module leave as it is."""
    server = start_server('[plugins.moderation]\nhold = "nobody"\n[plugins.spam]\nmin_seconds = 0\n')
    server.run("site", "add", "press", "--title", "A name so long that it has to be cut somewhere, Հրազդան")
    for number in range(3):
        server.comment(f"For the desk {number}", key="desk", author={"name": f"Writer {number}"})
    server.comment("See https://a.example https://b.example https://c.example https://d.example", key="held")
    return server


def enter(reader: Reader, server: QuickServer, *, name: str = "Anahit") -> Page:
    """Sign in; the page that follows."""
    page = reader.page
    page.goto(server.run("moderator", "link", "--name", name).strip())
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".who")).to_contain_text(name)
    return page


def pages_of(page: Page) -> list[str]:
    """The paths of all pages that the navigation leads to, and of the others."""
    named = page.locator("nav.nav a").evaluate_all("links => links.map((link) => link.pathname)")
    assert len(named) > 4
    return [*named, *(path if path.startswith("/") else f"/admin/default/{path}" for path in MORE_PAGES)]


def visits(page: Page, server: QuickServer) -> Iterator[str]:
    """Go to one page after another."""
    for path in pages_of(page):
        page.goto(server.url + path)
        page.evaluate("for (const folded of document.querySelectorAll('main details')) folded.open = true")
        yield path


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there; run: npm ci (in widget/)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [SCREEN, PHONE], ids=["screen", "phone"])
def test_axe_finds_nothing(viewport: dict[str, int], scheme: str, server: QuickServer, new_reader: Readers) -> None:
    page = enter(new_reader(viewport=viewport, color_scheme=scheme, reduced_motion="reduce"), server)
    found = {path: findings(page) for path in visits(page, server)}
    assert {path: lines for path, lines in found.items() if lines} == {}
    if viewport == PHONE:
        page.goto(f"{server.url}/admin/default/plugins")
        page.get_by_role("button", name="Menu").click()
        expect(page.locator("nav.nav")).to_be_visible()
        assert findings(page) == []


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there; run: npm ci (in widget/)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_at_the_door(scheme: str, server: QuickServer, new_reader: Readers) -> None:
    page = new_reader(color_scheme=scheme).page
    for address in (server.run("moderator", "link").strip(), f"{server.url}/admin/sign-in", f"{server.url}/admin/x/y"):
        page.goto(address)
        assert findings(page) == [], address


def test_nothing_is_wider_than_the_smallest_phone(server: QuickServer, new_reader: Readers) -> None:
    page = enter(new_reader(viewport={"width": 320, "height": 700}), server)
    wider = {
        path: width
        for path in visits(page, server)
        if (width := page.evaluate("document.documentElement.scrollWidth")) > 320
    }
    assert wider == {}


def test_phone_without_script_reaches_every_page(server: QuickServer, new_reader: Readers) -> None:
    page = enter(new_reader(viewport=PHONE, java_script_enabled=False), server)
    navigation = page.locator("nav.nav")
    for number in range(navigation.locator("a").count()):
        expect(navigation).to_be_hidden()
        page.get_by_role("button", name="Menu").click()
        link = navigation.locator("a").nth(number)
        wanted = link.get_attribute("href") or ""
        link.click()
        page.wait_for_url(lambda url, wanted=wanted: urlsplit(url).path == wanted)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Close").click()
    expect(navigation).to_be_hidden()


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
def test_colours_are_chosen_and_kept(scripts: bool, server: QuickServer, new_reader: Readers) -> None:
    page = enter(new_reader(viewport=SCREEN, color_scheme="light", java_script_enabled=scripts), server)
    page.goto(f"{server.url}/admin/default/plugins")
    body = page.locator("body")
    expect(body).to_have_css("background-color", "rgb(251, 250, 247)")
    with page.expect_response(f"{server.url}/admin/theme"):
        page.get_by_role("button", name="Dark", exact=True).click()
    expect(page).to_have_url(f"{server.url}/admin/default/plugins")
    expect(body).to_have_css("background-color", "rgb(22, 23, 26)")
    page.goto(f"{server.url}/admin/default/health")
    expect(body).to_have_css("background-color", "rgb(22, 23, 26)")
    expect(page.get_by_role("button", name="Dark", exact=True)).to_have_attribute("aria-pressed", "true")


def test_times_are_told_in_the_zone_of_the_reader(server: QuickServer, new_reader: Readers) -> None:
    page = enter(new_reader(viewport=SCREEN, timezone_id="Asia/Yerevan", locale="en-GB"), server)
    page.clock.set_fixed_time("2030-01-02T20:30:00Z")
    page.goto(f"{server.url}/admin/default/moderation/?state=published")
    time = page.locator("time").first
    written = time.get_attribute("datetime") or ""
    local = page.evaluate(
        "(at) => new Date(at).toLocaleString('en-GB', {dateStyle: 'medium', timeStyle: 'short'})", written
    )
    expect(time).to_have_text(local)
    assert "GMT+4" in (time.get_attribute("title") or "")


def test_another_site_is_reached_by_the_keyboard(server: QuickServer, new_reader: Readers) -> None:
    page = enter(new_reader(viewport=SCREEN), server)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    listed = page.locator("details.switcher ul")
    expect(listed).to_be_visible()
    page.keyboard.press("Escape")
    expect(listed).to_be_hidden()
    expect(page.locator("details.switcher summary")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/press/**")


def test_snippet_is_copied_by_its_button(server: QuickServer, new_reader: Readers) -> None:
    reader = new_reader(viewport=SCREEN, permissions=["clipboard-read", "clipboard-write"])
    page = enter(reader, server)
    page.goto(f"{server.url}/admin/press/site")
    snippet = page.locator("#snippet-text")
    button = page.locator("[data-copy=snippet-text]")
    button.click()
    expect(button).to_have_text("Copied")
    expect(page.get_by_role("status")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == snippet.inner_text()
    expect(button).to_have_text("Copy")


def test_copy_buttons_are_absent_without_script(server: QuickServer, new_reader: Readers) -> None:
    page = enter(new_reader(viewport=SCREEN, java_script_enabled=False), server)
    page.goto(f"{server.url}/admin/press/site")
    expect(page.locator("#snippet-text")).to_be_visible()
    expect(page.locator("[data-copy]").first).to_be_hidden()


def test_danger_is_asked_about_and_nothing_is_done_on_cancel(server: QuickServer, new_reader: Readers) -> None:
    page = enter(new_reader(viewport=SCREEN), server)
    page.goto(f"{server.url}/admin/press/site")
    page.get_by_label("New origin").fill("https://danger.example")
    page.get_by_role("button", name="Add", exact=True).click()
    remove = page.get_by_role("button", name="Remove https://danger.example")
    remove.click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("Pages of https://danger.example will show no comments any more.")
    if AXE.exists():
        assert findings(page) == []
    expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    expect(remove).to_be_visible()
    remove.click()
    question.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("That origin may not use this site any more.")).to_be_visible()
    expect(remove).to_have_count(0)


def test_site_is_made_and_deleted_by_the_keyboard(server: QuickServer, new_reader: Readers) -> None:
    page = enter(new_reader(viewport=PHONE, java_script_enabled=False), server)
    page.goto(f"{server.url}/admin/default/sites")
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.type("short-lived")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/short-lived/site")
    page.get_by_label("Name of the site").focus()
    page.keyboard.type("short-lived")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The site short-lived is deleted.")).to_be_visible()
