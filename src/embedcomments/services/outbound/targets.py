"""A URL taken apart once: what was checked is what is connected to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote, urljoin, urlsplit

from embedcomments.domain.errors import OutboundError, OutboundForbidden
from embedcomments.services.outbound.addresses import Address, read_address

MAX_URL_LENGTH = 4_096
_PORTS = {"http": 80, "https": 443}
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff]")
_NETLOC = re.compile(r"(?:\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<name>[^\[\]:@%]+))(?::(?P<port>[0-9]{0,5}))?", re.ASCII)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F))


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """One place to send a request to. ``host`` is ASCII in lower case, without brackets and final dot;
    ``address`` is set when it is an address and no name; ``path`` is what goes into the request line."""

    scheme: str
    host: str
    port: int
    path: str
    address: Address | None

    @property
    def authority(self) -> str:
        """The ``Host`` header: brackets around IPv6, the port where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole URL, without a fragment."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def origin(self) -> tuple[str, str, int]:
        """What tells apart whom a header was meant for."""
        return self.scheme, self.host, self.port

    def follow(self, location: str) -> Target:
        """The target of a redirect; ``location`` as http.client gives it: bytes read as Latin-1."""
        try:
            readable = quote(location.strip(" \t").encode("latin-1"), safe=_PRINTABLE)
            return read_target(urljoin(self.url, readable))
        except (ValueError, UnicodeError) as error:
            raise OutboundError("The server redirects to something that is not a URL.") from error


def read_target(url: str) -> Target:
    """The parts of an absolute http(s) URL.

    Raises OutboundForbidden for any other scheme, user info, a host that is neither a name nor an
    address in ordinary spelling (``0x7f.1``, ``2130706433``, ``0177.0.0.1``, a zone), and all that
    parsers do not agree on: blanks, control characters, backslashes.
    """
    if len(url) > MAX_URL_LENGTH or _UNSAFE.search(url):
        raise OutboundForbidden("The URL is too long or holds blanks, control characters or backslashes.")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise OutboundForbidden("The URL is not a valid one.") from error
    if parts.scheme not in _PORTS:
        raise OutboundForbidden("Only http and https are spoken.")
    if "@" in parts.netloc:
        raise OutboundForbidden("URLs with user names are refused.")
    match = _NETLOC.fullmatch(parts.netloc)
    if match is None:
        raise OutboundForbidden("The URL has no valid host and port.")
    port = int(match["port"]) if match["port"] else _PORTS[parts.scheme]
    if not 0 < port < 65_536:
        raise OutboundForbidden("The URL has no valid port.")
    host, address = _read_v6(match["v6"]) if match["v6"] else _read_name(match["name"])
    path = quote(parts.path or "/", safe=_PRINTABLE) + (
        f"?{quote(parts.query, safe=_PRINTABLE)}" if parts.query else ""
    )
    return Target(scheme=parts.scheme, host=host, port=port, path=path, address=address)


def _read_v6(text: str) -> tuple[str, Address]:
    address = read_address(text)
    if not isinstance(address, IPv6Address):
        raise OutboundForbidden("The URL's host is not a valid IPv6 address.")
    return str(address), address


def _read_name(text: str) -> tuple[str, Address | None]:
    try:
        # IDNA turns full-width digits and ideographic dots into ASCII, so it comes before all checks.
        name = text.encode("idna").decode("ascii").lower() if not text.isascii() else text.lower()
    except UnicodeError as error:
        raise OutboundForbidden("The URL's host is not a valid name.") from error
    name = name.removesuffix(".")
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise OutboundForbidden("The URL's host is not a valid name.")
    if not _NUMERIC_LABEL.fullmatch(labels[-1]):
        return name, None
    # A host that ends in a number is an IPv4 address to the C library and to browsers (WHATWG URL, "ends in a
    # number"), in spellings on which they differ. Only four plain decimals mean the same everywhere.
    address = read_address(name)
    if not isinstance(address, IPv4Address):
        raise OutboundForbidden("The URL's host is an IPv4 address in a spelling that is refused.")
    return name, address
