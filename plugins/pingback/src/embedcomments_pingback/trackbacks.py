"""The trackback endpoint: off unless the site wants it, and nothing that a trackback says of itself is believed."""

from __future__ import annotations

from xml.sax.saxutils import escape

from embedcomments.api import CommentKind, PluginContext, PluginRequest, PluginResponse
from embedcomments_pingback.faults import Fault
from embedcomments_pingback.reception import accept


def receive(ctx: PluginContext, request: PluginRequest) -> PluginResponse:
    """An answer to a form with ``url``, for the page that ``page`` of the query names. Always with status 200;
    ``error`` is 0 when the link will be checked. Title, excerpt and name of the blog are read from its page.

    Source: TrackBack Technical Specification, "Sending a TrackBack Ping".
    """
    try:
        accept(ctx, CommentKind.TRACKBACK, request.form.get("url", ""), request.query.get("page", ""))
    except Fault as fault:
        return _answer(f"<error>1</error>\n<message>{escape(fault.sentence)}</message>")
    return _answer("<error>0</error>")


def _answer(inner: str) -> PluginResponse:
    body = f'<?xml version="1.0" encoding="utf-8"?>\n<response>\n{inner}\n</response>\n'
    return PluginResponse(body=body, content_type="text/xml; charset=utf-8")
