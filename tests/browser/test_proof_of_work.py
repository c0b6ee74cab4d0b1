"""The widget's proof of work: unseen, under the strictest policy, and for each comment anew."""

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
disabled_plugins = ["moderation", "profanity", "pingback"]
[plugins.spam]
min_seconds = 0
max_repeats = 0
proof_of_work = "always"
"""
STRICT = (
    "default-src 'none'; script-src {server}; connect-src {server} {socket}; img-src data:; style-src 'none'; "
    "require-trusted-types-for 'script'"
)


@pytest.fixture(scope="module")
def server(start_server: Callable[..., QuickServer]) -> QuickServer:
    return start_server(CONFIG)


def test_each_comment_brings_a_proof_that_counts(
    server: QuickServer, host: HostPages, key: str, new_reader: Readers
) -> None:
    host.embed(server.url, key, path="/strict-work")
    body, headers = host.pages["/strict-work"]
    policy = STRICT.format(server=server.url, socket=re.sub("^http", "ws", server.url))
    host.pages["/strict-work"] = (body, {**headers, "Content-Security-Policy": policy})
    reader = new_reader()
    reader.open(f"{host.origin}/strict-work")
    assert not [request.url for request in reader.requests if "/p/spam/" in request.url]
    for number in range(3):
        answer = reader.post(f"Comment {number}", name="Vera")
        assert answer["comment"]["state"] == "published"
    expect(reader.thread.locator("article")).to_have_count(3)
    assert reader.complaints == []
    bare = server.comment("By a program", key=key).json
    assert bare["comment"]["state"] == "held"
