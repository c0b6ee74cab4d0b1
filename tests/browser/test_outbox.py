"""Who writes without a network: the comment waits on the device, and is sent once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from axe import AXE, findings
from host_pages import HostPages
from nursery import QuickServer
from playwright.sync_api import expect
from readers import Reader, is_post

Readers = Callable[..., Reader]

KEPT = "JSON.parse(localStorage['embedcomments:outbox'] ?? '[]')"
TOO_SMALL = """[...document.querySelector("embed-comments").shadowRoot.querySelectorAll(".waiting button")]
    .map((each) => each.getBoundingClientRect())
    .filter(({ width, height }) => (width && width < 24) || (height && height < 24))"""
COLOURS = "background: light-dark(#fff, #111); color: light-dark(#111, #eee)"
DARK_OR_LIGHT = f"<style>:root {{ color-scheme: light dark; {COLOURS} }}</style>"
needs_axe = pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there; run: npm ci (in widget/)")


def write_offline(reader: Reader, text: str, **how: Any) -> None:
    """Write a comment while the network is gone; it waits."""
    form = reader.write(text, **how)
    # The part that keeps it comes when the form is there.
    reader.wait_for(lambda: any("/outbox.js" in request.url for request in reader.requests), "the outbox")
    reader.page.wait_for_load_state("networkidle")
    reader.context.set_offline(True)
    form.locator("button.post").click()
    expect(reader.comment(text).locator(".note")).to_have_text(
        "Not sent yet. It will be sent when the network is back."
    )


def posts(reader: Reader) -> list[Any]:
    """All attempts to send a comment."""
    return [each for each in reader.requests if each.method == "POST" and each.url.endswith("/comments")]


def texts_on(server: QuickServer, key: str) -> list[str]:
    """What everybody sees."""
    return [each["html"] for each in server.get(f"/api/v1/sites/default/thread?key={key}").json["comments"]]


def test_a_comment_without_a_network_is_sent_once_when_it_is_back(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    parent = open_server.comment("Question", key=key).json["comment"]["id"]
    reader = new_reader()
    reader.open(page_url)
    write_offline(reader, "Later", name="Ani", to="Question")
    expect(reader.thread.locator("form.reply")).to_have_count(0)
    assert reader.page.evaluate(KEPT)[0]["body"]["parent_id"] == parent
    with reader.page.expect_response(is_post) as answer:
        reader.context.set_offline(False)
    assert answer.value.status == 201
    expect(reader.comment("Later").locator(".note")).to_have_count(0)
    expect(reader.thread.locator("h2")).to_have_text("2 comments")
    first, second = posts(reader)
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert first.post_data == second.post_data
    assert reader.page.evaluate(KEPT) == []
    assert texts_on(open_server, key) == ["<p>Question</p>", "<p>Later</p>"]


def test_it_waits_over_a_reload_and_two_tabs_send_it_once(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    reader = new_reader(script="")
    reader.open(page_url)
    write_offline(reader, "Still here")
    # The page comes anew while the server takes nothing.
    reader.context.route("**/comments", lambda route: route.abort())
    reader.context.set_offline(False)
    reader.page.reload()
    expect(reader.comment("Still here").locator(".note")).to_contain_text("Not sent yet")
    other = reader.context.new_page()
    other.goto(page_url)
    expect(other.locator("embed-comments .waiting")).to_have_count(1)
    reader.context.unroute("**/comments")
    taken: list[int] = []
    reader.context.on("response", lambda response: taken.append(response.status) if is_post(response) else None)
    for page in (reader.page, other):
        page.evaluate("window.dispatchEvent(new Event('online'))")
    for page in (reader.page, other):
        # Busy tabs may miss the moment; each tries again every half minute.
        expect(page.locator("embed-comments .waiting")).to_have_count(0, timeout=45_000)
    reader.wait_for(lambda: taken, "the answer")
    assert set(taken) == {201}  # asked twice with one key, the server answers the same
    assert texts_on(open_server, key) == ["<p>Still here</p>"]


def test_what_is_refused_comes_back_into_the_form(
    start_server: Callable[..., QuickServer], host: HostPages, new_reader: Readers
) -> None:
    server = start_server()
    reader = new_reader()
    reader.open(host.embed(server.url, "refused"))
    write_offline(reader, "Not wanted")

    def refuse(route: Any) -> None:
        if route.request.method != "POST":
            route.fallback()
            return
        problem = {"code": "rejected", "detail": "Links are not welcome."}
        route.fulfill(status=422, body=json.dumps(problem), headers={"Access-Control-Allow-Origin": "*"})

    reader.page.route("**/comments", refuse)
    reader.context.set_offline(False)
    form = reader.thread.locator("form.new")
    expect(form.get_by_role("alert")).to_contain_text("Links are not welcome.")
    expect(form.locator("textarea")).to_have_value("Not wanted")
    expect(reader.thread.locator(".waiting")).to_have_count(0)
    assert reader.page.evaluate(KEPT) == []
    reader.page.unroute("**/comments")
    with reader.page.expect_response(is_post) as answer:
        form.locator("button.post").click()
    assert answer.value.status == 201


def test_its_writer_edits_or_deletes_it(open_server: QuickServer, page_url: str, key: str, new_reader: Readers) -> None:
    reader = new_reader()
    reader.open(page_url)
    write_offline(reader, "First words")
    reader.comment("First words").get_by_role("button", name="Edit").click()
    area = reader.thread.locator("form.new textarea")
    expect(area).to_have_value("First words")
    expect(area).to_be_focused()
    expect(reader.thread.locator(".waiting")).to_have_count(0)
    area.fill("Second words")
    reader.thread.locator("button.post").click()
    waiting = reader.comment("Second words")
    waiting.get_by_role("button", name="Delete").click()
    waiting.locator("button.really").click()
    expect(reader.thread.locator(".waiting")).to_have_count(0)
    expect(reader.thread.locator("h2")).to_be_focused()
    reader.context.set_offline(False)
    assert reader.page.evaluate(KEPT) == []
    assert texts_on(open_server, key) == []


def test_what_waited_long_is_offered_and_not_sent(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    reader = new_reader()
    reader.open(page_url)
    write_offline(reader, "Old news")
    reader.page.evaluate(
        f"""() => {{ const kept = {KEPT}; kept[0].at -= 40 * 86400000;
        localStorage["embedcomments:outbox"] = JSON.stringify(kept); }}"""
    )
    reader.context.set_offline(False)
    reader.page.reload()
    expect(reader.comment("Old news").locator(".note")).to_contain_text("waited for long")
    assert texts_on(open_server, key) == []
    with reader.page.expect_response(is_post):
        reader.thread.get_by_role("button", name="Send now").click()
    sent = reader.comment("Old news")
    expect(sent.locator(".note")).to_have_count(0)
    expect(sent).to_be_focused()


@needs_axe
@pytest.mark.parametrize("width", [1200, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_what_waits(
    width: int, scheme: Any, open_server: QuickServer, host: HostPages, new_reader: Readers
) -> None:
    key = f"axe {width} {scheme}"
    open_server.comment("A word before", key=key)
    reader = new_reader(viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce")
    reader.open(host.embed(open_server.url, key, head=DARK_OR_LIGHT))
    write_offline(reader, "A word that waits", name="Ani")
    assert findings(reader.page, "embed-comments") == []
    assert reader.page.evaluate(TOO_SMALL) == []
    reader.thread.get_by_role("button", name="Delete").click()
    assert findings(reader.page, "embed-comments") == []
