"""Who changes what waits for the network: the server may have taken it already, and its answer been lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from nursery import QuickServer
from playwright.sync_api import Locator, Route, expect
from readers import Reader, is_post

Readers = Callable[..., Reader]
ONLINE = "window.dispatchEvent(new Event('online'))"


def texts_on(server: QuickServer, key: str) -> list[str]:
    return [each["html"] for each in server.get(f"/api/v1/sites/default/thread?key={key}").json["comments"]]


@pytest.fixture
def lose(open_server: QuickServer) -> Callable[[Reader], None]:
    """``lose(reader)``: the next comment reaches the server, its answer does not come; then nothing goes through."""

    def begin(reader: Reader) -> None:
        taken: list[bool] = []

        def answer(route: Route) -> None:
            if route.request.method == "POST" and not taken:
                taken.append(True)
                assert route.fetch().status == 201
            route.abort()

        reader.page.route("**/comments", answer)

    return begin


def wait_then_edit(reader: Reader, text: str) -> Locator:
    """Write a comment that waits then, and have its words in the form again."""
    form = reader.write(text)
    reader.wait_for(lambda: any("/outbox.js" in request.url for request in reader.requests), "the outbox")
    reader.page.wait_for_load_state("networkidle")
    form.locator("button.post").click()
    waiting = reader.thread.locator("article.waiting")
    waiting.get_by_role("button", name="Edit").click()
    expect(form.locator("textarea")).to_have_value(text)
    return form


def test_words_changed_after_a_lost_answer_change_the_comment_that_is_there(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers, lose: Callable[[Reader], None]
) -> None:
    reader = new_reader()
    reader.open(page_url)
    lose(reader)
    form = wait_then_edit(reader, "First words")
    assert texts_on(open_server, key) == ["<p>First words</p>"]
    reader.page.unroute("**/comments")
    # Also after a reload, since the words stay.
    reader.page.reload()
    reader.is_ready()
    expect(form.locator("textarea")).to_have_value("First words")
    form.locator("textarea").fill("Second words")
    form.locator("button.post").click()
    expect(reader.comment("Second words").locator(".edit-own")).to_be_visible()
    expect(reader.thread.locator("h2")).to_have_text("1 comment")
    assert texts_on(open_server, key) == ["<p>Second words</p>"]
    # What is written next is a comment of its own.
    reader.write("Another").locator("button.post").click()
    expect(reader.comment("Another").locator(".edit-own")).to_be_visible()
    assert texts_on(open_server, key) == ["<p>Second words</p>", "<p>Another</p>"]


def test_changed_words_that_wait_too_change_it_when_the_network_is_back(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers, lose: Callable[[Reader], None]
) -> None:
    reader = new_reader()
    reader.open(page_url)
    lose(reader)
    form = wait_then_edit(reader, "First words")
    for text in ("Second words", "Third words"):
        form.locator("textarea").fill(text)
        form.locator("button.post").click()
        expect(reader.thread.locator("article.waiting")).to_contain_text(text)
        if text == "Second words":
            reader.thread.locator("article.waiting").get_by_role("button", name="Edit").click()
    reader.page.unroute("**/comments")
    reader.page.evaluate(ONLINE)
    expect(reader.thread.locator("article.waiting")).to_have_count(0)
    expect(reader.comment("Third words").locator(".edit-own")).to_be_visible()
    assert texts_on(open_server, key) == ["<p>Third words</p>"]


def test_words_that_never_arrived_are_sent_as_they_are_now_alone(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    reader = new_reader()
    reader.open(page_url)
    reader.page.route("**/comments", lambda route: route.abort())
    form = wait_then_edit(reader, "First words")
    reader.page.unroute("**/comments")
    sent = len([each for each in reader.requests if is_post_to(each)])
    form.locator("textarea").fill("Second words")
    with reader.page.expect_response(is_post) as answer:
        form.locator("button.post").click()
    assert answer.value.status == 201
    assert len([each for each in reader.requests if is_post_to(each)]) == sent + 1
    assert texts_on(open_server, key) == ["<p>Second words</p>"]


def is_post_to(request: Any) -> bool:
    return bool(request.method == "POST" and request.url.endswith("/comments"))


def test_where_it_cannot_be_changed_any_more_the_words_stay_with_the_writer(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers, lose: Callable[[Reader], None]
) -> None:
    reader = new_reader()
    reader.open(page_url)
    lose(reader)
    form = wait_then_edit(reader, "First words")
    reader.page.unroute("**/comments")

    def refuse(route: Route) -> None:
        if route.request.method != "PATCH":
            route.fallback()
            return
        problem = {"code": "edit_window_over", "detail": ""}
        route.fulfill(status=403, body=json.dumps(problem), headers={"Access-Control-Allow-Origin": "*"})

    reader.page.route("**/comments/*", refuse)
    form.locator("textarea").fill("Second words")
    form.locator("button.post").click()
    expect(form.get_by_role("alert")).to_contain_text("time for changing this comment is over")
    expect(form.locator("textarea")).to_have_value("Second words")
    expect(reader.comment("First words")).to_have_count(1)
    assert texts_on(open_server, key) == ["<p>First words</p>"]
    form.locator("button.post").click()
    expect(reader.comment("Second words").locator(".edit-own")).to_be_visible()  # before, it is on its way
    assert texts_on(open_server, key) == ["<p>First words</p>", "<p>Second words</p>"]
