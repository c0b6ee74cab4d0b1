"""How other sites learn where to tell of links: the lines for pages and servers, and whether a page has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from markupsafe import escape

from embedcomments.api import EmbedCommentsError, Fetched, OutboundError, PluginContext
from embedcomments_pingback.addresses import origin_of, page_key
from embedcomments_pingback.endpoints import Protocol, header_link, pingback_of, read_html, text_of, webmention_of
from embedcomments_pingback.reading import ReadPage
from embedcomments_pingback.verification import MAX_PAGE_BYTES

# Clients of pingback are told to read so much of a page and no more (Pingback 1.0, section 2.2).
EARLY_BYTES = 5_120
Grade = Literal["good", "warn", "bad"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that was looked at. ``todo`` is what to do, "" when all is well."""

    grade: Grade
    what: str
    todo: str = ""


def endpoints_of(ctx: PluginContext) -> list[tuple[str, str]]:
    """Pairs of relation and URL for what the site accepts, webmention first."""
    found = []
    if ctx.settings["webmention"]:
        found.append(("webmention", f"{ctx.public_url}/p/pingback/{ctx.site.name}/webmention"))
    if ctx.settings["accept"]:
        found.append(("pingback", f"{ctx.public_url}/p/pingback/{ctx.site.name}/xmlrpc"))
    return found


def trackback_url(ctx: PluginContext, key: str) -> str:
    """Where trackbacks for a page are sent to."""
    return f"{ctx.public_url}/p/pingback/{ctx.site.name}/trackback?page={quote(key, safe='')}"


def link_lines(ctx: PluginContext) -> list[str]:
    """The lines for the head of each page."""
    return [f'<link rel="{relation}" href="{escape(url)}">' for relation, url in endpoints_of(ctx)]


def server_lines(ctx: PluginContext) -> list[tuple[str, str]]:
    """Pairs of a server's name and the lines of its configuration that announce the same by headers."""
    headers = [
        ("X-Pingback", url) if relation == "pingback" else ("Link", f'<{url}>; rel="{relation}"')
        for relation, url in endpoints_of(ctx)
    ]
    return [
        ("nginx", "\n".join(f"add_header {name} '{value}';" for name, value in headers)),
        ("Apache", "\n".join(f"Header add {name} '{value}'" for name, value in headers)),
        ("Caddy", "\n".join(f"header +{name} `{value}`" for name, value in headers)),
    ]


def examine(ctx: PluginContext, url: str, *, timeout_s: float = 10.0) -> Sequence[Finding]:
    """What can be said of a page of the site, from outside. Never raises for what the page is."""
    key = page_key(url, ctx.site)
    if key is None:
        return [Finding(grade="bad", what="That is not a web address.", todo="Give one as https://example.com/page.")]
    findings = []
    if not ctx.site.accepts_origin(origin_of(key)):
        todo = f"Register it: embedcomments site add {ctx.site.name} --origin {origin_of(key)}"
        findings.append(
            Finding(grade="bad", what=f"{origin_of(key)} is not an origin of the site {ctx.site.name}.", todo=todo)
        )
    try:
        fetched = ctx.outbound.get(url, max_bytes=MAX_PAGE_BYTES, timeout_s=timeout_s)
    except (OutboundError, EmbedCommentsError) as error:
        findings.append(Finding(grade="bad", what=f"The page cannot be fetched: {error.message}"))
        return findings
    page = read_html(fetched)
    if fetched.status != 200 or page is None:
        what = f"The page answers {fetched.status} as {fetched.content_type or 'nothing known'}."
        findings.append(Finding(grade="bad", what=what, todo="Only pages that answer 200 with HTML are looked at."))
        return findings
    return [*findings, *_widget(ctx, fetched, page, key), *_endpoints(ctx, fetched, page)]


def _widget(ctx: PluginContext, fetched: Fetched, page: ReadPage, key: str) -> list[Finding]:
    findings = []
    if f"{ctx.public_url}/embed.js" in text_of(fetched):
        findings.append(Finding(grade="good", what="It has the comments."))
    else:
        todo = f'Paste <script async src="{ctx.public_url}/embed.js"></script> where comments shall stand.'
        findings.append(Finding(grade="warn", what="It has no script tag of this server.", todo=todo))
    canonical = page.related("canonical", ("link",))
    known = page_key(canonical, ctx.site) if canonical else None
    if canonical is None:
        todo = f'<link rel="canonical" href="{key}"> keeps one discussion for all spellings of its address.'
        findings.append(Finding(grade="warn", what="It does not say its canonical address.", todo=todo))
    elif known != key:
        findings.append(
            Finding(grade="warn", what=f"By its own word its address is {canonical}: comments and links belong there.")
        )
    else:
        findings.append(Finding(grade="good", what="Its canonical address is the one that was asked for."))
    return findings


def _endpoints(ctx: PluginContext, fetched: Fetched, page: ReadPage) -> list[Finding]:
    wanted = dict(endpoints_of(ctx))
    if not wanted:
        return [Finding(grade="warn", what="This site accepts no links from other sites; see its settings.")]
    findings = []
    for relation, url in wanted.items():
        line = f'<link rel="{relation}" href="{escape(url)}">'
        found = _announced(fetched, page, relation)
        if found is None:
            findings.append(Finding(grade="bad", what=f"It announces no {relation}.", todo=f"Add to its head: {line}"))
        elif found != url:
            findings.append(
                Finding(grade="bad", what=f"Its {relation} is announced at {found}.", todo=f"Change it to: {line}")
            )
        elif not _is_early(fetched, relation, url):
            todo = f"Many clients read 5 KB only. Move it up in the head: {line}"
            findings.append(Finding(grade="warn", what=f"Its {relation} is announced too late in the page.", todo=todo))
        else:
            findings.append(Finding(grade="good", what=f"It announces {relation} where others look for it."))
    return findings


def _announced(fetched: Fetched, page: ReadPage, relation: str) -> str | None:
    find = webmention_of if relation == Protocol.WEBMENTION else pingback_of
    endpoint = find(fetched, page)
    return None if endpoint is None else endpoint.url


def _is_early(fetched: Fetched, relation: str, url: str) -> bool:
    if relation == "webmention" and header_link(fetched, relation) == url:
        return True
    if relation == "pingback" and fetched.headers.get("x-pingback", "").strip() == url:
        return True
    return url.encode() in fetched.body[:EARLY_BYTES] or str(escape(url)).encode() in fetched.body[:EARLY_BYTES]
