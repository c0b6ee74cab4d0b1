"""Whatever the server, the network, the clock or the device does: the page stays whole, the reader is told in one
sentence, and the thread recovers by itself. Failures are made by interception, time is moved by the browser's clock."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from nursery import QuickServer
from playwright.sync_api import Route, expect
from readers import NO_CHANCE, Reader, is_post

Readers = Callable[..., Reader]

ALLOWED = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
FAILED = "The comments could not be loaded."
FAILED_MORE = "That did not load."
# Timeouts of requests follow the clock that the test moves, and the tab is as visible as the test says.
SCRIPT = f"""{NO_CHANCE}
AbortSignal.timeout = (ms) => {{
  const leaving = new AbortController();
  setTimeout(() => leaving.abort(new DOMException("", "TimeoutError")), ms);
  return leaving.signal;
}};
Object.defineProperty(Document.prototype, "hidden", {{ get: () => !!window.isAway }});
window.be = (isAway) => {{ window.isAway = isAway; document.dispatchEvent(new Event("visibilitychange")); }};
"""
FULL = """
Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
"""
NO_STORAGE = """
for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("no", "SecurityError"); } });
"""
COMMENT = {
    "id": "1",
    "parent_id": None,
    "depth": 0,
    "number": 1,
    "kind": "comment",
    "state": "published",
    "created_at": "2026-01-01T00:00:00Z",
    "html": "<p>Hello</p>",
    "rev": 1,
    "seq": 1,
}
PAGE = {"thread": {"count": 1, "closed": False, "cursor": ""}, "next": None, "policy": {"nesting": 4}, "modules": []}


class Server:
    """Stands between a reader and the real server: fails as it is told, until ``mend``."""

    def __init__(self, reader: Reader, pattern: str) -> None:
        self._reader = reader
        self._pattern = pattern
        self.asked = 0
        self.how: dict[str, Any] | None = None
        reader.page.route(re.compile(pattern), self._answer)

    def _answer(self, route: Route) -> None:
        self.asked += 1
        if self.how is None:
            route.abort()
        elif self.how:
            route.fulfill(**{"headers": ALLOWED, **self.how})

    def mend(self) -> None:
        """Let everything through."""
        self._reader.page.unroute(re.compile(self._pattern), self._answer)

    def was_asked(self, times: int) -> None:
        """Wait for as many requests in all; no more may have come."""
        self._reader.wait_for(lambda: self.asked >= times, f"request {times}")
        assert self.asked == times


THREAD = r"/thread\?"


@pytest.fixture
def reader(new_reader: Readers) -> Reader:
    """Somebody whose time the test moves."""
    found = new_reader(script=SCRIPT)
    found.page.clock.install()
    return found


def visit(reader: Reader, url: str, **how: Any) -> Server:
    """Come to a page whose comments do not load, and read that."""
    between = Server(reader, THREAD)
    between.how = how or None
    reader.page.goto(url)
    expect(reader.thread.get_by_role("alert")).to_contain_text(FAILED)
    # Where the loader's own request failed before the widget was there, another one followed at once.
    between.asked = 0
    return between


def passes(reader: Reader, seconds: float) -> None:
    """Let time pass."""
    reader.page.clock.fast_forward(int(seconds * 1000))


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({}, id="no network"),
        pytest.param({"status": 500, "body": "<h1>Internal Server Error</h1>"}, id="500 in HTML"),
        pytest.param({"status": 500, "body": "null"}, id="500 with null"),
        pytest.param({"status": 404, "body": "<h1>No such host</h1>"}, id="404 of a proxy"),
        pytest.param({"body": "<h1>Sign in to this network</h1>", "content_type": "text/html"}, id="HTML"),
        pytest.param({"body": json.dumps({**PAGE, "comments": [COMMENT]})[:-30]}, id="half of it"),
        pytest.param({"body": ""}, id="nothing"),
        pytest.param({"body": "null"}, id="null"),
        pytest.param({"body": "[]"}, id="a list"),
        pytest.param({"body": "{}"}, id="an empty object"),
        pytest.param({"body": json.dumps({**PAGE, "comments": None})}, id="no comments"),
        pytest.param({"body": json.dumps({"comments": [COMMENT]})}, id="nothing but comments"),
        pytest.param({"body": json.dumps({**PAGE, "comments": [None]})}, id="comments that are none"),
        pytest.param(
            {"body": json.dumps({**PAGE, "comments": [{**COMMENT, "created_at": "soon"}]})}, id="a time that is none"
        ),
        pytest.param({"body": json.dumps({**PAGE, "comments": [{"html": "<p>x</p>"}]})}, id="half a comment"),
    ],
)
def test_a_first_load_that_fails_is_told_and_tried_again(
    how: dict[str, Any], open_server: QuickServer, page_url: str, key: str, reader: Reader
) -> None:
    open_server.comment("Here after all", key=key)
    between = visit(reader, page_url, **how)
    expect(reader.thread.locator("article")).to_have_count(0)
    expect(reader.thread.get_by_role("button", name="Try again")).to_be_visible()
    passes(reader, 2)
    between.was_asked(1)
    between.mend()
    passes(reader, 4)
    expect(reader.comment("Here after all")).to_be_visible()
    expect(reader.thread.get_by_role("alert")).to_have_count(0)


def test_the_button_does_not_wait(open_server: QuickServer, page_url: str, key: str, reader: Reader) -> None:
    open_server.comment("At once", key=key)
    between = visit(reader, page_url)
    between.mend()
    reader.thread.get_by_role("button", name="Try again").click()
    expect(reader.comment("At once")).to_be_visible()
    asked = len([each for each in reader.requests if re.search(THREAD, each.url)])
    passes(reader, 300)
    reader.page.wait_for_load_state("networkidle")
    assert len([each for each in reader.requests if re.search(THREAD, each.url)]) == asked


def test_it_waits_longer_each_time_up_to_two_minutes(page_url: str, reader: Reader) -> None:
    reader.page.clock.pause_at("2100-01-01")
    between = visit(reader, page_url)
    # Without chance these are the shortest times; with it each is up to twice as long.
    for times, seconds in enumerate([2, 4, 8, 16, 32, 64, 64, 64], 1):
        passes(reader, seconds - 1)
        between.was_asked(times - 1)
        passes(reader, 1)
        between.was_asked(times)


def test_it_honours_retry_after(page_url: str, reader: Reader) -> None:
    reader.page.clock.pause_at("2100-01-01")
    between = visit(reader, page_url, status=503, body="{}", headers={**ALLOWED, "Retry-After": "90"})
    between.was_asked(0)
    reader.page.evaluate("dispatchEvent(new Event('online')); be(true); be(false)")
    passes(reader, 89)
    between.was_asked(0)
    passes(reader, 1)
    between.was_asked(1)
    # What the browser got is with the widget once a later answer is there.
    reader.page.evaluate("fetch(location.href).then((answer) => answer.text())")
    # A mistake of a server must not keep a thread away for years, nor make a timer of no length.
    between.how = {"status": 503, "body": "{}", "headers": {**ALLOWED, "Retry-After": "99999999999"}}
    passes(reader, 90)
    between.was_asked(2)
    reader.page.evaluate("fetch(location.href).then((answer) => answer.text())")
    passes(reader, 3599)
    between.was_asked(2)
    passes(reader, 1)
    between.was_asked(3)


def test_it_is_tried_at_once_when_the_network_is_back(
    open_server: QuickServer, page_url: str, key: str, reader: Reader
) -> None:
    open_server.comment("Back", key=key)
    reader.page.clock.pause_at("2100-01-01")
    between = visit(reader, page_url)
    between.mend()
    reader.page.evaluate("dispatchEvent(new Event('online'))")
    expect(reader.comment("Back")).to_be_visible()


def test_a_hidden_tab_asks_for_nothing_until_it_is_seen(
    open_server: QuickServer, page_url: str, key: str, reader: Reader
) -> None:
    open_server.comment("Seen", key=key)
    reader.page.clock.pause_at("2100-01-01")
    between = visit(reader, page_url)
    reader.page.evaluate("be(true)")
    for _ in range(3):
        passes(reader, 3600)
    between.was_asked(0)
    between.mend()
    reader.page.evaluate("be(false)")
    expect(reader.comment("Seen")).to_be_visible()


def test_a_server_that_never_answers_is_told_and_its_late_answer_is_taken(
    open_server: QuickServer, page_url: str, key: str, reader: Reader
) -> None:
    open_server.comment("Slowly", key=key)
    held: list[Route] = []
    reader.page.route(re.compile(THREAD), lambda route: held.append(route))
    reader.page.goto(page_url)
    reader.wait_for(lambda: held, "the request")
    reader.wait_for(lambda: passes(reader, 1) or reader.thread.get_by_role("alert").count(), "the word")
    expect(reader.thread.get_by_role("alert")).to_contain_text(FAILED)
    held[0].continue_()
    expect(reader.comment("Slowly")).to_be_visible()
    expect(reader.thread.get_by_role("alert")).to_have_count(0)
    assert len(held) == 1


def test_a_server_that_never_answers_is_asked_again(page_url: str, reader: Reader) -> None:
    held: list[Route] = []
    reader.page.route(re.compile(THREAD), lambda route: held.append(route))
    reader.page.goto(page_url)
    reader.wait_for(lambda: held, "the request")
    passes(reader, 30)
    expect(reader.thread.get_by_role("alert")).to_contain_text(FAILED)
    reader.wait_for(lambda: len(held) == 2 or passes(reader, 1), "another request")
    reader.page.unroute_all(behavior="ignoreErrors")


def test_the_widget_itself_is_asked_for_again(
    open_server: QuickServer, page_url: str, key: str, reader: Reader
) -> None:
    open_server.comment("Late", key=key)
    between = Server(reader, r"/widget\.js$")
    reader.page.goto(page_url)
    between.was_asked(1)
    between.mend()
    passes(reader, 2)
    expect(reader.comment("Late")).to_be_visible()


@pytest.mark.parametrize("part", ["live", "read"])
def test_a_part_that_does_not_come_breaks_nothing(
    part: str, open_server: QuickServer, page_url: str, key: str, reader: Reader
) -> None:
    open_server.comment("Here", key=key)
    between = Server(reader, rf"/{part}\.js$")
    reader.page.goto(page_url)
    expect(reader.comment("Here")).to_be_visible()
    between.was_asked(1)
    between.mend()
    if part == "live":
        passes(reader, 2)
        reader.wait_for(lambda: reader.subscribed, "the feed")


def test_a_form_that_does_not_come_is_tried_again_and_keeps_the_words(
    open_server: QuickServer, page_url: str, reader: Reader
) -> None:
    between = Server(reader, r"/compose\.js$")
    reader.open(page_url)
    form = reader.thread.locator("form.new")
    form.locator("textarea").fill("Typed into nothing")
    expect(form.get_by_role("alert")).to_contain_text("What you wrote is still here.")
    between.mend()
    passes(reader, 60)
    form.locator("button.post").click()
    expect(reader.comment("Typed into nothing")).to_be_visible()


def many(server: QuickServer, key: str, *, parent_id: str | None = None, number: int = 105) -> None:
    """Comments for more than a page."""
    for at in range(number):
        assert server.comment(f"Number {at}", key=key, parent_id=parent_id).status in (201, 202)


def test_more_comments_come_by_themselves_and_leave_the_reader_where_they_write(
    open_server: QuickServer, page_url: str, key: str, reader: Reader
) -> None:
    many(open_server, key)
    reader.open(page_url)
    between = Server(reader, r"&after=")
    reader.thread.get_by_role("button", name="Show more").click()
    expect(reader.thread.get_by_role("alert")).to_have_text(FAILED_MORE)
    between.was_asked(1)
    area = reader.write("Half a sent").locator("textarea")
    passes(reader, 2)
    between.was_asked(2)
    between.mend()
    passes(reader, 4)
    expect(reader.comment("Number 104")).to_have_count(1)
    expect(area).to_be_focused()
    expect(area).to_have_value("Half a sent")
    expect(reader.thread.get_by_text(FAILED_MORE)).to_have_count(0)


def test_more_comments_that_make_no_sense_are_tried_again(
    open_server: QuickServer, page_url: str, key: str, reader: Reader
) -> None:
    many(open_server, key)
    reader.open(page_url)
    between = Server(reader, r"&after=")
    between.how = {"body": json.dumps({**PAGE, "comments": [{**COMMENT, "kind": None}]})}
    button = reader.thread.get_by_role("button", name="Show more")
    button.click()
    expect(reader.thread.get_by_role("alert")).to_have_text(FAILED_MORE)
    between.mend()
    button.focus()
    passes(reader, 2)
    # The button goes; who waited at it is led on.
    expect(reader.comment("Number 100")).to_be_focused()


def test_answers_come_by_themselves(open_server: QuickServer, page_url: str, key: str, reader: Reader) -> None:
    root = open_server.comment("Root", key=key).json["comment"]["id"]
    many(open_server, key, parent_id=root, number=45)
    reader.open(page_url)
    between = Server(reader, r"/replies\?")
    between.how = {"status": 502, "body": "<h1>Bad Gateway</h1>"}
    reader.thread.get_by_role("button", name=re.compile("more repl")).click()
    expect(reader.thread.get_by_role("alert")).to_have_text(FAILED_MORE)
    between.mend()
    passes(reader, 2)
    expect(reader.comment("Number 44")).to_have_count(1)
    expect(reader.thread.get_by_text(FAILED_MORE)).to_have_count(0)


def test_another_order_comes_by_itself(open_server: QuickServer, page_url: str, key: str, reader: Reader) -> None:
    for text in ("First", "Second"):
        open_server.comment(text, key=key)
    reader.open(page_url)
    between = Server(reader, r"sort=newest")
    reader.thread.locator("select").select_option("newest")
    expect(reader.thread.get_by_role("alert")).to_have_text(FAILED_MORE)
    assert reader.texts() == ["First", "Second"]
    between.mend()
    passes(reader, 2)
    expect(reader.thread.locator("article").first).to_contain_text("Second")
    expect(reader.thread.get_by_role("alert")).to_have_count(0)


def test_a_thread_that_cannot_be_asked_anew_is_asked_later_and_takes_no_words_away(
    open_server: QuickServer, page_url: str, key: str, reader: Reader
) -> None:
    open_server.comment("Stays", key=key)
    reader.open(page_url)
    area = reader.write("Not sent yet").locator("textarea")
    between = Server(reader, THREAD)
    between.how = {"body": "<h1>Maintenance</h1>"}
    open_server.run("thread", "close", key)  # which the feed tells, so that the thread is asked for anew
    reader.wait_for(lambda: passes(reader, 1) is None and between.asked, "the request")
    expect(reader.comment("Stays")).to_be_visible()
    between.mend()
    reader.wait_for(
        lambda: passes(reader, 2) is None and reader.thread.get_by_text("This discussion is closed.").count(),
        "the word",
    )
    expect(area).to_have_value("Not sent yet")
    reader.page.reload()
    reader.is_ready()
    expect(reader.thread.locator("form")).to_have_count(0)


def test_words_about_a_comment_that_goes_stand_in_the_form(
    open_server: QuickServer, page_url: str, key: str, reader: Reader
) -> None:
    answer = open_server.comment("Soon gone", key=key).json
    reader.open(page_url)
    reader.write("An answer to it", to="Soon gone")
    gone = open_server.call(
        "DELETE",
        f"/api/v1/comments/{answer['comment']['id']}",
        headers={"Authorization": f"Bearer {answer['edit_token']}"},
    )
    assert gone.status == 200
    form = reader.thread.locator("form.new")
    expect(form.locator("textarea")).to_have_value("An answer to it")
    expect(form.get_by_role("alert")).to_have_text("The comment is not there any more.")


@pytest.mark.parametrize(
    "body",
    ['{"comment": {"id": "06', "{}", "null", "<h1>Sign in</h1>"],
    ids=["half", "empty", "null", "html"],
)
def test_a_comment_whose_answer_makes_no_sense_is_there_once(
    body: str, open_server: QuickServer, page_url: str, key: str, reader: Reader
) -> None:
    reader.open(page_url)
    form = reader.write("Only once")
    reader.wait_for(lambda: any("/outbox.js" in request.url for request in reader.requests), "the outbox")
    reader.page.wait_for_load_state("networkidle")

    def garble(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.fulfill(status=201, body=body, headers=ALLOWED)
        else:
            route.fallback()

    pattern = re.compile(r"/comments$")
    reader.page.route(pattern, garble)
    form.locator("button.post").click()
    expect(reader.thread.locator(".note")).to_contain_text("Not sent yet.")
    reader.page.unroute(pattern)
    with reader.page.expect_response(is_post) as answer:
        reader.page.evaluate("dispatchEvent(new Event('online'))")
    assert answer.value.status == 201
    expect(reader.thread.locator(".note")).to_have_count(0)
    texts = [each["html"] for each in open_server.get(f"/api/v1/sites/default/thread?key={key}").json["comments"]]
    assert texts == ["<p>Only once</p>"]


@pytest.mark.parametrize("trouble", [FULL, NO_STORAGE], ids=["full", "forbidden"])
def test_without_storage_words_live_as_long_as_the_page(
    trouble: str, open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    for text in ("One", "Two"):
        open_server.comment(text, key=key)
    reader = new_reader(script=SCRIPT + trouble)
    reader.open(page_url)
    form = reader.write("To the first", to="One")
    expect(form.locator("button.post")).to_be_visible()
    reader.write("To the second", to="Two")
    reader.comment("One").get_by_role("button", name=re.compile("^Reply")).click()
    form = reader.thread.locator("form.reply")
    expect(form.locator("textarea")).to_have_value("To the first")
    with reader.page.expect_response(is_post):
        form.locator("button.post").click()
    expect(reader.comment("To the first")).to_be_visible()


@pytest.mark.parametrize("days", [-1100, -1, 1, 1100])
def test_a_clock_that_is_wrong_takes_nothing_away(
    days: int, open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    open_server.comment("Before", key=key)
    reader = new_reader(
        script=f"""{NO_CHANCE}
            const now = Date.now;
            Date.now = () => now() + {days} * 86400000;
            window.Date = class extends Date {{
              constructor(...all) {{ super(...(all.length ? all : [Date.now()])); }}
            }};"""
    )
    reader.open(page_url)
    written = reader.post("From another time")
    mine = reader.thread.locator(f"#comment-{written['comment']['id']}")
    expect(mine.locator("time")).to_have_text("just now" if days < 0 else re.compile("day|year"))
    # The minutes in which it may be changed count from now, whatever now is.
    mine.locator(".edit-own").click()
    area = reader.thread.locator("form.edit textarea")
    expect(area).to_have_value("From another time")
    area.fill("From this time")
    reader.thread.locator("form.edit button.post").click()
    expect(reader.comment("From this time")).to_be_visible()
    reader.page.reload()
    reader.is_ready()
    expect(reader.comment("From this time").locator(".edit-own")).to_be_visible()


def test_a_tab_that_slept_for_a_day_catches_up(
    open_server: QuickServer, page_url: str, key: str, reader: Reader
) -> None:
    open_server.comment("Yesterday", key=key)
    reader.open(page_url)
    area = reader.write("Begun yesterday").locator("textarea")
    before = reader.subscribed
    reader.page.evaluate("be(true)")
    passes(reader, 86400)
    open_server.comment("Meanwhile", key=key)
    reader.page.evaluate("be(false)")
    reader.wait_for(lambda: reader.subscribed > before, "the feed")
    reader.show_arrivals(1)
    assert reader.texts() == ["Yesterday", "Meanwhile"]
    expect(reader.comment("Yesterday").locator("time")).to_have_text("yesterday")
    expect(area).to_have_value("Begun yesterday")
