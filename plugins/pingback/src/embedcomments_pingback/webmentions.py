"""The webmention endpoint."""

from __future__ import annotations

from embedcomments.api import CommentKind, PluginContext, PluginRequest, PluginResponse
from embedcomments_pingback.faults import Fault, FaultCode
from embedcomments_pingback.reception import accept


def receive(ctx: PluginContext, request: PluginRequest) -> PluginResponse:
    """202 for a form with ``source`` and ``target`` that will be checked, 400 for one that cannot be right.

    Source: W3C Webmention, section 3.2.
    """
    values = [request.form_lists.get(name, ()) for name in ("source", "target")]
    if any(len(given) != 1 for given in values):
        return _plain(400, "A webmention is a form with one source and one target.")
    try:
        accept(ctx, CommentKind.WEBMENTION, *(given[0] for given in values))
    except Fault as fault:
        return refusal(fault)
    return _plain(202, "Thank you. The link will be checked and may then be shown.")


def explain(ctx: PluginContext, request: PluginRequest) -> PluginResponse:
    """What a person who opens the endpoint is told."""
    return _plain(
        200, "This address takes webmentions: POST a form with source and target. See https://www.w3.org/TR/webmention/"
    )


def refusal(fault: Fault) -> PluginResponse:
    """A fault in HTTP's own words."""
    if fault.retry_after_s:
        return _plain(429, fault.sentence, {"Retry-After": str(fault.retry_after_s)})
    return _plain(403 if fault.code is FaultCode.ACCESS_DENIED else 400, fault.sentence)


def _plain(status: int, sentence: str, headers: dict[str, str] | None = None) -> PluginResponse:
    return PluginResponse(status=status, body=f"{sentence}\n", headers=headers or {})
