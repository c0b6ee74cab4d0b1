"""Who comes back and reads on: what is new since the last visit, and ways through the thread by keys."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from axe import AXE, findings
from host_pages import HostPages
from nursery import QuickServer
from playwright.sync_api import Locator, Route, expect
from readers import NO_CHANCE, Reader

Readers = Callable[..., Reader]

VISITS = "JSON.parse(localStorage['embedcomments:visits'] ?? '{}')"
COLOURS = "background: light-dark(#fff, #111); color: light-dark(#111, #eee)"
DARK_OR_LIGHT = f"<style>:root {{ color-scheme: light dark; {COLOURS} }}</style>"
TOO_SMALL = """[...document.querySelector("embed-comments").shadowRoot.querySelectorAll("button, input")]
    .map((each) => each.getBoundingClientRect())
    .filter(({ width, height }) => (width && width < 24) || (height && height < 24)).length"""
needs_axe = pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there; run: npm ci (in widget/)")


def write(server: QuickServer, key: str, *texts: str, to: str | None = None) -> list[str]:
    """Comments with these texts; their ids."""
    return [server.comment(text, key=key, parent_id=to).json["comment"]["id"] for text in texts]


def having_visited(server: QuickServer, key: str, top: int = 1) -> str:
    """A script for a reader who saw the comments up to ``top``."""
    known = {f"{server.url}|default|{key}": {"top": top, "count": top, "from": {"top": 0, "count": 0}, "at": 0}}
    kept = json.dumps(json.dumps(known))
    return f"if (location.protocol !== 'about:') localStorage['embedcomments:visits'] = {kept};"


def read_on(reader: Reader) -> None:
    """Wait until the part for reading is there."""
    expect(reader.thread.locator(".above")).to_have_count(1)


def has_visited(reader: Reader) -> Any:
    """Wait until the visit is noted; what was kept of it."""
    kept = reader.wait_for(lambda: reader.page.evaluate(VISITS), "the visit")
    assert len(kept) == 1
    return next(iter(kept.values()))


def focused(reader: Reader) -> str:
    """The text of the comment that has the focus, "" where none has it."""
    return reader.page.evaluate(
        "document.querySelector('embed-comments').shadowRoot.activeElement?.querySelector(':scope > .body')"
        "?.textContent.trim() ?? ''"
    )


def press(reader: Reader, keys: str) -> list[str]:
    """Press these keys; the comment that has the focus after each."""
    stops = []
    for key in keys.split():
        reader.page.keyboard.press(key)
        stops.append(focused(reader))
    return stops


def test_what_came_since_the_last_visit_is_marked_and_found(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    old, _ = write(open_server, key, "Old", "Old too")
    reader = new_reader()
    reader.open(page_url)
    read_on(reader)
    assert has_visited(reader)["top"] == 2
    expect(reader.thread.locator(".dot, .tidings")).to_have_count(0)
    # Without an entry of the history this is another visit, and not a way back to the last one.
    reader.page.goto("about:blank")
    write(open_server, key, "New answer", to=old)
    write(open_server, key, "New root")
    reader.open(page_url)
    expect(reader.thread.locator(".tidings")).to_contain_text("2 new since your last visit")
    expect(reader.thread.locator(".dot")).to_have_count(2)
    fresh = reader.thread.get_by_role("article", name=re.compile("New$"))
    assert [text.strip() for text in fresh.locator(".body").all_inner_texts()] == ["New answer", "New root"]
    reader.thread.get_by_role("button", name="Go to first").click()
    assert focused(reader) == "New answer"
    expect(reader.comment("New answer")).to_be_in_viewport()
    reader.wait_for(lambda: has_visited(reader)["top"] == 4, "the second visit")
    reader.page.reload()
    reader.is_ready()
    expect(reader.thread.locator(".dot")).to_have_count(2)
    reader.page.goto("about:blank")
    reader.open(page_url)
    read_on(reader)
    expect(reader.thread.locator(".dot, .tidings")).to_have_count(0)
    assert {request.method for request in reader.requests} == {"GET"}


@pytest.mark.parametrize("width", [1200, 390])
def test_marks_and_their_line_move_nothing(
    width: int, open_server: QuickServer, host: HostPages, key: str, new_reader: Readers
) -> None:
    key = f"still {width}"
    write(open_server, key, "Old", "New")
    watch = """window.shifts = [];
        new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map((entry) => entry.value)))
            .observe({ type: "layout-shift", buffered: true });"""
    script = NO_CHANCE + having_visited(open_server, key) + watch
    reader = new_reader(script=script, viewport={"width": width, "height": 900})
    late: list[Route] = []
    reader.page.route("**/read.js", lambda route: late.append(route))
    reader.open(host.embed(open_server.url, key, head=DARK_OR_LIGHT))
    reader.wait_for(lambda: late, "the part for reading")
    boxes = [each.bounding_box() for each in reader.thread.locator("article, form").all()]
    reader.page.evaluate("window.shifts = []")
    late[0].continue_()
    expect(reader.thread.locator(".tidings")).to_be_visible()
    expect(reader.thread.locator(".dot")).to_have_count(1)
    assert [each.bounding_box() for each in reader.thread.locator("article, form").all()] == boxes
    assert reader.page.evaluate("window.shifts") == []


def test_keys_lead_through_the_thread_while_the_focus_is_in_it(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    first, _ = write(open_server, key, "First", "Last")
    write(open_server, key, "Answer", to=first)
    reader, other = new_reader(), new_reader()
    reader.open(page_url)
    read_on(reader)
    page = reader.page
    page.evaluate("""() => {
        window.heard = [];
        document.addEventListener("keydown", (event) => window.heard.push([event.key, event.defaultPrevented]));
    }""")
    # Keys belong to the page while the focus is elsewhere, and to the field while one writes.
    assert press(reader, "n p u") == ["", "", ""]
    area = reader.thread.locator("form.new textarea")
    area.focus()
    page.keyboard.type("npu")
    expect(area).to_have_value("npu")
    assert page.evaluate("window.heard.splice(0)") == [[letter, False] for letter in "npunpu"]

    reader.comment("First").focus()
    assert press(reader, "n u n n n p p p") == ["Answer", "First", "Answer", "Last", "Last", "Answer", "First", "First"]
    assert press(reader, "Control+n Alt+n Shift+n") == ["First", "First", "First"]
    page.evaluate("window.heard = []")
    # The page hears a key that was used, as one that was.
    assert press(reader, "n x") == ["Answer", "Answer"]
    assert page.evaluate("window.heard") == [["n", True], ["x", False]]
    expect(reader.comment("Answer")).to_be_in_viewport()
    assert reader.comment("Answer").evaluate("(element) => element.matches(':focus-visible')")

    # What came meanwhile goes first, and what waits behind the bar.
    reader.comment("First").focus()
    other.open(page_url)
    other.post("Live")
    expect(reader.thread.locator(".bar button")).to_be_visible()
    page.keyboard.press("n")
    expect(reader.comment("Live")).to_be_focused()
    assert press(reader, "p p p n") == ["Last", "Answer", "First", "Live"]


def test_site_may_switch_keys_and_visits_off(
    open_server: QuickServer, host: HostPages, key: str, new_reader: Readers
) -> None:
    write(open_server, key, "One", "Two")
    reader = new_reader()
    reader.open(host.embed(open_server.url, key, keys="off", visits="off"))
    read_on(reader)
    reader.comment("One").focus()
    assert press(reader, "n") == ["One"]
    reader.page.wait_for_timeout(3500)
    assert reader.page.evaluate("localStorage.length") == 0


@needs_axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_marks_have_no_findings(
    scheme: str, open_server: QuickServer, host: HostPages, key: str, new_reader: Readers
) -> None:
    key = f"axe {scheme}"
    write(open_server, key, "Old", "New")
    script = NO_CHANCE + having_visited(open_server, key)
    reader = new_reader(script=script, color_scheme=scheme, reduced_motion="reduce")
    reader.open(host.embed(open_server.url, key, head=DARK_OR_LIGHT))
    expect(reader.thread.locator(".dot")).to_have_count(1)
    assert findings(reader.page, "embed-comments") == []
    assert reader.page.evaluate(TOO_SMALL) == 0


def fold_of(reader: Reader, text: str) -> Locator:
    """The button that folds the answers to the comment with this text."""
    return reader.comment(text).locator("xpath=..").locator("> .fold")


def test_branches_fold_and_open_for_what_leads_into_them(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    (top,) = write(open_server, key, "Top")
    (answer,) = write(open_server, key, "Answer", to=top)
    (deep,) = write(open_server, key, "Deep", to=answer)
    write(open_server, key, "After")
    reader, other = new_reader(), new_reader()
    reader.open(page_url)
    fold = fold_of(reader, "Top")
    expect(fold).to_have_attribute("aria-expanded", "true")
    expect(fold).to_have_accessible_name("2 replies")
    fold.focus()
    reader.page.keyboard.press("Enter")
    expect(fold).to_have_attribute("aria-expanded", "false")
    expect(fold).to_have_text("2 replies")
    expect(fold).to_be_focused()
    expect(reader.comment("Answer")).to_be_hidden()
    # Keys go over what is folded.
    assert press(reader, "n p") == ["After", "Top"]

    # What comes into it is counted and asks for no attention; what comes elsewhere does.
    other.open(page_url)
    other.post("Live", to="Deep")
    expect(fold).to_have_accessible_name("3 replies, New")
    expect(reader.thread.locator(".bar button")).to_have_count(0)
    expect(reader.comment("Live")).to_be_hidden()
    other.post("Live root")
    expect(reader.thread.locator(".bar button")).to_have_text(re.compile("1 new comment"))

    # It stays so over a reload, from the first drawing on.
    reader.page.reload()
    reader.is_ready()
    expect(reader.comment("Answer")).to_be_hidden()
    expect(fold).to_have_accessible_name(re.compile("^3 replies"))
    # A permalink within the page, and one that came with it.
    reader.page.evaluate("(id) => { location.hash = `comment-${id}`; }", deep)
    expect(reader.comment("Deep")).to_be_focused()
    expect(reader.comment("Deep")).to_be_in_viewport()
    expect(fold).to_have_attribute("aria-expanded", "true")
    fold.click()
    expect(reader.comment("Deep")).to_be_hidden()
    reader.page.reload()
    reader.is_ready()
    expect(reader.comment("Deep")).to_be_focused()
    expect(fold).to_have_attribute("aria-expanded", "true")
    # The browser's own search.
    fold.click()
    expect(reader.comment("Deep")).to_be_hidden()
    kids = reader.comment("Top").locator("xpath=..").locator("> .kids")
    assert kids.get_attribute("hidden") == "until-found"
    kids.dispatch_event("beforematch")
    expect(reader.comment("Deep")).to_be_visible()
    assert reader.page.evaluate("sessionStorage.length") == 0


def test_folded_branch_is_shown_where_the_part_that_unfolds_it_does_not_come(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    (top,) = write(open_server, key, "Top")
    write(open_server, key, "Answer", to=top)
    reader = new_reader(reduced_motion="reduce")
    reader.open(page_url)
    fold_of(reader, "Top").click()
    expect(reader.comment("Answer")).to_be_hidden()
    reader.page.route("**/read.js", lambda route: route.abort())
    reader.page.reload()
    reader.is_ready()
    expect(reader.comment("Answer")).to_be_visible()


@needs_axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_folds_have_no_findings_and_move_nothing(
    scheme: str, open_server: QuickServer, host: HostPages, key: str, new_reader: Readers
) -> None:
    key = f"folds {scheme}"
    top, other = write(open_server, key, "Top", "Other")
    for parent in (top, other):
        write(open_server, key, "Answer", to=parent)
    reader = new_reader(color_scheme=scheme, viewport={"width": 1200 if scheme == "dark" else 390, "height": 900})
    late: list[Route] = []
    reader.page.route("**/read.js", lambda route: late.append(route))
    reader.open(host.embed(open_server.url, key, head=DARK_OR_LIGHT))
    reader.wait_for(lambda: late, "the part for reading")
    boxes = [each.bounding_box() for each in reader.thread.locator("article").all()]
    late[0].continue_()
    expect(reader.thread.locator(".fold")).to_have_count(2)
    assert [each.bounding_box() for each in reader.thread.locator("article").all()] == boxes
    fold_of(reader, "Top").click()
    expect(reader.thread.locator(".kids").first).to_be_hidden()
    assert findings(reader.page, "embed-comments") == []
    assert reader.page.evaluate(TOO_SMALL) == 0


def select(reader: Reader, text: str, start: int = 0, end: int | None = None) -> None:
    """Select in the first text of the comment with this text."""
    reader.comment(text).locator(".body").evaluate(
        """(body, [start, end]) => {
            const words = document.createTreeWalker(body, NodeFilter.SHOW_TEXT).nextNode();
            getSelection().setBaseAndExtent(words, start, words, end ?? words.data.length);
        }""",
        [start, end],
    )


def test_selection_is_quoted_into_the_answer(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    write(open_server, key, "The first words. And others.", "Another comment")
    open_server.comment("Two\n\nparagraphs", key=key)
    reader = new_reader()
    reader.open(page_url)
    read_on(reader)
    thread = reader.thread
    area = thread.locator("form.reply textarea")
    reply = reader.comment("The first words. And others.").get_by_role("button", name=re.compile("^Reply"))
    caret = "(area) => [area.selectionStart, area.selectionEnd, area.value.length]"

    # By the mouse, before the part for writing is there.
    select(reader, "The first words. And others.", 0, 16)
    reply.click()
    expect(area).to_be_focused()
    expect(area).to_have_value("> The first words.\n\n")
    assert area.evaluate(caret) == [20, 20, 20]
    expect(thread.locator("form.reply button.post")).to_be_visible()
    reader.page.keyboard.type("Indeed.")
    # More of it into the same form, and Ctrl+Z takes it back.
    select(reader, "The first words. And others.", 17)
    reply.click()
    expect(area).to_have_value("> The first words.\n\nIndeed.\n\n> And others.\n\n")
    reader.page.keyboard.press("Control+z")
    expect(area).to_have_value("> The first words.\n\nIndeed.")
    # Without a selection the button closes the form as ever; the draft stays, and what it has is not said twice.
    reader.page.evaluate("getSelection().removeAllRanges()")
    reply.click()
    expect(area).to_have_count(0)
    select(reader, "The first words. And others.", 0, 16)
    reply.focus()
    reader.page.keyboard.press("Enter")
    expect(area).to_have_value("> The first words.\n\nIndeed.")
    expect(area).to_be_focused()

    # A selection elsewhere is not this comment's.
    select(reader, "The first words. And others.")
    reader.comment("Another comment").get_by_role("button", name=re.compile("^Reply")).click()
    expect(area).to_be_focused()
    expect(area).to_have_value("")
    # By keys, over paragraphs.
    paragraphs = thread.locator("article", has_text="paragraphs")
    paragraphs.locator(".body").evaluate("(body) => getSelection().selectAllChildren(body)")
    paragraphs.get_by_role("button", name=re.compile("^Reply")).focus()
    reader.page.keyboard.press("Enter")
    expect(area).to_have_value("> Two\n>\n> paragraphs\n\n")
    reader.page.keyboard.type("Mine")
    thread.locator("form.reply button.post").click()
    answer = paragraphs.locator("xpath=..").locator(".kids article")
    expect(answer.locator("blockquote p")).to_have_text(["Two", "paragraphs"])
    expect(answer.locator(".body > p")).to_have_text("Mine")


def test_words_selected_with_the_mouse_are_quoted(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    write(open_server, key, "Some words")
    reader = new_reader()
    reader.open(page_url)
    read_on(reader)
    reader.comment("Some words").locator(".body p").click(click_count=3)
    reader.comment("Some words").get_by_role("button", name=re.compile("^Reply")).click()
    expect(reader.thread.locator("form.reply textarea")).to_have_value("> Some words\n\n")


# What is highlighted, as the browser keeps it: all other matches, and the current one.
HIGHLIGHTED = """["embedcomments-found", "embedcomments-current"].map((name) => [...(CSS.highlights.get(name) ?? [])]
    .filter((range) => !range.collapsed).map(String))"""


def test_words_are_found_within_the_thread(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    (top,) = write(open_server, key, "A résumé of *this*")
    write(open_server, key, "RESUME and Resume", to=top)
    write(open_server, key, *(f"Filler {number}" for number in range(18)))
    reader = new_reader(reduced_motion="reduce")
    reader.open(page_url)
    read_on(reader)
    page, thread = reader.page, reader.thread
    expect(thread.locator(".find-open")).to_have_count(0)
    write(open_server, key, "The last filler")
    reader.show_arrivals(1)
    fold_of(reader, "A résumé of this").click()

    thread.get_by_role("button", name="Find in this thread").click()
    find = thread.get_by_role("search")
    field = find.get_by_role("searchbox", name="Find in this thread")
    said = find.get_by_role("status")
    expect(field).to_be_focused()
    expect(find.get_by_text("not loaded yet")).to_have_count(0)
    page.keyboard.type("resumé")
    expect(said).to_have_text("1 of 3")
    assert page.evaluate(HIGHLIGHTED) == [["RESUME", "Resume"], ["résumé"]]
    # A match in a folded branch opens it, and the focus stays in the field.
    expect(reader.comment("RESUME and Resume")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(said).to_have_text("2 of 3")
    expect(reader.comment("RESUME and Resume")).to_be_in_viewport()
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    expect(said).to_have_text("3 of 3")
    find.get_by_role("button", name="Next match").click()
    expect(said).to_have_text("1 of 3")
    expect(find).to_be_in_viewport()
    # What changes meanwhile is looked through again.
    open_server.comment("A résumé more", key=key)
    reader.show_arrivals(1)
    expect(said).to_have_text("1 of 4")
    # Over the marks within a text; and nothing.
    field.fill("of this")
    expect(said).to_have_text("1 of 1")
    field.fill("xyz")
    expect(said).to_have_text("Nothing found")
    field.fill("filler 1")
    expect(said).to_have_text("1 of 9")
    # Letters belong to the field, and Escape leads to what was found.
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(find).to_have_count(0)
    expect(reader.comment("Filler 10")).to_be_focused()
    assert page.evaluate(HIGHLIGHTED) == [[], []]
    opener = thread.get_by_role("button", name="Find in this thread")
    opener.click()
    expect(field).to_have_value("")
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    page.evaluate("document.querySelector('embed-comments').remove()")


def test_finding_says_what_it_does_not_search(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    write(open_server, key, *(f"Filler {number}" for number in range(102)))
    reader = new_reader()
    reader.open(page_url)
    reader.thread.get_by_role("button", name="Find in this thread").click()
    find = reader.thread.get_by_role("search")
    expect(find.get_by_text("Comments that are not loaded yet are not searched.")).to_be_visible()
    find.get_by_role("searchbox").fill("filler")
    expect(find.get_by_role("status")).to_have_text("1 of 100")
    reader.thread.get_by_role("button", name="Show more").click()
    expect(find.get_by_text("not loaded yet")).to_have_count(0)
    expect(find.get_by_role("status")).to_have_text("1 of 102")


@needs_axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_finding_has_no_findings(
    scheme: str, open_server: QuickServer, host: HostPages, key: str, new_reader: Readers
) -> None:
    key = f"find {scheme}"
    write(open_server, key, *(f"Filler {number}" for number in range(21)))
    reader = new_reader(color_scheme=scheme, viewport={"width": 1200 if scheme == "light" else 320, "height": 900})
    reader.open(host.embed(open_server.url, key, head=DARK_OR_LIGHT))
    reader.thread.get_by_role("button", name="Find in this thread").click()
    for words in ("", "filler", "xyz"):
        reader.thread.get_by_role("searchbox").fill(words)
        expect(reader.thread.get_by_role("search").get_by_role("status")).to_have_text(
            {"": "", "filler": "1 of 21", "xyz": "Nothing found"}[words]
        )
        assert findings(reader.page, "embed-comments") == []
    assert reader.page.evaluate(TOO_SMALL) == 0
    assert reader.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_first_new_comment_is_reached_where_it_is_not_loaded(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    write(open_server, key, *(f"Old {number}" for number in range(102)))
    write(open_server, key, "New", "Newer")
    reader = new_reader(script=NO_CHANCE + having_visited(open_server, key, 102), reduced_motion="reduce")
    reader.open(page_url)
    expect(reader.thread.locator(".tidings")).to_contain_text("2 new since your last visit")
    expect(reader.thread.locator(".dot")).to_have_count(0)
    reader.thread.get_by_role("button", name="Go to first").click()
    expect(reader.comment("New")).to_be_focused()
    expect(reader.comment("New").locator(".dot")).to_have_count(1)


def test_reading_on_needs_no_storage_and_passes_the_strictest_policy(
    open_server: QuickServer, host: HostPages, key: str, new_reader: Readers
) -> None:
    (top,) = write(open_server, key, "Top")
    write(open_server, key, "Answer", to=top)
    write(open_server, key, *(f"Filler {number}" for number in range(20)))
    server = open_server.url
    policy = (
        f"default-src 'none'; script-src {server}; connect-src {server} {server.replace('http', 'ws')}; "
        "require-trusted-types-for 'script'; trusted-types embedcomments"
    )
    url = host.add(
        "/strict",
        f'<!doctype html><html lang="en"><title>Strict</title><body><p>Text</p>'
        f'<script async src="{server}/embed.js" data-key="{key}"></script></body></html>',
        Content_Security_Policy=policy,
    )
    throwing = """for (const name of ["localStorage", "sessionStorage"])
        Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });"""
    reader = new_reader(script=NO_CHANCE + throwing, reduced_motion="reduce")
    reader.open(url)
    fold = fold_of(reader, "Top")
    fold.click()
    expect(reader.comment("Answer")).to_be_hidden()
    reader.thread.get_by_role("button", name="Find in this thread").click()
    reader.thread.get_by_role("searchbox").fill("answer")
    expect(reader.comment("Answer")).to_be_in_viewport()
    reader.page.keyboard.press("Escape")
    expect(reader.comment("Answer")).to_be_focused()
    assert press(reader, "u n n") == ["Top", "Answer", "Filler 0"]
    select(reader, "Answer")
    reader.comment("Answer").get_by_role("button", name=re.compile("^Reply")).click()
    expect(reader.thread.locator("form.reply textarea")).to_have_value("> Answer\n\n")
    # Long enough for the visit to be noted, were there a place for it.
    reader.page.wait_for_timeout(3500)
    assert reader.complaints == []


def test_browser_without_highlights_frames_the_comment_that_was_found(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    write(open_server, key, *(f"Filler {number}" for number in range(21)))
    reader = new_reader(script=NO_CHANCE + "delete CSS.highlights;")
    reader.open(page_url)
    reader.thread.get_by_role("button", name="Find in this thread").click()
    reader.thread.get_by_role("searchbox").fill("filler 2")
    found = reader.thread.locator("[data-found]")
    expect(found).to_contain_text("Filler 2")
    reader.page.keyboard.press("Enter")
    expect(found).to_contain_text("Filler 20")
    expect(found).to_have_count(1)
    assert found.evaluate("(element) => getComputedStyle(element).outlineStyle") == "solid"
    reader.page.keyboard.press("Escape")
    expect(found).to_have_count(0)
