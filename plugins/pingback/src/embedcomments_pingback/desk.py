"""The desk's page: what came, what was sent, and how others learn where to send."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from embedcomments.api import Page, PluginContext, PluginRequest, Redirect
from embedcomments_pingback import incoming, pages_sent
from embedcomments_pingback.addresses import is_web_page
from embedcomments_pingback.discovery import Finding, examine, link_lines, server_lines
from embedcomments_pingback.sending import request as request_page
from embedcomments_pingback.tokens import make_token

SHOWN = 30
_FETCH_S = 5.0  # a page of the desk has ten seconds


def received_page(ctx: PluginContext, request: PluginRequest) -> Page:
    """What other sites told us, and what came of it."""
    rows = [
        {
            "source": row.source,
            "target": row.target,
            "kind": row.kind,
            "type": row.type,
            "state": row.state,
            "detail": row.detail,
            "at": _moment(row.told_at),
            "is_link": is_web_page(row.source) and is_web_page(row.target),
        }
        for row in incoming.newest(ctx, SHOWN)
    ]
    return Page(template="received.html", values={"rows": rows}, title="Links")


def sent_page(ctx: PluginContext, request: PluginRequest) -> Page | Redirect:
    """Whom we told; a form has a page looked at now."""
    wrong, url = "", request.form.get("url", "").strip()
    if request.method == "POST":
        if request_page(ctx, url) is not None:
            return Redirect(path="sent", notice="The page will be read, and those that it links to told.")
        wrong = "That is no page of this site: its origin is not registered."
    rows = [
        {
            "source": row.source,
            "target": row.target,
            "protocol": row.protocol,
            "linked": row.linked,
            "state": row.state,
            "detail": row.detail,
            "at": _moment(row.sent_at),
        }
        for row in pages_sent.newest(ctx, SHOWN)
    ]
    pages = [
        {"url": row.url, "state": row.state, "detail": row.detail, "at": _moment(row.seen_at)}
        for row in pages_sent.newest_pages(ctx, SHOWN)
    ]
    values = {"rows": rows, "pages": pages, "wrong": wrong, "url": url, "is_on": ctx.settings["send"]}
    return Page(template="sent.html", values=values, title="Links", status=422 if wrong else 200)


def setup_page(ctx: PluginContext, request: PluginRequest) -> Page:
    """The lines for the owner's pages and servers; a form looks whether a page has them."""
    url = request.form.get("url", "").strip()
    findings: Sequence[Finding] = examine(ctx, url, timeout_s=_FETCH_S) if request.method == "POST" else ()
    values: dict[str, Any] = {
        "lines": "\n".join(link_lines(ctx)),
        "servers": server_lines(ctx) if link_lines(ctx) else (),
        "findings": findings,
        "url": url,
        "token": make_token(ctx),
        "send_url": f"{ctx.public_url}/p/pingback/{ctx.site.name}/send",
        "origin": next(iter(ctx.site.origins), "https://example.com"),
    }
    return Page(template="setup.html", values=values, title="Links")


def _moment(at: int) -> datetime | None:
    return datetime.fromtimestamp(at, UTC) if at else None
