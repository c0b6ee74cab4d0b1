"""Small answers in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from flask import Response, request
from werkzeug.datastructures import Headers

from embedcomments.domain.errors import BadToken
from embedcomments.web.kept_answers import Entry
from embedcomments.web.parts import parts

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class _Json(Response):
    """An answer whose headers are sent as they stand: they are complete, and their values ASCII."""

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        return self.headers


def json_answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """``value`` as JSON."""
    return _Json(orjson.dumps(value), status=status, content_type="application/json", headers=headers)


def kept_answer(entry: Entry) -> Response:
    """A kept answer by way of Flask: what HotReads would have sent."""
    status, headers, body = parts().kept.respond(entry, request.environ)
    response = Response(body, status=status)
    del response.headers["Content-Type"]
    for name, value in headers:
        response.headers.set(name, value)
    return response


def bearer_token(header: str | None) -> str | None:
    """The token of a header ``Authorization: Bearer``, None without one. Raises BadToken for another scheme."""
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise BadToken("Authorization must be: Bearer TOKEN.")
    return token.strip()
