"""The pingback endpoint."""

from __future__ import annotations

from embedcomments.api import CommentKind, PluginContext, PluginRequest, PluginResponse
from embedcomments_pingback.faults import Fault, FaultCode
from embedcomments_pingback.reception import accept
from embedcomments_pingback.xmlrpc import decode_call, encode_fault, encode_result

METHOD = "pingback.ping"
_XML = "text/xml; charset=utf-8"


def receive(ctx: PluginContext, request: PluginRequest) -> PluginResponse:
    """An XML-RPC answer to ``pingback.ping(source, target)``, always with status 200, as XML-RPC demands.

    Source: Pingback 1.0, section 3.
    """
    try:
        call = decode_call(request.body)
        if call.method != METHOD:
            raise Fault(FaultCode.METHOD_NOT_FOUND, f"Only {METHOD} is spoken here.")
        if call.arguments is None or len(call.arguments) != 2:
            raise Fault(FaultCode.INVALID_PARAMETERS, f"{METHOD} takes two strings, source and target.")
        accept(ctx, CommentKind.PINGBACK, *call.arguments)
    except Fault as fault:
        return PluginResponse(body=encode_fault(fault), content_type=_XML)
    return PluginResponse(
        body=encode_result("Thank you. The link will be checked and may then be shown."), content_type=_XML
    )
