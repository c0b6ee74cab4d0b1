"""The endpoint: answers a ping from what this server knows, and leaves the rest to a job."""

from __future__ import annotations

import hashlib
from urllib.parse import urldefrag

from embedcomments.api import CommentKind, PluginContext, PluginRequest, PluginResponse
from embedcomments_pingback.addresses import is_web_page, origin_of, page_key
from embedcomments_pingback.faults import Fault, FaultCode
from embedcomments_pingback.xmlrpc import decode_call, encode_fault, encode_result

METHOD = "pingback.ping"


def receive(ctx: PluginContext, request: PluginRequest) -> PluginResponse:
    """An XML-RPC answer to ``pingback.ping(source, target)``, always with status 200, as XML-RPC demands.

    Nothing is fetched here, so neither the answer nor its time tells what the source is.
    Source: Pingback 1.0, section 3.
    """
    try:
        call = decode_call(request.body)
        if call.method != METHOD:
            raise Fault(FaultCode.METHOD_NOT_FOUND, f"Only {METHOD} is spoken here.")
        if call.arguments is None or len(call.arguments) != 2:
            raise Fault(FaultCode.INVALID_PARAMETERS, f"{METHOD} takes two strings, source and target.")
        source, target = (argument.strip() for argument in call.arguments)
        accept_ping(ctx, urldefrag(source).url if is_web_page(source) else "", target)
    except Fault as fault:
        return PluginResponse(body=encode_fault(fault), content_type="text/xml; charset=utf-8")
    return PluginResponse(
        body=encode_result("Thank you. The link will be checked and may then be shown."),
        content_type="text/xml; charset=utf-8",
    )


def accept_ping(ctx: PluginContext, source: str, target: str) -> None:
    """Enqueue the check of a link from ``source`` ("" when it is not a web address) to ``target``.

    Raises Fault for what is wrong already by what this server knows.
    """
    if not ctx.settings["accept"]:
        raise Fault(FaultCode.ACCESS_DENIED, "This site takes no pingbacks.")
    key = page_key(target, ctx.site)
    if key is None:
        raise Fault(FaultCode.TARGET_MISSING, "The target is not a web address.")
    if not ctx.site.accepts_origin(origin_of(key)):
        raise Fault(FaultCode.TARGET_UNUSABLE, "The target is not a page of this site.")
    if not source:
        raise Fault(FaultCode.SOURCE_MISSING, "The source is not a web address.")
    if page_key(source, ctx.site) == key:
        raise Fault(FaultCode.GENERIC, "The source is the target.")
    if ctx.comments.find_link(key, source, CommentKind.PINGBACK) is not None:
        raise Fault(FaultCode.ALREADY_REGISTERED, "This link is registered already.")
    thread = ctx.comments.thread(key)
    if thread is not None and thread.closed:
        raise Fault(FaultCode.ACCESS_DENIED, "This page takes no more comments.")
    pair = hashlib.sha256(f"{source}\n{key}".encode()).hexdigest()
    ctx.jobs.enqueue("verify", {"source": source, "target": target}, key=f"verify:{pair}")
