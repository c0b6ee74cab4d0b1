"""The guarded fetcher: domain.protocols.Outbound over pinned connections."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping, Sequence

from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.response import BaseHTTPResponse

from embedcomments.domain.errors import OutboundError, OutboundForbidden
from embedcomments.domain.protocols import Fetched
from embedcomments.services.outbound.addresses import Address, Boundary, read_address
from embedcomments.services.outbound.connection import Connect, PinnedConnection, system_connect
from embedcomments.services.outbound.deadline import Deadline
from embedcomments.services.outbound.resolution import Resolver, resolve, system_resolver
from embedcomments.services.outbound.targets import Target, read_target

MAX_REDIRECTS = 3
MAX_ADDRESSES = 32
_TRIED_ADDRESSES = 4
_GET_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_POST_REDIRECTS = frozenset({307, 308})
# Framing is ours: a caller who could set these could smuggle a second request or ask for a compressed answer.
_OWN_HEADERS = frozenset(
    {
        *("host", "connection", "content-length", "transfer-encoding", "accept-encoding"),
        *("user-agent", "te", "trailer", "upgrade", "expect"),
    }
)
_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})


class GuardedOutbound:
    """Fulfils Outbound. May be used by many threads at once; keeps no connection open.

    ``ports``: those that may be connected to. ``allow``: exceptions, see ``addresses.Boundary``.
    Each name is resolved once per hop, every address of the answer must be permitted, and the
    connection goes to one of those very addresses, so an answer that changes later changes nothing.
    Proxies of the environment are not used: they would resolve the name again.
    ``resolver``, ``connect`` and ``tls`` (certificates to trust) are replaced in tests.
    """

    def __init__(
        self,
        *,
        ports: tuple[int, ...],
        allow: tuple[str, ...],
        user_agent: str,
        resolver: Resolver | None = None,
        connect: Connect | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._boundary = Boundary(ports, allow)
        self._user_agent = user_agent
        self._resolver = resolver or system_resolver
        self._connect = connect or system_connect
        self._tls = tls or ssl.create_default_context()

    def get(
        self, url: str, *, max_bytes: int = 262_144, timeout_s: float = 10.0, headers: Mapping[str, str] | None = None
    ) -> Fetched:
        """As Outbound.get says. An answer with a Content-Encoding is an OutboundError: none was asked for,
        and a kilobyte of gzip may hold a megabyte."""
        return self._request("GET", url, None, headers or {}, max_bytes, timeout_s)

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
        """As Outbound.post says; another redirect than 307 and 308 is the answer."""
        return self._request("POST", url, body, {**(headers or {}), "Content-Type": content_type}, max_bytes, timeout_s)

    def _request(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], max_bytes: int, timeout_s: float
    ) -> Fetched:
        deadline = Deadline(timeout_s)
        target = read_target(url)
        origin = target.origin
        kept = {name: value for name, value in headers.items() if name.lower() not in _OWN_HEADERS}
        followed = _GET_REDIRECTS if method == "GET" else _POST_REDIRECTS
        for _ in range(MAX_REDIRECTS + 1):
            if target.origin != origin:
                kept = {name: value for name, value in kept.items() if name.lower() not in _SECRET_HEADERS}
            answer = self._hop(method, target, body, kept, max_bytes, deadline, followed)
            if isinstance(answer, Fetched):
                return answer
            target = target.follow(answer)
        raise OutboundError(f"The server redirects more than {MAX_REDIRECTS} times.")

    def _hop(
        self,
        method: str,
        target: Target,
        body: bytes | None,
        headers: Mapping[str, str],
        max_bytes: int,
        deadline: Deadline,
        followed: frozenset[int],
    ) -> Fetched | str:
        """One request and its answer, or the place that it redirects to."""
        addresses = self._addresses(target, deadline)
        connection = PinnedConnection(target, addresses, deadline=deadline, connect=self._connect, tls=self._tls)
        try:
            own = {
                "Host": target.authority,
                "User-Agent": self._user_agent,
                "Accept-Encoding": "identity",
                "Connection": "close",
            }
            connection.request(
                method, target.path, body, {**headers, **own}, preload_content=False, decode_content=False
            )
            response = connection.getresponse()
            location = response.headers.get("Location")
            if response.status in followed and location is not None:
                return location
            return _read(response, connection, target, max_bytes)
        except (TimeoutError, ReadTimeoutError) as error:
            raise OutboundError(f"{target.host} took longer than {deadline.timeout_s:g} seconds.") from error
        # ValueError: http.client's refusal of a header value that breaks the line.
        except (HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            raise OutboundError(f"The request to {target.host} failed: {error}") from error
        finally:
            connection.disconnect()

    def _addresses(self, target: Target, deadline: Deadline) -> Sequence[Address]:
        """What to connect to, each address permitted. One that is not refuses all: honest names do not mix."""
        if not self._boundary.permits_port(target.port):
            raise OutboundForbidden(f"Port {target.port} is not one that this server talks to.")
        if target.address is not None:
            addresses: list[Address] = [target.address]
        else:
            try:
                texts = resolve(self._resolver, target.host, target.port, deadline)
            except TimeoutError as error:
                raise OutboundError(f"The name {target.host} could not be resolved in time.") from error
            read = [read_address(text) for text in texts[:MAX_ADDRESSES]]
            addresses = [address for address in read if address is not None]
            if len(addresses) < len(texts):
                raise OutboundForbidden(f"{target.host} has addresses that cannot be read, or too many.")
        if not all(self._boundary.permits(address, target.port) for address in addresses):
            raise OutboundForbidden(f"{target.host} is at an address that this server does not talk to.")
        return addresses[:_TRIED_ADDRESSES]


def _read(response: BaseHTTPResponse, connection: PinnedConnection, target: Target, max_bytes: int) -> Fetched:
    headers = {name.lower(): value for name, value in response.headers.itermerged()}
    coding = headers.get("content-encoding", "identity").strip().lower()
    transfer = headers.get("transfer-encoding", "chunked").strip().lower()
    if coding not in ("", "identity") or transfer != "chunked":
        raise OutboundError(f"{target.host} sent an encoding that was not asked for.")
    if connection.wire is not None:
        # Chunks have a frame each, so twice as much and a little more may come over the wire.
        connection.wire.grant(2 * max_bytes + 65_536)
    body = response.read(max_bytes + 1, decode_content=False)
    if len(body) <= max_bytes and response.length_remaining:
        raise OutboundError(f"The answer of {target.host} ended before its end.")
    return Fetched(
        url=target.url,
        status=response.status,
        headers=headers,
        body=body[:max_bytes],
        truncated=len(body) > max_bytes,
    )
