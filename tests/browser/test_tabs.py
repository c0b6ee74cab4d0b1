"""Several tabs of one reader have one socket, whatever becomes of the tab that holds it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from host_pages import HostPages
from nursery import QuickServer
from playwright.sync_api import Error, Page, expect
from readers import Reader

Readers = Callable[..., Reader]

LEADING = """async () => (await navigator.locks.query()).held
    .filter(({ name }) => /^embedcomments:http\\S+$/.test(name)).length"""
SHARING = """async () => (await navigator.locks.query()).held
    .filter(({ name }) => /^embedcomments:http\\S+ /.test(name)).length"""


def open_tabs(reader: Reader, url: str, number: int = 3) -> list[Page]:
    """So many tabs of one reader. The first one has the socket."""
    reader.open(url)
    reader.wait_for(lambda: reader.page.evaluate(LEADING), "a tab that leads")
    tabs = [reader.page]
    for _ in range(number - 1):
        tabs.append(reader.context.new_page())
        tabs[-1].goto(url)
        reader.wait_for(lambda: reader.page.evaluate(SHARING) == len(tabs), "another tab")
    return tabs


def expect_watching(observer: Reader, number: int) -> None:
    """Wait until so many sockets watch the thread, by the word of the server."""
    expect(observer.thread.locator(".live")).to_have_text(f"{number} reading now")


def shown(tab: Page, arrivals: int) -> list[str]:
    """The texts of a tab's thread, once so many came and were shown."""
    bar = tab.locator(".bar button")
    expect(bar).to_have_text(f"{arrivals} new comment{'s' if arrivals > 1 else ''}")
    bar.click()
    expect(bar).to_have_count(0)
    return [text.strip() for text in tab.locator("article .body").all_inner_texts()]


def crash(tab: Page) -> None:
    """End a tab's process."""
    with tab.expect_event("crash"), suppress(Error):
        tab.goto("chrome://crash", timeout=2000)


@pytest.mark.parametrize("end", [Page.close, crash], ids=["closed", "killed"])
def test_the_end_of_the_tab_with_the_socket_loses_and_doubles_nothing(
    end: Callable[[Page], None], page_url: str, new_reader: Readers
) -> None:
    observer, reader = new_reader(), new_reader(reduced_motion="reduce")
    observer.open(page_url)
    first, *others = open_tabs(reader, page_url)
    expect_watching(observer, 2)
    observer.post("Before")
    expect(others[0].locator(".bar")).to_contain_text("1 new comment")
    end(first)
    observer.post("Meanwhile")
    for tab in others:
        expect(tab.locator(".bar")).to_contain_text("2 new comments")
    observer.post("Afterwards")
    for tab in others:
        assert shown(tab, 3) == ["Before", "Meanwhile", "Afterwards"]
    expect_watching(observer, 2)


def test_tabs_come_back_after_the_server_was_killed(
    start_server: Callable[..., QuickServer], host: HostPages, new_reader: Readers
) -> None:
    server = start_server()
    url = host.embed(server.url, "tabs")
    observer, reader = new_reader(), new_reader(reduced_motion="reduce")
    observer.open(url)
    tabs = open_tabs(reader, url)
    observer.post("Before")
    server.kill()
    server.start()
    observer.post("During")
    for tab in tabs:
        assert shown(tab, 2) == ["Before", "During"]
    expect_watching(observer, 2)
    observer.post("After")
    for tab in tabs:
        assert shown(tab, 1) == ["Before", "During", "After"]


def test_a_comment_written_in_one_tab_comes_to_the_others(page_url: str, new_reader: Readers) -> None:
    reader = new_reader(reduced_motion="reduce")
    first, second = open_tabs(reader, page_url, 2)
    reader.post("From the first")
    assert shown(second, 1) == ["From the first"]
    expect(first.locator("article")).to_have_count(1)
    expect(first.locator(".bar")).to_have_count(0)
