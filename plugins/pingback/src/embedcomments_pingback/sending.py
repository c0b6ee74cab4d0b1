"""Tells the pages that a page of ours links to. Two jobs: one reads the page, one for each link tells of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from embedcomments.api import Fetched, OutboundError, OutboundForbidden, PluginContext
from embedcomments_pingback import pages_sent
from embedcomments_pingback.addresses import host_of, origin_of, page_key
from embedcomments_pingback.endpoints import Endpoint, Protocol, find_endpoint, read_html
from embedcomments_pingback.moments import fingerprint, seconds
from embedcomments_pingback.outgoing import Links, links_of
from embedcomments_pingback.robots import may_read
from embedcomments_pingback.speaking import speak
from embedcomments_pingback.trying import attempt_of, is_last, try_again
from embedcomments_pingback.verification import HTML_TYPES, MAX_PAGE_BYTES, TRANSIENT

HOUR_S = 3_600
SEEN, FEED, ASKED = "seen", "feed", "asked"
# Strangers can feign that a page was opened, for any address on the site's origins.
MAX_SEEN_PER_HOUR = 60
# A page that was just published may be opened before all of it is where it shall be.
SETTLE_S = 60
_STEP_S = 5


def note_seen(ctx: PluginContext, url: str) -> None:
    """Have a page that a browser opened for the first time read, and the links in it told of."""
    if not ctx.settings["send"]:
        return
    now = seconds(ctx.now())
    with ctx.tables.read() as connection:
        if pages_sent.known_page(connection, ctx.site.id, url) is not None:
            return

    def work(connection: Connection) -> bool:
        if pages_sent.pages_since(connection, ctx.site.id, SEEN, now - HOUR_S) >= MAX_SEEN_PER_HOUR:
            return False
        return pages_sent.add_page(connection, ctx.site.id, url, SEEN, now)

    if ctx.tables.write(work):
        enqueue(ctx, url, SEEN, after=timedelta(seconds=SETTLE_S))


def request(ctx: PluginContext, url: str, *, enqueue_now: bool = True) -> str | None:
    """Have a page of the site read because its owner asks for it: its key, None when it is no page of the site."""
    key = page_key(url, ctx.site)
    if key is None or not ctx.site.accepts_origin(origin_of(key)):
        return None
    ctx.tables.write(lambda c: pages_sent.add_page(c, ctx.site.id, key, ASKED, seconds(ctx.now())))
    if enqueue_now:
        enqueue(ctx, key, ASKED)
    return key


def enqueue(ctx: PluginContext, url: str, why: str, after: timedelta = timedelta(0)) -> None:
    """Have the page read."""
    # One that was asked for does not wait behind one that will come by itself.
    key = f"send:{fingerprint(url)}:{why == ASKED}"
    ctx.jobs.enqueue("send", {"url": url, "why": why}, after=after, key=key)


def send(ctx: PluginContext, payload: Mapping[str, Any]) -> None:
    """Read a page of ours and have the pages that it links to told, also those that it linked to before. A page that
    cannot be reached is tried again."""
    url = str(payload["url"])
    try:
        targets = read_own(ctx, url, str(payload.get("why", ASKED)), gives_up=is_last(payload))
    except OutboundError:
        try_again(ctx, "send", payload, fingerprint(url))
        return
    for at, target in enumerate(targets):
        job = {"source": url, "target": target}
        key = f"deliver:{fingerprint(url, target)}"
        ctx.jobs.enqueue("deliver", job, after=timedelta(seconds=at * _STEP_S), key=key)


def read_own(ctx: PluginContext, url: str, why: str, *, gives_up: bool = True) -> Sequence[str]:
    """The targets that are to be told about the page, each noted as waiting. Raises OutboundError when trying again may
    help; ``gives_up``: nobody will."""

    def settle(state: str, detail: str, **values: Any) -> None:
        ctx.tables.write(
            lambda c: pages_sent.save_page(c, ctx.site.id, url, state=state, detail=detail[:500], **values)
        )

    try:
        fetched = _fetch_own(ctx, url)
        links = _links(ctx, fetched)
    except OutboundForbidden as error:
        settle(pages_sent.REFUSED, error.message)
        return []
    except OutboundError as error:
        settle(pages_sent.GIVEN_UP if gives_up else pages_sent.FAILED, error.message)
        raise
    with ctx.tables.read() as connection:
        row = pages_sent.known_page(connection, ctx.site.id, url)
        before = pages_sent.targets_of(connection, ctx.site.id, url)
    if links is None:
        settle(pages_sent.NONE, f"It answered {fetched.status}, or is no page that can be read.", digest="")
        targets: tuple[str, ...] = ()
        if fetched.status not in (404, 410):
            return []
    else:
        reason = _reason_not_to(ctx, url, why, links, row.digest if row else "")
        if reason:
            settle(pages_sent.NONE, reason, digest=links.digest)
            return []
        targets = links.targets
        settle(pages_sent.SENT, _count(len(targets)), digest=links.digest)
    gone = [target for target, old in before.items() if target not in targets and old.linked and old.endpoint]

    def work(connection: Connection) -> None:
        for target in targets:
            pages_sent.expect(connection, ctx.site.id, url, target, linked=True)
        for target in gone:
            pages_sent.expect(connection, ctx.site.id, url, target, linked=False)

    ctx.tables.write(work)
    return [*targets, *gone]


def _count(links: int) -> str:
    return "1 link to another site" if links == 1 else f"{links} links to other sites"


def _reason_not_to(ctx: PluginContext, url: str, why: str, links: Links, digest: str) -> str:
    """Why nothing is sent for a page that nobody asked for, "" when it is."""
    if why == ASKED:
        return ""
    if links.digest == digest:
        return "Nothing that concerns other sites has changed."
    if links.canonical is not None and links.canonical != url:
        return f"It is another address of {links.canonical}"
    oldest = ctx.now() - timedelta(days=ctx.settings["send_max_age_days"])
    if not digest and links.published is not None and links.published < oldest:
        return f"It is of {links.published:%d %B %Y}, too old to be sent for by itself."
    return ""


def _fetch_own(ctx: PluginContext, url: str) -> Fetched:
    fetched = ctx.outbound.get(url, max_bytes=MAX_PAGE_BYTES, headers={"Accept": ", ".join(sorted(HTML_TYPES))})
    if fetched.status >= 500 or fetched.status in TRANSIENT:
        raise OutboundError(f"{host_of(url)} answered {fetched.status}.")
    return fetched


def _links(ctx: PluginContext, fetched: Fetched) -> Links | None:
    """What the page links to; None when it is no page of the site, or cannot be read."""
    key = page_key(fetched.url, ctx.site)
    if fetched.status != 200 or key is None or not ctx.site.accepts_origin(origin_of(key)):
        return None
    page = read_html(fetched)
    return None if page is None else links_of(page, ctx.site)


def deliver(ctx: PluginContext, payload: Mapping[str, Any]) -> None:
    """Tell one target of a link, or that it is gone. What cannot be reached is tried again."""
    source, target = str(payload["source"]), str(payload["target"])
    with ctx.tables.read() as connection:
        row = pages_sent.delivery(connection, ctx.site.id, source, target)
    # Another try is for what failed; it may have been told anew, and settled, meanwhile.
    awaited = (pages_sent.FAILED,) if attempt_of(payload) else (pages_sent.WAITING, pages_sent.FAILED)
    if row is None or row.state not in awaited:
        return
    if not has_turn(ctx, source, target):
        tell_later(ctx, payload)
        return
    try:
        tell(ctx, source, target, gives_up=is_last(payload))
    except OutboundError:
        try_again(ctx, "deliver", payload, fingerprint(source, target))


def has_turn(ctx: PluginContext, source: str, target: str) -> bool:
    """Whether the target's host may be asked once more within this hour; what it was asked already it may be again."""
    since = seconds(ctx.now()) - HOUR_S
    with ctx.tables.read() as connection:
        row = pages_sent.delivery(connection, ctx.site.id, source, target)
        recent = pages_sent.told_since(connection, ctx.site.id, host_of(target), since)
    return recent < ctx.settings["send_per_host_per_hour"] or (row is not None and row.sent_at > since)


def tell_later(ctx: PluginContext, payload: Mapping[str, Any]) -> None:
    """Have ``deliver`` do it in an hour."""
    words = (str(payload["source"]), str(payload["target"]), str(seconds(ctx.now())))
    ctx.jobs.enqueue("deliver", payload, after=timedelta(seconds=HOUR_S), key=f"deliver:{fingerprint(*words)}")


def tell(ctx: PluginContext, source: str, target: str, *, gives_up: bool = True) -> str:
    """What came of telling a target, in one line; the row has it, too. Raises OutboundError when trying again may help;
    ``gives_up``: nobody will."""
    now = seconds(ctx.now())
    with ctx.tables.read() as connection:
        row = pages_sent.delivery(connection, ctx.site.id, source, target)
    attempts = (row.attempts if row is not None else 0) + 1

    def settle(state: str, detail: str, **values: Any) -> str:
        given = {"state": state, "detail": detail[:500], "attempts": attempts, "sent_at": now, **values}
        ctx.tables.write(lambda c: pages_sent.save_delivery(c, ctx.site.id, source, target, **given))
        return f"{state}: {detail}"

    try:
        if ctx.settings["robots"] and not may_read(ctx, target):
            return settle(pages_sent.REFUSED, "It asks programs not to read it (robots.txt).")
        endpoint = _endpoint(ctx, target)
        if endpoint is None and row is not None and row.endpoint and not row.linked:
            # A page that no longer says where is still told that the link is gone.
            endpoint = Endpoint(protocol=Protocol(row.protocol), url=row.endpoint)
        if endpoint is None:
            return settle(pages_sent.NONE, "It has no endpoint.", protocol="", endpoint="")
        if endpoint.protocol is Protocol.PINGBACK and row is not None and not row.linked:
            return settle(pages_sent.NONE, "Pingback knows no word for a link that is gone.")
        where = {"protocol": endpoint.protocol.value, "endpoint": endpoint.url}
        answer = speak(ctx.outbound, endpoint, source, target)
        return settle(pages_sent.SENT if answer.accepted else pages_sent.REFUSED, answer.sentence, **where)
    except OutboundForbidden as error:
        return settle(pages_sent.REFUSED, error.message)
    except OutboundError as error:
        settle(pages_sent.GIVEN_UP if gives_up else pages_sent.FAILED, error.message)
        raise


def _endpoint(ctx: PluginContext, target: str) -> Endpoint | None:
    page = ctx.outbound.get(target, max_bytes=MAX_PAGE_BYTES, headers={"Accept": "text/html, */*;q=0.1"})
    if page.status >= 500 or page.status in TRANSIENT:
        raise OutboundError(f"{host_of(target)} answered {page.status}.")
    return find_endpoint(page)
