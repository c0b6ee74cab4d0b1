"""Two servers on two origins, one on SQLite and one on PostgreSQL, that tell each other of links, both ways."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from databases import new_postgres
from host_pages import HostPages, served
from running_server import PATIENCE_S, RunningServer

CONFIG = """
disabled_plugins = ["moderation", "profanity", "spam", "reactions"]
outbound_allow = {allowed}
[plugins.pingback]
webmention = {webmention}
accept = {pingback}
"""


@dataclass
class Blog:
    """A static site, and the comment server that it uses."""

    pages: HostPages
    server: RunningServer

    @property
    def post(self) -> str:
        return f"{self.pages.origin}/post"

    def write(self, *links: str, title: str) -> None:
        """Its post, with what the server would have announced in its head."""
        announced = self.server.get("/api/v1/sites/default/thread.html?key=x").body.decode()
        lines = "".join(re.findall(r'<link rel="(?:webmention|pingback)"[^>]*>', announced))
        assert lines.count("<link") == 1
        anchors = " ".join(f'<a href="{link}">this post</a>' for link in links)
        self.pages.add("/post", f"<!doctype html><head>{lines}<title>{title}</title></head><p>I read {anchors} today.")

    def thread(self) -> Any:
        return self.server.get(f"/api/v1/sites/default/thread?key={quote(self.post, safe='')}").json

    def links(self, until: Callable[[list[str]], bool]) -> list[str]:
        """Titles of the links that stand with its post, as soon as they are as awaited."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            found = [f"{item['kind']}: {item['link']['title']}" for item in self.thread()["comments"]]
            if until(found) or time.monotonic() > deadline:
                return found
            time.sleep(0.1)


@pytest.fixture
def blogs(tmp_path: Path, postgres_url: Any) -> Iterator[tuple[Blog, Blog]]:
    """The first takes webmentions alone, the second pingbacks alone."""
    with ExitStack() as running:
        sites = [running.enter_context(served(HostPages())) for _ in range(2)]
        made = []
        for number, pages in enumerate(sites):
            folder = tmp_path / f"data{number}"
            folder.mkdir()
            database = {"EMBEDCOMMENTS_DATABASE_URL": new_postgres(postgres_url)} if number else {}
            server = RunningServer(folder, environment=database)
            made.append(Blog(pages=pages, server=server))
        allowed = [f"127.0.0.1:{port}" for port in (*(s.server_port for s in sites), *(b.server.port for b in made))]
        for number, blog in enumerate(made):
            # The name "localhost" is that of both addresses of this machine.
            allow = [*allowed, *(f"[::1]:{other.server.port}" for other in made)]
            text = CONFIG.format(allowed=allow, webmention=str(not number).lower(), pingback=str(bool(number)).lower())
            (blog.server.data_dir / "embedcomments.toml").write_text(text)
            blog.server.run("site", "add", "default", "--origin", blog.pages.origin)
            running.enter_context(blog.server)
        yield made[0], made[1]


@pytest.mark.slow
def test_two_servers_tell_each_other_of_links(blogs: tuple[Blog, Blog]) -> None:
    one, two = blogs
    one.write(two.post, title="One")
    two.write(one.post, title="Two")
    assert "✓ It announces webmention where others look for it." in one.server.run("doctor", one.post)
    assert "✓ It announces pingback where others look for it." in two.server.run("doctor", two.post)
    # By command, to the one that takes pingbacks.
    told = one.server.run("ping", one.post)
    assert "sent: Thank you. The link will be checked and may then be shown." in told
    assert two.links(bool) == ["pingback: One"]
    (item,) = two.thread()["comments"]
    assert (item["link"]["url"], item["html"]) == (one.post, "<p>I read this post today.</p>")
    # By the call of a build, to the one that takes webmentions.
    token = two.server.run("pingback", "token").strip()
    answer = two.server.post("/p/pingback/default/send", {"urls": [two.post]}, Authorization=f"Bearer {token}")
    assert (answer.status, answer.json) == (202, {"queued": [two.post], "foreign": []})
    assert one.links(bool) == ["webmention: Two"]
    # The link goes, and with it what stood there, once the pause between two checks of a pair is over.
    two.write(title="Two")
    assert "sent: HTTP 202" in two.server.run("ping", two.post)
    assert one.links(lambda found: not found) == []
    assert one.thread()["thread"]["count"] == two.thread()["thread"]["count"] == 0
