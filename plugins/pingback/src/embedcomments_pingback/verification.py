"""The job that looks whether the source really links to the target."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from embedcomments.api import (
    Author,
    CommentKind,
    Fetched,
    Link,
    OutboundError,
    OutboundForbidden,
    PluginContext,
    Rejected,
)
from embedcomments_pingback.addresses import host_of, page_key
from embedcomments_pingback.charsets import decode_page
from embedcomments_pingback.faults import Fault, FaultCode
from embedcomments_pingback.pages import Mention, PageTooTangled, read_mention

MAX_PAGE_BYTES = 262_144
_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
# Answers that another time may be others: too early, too many requests, and the server's own trouble.
_TRANSIENT = frozenset({408, 425, 429})
_RECENT = 100


def verify(ctx: PluginContext, payload: Mapping[str, Any]) -> None:
    """Fetch ``payload["source"]`` and add what it says to the thread of ``payload["target"]``.

    Raises OutboundError when trying again may help. Everything else is final and goes to the log
    with the number of the fault that Pingback 1.0, section 3, has for it.
    """
    source, target = str(payload["source"]), str(payload["target"])
    try:
        key = _open_thread(ctx, source, target)
        page = _fetch(ctx, source)
        mention = _read(ctx, page, key)
        host = host_of(source)
        ctx.comments.submit_mention(
            key=key,
            url=key,
            title=None,
            kind=CommentKind.PINGBACK,
            link=Link(url=source, title=mention.title or host),
            author=Author(name=mention.author or host),
            text=mention.excerpt or mention.title or host,
        )
    except Fault as fault:
        ctx.log.info("Pingback from %r to %r refused: fault %d. %s", source, target, fault.code, fault.sentence)
    except Rejected as error:
        ctx.log.info("Pingback from %r to %r rejected: %s", source, target, error.message)


def _open_thread(ctx: PluginContext, source: str, target: str) -> str:
    """The key of the target's thread. What was true when the ping came may have changed since."""
    key = page_key(target, ctx.site)
    if key is None:
        raise Fault(FaultCode.TARGET_MISSING, "The target is not a web address.")
    thread = ctx.comments.thread(key)
    if not ctx.settings["accept"] or (thread is not None and thread.closed):
        raise Fault(FaultCode.ACCESS_DENIED, "The page takes no more pingbacks.")
    since = ctx.now() - timedelta(hours=1)
    recent = ctx.comments.list(kinds=[CommentKind.PINGBACK], limit=_RECENT)
    host = host_of(source)
    of_host = [item for item in recent if item.created_at > since and item.link and host_of(item.link.url) == host]
    if len(of_host) >= ctx.settings["per_host_per_hour"]:
        raise Fault(FaultCode.ACCESS_DENIED, "The host has sent many pingbacks within the hour.")
    return key


def _fetch(ctx: PluginContext, source: str) -> Fetched:
    try:
        page = ctx.outbound.get(source, max_bytes=MAX_PAGE_BYTES, headers={"Accept": ", ".join(sorted(_HTML_TYPES))})
    except OutboundForbidden as error:
        raise Fault(FaultCode.SOURCE_MISSING, error.message) from error
    if page.status >= 500 or page.status in _TRANSIENT:
        raise OutboundError(f"{host_of(source)} answered {page.status}.")
    if not 200 <= page.status < 300:
        raise Fault(FaultCode.SOURCE_MISSING, f"The source's server answered {page.status}.")
    if page.content_type not in _HTML_TYPES:
        raise Fault(FaultCode.LINK_MISSING, "The source is not HTML.")
    return page


def _read(ctx: PluginContext, page: Fetched, key: str) -> Mention:
    if page_key(page.url, ctx.site) == key:
        # Else any redirect to our page would count, by the page's links to itself.
        raise Fault(FaultCode.LINK_MISSING, "The source redirects to the target.")
    try:
        mention = read_mention(
            decode_page(page.body, page.headers.get("content-type", "")),
            page.url,
            lambda url: page_key(url, ctx.site) == key,
            excerpt_length=ctx.settings["excerpt_length"],
        )
    except PageTooTangled as error:
        raise Fault(FaultCode.LINK_MISSING, "The source cannot be read in reasonable time.") from error
    if mention is None:
        raise Fault(FaultCode.LINK_MISSING, "The source does not link to the target.")
    return mention
