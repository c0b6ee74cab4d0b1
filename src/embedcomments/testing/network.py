"""The world outside, made of the answers that a test registered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urlsplit

from embedcomments.api import Fetched, OutboundError, OutboundForbidden


@dataclass(frozen=True, kw_only=True, slots=True)
class SentRequest:
    """A request that a plugin sent. Header names are as the plugin wrote them."""

    method: str
    url: str
    body: bytes = b""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


class FakeNetwork:
    """Fulfils ``embedcomments.api.Outbound``. A URL that nobody registered cannot be reached (OutboundError).

    ``requests`` holds all that was asked, in order, answered or not.
    """

    def __init__(self) -> None:
        self.requests: list[SentRequest] = []
        self._answers: dict[str, Fetched | Exception] = {}

    def answer(
        self,
        url: str,
        body: bytes | str | Mapping[str, object] = b"",
        *,
        status: int = 200,
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
        at: str | None = None,
    ) -> None:
        """From now on ``url`` answers so. A mapping is sent as JSON, text as HTML. ``at``: where redirects ended."""
        kind = "application/json" if isinstance(body, Mapping) else "text/html; charset=utf-8"
        if isinstance(body, Mapping):
            body = json.dumps(body)
        data = body.encode() if isinstance(body, str) else body
        named = {"content-type": content_type or kind, **{name.lower(): text for name, text in (headers or {}).items()}}
        self._answers[url] = Fetched(url=at or url, status=status, headers=named, body=data)

    def fail(self, url: str, error: Exception | None = None) -> None:
        """From now on ``url`` cannot be reached: ``error`` is raised, an OutboundError when none is given."""
        self._answers[url] = error or OutboundError(f"{url} cannot be reached.")

    def get(
        self, url: str, *, max_bytes: int = 262_144, timeout_s: float = 10.0, headers: Mapping[str, str] | None = None
    ) -> Fetched:
        """See Outbound.get."""
        return self._send(SentRequest(method="GET", url=url, headers=dict(headers or {})), max_bytes)

    def post(
        self,
        url: str,
        body: bytes,
        *,
        content_type: str,
        max_bytes: int = 65_536,
        timeout_s: float = 10.0,
        headers: Mapping[str, str] | None = None,
    ) -> Fetched:
        """See Outbound.post."""
        sent = SentRequest(method="POST", url=url, body=body, content_type=content_type, headers=dict(headers or {}))
        return self._send(sent, max_bytes)

    def _send(self, request: SentRequest, max_bytes: int) -> Fetched:
        self.requests.append(request)
        if urlsplit(request.url).scheme not in ("http", "https"):
            raise OutboundForbidden(f"{request.url} is no http(s) address.")
        # As the real one, which sends no fragment to anybody.
        found = self._answers.get(request.url, self._answers.get(urldefrag(request.url).url))
        if found is None:
            raise OutboundError(f"The test registered no answer of {request.url}.")
        if isinstance(found, Exception):
            raise found
        return Fetched(
            url=found.url,
            status=found.status,
            headers=found.headers,
            body=found.body[:max_bytes],
            truncated=len(found.body) > max_bytes,
        )
