"""What the three protocols share: what is answered at once by what this server knows, and the job for the rest."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urldefrag

from sqlalchemy import Connection

from embedcomments.api import CommentKind, CommentState, PluginContext
from embedcomments_pingback import incoming
from embedcomments_pingback.addresses import host_of, is_web_page, origin_of, page_key
from embedcomments_pingback.comments_sent import PATH
from embedcomments_pingback.faults import Fault, FaultCode
from embedcomments_pingback.incoming import Told
from embedcomments_pingback.moments import seconds

ENABLED_BY = {CommentKind.PINGBACK: "accept", CommentKind.WEBMENTION: "webmention", CommentKind.TRACKBACK: "trackback"}
PAIR_PAUSE_S = 30
MAX_WAITING = 500
HOUR_S = 3_600
# A check may take ten seconds of the one thread that works jobs off. So many are made at once; above that they are
# spread out, so that mail and the like get their turn also while somebody floods us.
_AT_ONCE = 5
_SPREAD_S = 15


def accept(ctx: PluginContext, kind: CommentKind, source: str, target: str) -> Told:
    """Have a link from ``source`` to ``target`` checked, as it was told by somebody. Nothing is fetched here, so
    neither the answer nor its time tells what the source is.

    The same pair again is checked anew, once in 30 s. A webmention that stands here may be told of again on a page that
    was closed, since its link may be gone. Raises Fault for what is wrong already by what this server knows.
    """
    if not ctx.settings[ENABLED_BY[kind]]:
        raise Fault(FaultCode.ACCESS_DENIED, f"This site takes no {kind.value}s.")
    source, target = urldefrag(source.strip()).url, target.strip()
    key = page_key(target, ctx.site)
    if key is None:
        raise Fault(FaultCode.TARGET_MISSING, "The target is not a web address.")
    if not ctx.site.accepts_origin(origin_of(key)):
        raise Fault(FaultCode.TARGET_UNUSABLE, "The target is not a page of this site.")
    if not is_web_page(source):
        raise Fault(FaultCode.SOURCE_MISSING, "The source is not a web address.")
    if page_key(source, ctx.site) == key:
        raise Fault(FaultCode.GENERIC, "The source is the target.")
    if _is_our_own(ctx, source):
        raise Fault(FaultCode.GENERIC, "The source is a page of this server, which tells of its links itself.")
    told = Told(kind=kind, source=source, target=target, key=key)
    if is_closed(ctx, key) and not (kind is CommentKind.WEBMENTION and _is_known(ctx, told)):
        raise Fault(FaultCode.ACCESS_DENIED, "This page takes no more comments.")
    if kind is not CommentKind.WEBMENTION and _is_known(ctx, told):
        raise Fault(FaultCode.ALREADY_REGISTERED, "This link is registered already.")
    _enqueue(ctx, told)
    return told


def is_closed(ctx: PluginContext, key: str) -> bool:
    """Whether a page takes nothing new, by hand or for its age."""
    thread = ctx.comments.thread(key)
    return thread is not None and ctx.site.settings.closes(thread, ctx.now())


def _is_our_own(ctx: PluginContext, source: str) -> bool:
    """Whether this server would fetch itself: a page of a discussion links to its page, and so would tell of each in as
    many spellings as somebody likes. Pages of one comment (``comments_sent``) are there to be fetched."""
    _, _, own = (page_key(ctx.public_url, ctx.site) or "").partition("://")
    _, _, place = (page_key(source, ctx.site) or "").partition("://")
    rest = place.removeprefix(own.rstrip("/"))
    if not own or rest == place or rest[:1] not in ("", "/", "?"):
        return False
    return not (rest.startswith(f"/p/{ctx.plugin}/") and rest.partition("?")[0].endswith(f"/{PATH}"))


def _is_known(ctx: PluginContext, told: Told) -> bool:
    """Whether the link stands here. One that its page took back may come again."""
    known = ctx.comments.find_link(told.key, told.source, told.kind)
    return known is not None and not (known.state is CommentState.DELETED and not known.source)


def _enqueue(ctx: PluginContext, told: Told) -> None:
    now = seconds(ctx.now())
    most = ctx.settings["per_host_per_hour"]

    def work(connection: Connection) -> int:
        row = incoming.find(connection, ctx.site.id, told.pair)
        if row is not None and row.state == incoming.WAITING and row.due_at >= now - HOUR_S:
            return int(max(row.due_at, now))  # its job waits, or runs; told twice is checked once
        others = incoming.of_host(connection, ctx.site.id, host_of(told.source), now - HOUR_S, but=told.pair)
        if others >= most:
            raise Fault(
                FaultCode.ACCESS_DENIED, "Many links of that host were told within the hour.", retry_after_s=HOUR_S
            )
        before = incoming.waiting(connection, ctx.site.id)
        if before >= MAX_WAITING:
            raise Fault(FaultCode.GENERIC, "Many links wait to be checked.", retry_after_s=HOUR_S)
        due = now + max(0, before - _AT_ONCE + 1) * _SPREAD_S
        if row is not None:
            due = max(due, row.told_at + PAIR_PAUSE_S)
        incoming.tell(connection, ctx.site.id, told, now=now, due=due)
        return due

    due = ctx.tables.write(work)
    payload = {"kind": told.kind.value, "source": told.source, "target": told.target}
    ctx.jobs.enqueue("verify", payload, after=timedelta(seconds=due - now), key=f"verify:{told.pair}")
