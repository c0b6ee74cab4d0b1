"""A blog with the plugin, in a real application with its tables, and a web of pages in a dict."""

from __future__ import annotations

import xmlrpc.client
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import pytest

import embedcomments_pingback as plugin
from embedcomments.api import Comment, Fetched, OutboundError, PluginContext
from embedcomments.testing import App, FakeNetwork, ManualClock

ORIGIN = "https://blog.example"
TARGET = f"{ORIGIN}/post"
SOURCE = "https://other.example/entry?p=1"
PAGE = f'<title>An entry</title><p>Have you seen <a href="{TARGET}#comments">this</a>?'


@dataclass
class Blog:
    """The site ``default`` with pages at ``https://blog.example``, and others who speak to it."""

    app: App
    network: FakeNetwork
    clock: ManualClock

    @property
    def ctx(self) -> PluginContext:
        return self.app.context("pingback")

    def configure(self, **settings: Any) -> None:
        self.app.configure("pingback", **settings)

    def call(self, *arguments: Any, method: str = "pingback.ping") -> str | int:
        """The string of an XML-RPC answer, or the number of its fault."""
        return self.post_xml(xmlrpc.client.dumps(arguments, method).encode())

    def post_xml(self, body: bytes) -> str | int:
        answer = self.app.post("/p/pingback/default/xmlrpc", data=body, content_type="text/xml")
        assert (answer.status_code, answer.content_type) == (200, "text/xml; charset=utf-8")
        try:
            return str(xmlrpc.client.loads(answer.text)[0][0])
        except xmlrpc.client.Fault as fault:
            return fault.faultCode

    def mention(self, source: str = SOURCE, target: str = TARGET, **how: Any) -> int:
        """The status of the answer to a webmention."""
        answer = self.app.post("/p/pingback/default/webmention", data={"source": source, "target": target}, **how)
        return answer.status_code

    def work(self) -> int:
        return self.app.run_jobs()

    def stored(self) -> list[Comment]:
        """All that came, in whatever state, oldest first."""
        return list(reversed(self.ctx.comments.list()))

    def fetched(self) -> list[str]:
        return [request.url for request in self.network.requests if not request.url.endswith("/robots.txt")]


@pytest.fixture
def blog(embedcomments_app: Callable[..., App], embedcomments_network: Any, embedcomments_clock: Any) -> Blog:
    app = embedcomments_app(plugin)
    ask = embedcomments_network.get

    def get(url: str, **how: Any) -> Fetched:
        try:
            return cast(Fetched, ask(url, **how))
        except OutboundError:
            if not url.endswith("/robots.txt"):
                raise
            # Nearly no site has one. The asking is in ``network.requests``, but ``fetched`` is about pages.
            return Fetched(url=url, status=404, headers={}, body=b"")

    embedcomments_network.get = get
    app.instance.parts.sites.add_origin(app.site, ORIGIN)
    app.configure("pingback", accept=True)
    return Blog(app=app, network=embedcomments_network, clock=embedcomments_clock)
