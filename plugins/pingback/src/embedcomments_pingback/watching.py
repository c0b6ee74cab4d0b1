"""Feeds and sitemaps of the site, which tell of new and changed pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, ErrorHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.sax import parseString
from sqlalchemy import Connection

from embedcomments.api import OutboundError, OutboundForbidden, PluginContext
from embedcomments_pingback import pages_sent
from embedcomments_pingback.addresses import origin_of, page_key
from embedcomments_pingback.moments import seconds
from embedcomments_pingback.reading import resolve
from embedcomments_pingback.sending import FEED, enqueue

PERIOD_S = 900
MAX_FEED_BYTES = 4_194_304
MAX_PAGES_PER_POLL = 20
# Old pages are only noted, which costs a write each.
MAX_NOTED_PER_POLL = 1_000
_MAX_SITEMAPS = 5
_MAX_ENTRIES = 25_000
_MAX_DEPTH = 64
_MAX_WORDS = 2_000
_ENTRIES = frozenset({"item", "entry", "url", "sitemap"})
_WORDS = frozenset({"link", "loc", "pubdate", "date", "updated", "published", "lastmod"})


class NotAFeed(Exception):
    """It is no feed and no sitemap."""


@dataclass(slots=True)
class Entry:
    """One page as a feed tells of it. ``changed`` is its date as it stands there, "" when there is none."""

    is_sitemap: bool = False
    url: str = ""
    changed: str = ""


def read_feed(body: bytes, *, is_cut: bool = False) -> list[Entry]:
    """The entries of an RSS or Atom feed, a sitemap or an index of sitemaps, in its order; of one that is cut the whole
    ones.

    Raises NotAFeed, also for a document type declaration (and so possibly entities).
    """
    reader = _FeedReader()
    try:
        parseString(body, reader, errorHandler=ErrorHandler(), forbid_dtd=True)
    except (SAXException, DefusedXmlException, ValueError, LookupError) as error:
        if not (is_cut and isinstance(error, SAXException) and reader.entries):
            raise NotAFeed from error
    return [entry for entry in reader.entries if entry.url]


def moment_of(text: str) -> datetime | None:
    """A date of a feed (RFC 822 or 3339), aware, or None."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, TypeError):
            return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


class _FeedReader(ContentHandler):
    """Local names alone tell what is what, since feeds in the wild bind their namespaces as they like."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[Entry] = []
        self._depth = 0
        self._entry: Entry | None = None
        self._entry_depth = 0
        self._in = ""
        self._words: list[str] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise SAXException("The feed is nested too deep.")
        local = _local(name)
        if self._entry is None:
            if local in _ENTRIES:
                self._entry, self._entry_depth = Entry(is_sitemap=local == "sitemap"), self._depth
            return
        if self._depth == self._entry_depth + 1 and local in _WORDS:
            self._in, self._words = local, []
            href = attrs.get("href", "")
            if local == "link" and href and attrs.get("rel", "alternate") == "alternate" and not self._entry.url:
                self._entry.url = href.strip()

    def characters(self, content: str) -> None:
        if self._in:
            self._words.append(content)

    def endElement(self, name: str) -> None:
        if self._entry is not None and self._depth == self._entry_depth:
            if len(self.entries) < _MAX_ENTRIES:
                self.entries.append(self._entry)
            self._entry = None
        elif self._entry is not None and self._in == _local(name) and self._depth == self._entry_depth + 1:
            words = "".join(self._words)[:_MAX_WORDS].strip()
            if self._in in ("link", "loc"):
                self._entry.url = self._entry.url or words
            elif self._in == "updated" or not self._entry.changed:
                self._entry.changed = words[:64]
            self._in = ""
        self._depth -= 1


def poll(ctx: PluginContext, payload: Mapping[str, Any]) -> None:
    """Look at the site's feeds, and have new and changed pages read. A feed that fails is left for the next time."""
    if not ctx.settings["send"]:
        return
    room, notes = MAX_PAGES_PER_POLL, MAX_NOTED_PER_POLL
    waiting = [(address, 0) for address in ctx.settings["feeds"]]
    sitemaps = 0
    while waiting and room > 0 and notes > 0:
        address, depth = waiting.pop(0)
        try:
            entries = _fetch(ctx, address)
        except (OutboundForbidden, OutboundError, NotAFeed) as error:
            ctx.log.warning("The feed %s cannot be read: %s", address, error or "it is no feed")
            continue
        for entry in entries:
            if entry.is_sitemap and depth == 0 and sitemaps < _MAX_SITEMAPS:
                sitemaps += 1
                waiting.append((resolve(address, entry.url) or "", 1))
        for key, changed in _news(ctx, address, entries):
            if room <= 0 or notes <= 0:
                break
            notes -= 1
            room -= _note(ctx, key, changed)


def _fetch(ctx: PluginContext, address: str) -> list[Entry]:
    key = page_key(address, ctx.site)
    if key is None or not ctx.site.accepts_origin(origin_of(key)):
        raise NotAFeed("it is not of this site")
    fetched = ctx.outbound.get(address, max_bytes=MAX_FEED_BYTES)
    if fetched.status != 200:
        raise OutboundError(f"It answered {fetched.status}.")
    return read_feed(fetched.body, is_cut=fetched.truncated)


def _news(ctx: PluginContext, address: str, entries: Sequence[Entry]) -> list[tuple[str, str]]:
    """Keys and dates of the site's pages of which the feed says something that is not known yet, in its order."""
    told: dict[str, str] = {}
    for entry in entries:
        key = None if entry.is_sitemap else page_key(resolve(address, entry.url) or "", ctx.site)
        if key is not None and ctx.site.accepts_origin(origin_of(key)):
            told.setdefault(key, entry.changed)
    with ctx.tables.read() as connection:
        known = pages_sent.changes_of(connection, ctx.site.id, list(told))
    return [(key, changed) for key, changed in told.items() if known.get(key) != changed]


def _note(ctx: PluginContext, key: str, changed: str) -> bool:
    """Have a page read that is new or has changed; whether it will be."""
    now = ctx.now()
    with ctx.tables.read() as connection:
        known = pages_sent.known_page(connection, ctx.site.id, key)
    at = moment_of(changed)
    is_old = at is not None and at < now - timedelta(days=ctx.settings["send_max_age_days"])

    def work(connection: Connection) -> None:
        if known is None:
            pages_sent.add_page(connection, ctx.site.id, key, FEED, seconds(now))
        values: dict[str, Any] = {"changed": changed}
        if known is None and is_old:
            values |= {"state": pages_sent.NONE, "detail": "It is too old to be sent for by itself."}
        pages_sent.save_page(connection, ctx.site.id, key, **values)

    ctx.tables.write(work)
    if is_old or (known is not None and not known.changed):
        return False  # seen before the feed was watched: its date is noted, and only the next one tells of a change
    enqueue(ctx, key, FEED)
    return True


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()
