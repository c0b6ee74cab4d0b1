"""A context with the attributes that the plugin uses, and a web of pages in a dict."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from embedcomments.api import (
    Comment,
    CommentKind,
    CommentState,
    Fetched,
    Link,
    OutboundError,
    PluginRequest,
    Rejected,
    Site,
    Thread,
)
from embedcomments.testing import make_comment, make_request, make_site, make_thread
from embedcomments_pingback.settings import PingbackSettings

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass
class FakeComments:
    threads: dict[str, Thread] = field(default_factory=dict)
    stored: list[tuple[str, Comment]] = field(default_factory=list)
    submitted: list[dict[str, Any]] = field(default_factory=list)
    rejection: str = ""

    def close(self, key: str) -> None:
        self.threads[key] = make_thread(key=key, url=key, closed=True)

    def thread(self, key: str) -> Thread | None:
        return self.threads.get(key)

    def find_link(self, key: str, url: str, kind: CommentKind) -> Comment | None:
        return next((c for k, c in self.stored if k == key and c.link and c.link.url == url and c.kind is kind), None)

    def list(self, *, kinds: Sequence[CommentKind], limit: int) -> Sequence[Comment]:
        return [comment for _, comment in reversed(self.stored) if comment.kind in kinds][:limit]

    def submit_mention(self, **values: Any) -> Comment:
        if self.rejection:
            raise Rejected(self.rejection)
        self.submitted.append(values)
        return self.add(values["key"], values["link"].url)

    def add(self, key: str, url: str, created_at: datetime = NOW) -> Comment:
        comment = make_comment(
            len(self.stored),
            kind=CommentKind.PINGBACK,
            state=CommentState.HELD,
            created_at=created_at,
            link=Link(url=url, title=""),
        )
        self.stored.append((key, comment))
        return comment


@dataclass
class FakeJobs:
    waiting: dict[str | None, tuple[str, dict[str, Any]]] = field(default_factory=dict)

    def enqueue(
        self, name: str, payload: Mapping[str, Any], *, after: timedelta = timedelta(0), key: str | None = None
    ) -> None:
        self.waiting.setdefault(key, (name, dict(payload)))


@dataclass
class FakeOutbound:
    pages: dict[str, Fetched | Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def get(self, url: str, *, max_bytes: int, headers: Mapping[str, str]) -> Fetched:
        self.asked.append(url)
        page = self.pages.get(url, OutboundError("unreachable"))
        if isinstance(page, Exception):
            raise page
        return replace(page, body=page.body[:max_bytes], truncated=len(page.body) > max_bytes)

    def publish(self, url: str, html: str | bytes, *, status: int = 200, kind: str = "text/html", at: str = "") -> None:
        body = html if isinstance(html, bytes) else html.encode()
        self.pages[url] = Fetched(url=at or url, status=status, headers={"content-type": kind}, body=body)


@dataclass
class FakeContext:
    site: Site = field(default_factory=lambda: make_site(name="blog", title="Blog", origins=("https://blog.example",)))
    settings: dict[str, Any] = field(default_factory=lambda: dict(PingbackSettings().load({})))
    public_url: str = "https://comments.example"
    comments: FakeComments = field(default_factory=FakeComments)
    jobs: FakeJobs = field(default_factory=FakeJobs)
    outbound: FakeOutbound = field(default_factory=FakeOutbound)
    log: logging.Logger = field(default_factory=lambda: logging.getLogger("embedcomments.plugins.pingback"))

    def now(self) -> datetime:
        return NOW


@pytest.fixture
def ctx() -> FakeContext:
    return FakeContext()


@pytest.fixture
def ping_request() -> Callable[[bytes], PluginRequest]:
    """A POST to the endpoint with that body."""

    def make(body: bytes) -> PluginRequest:
        return make_request("POST", "xmlrpc", headers={"content-type": "text/xml"}, body=body)

    return make
