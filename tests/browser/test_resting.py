"""Who has paused what is live, and threads far away, are no guests of the server."""

from __future__ import annotations

from collections.abc import Callable

from host_pages import HostPages
from nursery import QuickServer
from playwright.sync_api import expect
from readers import Reader

Readers = Callable[..., Reader]

BELOW = '<style>body::after { content: ""; display: block; height: 9000px }</style>'


def test_a_paused_thread_is_not_watched_and_goes_on_where_it_was(
    open_server: QuickServer, page_url: str, key: str, new_reader: Readers
) -> None:
    observer, reader = new_reader(), new_reader()
    for each in (observer, reader):
        each.open(page_url)
    expect(observer.thread.locator(".live")).to_have_text("2 reading now")
    switch = reader.thread.get_by_role("button", name="Pause live updates")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(observer.thread.locator(".live")).to_have_count(0)
    open_server.comment("While paused", key=key)
    expect(observer.thread.locator(".bar button")).to_have_text("1 new comment")
    expect(reader.thread.locator(".bar")).to_have_count(0)
    switch.click()
    reader.show_arrivals(1)
    assert reader.texts() == ["While paused"]
    expect(observer.thread.locator(".live")).to_have_text("2 reading now")


def test_a_thread_far_away_is_not_watched_and_catches_up(
    open_server: QuickServer, host: HostPages, key: str, new_reader: Readers
) -> None:
    url = host.embed(open_server.url, key, head=BELOW)
    observer, reader = new_reader(), new_reader()
    for each in (observer, reader):
        each.open(url)
    expect(observer.thread.locator(".live")).to_have_text("2 reading now")
    reader.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(observer.thread.locator(".live")).to_have_count(0)
    open_server.comment("Meanwhile", key=key)
    expect(observer.thread.locator(".bar button")).to_have_text("1 new comment")
    reader.page.evaluate("scrollTo(0, 0)")
    reader.show_arrivals(1)
    assert reader.texts() == ["Meanwhile"]
