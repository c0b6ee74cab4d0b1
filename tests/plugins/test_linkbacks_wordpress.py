"""A real WordPress tells us of its links, and is told of ours."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest
from host_pages import HostPages, served
from running_server import PATIENCE_S, RunningServer
from wordpress_site import WordPress, missing

CONFIG = """
disabled_plugins = ["moderation", "profanity", "spam", "reactions"]
outbound_allow = ["127.0.0.1:{wordpress}", "127.0.0.1:{pages}"]
[plugins.pingback]
accept = true
"""


@pytest.mark.slow
def test_a_wordpress_pings_us_and_takes_our_ping(tmp_path: Path) -> None:
    if absent := missing():
        if os.environ.get("CI") == "true":
            raise AssertionError(f"Not installed: {absent}")
        pytest.skip(f"Not installed: {', '.join(absent)}")
    folder = tmp_path / "data"
    folder.mkdir()
    with ExitStack() as running:
        pages = running.enter_context(served(HostPages()))
        server = RunningServer(folder)
        wordpress = running.enter_context(WordPress(tmp_path / "blog", [pages.server_port, server.port]))
        config = CONFIG.format(wordpress=wordpress.port, pages=pages.server_port)
        (folder / "embedcomments.toml").write_text(config)
        server.run("site", "add", "default", "--origin", pages.origin)
        running.enter_context(server)
        line = f'<link rel="pingback" href="{server.url}/p/pingback/default/xmlrpc">'
        post = pages.add("/post", f"<!doctype html><head>{line}<title>Ours</title></head><p>A page of ours.")

        theirs = wordpress.publish("Theirs & more", f'<p>Somebody wrote <a href="{post}">a good page</a> about it.</p>')
        path = f"/api/v1/sites/default/thread?key={quote(post, safe='')}"
        deadline = time.monotonic() + PATIENCE_S
        while not (found := server.get(path).json["comments"]) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert [(item["kind"], item["link"]["url"], item["html"]) for item in found] == [
            ("pingback", theirs, "<p>Somebody wrote a good page about it.</p>")
        ]

        pages.add(
            "/post", f'<!doctype html><head>{line}<title>Ours</title></head><p>Read <a href="{theirs}">theirs</a>.'
        )
        told = server.run("ping", post)
        assert f"  {theirs}\n    sent: Pingback from {post} to {theirs} registered." in told
        (ping,) = wordpress.pingbacks()
        assert (ping["author"], ping["url"]) == ("Ours", post)
        assert "theirs" in ping["text"]
        assert f"  {theirs}\n    sent: Fault 48: " in server.run("ping", post)
