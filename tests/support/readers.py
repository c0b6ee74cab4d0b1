"""Readers: each a browser context of its own with one page, who reads, writes and is watched for trouble."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from find_browser import system_browser
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, WebSocket, expect, sync_playwright

PATIENCE_MS = 30_000
BROWSER_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The first four keep the browser from drawing parts of its own window, in processes that cost more than the pages
    # (measured: half of the time of a new context). The others are Playwright's, whose list this one replaces.
    "--disable-features=PreloadTopChromeWebUI,WebUIOmniboxPopup,WebUIOmniboxFullPopup,WebUIOmniboxAimPopup,"
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,LensOverlay,MediaRouter,"
    "PaintHolding,ThirdPartyStoragePartitioning,OptimizationHints,Translate",
]

# Coming back to the feed waits a random time; without chance it is the shortest that a reader may wait.
NO_CHANCE = "Math.random = () => 0;"

expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def running_browser() -> Iterator[Browser]:
    """The browser. Raises playwright's Error when there is none."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=system_browser(), args=BROWSER_OPTIONS)
        try:
            yield browser
        finally:
            browser.close()


class Reader:
    """One person at one page.

    ``requests``: every one the page made. ``complaints``: errors of scripts, errors in the console other than of
    requests that failed, dialogs that opened, and whatever a Content-Security-Policy stopped.
    """

    def __init__(self, browser: Browser, *, script: str = NO_CHANCE, **options: Any) -> None:
        self.context: BrowserContext = browser.new_context(**options)
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.add_init_script(script)
        self.is_plain = script == NO_CHANCE and not options
        self.requests: list[Request] = []
        self.complaints: list[str] = []
        self.subscribed = 0
        self.context.on("request", lambda request: self.requests.append(request))
        self.context.on("page", self._watch)
        self.page: Page = self.context.new_page()
        self.thread: Locator = self.page.locator("embed-comments")

    def start_over(self) -> None:
        """Become another person: nothing stored, nothing asked for, nothing complained about."""
        if self.page.url.startswith("http"):
            self.page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        self.page.goto("about:blank")
        self.context.clear_cookies()
        self.requests.clear()
        self.complaints.clear()

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)
        page.on("dialog", self._dismiss)
        page.on("websocket", self._listen)

    def _hear(self, message: Any) -> None:
        is_failed_request = message.text.startswith(("Failed to load resource", "WebSocket connection to"))
        if message.type == "error" and not is_failed_request:
            self.complaints.append(message.text)

    def _dismiss(self, dialog: Any) -> None:
        self.complaints.append(f"{dialog.type}: {dialog.message}")
        dialog.dismiss()

    def _listen(self, socket: WebSocket) -> None:
        def count(payload: str | bytes) -> None:
            if json.loads(payload)["op"] == "ok":
                self.subscribed += 1

        socket.on("framereceived", count)

    # Reading

    def open(self, url: str) -> None:
        """Go to a page and wait until its thread is drawn and watched."""
        before = self.subscribed
        self.page.goto(url)
        self.is_ready()
        self.wait_for(lambda: self.subscribed > before, "the feed")

    def is_ready(self) -> None:
        """Wait until all threads of the page are drawn."""
        self.page.wait_for_function(
            """() => {
                const all = [...document.querySelectorAll("embed-comments")];
                return all.length && all.every((element) => element.dataset.status === "ready");
            }"""
        )

    def wait_for(self, claim: Callable[[], Any], what: str) -> Any:
        """The first true answer of ``claim``, which may ask the page."""
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while True:
            found = claim()
            if found:
                return found
            assert time.monotonic() < deadline, f"{what} did not come; complaints: {self.complaints}"
            self.page.wait_for_timeout(20)  # which lets what the browser says arrive

    def texts(self) -> list[str]:
        """The texts of all comments that are drawn, from the top."""
        return [text.strip() for text in self.thread.locator("article .body").all_inner_texts()]

    def show_arrivals(self, number: int) -> None:
        """Wait until the bar has so many new comments, then press it."""
        bar = self.thread.locator(".bar button")
        expect(bar).to_have_text(re.compile(rf"^\s*{number} new comments?\s*$"))
        bar.click()
        expect(bar).to_have_count(0)

    def comment(self, text: str) -> Locator:
        """The comment with exactly this text."""
        body = self.page.locator(".body").filter(has_text=re.compile(rf"^\s*{re.escape(text)}\s*$"))
        return self.thread.locator("article").filter(has=body)

    # Writing

    def write(self, text: str, *, name: str = "", email: str = "", to: str | None = None) -> Locator:
        """Fill in the form, or that for an answer to the comment with the text ``to``; the form."""
        if to is None:
            form = self.thread.locator("form.new")
        else:
            self.comment(to).get_by_role("button", name=re.compile("^Reply")).click()
            form = self.thread.locator("form.reply")
        form.locator("textarea").fill(text)
        form.locator("textarea").focus()
        expect(form.locator("button.post")).to_be_visible()
        if name:
            form.locator("input[name=name]").fill(name)
        if email:
            form.locator("input[name=email]").fill(email)
        return form

    def post(self, text: str, *, is_shown: bool = True, **how: Any) -> Any:
        """Write and send; what the server answered, once the comment stands in the thread."""
        form = self.write(text, **how)
        with self.page.expect_response(is_post) as answer:
            form.locator("button.post").click()
        found = answer.value
        assert found.status in (201, 202), found.text()
        if is_shown:
            expect(self.thread.locator(f"#comment-{found.json()['comment']['id']}:not(.sending)")).to_be_visible()
        return found.json()

    # Afterwards

    def hosts(self) -> set[str]:
        """Whom the page asked, with ports."""
        return {urlsplit(request.url).netloc for request in self.requests if not request.url.startswith("data:")}

    def close(self) -> None:
        """Leave."""
        self.context.close()


def is_post(response: Any) -> bool:
    """Whether it is the answer to a new comment."""
    return response.request.method == "POST" and response.url.endswith("/comments")
