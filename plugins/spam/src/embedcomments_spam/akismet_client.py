"""Akismet's own client library over the guarded fetcher.

Imported only where a site uses it: the library is an extra, and its HTTP client takes as long to load as a start does.
Nothing in here tells the key to anybody else: the library's messages hold it, so they are never passed on.
Source: akismet.com/developers, version 1.1 of its API.
"""

from __future__ import annotations

import akismet
import httpx

from embedcomments.api import Outbound, OutboundError
from embedcomments_spam.akismet_words import Question, Said, Unanswered

_MAX_BYTES = 4_096
_PASSED_ON = "x-akismet-"
_SAID = {
    akismet.CheckResponse.HAM: Said.HAM,
    akismet.CheckResponse.SPAM: Said.SPAM,
    akismet.CheckResponse.DISCARD: Said.DISCARD,
}


class Client:
    """Speaks for one site (``blog``, its address) with its key. Every call takes ``timeout_s`` at the most, and raises
    Unanswered for whatever is no answer."""

    def __init__(self, outbound: Outbound, key: str, blog: str, *, timeout_s: float) -> None:
        transport = _Guarded(outbound, timeout_s)
        http = httpx.Client(transport=transport, trust_env=False)
        self._client = akismet.SyncClient(config=akismet.Config(key=key, url=blog), http_client=http)

    def check(self, question: Question) -> Said:
        """What Akismet thinks of a comment."""
        try:
            return _SAID[self._client.comment_check(question.user_ip, **question.arguments)]
        except (akismet.AkismetError, ValueError) as error:
            raise _unanswered(error) from None

    def tell(self, question: Question, *, is_spam: bool) -> None:
        """What a moderator thinks of it."""
        submit = self._client.submit_spam if is_spam else self._client.submit_ham
        try:
            submit(question.user_ip, **question.arguments)
        except (akismet.AkismetError, ValueError) as error:
            raise _unanswered(error) from None

    def knows_key(self) -> bool:
        """Whether the key is good for the site's address."""
        try:
            return self._client.verify_key()
        except (akismet.AkismetError, ValueError) as error:
            raise _unanswered(error) from None


class _Guarded(httpx.BaseTransport):
    """Sends what the library asks for through the server's own fetcher: to public addresses alone, with one limit on
    the time for all of it, names included, where httpx has one for each step."""

    def __init__(self, outbound: Outbound, timeout_s: float) -> None:
        self._outbound = outbound
        self._timeout_s = timeout_s

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            answer = self._outbound.post(
                str(request.url),
                request.read(),
                content_type=request.headers.get("Content-Type", ""),
                max_bytes=_MAX_BYTES,
                timeout_s=self._timeout_s,
            )
        except OutboundError as error:
            raise httpx.ConnectError(error.message) from error
        headers = {name: text for name, text in answer.headers.items() if name.startswith(_PASSED_ON)}
        return httpx.Response(answer.status, headers=headers, content=answer.body, request=request)


def _unanswered(error: Exception) -> Unanswered:
    if isinstance(error, akismet.APIKeyError):
        return Unanswered("Akismet does not accept the key.", is_key=True)
    if isinstance(error, akismet.RequestError):
        cause = error.__cause__
        if isinstance(cause, httpx.HTTPStatusError):
            return Unanswered(f"Akismet answered with the status {cause.response.status_code}.")
        return Unanswered("Akismet could not be reached in time.")
    return Unanswered("Akismet answered something that is no answer.")
