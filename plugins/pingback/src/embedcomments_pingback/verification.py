"""The job that looks whether the source really links to the target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from embedcomments.api import (
    Author,
    Comment,
    CommentKind,
    CommentState,
    Fetched,
    Link,
    OutboundError,
    OutboundForbidden,
    PluginContext,
    Rejected,
)
from embedcomments_pingback import incoming
from embedcomments_pingback.addresses import host_of, is_web_page, page_key
from embedcomments_pingback.charsets import decode_page
from embedcomments_pingback.faults import Fault, FaultCode
from embedcomments_pingback.incoming import Told
from embedcomments_pingback.pages import Mention, MentionType, PageTooTangled, read_mention
from embedcomments_pingback.reception import ENABLED_BY, is_closed
from embedcomments_pingback.robots import may_read
from embedcomments_pingback.trying import attempt_of, is_last, try_again

MAX_PAGE_BYTES = 262_144
HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
# Answers that another time may be others: too early, too many requests, and the server's own trouble.
TRANSIENT = frozenset({408, 425, 429})
# What stands apart from the conversation wherever a site wants links to stand.
FACES = frozenset({MentionType.LIKE, MentionType.REPOST})


class Gone(Fault):
    """The link is not there (any more)."""


def verify(ctx: PluginContext, payload: Mapping[str, Any]) -> None:
    """Fetch ``payload["source"]`` and add what it says to the thread of ``payload["target"]``, bring up to date what
    stands there of it, or take that off when the link is gone.

    What cannot be reached just now is tried again. Everything else is final; the log has it with the number of the
    fault that Pingback 1.0, section 3, knows for it, and the desk shows it.
    """
    kind = CommentKind(payload.get("kind", CommentKind.PINGBACK.value))
    source, target = str(payload["source"]), str(payload["target"])
    told = Told(kind=kind, source=source, target=target, key=page_key(target, ctx.site) or "")
    if attempt_of(payload) and not _is_awaited(ctx, told):
        return
    try:
        _require_open(ctx, told)
        mention = _read(ctx, _fetch(ctx, source), told.key)
        if is_closed(ctx, told.key):
            incoming.settle(ctx, told.pair, incoming.TAKEN, "The page is closed; what stands there stays as it is.")
            return
        # Before it can be shown, so that nobody ever sees a like as something else.
        incoming.settle(ctx, told.pair, incoming.TAKEN, type=mention.type.value)
        comment = _submit(ctx, told, mention)
        incoming.settle(ctx, told.pair, incoming.TAKEN, comment_id=comment.id)
    except Gone as fault:
        known = _standing(ctx, told)
        if known is not None:
            ctx.comments.withdraw_mention(known.id)
        _refuse(ctx, told, incoming.REFUSED if known is None else incoming.GONE, fault)
    except Fault as fault:
        _refuse(ctx, told, incoming.REFUSED, fault)
    except Rejected as error:
        incoming.settle(ctx, told.pair, incoming.REFUSED, error.message)
        ctx.log.info("%s from %r to %r rejected: %s", kind.value.title(), source, target, error.message)
    except OutboundError as error:
        if is_last(payload):
            _refuse(ctx, told, incoming.GIVEN_UP, Fault(FaultCode.UPSTREAM_FAILED, error.message))
        else:
            incoming.settle(ctx, told.pair, incoming.FAILED, error.message)
            try_again(ctx, "verify", payload, told.pair)


def _is_awaited(ctx: PluginContext, told: Told) -> bool:
    """Whether it is still to be tried again: it may have been told, and checked, meanwhile."""
    with ctx.tables.read() as connection:
        row = incoming.find(connection, ctx.site.id, told.pair)
    return row is not None and row.state == incoming.FAILED


def _refuse(ctx: PluginContext, told: Told, state: str, fault: Fault) -> None:
    incoming.settle(ctx, told.pair, state, fault.sentence)
    ctx.log.info(
        "%s from %r to %r refused: fault %d. %s",
        told.kind.value.title(),
        told.source,
        told.target,
        fault.code,
        fault.sentence,
    )


def _standing(ctx: PluginContext, told: Told) -> Comment | None:
    """What stands here of that link, in the thread or in the queue."""
    known = ctx.comments.find_link(told.key, told.source, told.kind)
    return None if known is None or known.state is CommentState.DELETED else known


def _submit(ctx: PluginContext, told: Told, mention: Mention) -> Comment:
    host = host_of(told.source)
    return ctx.comments.submit_mention(
        key=told.key,
        url=told.key,
        title=None,
        kind=told.kind,
        # What has no title, as most replies and notes, is known by who wrote it.
        link=Link(url=told.source, title=mention.title or mention.author or host),
        author=Author(name=mention.author or host, url=mention.author_url if is_web_page(mention.author_url) else None),
        text=mention.excerpt or mention.title or host,
        apart=mention.type in FACES or ctx.settings["place"] == "apart",
    )


def _require_open(ctx: PluginContext, told: Told) -> None:
    """What was true when it was told may have changed since. On a closed page a link that stands there may still go."""
    if not told.key:
        raise Fault(FaultCode.TARGET_MISSING, "The target is not a web address.")
    is_shut = is_closed(ctx, told.key) and _standing(ctx, told) is None
    if not ctx.settings[ENABLED_BY[told.kind]] or is_shut:
        raise Fault(FaultCode.ACCESS_DENIED, f"The page takes no more {told.kind.value}s.")
    with ctx.tables.read() as connection:
        row = incoming.find(connection, ctx.site.id, told.pair)
    known = ctx.comments.get(row.comment_id) if row is not None and row.comment_id else None
    if known is not None and known.link is None:
        raise Fault(FaultCode.ACCESS_DENIED, "A moderator erased this link.")


def _fetch(ctx: PluginContext, source: str) -> Fetched:
    try:
        if ctx.settings["robots"] and not may_read(ctx, source):
            raise Fault(
                FaultCode.SOURCE_MISSING, f"{host_of(source)} asks programs not to read that page (robots.txt)."
            )
        page = ctx.outbound.get(source, max_bytes=MAX_PAGE_BYTES, headers={"Accept": ", ".join(sorted(HTML_TYPES))})
    except OutboundForbidden as error:
        raise Fault(FaultCode.SOURCE_MISSING, error.message) from error
    if page.status >= 500 or page.status in TRANSIENT:
        raise OutboundError(f"{host_of(source)} answered {page.status}.")
    if page.status in (404, 410):
        raise Gone(FaultCode.SOURCE_MISSING, f"The source's server answered {page.status}.")
    if not 200 <= page.status < 300:
        raise Fault(FaultCode.SOURCE_MISSING, f"The source's server answered {page.status}.")
    if page.content_type not in HTML_TYPES:
        raise Gone(FaultCode.LINK_MISSING, "The source is not HTML.")
    return page


def _read(ctx: PluginContext, page: Fetched, key: str) -> Mention:
    if page_key(page.url, ctx.site) == key:
        # Else any redirect to our page would count, by the page's links to itself.
        raise Gone(FaultCode.LINK_MISSING, "The source redirects to the target.")
    try:
        mention = read_mention(
            decode_page(page.body, page.headers.get("content-type", "")),
            page.url,
            lambda url: page_key(url, ctx.site) == key,
            excerpt_length=ctx.settings["excerpt_length"],
        )
    except PageTooTangled as error:
        raise Gone(FaultCode.LINK_MISSING, "The source cannot be read in reasonable time.") from error
    if mention is None:
        raise Gone(FaultCode.LINK_MISSING, "The source does not link to the target.")
    return mention
