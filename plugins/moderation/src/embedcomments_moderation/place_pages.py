"""From a page with comments to the desk and back: where the widget's links lead, and where they are switched on."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from embedcomments.api import Page, PluginContext, PluginRequest, Redirect

AT_PATH, IN_PLACE_PATH = "at", "in-place"
MAX_PAGES = 10
# What the widget's part of the plugin reads off the address, and keeps on that device.
SWITCH_ON, SWITCH_OFF = "embedcomments-moderation", "embedcomments-moderation-off"


def at_page(ctx: PluginContext, request: PluginRequest) -> Redirect:
    """The queue at that comment, whatever its state is by now."""
    comment = ctx.comments.get(request.query.get("comment", ""))
    if comment is None:
        return Redirect(notice="That comment is not there any more.")
    # The list shows what comes before an id; the comment itself is the first before its own id and anything.
    query = urlencode({"state": comment.state.value, "before": f"{comment.id}~"})
    return Redirect(path=f"?{query}#c-{comment.id}")


def in_place_page(ctx: PluginContext, request: PluginRequest) -> Page:
    """Pages with recent comments, with the links by which this device shows the way to the desk, or no longer does."""
    recent = ctx.comments.list(limit=200)
    threads = ctx.comments.threads_of(recent)
    pages: dict[str, str] = {}
    for comment in recent:
        thread = threads.get(comment.thread_id)
        url = thread and _page_url(thread.url or thread.key)
        if thread is not None and url:
            pages.setdefault(url, thread.title or thread.key)
    return Page(
        template="in_place.html",
        values={"pages": list(pages.items())[:MAX_PAGES], "on": SWITCH_ON, "off": SWITCH_OFF},
    )


def _page_url(value: str) -> str | None:
    """``value`` without a fragment when it is an http(s) URL: a link on a first-party page must never run code."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return parts._replace(fragment="").geturl() if parts.scheme in ("http", "https") and parts.hostname else None
