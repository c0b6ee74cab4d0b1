"""The moderator's queue in a browser: keys, undo, thumbs, what arrives and what others do."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from axe import AXE, findings
from nursery import QuickServer
from playwright.sync_api import Page, expect
from readers import Reader

HOLDING = """
disabled_plugins = ["profanity", "pingback", "spam"]
[plugins.moderation]
hold = "everybody"
"""
Readers = Callable[..., Reader]


_numbers = itertools.count(1)


class Site:
    """A site of the test's own, on which every comment waits."""

    def __init__(self, server: QuickServer) -> None:
        self.server = server
        self.name = f"queue-{next(_numbers)}"
        server.run("site", "add", self.name)
        self.url = f"{server.url}/admin/{self.name}/moderation/"
        self.title = f"Queue · {self.name} · embedcomments"

    def write(self, *texts: str, **more: Any) -> list[str]:
        """Comments by "By TEXT"; their ids."""
        made = [
            self.server.comment(text, site=self.name, author={"name": f"By {text[:20]}"}, **more).json for text in texts
        ]
        return [answer["comment"]["id"] for answer in made]

    def is_public(self, comment_id: str) -> bool:
        """Whether readers see it."""
        return self.server.get(f"/api/v1/comments/{comment_id}").status == 200


@pytest.fixture(scope="module")
def server(start_server: Callable[..., QuickServer]) -> QuickServer:
    return start_server(HOLDING)


@pytest.fixture
def site(server: QuickServer) -> Site:
    return Site(server)


@pytest.fixture(scope="module")
def sessions() -> dict[str, Any]:
    """The cookies of moderators who signed in: the server takes twenty sign-ins a minute."""
    return {}


@pytest.fixture
def sign_in(site: Site, new_reader: Readers, sessions: dict[str, Any]) -> Callable[..., Page]:
    """Signs moderators in, each in a browser of their own, and opens the queue."""

    def one(name: str = "Anahit", **how: Any) -> Page:
        page = new_reader(**how).page
        if name in sessions:
            page.context.add_cookies(sessions[name])
        else:
            page.goto(site.server.run("moderator", "link", "--name", name).strip())
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url(lambda url: "sign-in" not in url)
            sessions[name] = page.context.cookies()
        page.goto(site.url)
        return page

    return one


def texts(page: Page) -> list[str]:
    return page.locator(".queue > .item:not(.done) .item-body > .said").all_inner_texts()


def test_keys_decide_and_take_back(site: Site, sign_in: Callable[..., Page]) -> None:
    first, second, third = site.write("One", "Two", "Three")
    page = sign_in()
    expect(page).to_have_title(f"(3) {site.title}")
    expect(page.locator(".item.current")).to_contain_text("Three")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator(".toast")).to_contain_text("1 comment published.")
    assert (site.is_public(second), site.is_public(first)) == (True, False)
    expect(page.locator(".item.current")).to_contain_text("One")
    page.keyboard.press("u")
    expect(page.locator(".toast")).to_contain_text("Taken back: 1 comment.")
    assert not site.is_public(second)
    expect(page.locator(".item.current")).to_contain_text("Two")
    page.keyboard.press("k")
    page.keyboard.press("s")
    expect(page.locator(".toast")).to_contain_text("marked as spam")
    page.keyboard.press("r")
    expect(page.locator(".toast")).to_contain_text("rejected")
    assert texts(page) == ["One"]
    expect(page).to_have_title(f"(1) {site.title}")
    link, menu = page.locator(".nav a[aria-current=page]"), page.locator(".menu-button")
    expect(link).to_have_text("Queue 1")
    expect(menu).to_have_text("Menu 1")
    page.keyboard.press("a")
    expect(page.locator(".toast")).to_contain_text("published")
    expect(link).to_have_text("Queue")
    expect(menu).to_have_text("Menu")
    expect(page).to_have_title(site.title)
    page.keyboard.press("u")
    expect(link).to_have_text("Queue 1")
    page.keyboard.press("u")  # what was done before
    expect(page).to_have_title(f"(2) {site.title}")
    assert texts(page) == ["Two", "One"]
    assert not any(map(site.is_public, [first, second, third]))


def test_selected_comments_are_decided_together(site: Site, sign_in: Callable[..., Page]) -> None:
    made = site.write("One", "Two", "Three")
    page = sign_in()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("a")
    expect(page.locator(".toast")).to_contain_text("2 comments published.")
    assert [site.is_public(each) for each in made] == [False, True, True]
    page.locator(".pick-all input").check()
    expect(page.locator(".pick input:checked")).to_have_count(1 + 2)  # those that left stay as they were
    page.keyboard.press("Escape")
    expect(page.locator(".item:not(.done) .pick input:checked")).to_have_count(0)


def test_what_was_done_in_quick_succession_is_taken_back_one_by_one(site: Site, sign_in: Callable[..., Page]) -> None:
    first, second, third = site.write("One", "Two", "Three")
    page = sign_in()
    for key, done in (("a", "published"), ("r", "rejected"), ("s", "spam")):
        page.keyboard.press(key)
        expect(page.locator(".toast")).to_contain_text(done)
    for left in (["One"], ["Two", "One"], ["Three", "Two", "One"]):
        page.keyboard.press("u")
        expect(page.locator(".queue > .item:not(.done)")).to_have_count(len(left))
        expect(page.locator(".toast")).to_contain_text("Taken back: 1 comment.")
        assert texts(page) == left
    page.keyboard.press("u")
    expect(page.locator(".toast")).to_contain_text("nothing to take back")
    assert not any(map(site.is_public, [first, second, third]))


@pytest.mark.parametrize("width", [1200, 390])
def test_what_was_done_does_not_stand_over_the_buttons_for_what_is_selected(
    site: Site, sign_in: Callable[..., Page], width: int
) -> None:
    made = site.write(*(f"Number {number}" for number in range(9)))
    page = sign_in(viewport={"width": width, "height": 844}, reduced_motion="reduce")
    page.keyboard.press("s")
    expect(page.locator(".toast")).to_contain_text("marked as spam")
    for _ in range(5):
        page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(".picked-words")).to_have_text("2 selected")
    expect(page.locator(".toast")).to_be_visible()
    # What covered it would take the click.
    page.locator("#bulk").get_by_role("button", name="Approve").click(timeout=5_000)
    expect(page.locator(".toast")).to_contain_text("2 comments published.")
    page.keyboard.press("Escape")
    assert site.is_public(made[1])


def test_keys_are_found_on_keyboards_of_other_letters(site: Site, sign_in: Callable[..., Page]) -> None:
    first, second = site.write("One", "Two")
    page = sign_in()
    press = "([key, code]) => document.body.dispatchEvent(new KeyboardEvent('keydown', {key, code, bubbles: true}))"
    page.evaluate(press, ["о", "KeyJ"])  # Russian
    expect(page.locator(".item.current")).to_contain_text("One")
    page.evaluate(press, ["ա", "KeyA"])  # Armenian
    expect(page.locator(".toast")).to_contain_text("1 comment published.")
    page.evaluate(press, ["U", "KeyU"])  # Caps Lock
    expect(page.locator(".toast")).to_contain_text("Taken back")
    page.evaluate(press, ["a", "KeyQ"])  # French: what it writes counts, not where it is
    expect(page.locator(".toast")).to_contain_text("1 comment published.")
    assert [site.is_public(each) for each in (first, second)] == [True, False]


def test_who_bans_or_looks_closer_comes_back_to_their_place(site: Site, sign_in: Callable[..., Page]) -> None:
    site.write("One", "Two", "Three")
    page = sign_in()
    page.goto(f"{site.url}?q=by")
    page.keyboard.press("j")
    page.keyboard.press("b")
    page.get_by_role("button", name="Ban").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Queue")
    expect(page.locator(".notice")).to_contain_text("By Two is banned.")
    expect(page.get_by_role("searchbox")).to_have_value("by")
    expect(page.locator(".item.current")).to_contain_text("Two")
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.get_by_role("heading", level=1)).to_contain_text("By One")
    page.go_back()
    expect(page.locator(".item.current")).to_contain_text("One")


def test_keys_are_letters_in_a_field(site: Site, sign_in: Callable[..., Page]) -> None:
    (only,) = site.write("One")
    page = sign_in()
    page.keyboard.press("/")
    page.keyboard.type("aras")
    expect(page.get_by_role("searchbox")).to_have_value("aras")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    assert texts(page) == ["One"]
    assert not site.is_public(only)


def test_what_arrives_moves_nothing_until_it_is_asked_for(site: Site, sign_in: Callable[..., Page]) -> None:
    site.write("One")
    page = sign_in()
    expect(page.locator(".item.current")).to_contain_text("One")
    site.write("Two", "Three")
    expect(page.locator(".arrivals")).to_have_text("2 new")
    expect(page).to_have_title(f"(3) {site.title}")
    assert texts(page) == ["One"]
    page.keyboard.press("n")
    expect(page.locator(".item.current")).to_contain_text("Three")
    assert texts(page) == ["Three", "Two", "One"]
    expect(page.locator(".arrivals")).to_be_hidden()


def test_empty_queue_shows_what_arrives_at_once(site: Site, sign_in: Callable[..., Page]) -> None:
    page = sign_in()
    expect(page.locator(".empty")).to_contain_text("Nobody is waiting")
    site.write("The first")
    expect(page.locator(".item .said")).to_have_text("The first")
    expect(page.locator(".empty")).to_be_hidden()
    page.keyboard.press("a")
    expect(page.locator(".empty")).to_be_visible()


def test_what_another_moderator_decided_fades_and_says_who(site: Site, sign_in: Callable[..., Page]) -> None:
    site.write("One", "Two")
    mine, other = sign_in(), sign_in("Nare")
    expect(mine.locator(".item.current")).to_contain_text("Two")
    other.keyboard.press("r")
    expect(mine.locator(".gone-note")).to_have_text("Rejected by Nare")
    mine.keyboard.press("j")
    expect(mine.locator(".item.current")).to_contain_text("One")
    expect(other.locator(".toast")).to_contain_text("rejected")
    other.keyboard.press("u")
    expect(mine.locator(".gone-note")).to_have_count(0)
    assert texts(mine) == ["Two", "One"]


def test_conversation_unfolds_in_place(site: Site, sign_in: Callable[..., Page]) -> None:
    (top,) = site.write("The question", key="talk")
    page = sign_in()
    page.keyboard.press("a")
    expect(page.locator(".toast")).to_contain_text("published")
    site.write("The answer", key="talk", parent_id=top)
    expect(page.locator(".item.current")).to_contain_text("The answer")
    page.keyboard.press("c")
    expect(page.locator(".context .talk").first).to_contain_text("The question")
    expect(page.get_by_role("link", name="Conversation and author").last).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("c")
    expect(page.locator(".context")).to_have_count(0)


def test_long_list_goes_on_below(site: Site, sign_in: Callable[..., Page]) -> None:
    site.write(*(f"Number {number}" for number in range(32)))
    page = sign_in()
    expect(page.locator(".queue > .item")).to_have_count(25)
    page.locator(".pager-end").scroll_into_view_if_needed()
    expect(page.locator(".queue > .item")).to_have_count(32)
    assert texts(page) == [f"Number {number}" for number in reversed(range(32))]


def test_who_comes_to_the_end_by_the_keyboard_keeps_their_place(site: Site, sign_in: Callable[..., Page]) -> None:
    site.write(*(f"Number {number}" for number in range(60)))
    page = sign_in()
    older = page.get_by_role("link", name="Older")
    older.focus()  # which scrolls there
    expect(page.locator(".queue > .item")).to_have_count(50)
    expect(older).to_be_focused()
    older.scroll_into_view_if_needed()
    expect(page.locator(".queue > .item")).to_have_count(60)
    expect(older).to_have_count(0)
    expect(page.locator(".pager-end")).to_be_focused()


def test_phone_has_the_decisions_at_the_thumb(site: Site, sign_in: Callable[..., Page]) -> None:
    first, second = site.write("One", "Two")
    page = sign_in(viewport={"width": 390, "height": 844}, has_touch=True)
    thumbs = page.locator(".thumbs")
    expect(thumbs).to_contain_text("By Two")
    box = thumbs.bounding_box()
    assert box is not None
    assert (box["y"] + box["height"], box["width"]) == (844, 390)
    assert all(button.bounding_box()["height"] >= 44 for button in thumbs.get_by_role("button").all())  # type: ignore[index]
    thumbs.get_by_role("button", name="Approve").tap()
    expect(page.locator(".toast")).to_contain_text("1 comment published.")
    assert (site.is_public(first), site.is_public(second)) == (False, True)
    expect(thumbs).to_contain_text("By One")
    page.locator(".toast").get_by_role("button", name="Undo").tap()
    expect(page.locator(".toast")).to_contain_text("Taken back")
    assert not site.is_public(second)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    for state in ("deleted", "held"):  # the row of tabs is wider than the screen
        page.goto(f"{site.url}?state={state}")
        expect(page.locator(".queue, .empty").first).to_be_attached()
        expect(page.locator("#queue .segments [aria-current=page]")).to_be_in_viewport(ratio=0.95)


def test_server_that_cannot_be_reached_changes_nothing_on_the_page(site: Site, sign_in: Callable[..., Page]) -> None:
    site.write("One")
    page = sign_in()
    page.route("**/moderation/**", lambda route: route.abort())
    page.keyboard.press("a")
    expect(page.locator(".toast.bad")).to_contain_text("Nothing was changed.")
    expect(page.locator(".item.current")).to_contain_text("One")
    page.unroute("**/moderation/**")
    page.keyboard.press("r")
    expect(page.locator(".toast:not(.bad)")).to_contain_text("rejected")


def test_queue_works_without_a_script(site: Site, sign_in: Callable[..., Page]) -> None:
    (only,) = site.write("One")
    page = sign_in(java_script_enabled=False)
    page.get_by_role("button", name="Approve").first.click()
    expect(page.locator(".notice")).to_have_text("1 comment published.")
    assert site.is_public(only)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".notice")).to_have_text("Taken back: 1 comment.")
    assert not site.is_public(only)
    page.get_by_role("link", name="Conversation and author").click()
    expect(page.locator(".context")).to_contain_text("By the same author")
    page.get_by_role("link", name="Queue").first.click()
    page.get_by_role("link", name="Select all 1").click()
    page.locator("#bulk").get_by_role("button", name="Spam").click()
    expect(page.locator(".notice")).to_have_text("1 comment marked as spam.")


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there; run: npm ci (in widget/)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_queue_has_no_findings(site: Site, sign_in: Callable[..., Page], scheme: str, width: int) -> None:
    site.write("One " * 500, "See https://example.org/", "مرحبا", key="talk")
    page = sign_in(color_scheme=scheme, viewport={"width": width, "height": 844}, reduced_motion="reduce")
    other = sign_in("Nare")
    expect(page.locator(".item.current")).to_be_visible()
    assert findings(page) == []
    page.keyboard.press("c")
    expect(page.locator(".context")).to_be_visible()
    other.keyboard.press("j")
    other.keyboard.press("a")
    expect(page.locator(".gone-note")).to_be_visible()
    site.write("And another")
    expect(page.locator(".arrivals")).to_be_visible()
    page.keyboard.press("x")
    assert findings(page) == []
    page.keyboard.press("s")
    expect(page.locator(".toast-undo")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert findings(page) == []
    page.keyboard.press("Escape")
    page.goto(f"{site.url}?state=spam&q=nothing")
    expect(page.locator(".empty")).to_be_visible()
    assert findings(page) == []
    page.goto(f"{site.url}?state=spam")
    page.goto(page.get_by_role("link", name="Conversation and author").evaluate("link => link.href"))
    assert findings(page) == []
