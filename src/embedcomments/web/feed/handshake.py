"""Who may open a websocket: looked at before the 101."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from typing import Any

from flask import Request

from embedcomments.domain.errors import (
    EmbedCommentsError,
    InvalidRequest,
    OriginNotAllowed,
    SiteNotFound,
    Unavailable,
)
from embedcomments.services.feed.source import FeedSource
from embedcomments.web.feed.detach import NotDetachable, check_detachable
from embedcomments.web.kept_answers import own_origin

# simple-websocket rebuilds the request from these. Without Sec-WebSocket-Extensions it cannot agree on
# compression, whose state would cost each connection more than everything else together.
_NEEDED_HEADERS = frozenset(
    {"HTTP_CONNECTION", "HTTP_HOST", "HTTP_SEC_WEBSOCKET_KEY", "HTTP_SEC_WEBSOCKET_VERSION", "HTTP_UPGRADE"}
)


def check_handshake(request: Request, source: FeedSource) -> None:
    """Raise what stands against a websocket of readers: InvalidRequest, OriginNotAllowed (403) or Unavailable (503).

    Without an Origin it is no browser, and nobody's page could be misused.
    """
    _check_request(request)
    origin = request.headers.get("Origin")
    if origin is not None and not source.accepts_origin(origin):
        raise OriginNotAllowed("Pages of this origin may not use the comments of this server.")
    _check_server(request)


def check_own_handshake(request: Request) -> None:
    """Likewise for a websocket that a cookie opens: only pages of this server may, and they say that they are
    (browsers send cookies with websockets that any page opens; RFC 6455, section 10.2)."""
    _check_request(request)
    if request.headers.get("Origin") != own_origin(request.environ):
        raise OriginNotAllowed("Only pages of this server may listen here.")
    _check_server(request)


def _check_request(request: Request) -> None:
    environ = request.environ
    if environ.get("SERVER_PROTOCOL") != "HTTP/1.1" or request.method != "GET":
        raise InvalidRequest("The handshake must be a GET of HTTP/1.1.")
    if environ.get("CONTENT_LENGTH", "") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ:
        raise InvalidRequest("The handshake has no body.")
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13":
        raise InvalidRequest("Sec-WebSocket-Version must be 13.")
    try:
        key = base64.b64decode(environ.get("HTTP_SEC_WEBSOCKET_KEY", ""), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 16:
        raise InvalidRequest("Sec-WebSocket-Key must be 16 bytes in base64.")


def _check_server(request: Request) -> None:
    try:
        check_detachable(request.environ)
    except NotDetachable as error:
        raise Unavailable(str(error)) from error


def strip_headers(environ: dict[str, Any]) -> None:
    """Leave only the headers that the handshake needs, so that no other can disturb it."""
    for name in [name for name in environ if name.startswith("HTTP_") and name not in _NEEDED_HEADERS]:
        del environ[name]
    environ["HTTP_HOST"] = "feed"  # only its presence counts, and wsproto stumbles over what is no IDNA


def status_of(error: EmbedCommentsError) -> int:
    """The HTTP status for an error of a handshake."""
    return {OriginNotAllowed: 403, SiteNotFound: 404, Unavailable: 503}.get(type(error), 400)


def network_of(address: str | None) -> str:
    """What counts as one address: itself, or its /64 for IPv6, which one subscriber gets whole. "" for none."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
