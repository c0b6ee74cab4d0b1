"""The small WSGI layer that takes new comments ahead of Flask.

A post spends an eighth of its time in what Flask and Werkzeug do around it. What is done with a comment is the same
here and in Flask's view (web/comments.py). Whatever is unusual about a request, and all that goes wrong with one, is
Flask's to answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import orjson
from flask import Flask

from embedcomments.domain.sites import Site
from embedcomments.web.bodies import read_plain_body
from embedcomments.web.comments import Sent, admit, take
from embedcomments.web.cors import remember_site
from embedcomments.web.kept_answers import EXPOSED, own_origin
from embedcomments.web.parts import Parts

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PATH = re.compile(r"/api/v1/sites/([a-z0-9-]+)/comments")
_LENGTH = re.compile(r"[0-9]{1,8}")
_STATUS = {201: "201 CREATED", 202: "202 ACCEPTED"}


class HotPosts:
    """WSGI middleware: new comments without Flask, everything else with it."""

    def __init__(self, app: WSGIApplication, flask: Flask, own: Parts) -> None:
        self._app = app
        self._flask = flask
        self._own = own

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = self._length(environ) if environ["REQUEST_METHOD"] == "POST" else None
        asked = None if length is None else _PATH.fullmatch(environ["PATH_INFO"])
        if asked is None or length is None:
            return self._app(environ, start_response)
        origin, here = environ.get("HTTP_ORIGIN"), own_origin(environ)
        address = environ.get("REMOTE_ADDR") or ""
        site = None
        try:
            site = self._own.sites.get(asked[1])
            admit(self._own, site, origin=origin, here=here, address=address)
            sent = Sent(
                body=read_plain_body(environ["wsgi.input"], length),
                address=address,
                user_agent=environ.get("HTTP_USER_AGENT", ""),
                authorization=environ.get("HTTP_AUTHORIZATION"),
                idempotency_key=environ.get("HTTP_IDEMPOTENCY_KEY"),
            )
            answer, status, place = take(self._own, site, sent)
            body = orjson.dumps(answer)
        except Exception as error:  # noqa: BLE001 - Flask tells it, and logs what nobody expected
            return self._tell(error, site, environ, start_response)
        headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Location", place),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
            ("Vary", "Origin"),
        ]
        if origin is not None:  # the site accepts it, else it would not have been admitted
            headers += [("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", EXPOSED)]
        start_response(_STATUS[status], headers)
        return (body,)

    def _length(self, environ: WSGIEnvironment) -> int | None:
        """How long the body is, when that is told and not too long."""
        text = environ.get("CONTENT_LENGTH") or ""
        if "HTTP_TRANSFER_ENCODING" in environ or _LENGTH.fullmatch(text) is None:
            return None
        length = int(text)
        return length if length <= self._own.config.max_body_bytes else None

    def _tell(
        self, error: Exception, site: Site | None, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        with self._flask.request_context(environ):
            if site is not None:
                remember_site(site)
            answer = self._flask.make_response(self._flask.handle_user_exception(error))
            return self._flask.process_response(answer)(environ, start_response)
