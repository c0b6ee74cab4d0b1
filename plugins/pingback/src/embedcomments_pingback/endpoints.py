"""Where a page wants to be told of links to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urldefrag

from embedcomments.api import Fetched
from embedcomments_pingback.addresses import is_web_page
from embedcomments_pingback.charsets import decode_page
from embedcomments_pingback.reading import Budget, PageTooTangled, ReadPage, read_page, resolve
from embedcomments_pingback.verification import HTML_TYPES

CPU_S = 1.0
# Pingback 1.0, section 2: "this regular expression", and no other spelling, with four entities.
_PINGBACK = re.compile(r'<link rel="pingback" href="([^"]{1,2000})" ?/?>')
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&"))
# RFC 8288, section 3: a URI in angle brackets and parameters, of which values may be quoted; empty ones are passed over
# (appendix B.3), as empty elements of the list are (RFC 9110, section 5.6.1). Blanks are single ones here.
_LINK = re.compile(r'[ ,]*<([^>]*)> ?((?:; ?(?:[^ =;,"]+(?: ?= ?(?:"(?:[^"\\]|\\.)*"|[^ ";,]*))? ?)?)*)(?:,|$)')
_PARAMETER = re.compile(r';\s*([^\s=;,"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s";,]*))')
_MAX_HEADER = 8_192


class Protocol(StrEnum):
    """How an endpoint is spoken to."""

    WEBMENTION = "webmention"
    PINGBACK = "pingback"


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """An absolute http(s) URL and how to speak to it."""

    protocol: Protocol
    url: str


def find_endpoint(page: Fetched) -> Endpoint | None:
    """The endpoint that a fetched page announces: a webmention's before a pingback's."""
    read = read_html(page)
    return webmention_of(page, read) or pingback_of(page, read)


def webmention_of(page: Fetched, read: ReadPage | None) -> Endpoint | None:
    """By the Link header, else by the first element with a relation and an address, be that one empty.

    Source: W3C Webmention, section 3.1.2.
    """
    url = header_link(page, "webmention") or (read.related("webmention") if read else None)
    return _endpoint(Protocol.WEBMENTION, url) if url is not None else None


def pingback_of(page: Fetched, read: ReadPage | None) -> Endpoint | None:
    """By the header, else by the element in the one spelling that the specification knows.

    Source: Pingback 1.0, section 2.
    """
    url = page.headers.get("x-pingback", "").strip()
    if not url and read is not None and (found := _PINGBACK.search(text_of(page))):
        url = found[1]
        for entity, char in _ENTITIES:
            url = url.replace(entity, char)
    return _endpoint(Protocol.PINGBACK, url) if url else None


def header_link(page: Fetched, relation: str) -> str | None:
    """The absolute URL of the first link of that relation in the Link headers, or None."""
    for target, rels in _links(page.headers.get("link", "")[:_MAX_HEADER]):
        if relation in rels:
            return resolve(page.url, target)
    return None


def read_html(page: Fetched) -> ReadPage | None:
    """The page as it was read, None for one that is not HTML or cannot be read in reasonable time."""
    if page.content_type not in HTML_TYPES:
        return None
    try:
        return read_page(text_of(page), page.url, Budget(CPU_S))
    except PageTooTangled:
        return None


def text_of(page: Fetched) -> str:
    """The page's text, decoded as browsers do."""
    return decode_page(page.body, page.headers.get("content-type", ""))


def _links(header: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Pairs of target and relations. Of what is no link the rest is passed over, to the next comma."""
    header = " ".join(header.split())  # runs of blanks would cost the square of their length
    place = 0
    while place < len(header):
        match = _LINK.match(header, place)
        if match is None:
            place = header.find(",", place) + 1 or len(header)
            continue
        rels: str | None = None
        for name, quoted, plain in _PARAMETER.findall(match[2]):
            if name.lower() == "rel" and rels is None:  # a second one is ignored (RFC 8288, section 3.3)
                rels = quoted or plain
        yield match[1].strip(), frozenset((rels or "").lower().split())
        place = match.end()


def _endpoint(protocol: Protocol, url: str) -> Endpoint | None:
    plain = urldefrag(url).url
    return Endpoint(protocol=protocol, url=plain) if is_web_page(plain) else None
