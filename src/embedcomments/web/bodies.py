"""Reading JSON bodies from strangers."""

from __future__ import annotations

import time
from typing import Any

import orjson
from flask import Request

from embedcomments.domain.errors import BodyTooLarge, MalformedRequest

MAX_DEPTH = 32
# A body that is too long is read to its end within these bounds, because a client that is still sending
# when the connection closes never sees the answer that says why.
_DRAIN_BYTES = 32 * 1024 * 1024
_DRAIN_S = 5.0


def read_body(request: Request, max_bytes: int) -> bytes:
    """The body, at most ``max_bytes`` long. Raises BodyTooLarge."""
    if request.content_length is None or request.content_length <= max_bytes:
        body: bytes = request.stream.read(max_bytes + 1)
        if len(body) <= max_bytes:
            return body
    _drain(request)
    raise BodyTooLarge(f"The body is longer than the {max_bytes} bytes that this call takes.")


def read_json_object(request: Request, max_bytes: int) -> dict[str, Any]:
    """The body as a JSON object. Raises BodyTooLarge, MalformedRequest."""
    return json_object(read_body(request, max_bytes))


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object that ``body`` is. Raises MalformedRequest (not UTF-8, NaN, too deep, no object)."""
    try:
        value = orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise MalformedRequest(f"The body is not valid JSON: {str(error).splitlines()[0]}") from error
    if not isinstance(value, dict):
        raise MalformedRequest("The body must be a JSON object.")
    if _is_deeper(value, MAX_DEPTH):
        raise MalformedRequest(f"The body is nested deeper than {MAX_DEPTH} levels.")
    return value


def _is_deeper(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [
            item
            for holder in layer
            for item in (holder.values() if isinstance(holder, dict) else holder)
            if isinstance(item, (dict, list))
        ]
        if not layer:
            return False
    return True


def _drain(request: Request) -> None:
    left = _DRAIN_BYTES
    until = time.monotonic() + _DRAIN_S
    while left > 0 and time.monotonic() < until:
        chunk = request.stream.read(min(65_536, left))
        if not chunk:
            return
        left -= len(chunk)
