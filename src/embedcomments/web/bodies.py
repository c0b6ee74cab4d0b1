"""Reading JSON bodies from strangers."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from flask import Flask, Request, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from embedcomments.domain.errors import BodyTooLarge, MalformedRequest

_log = logging.getLogger(__name__)

MAX_DEPTH = 32
# What is refused is read to its end within these bounds, because a client that is still sending
# when the connection closes never sees the answer that says why.
_DRAIN_BYTES = 32 * 1024 * 1024
_DRAIN_S = 5.0
_CUT = "The body could not be read to its end."


def read_body(sent: Request, max_bytes: int) -> bytes:
    """The body, at most ``max_bytes`` long. Raises BodyTooLarge, MalformedRequest (it was cut, or framed wrongly)."""
    if sent.content_length is None or sent.content_length <= max_bytes:
        with _readable():
            body: bytes = sent.stream.read(max_bytes + 1)
        if len(body) <= max_bytes:
            return body
    raise BodyTooLarge(f"The body is longer than the {max_bytes} bytes that this call takes.")


def read_whole_body(sent: Request, max_bytes: int) -> bytes:
    """As ``read_body``, of a request of which nothing was read before: it is as long as was told."""
    body = read_body(sent, max_bytes)
    if sent.content_length is not None and len(body) < sent.content_length:
        raise MalformedRequest(_CUT)
    return body


def read_plain_body(stream: Any, length: int) -> bytes:
    """A body of a known length from a server's stream. Raises MalformedRequest."""
    with _readable():
        body: bytes = stream.read(length)
    if len(body) < length:
        raise MalformedRequest(_CUT)
    return body


def read_form(sent: Request) -> None:
    """Have the form read, within ``max_content_length`` of the request. Raises MalformedRequest,
    RequestEntityTooLarge."""
    with _readable():
        _ = sent.form


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except RequestEntityTooLarge:
        raise
    except Exception as error:  # each server has errors of its own for what is not chunked as it should be
        raise MalformedRequest(_CUT) from error


def read_json_object(sent: Request, max_bytes: int) -> dict[str, Any]:
    """The body as a JSON object. Raises BodyTooLarge, MalformedRequest."""
    return json_object(read_whole_body(sent, max_bytes))


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


def register_draining(app: Flask) -> None:
    """Read what is left of the body of a request that is refused."""

    @app.after_request
    def drain(response: Response) -> Response:
        # Only where the server says that the stream ends with the body; elsewhere reading on would wait for ever.
        if response.status_code >= 400 and request.environ.get("wsgi.input_terminated"):
            _drain(request.environ["wsgi.input"])
        return response


def _drain(stream: Any) -> None:
    left = _DRAIN_BYTES
    until = time.monotonic() + _DRAIN_S
    try:
        while left > 0 and time.monotonic() < until:
            chunk = stream.read(min(65_536, left))
            if not chunk:
                return
            left -= len(chunk)
    except Exception as error:  # noqa: BLE001 - the answer stands already; the client may be gone
        _log.debug("The rest of a body could not be read: %s", error)
