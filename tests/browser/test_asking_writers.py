"""What the profanity plugin says while one writes, and asks before something is sent that may hurt."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from host_pages import HostPages
from nursery import QuickServer
from playwright.sync_api import expect
from readers import Reader

Readers = Callable[..., Reader]
CONFIG = """
disabled_plugins = ["moderation", "spam", "pingback"]
[plugins.profanity]
ask_writers = true
attacks = "nudge"
"""
STRICT = (
    "default-src 'none'; script-src {server}; connect-src {server} {socket}; img-src data:; style-src 'none'; "
    "require-trusted-types-for 'script'"
)


@pytest.fixture(scope="module")
def server(start_server: Callable[..., QuickServer]) -> QuickServer:
    return start_server(CONFIG)


def test_a_writer_is_warned_and_asked_once(server: QuickServer, host: HostPages, key: str, new_reader: Readers) -> None:
    host.embed(server.url, key, path="/asking")
    body, headers = host.pages["/asking"]
    policy = STRICT.format(server=server.url, socket=re.sub("^http", "ws", server.url))
    host.pages["/asking"] = (body, {**headers, "Content-Security-Policy": policy})
    reader = new_reader()
    reader.open(f"{host.origin}/asking")
    form = reader.write("This is shit", name="Vera")
    expect(form.get_by_text("Readers will see “shit” masked.")).to_be_visible()
    form.locator("textarea").fill("You are such an idiot")
    expect(form.get_by_text("may hurt somebody")).to_be_visible()

    form.locator("button.post").click()
    expect(form.get_by_role("alert").get_by_text("Press the button once more")).to_be_visible()
    expect(form.locator("textarea")).to_have_value("You are such an idiot")
    assert reader.thread.locator("article").count() == 0
    form.locator("button.post").click()
    expect(reader.thread.locator("article")).to_contain_text("You are such an idiot")
    assert reader.complaints == []
