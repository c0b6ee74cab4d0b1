"""New comments from requests that are still bytes: the WSGI application without gunicorn's parser and writer.

These take an eighth of the work of a post. As with quick reads, only a request that is written in the most ordinary way
and is all there is taken here; everything else goes the ordinary way.
"""

from __future__ import annotations

import io
import re
import sys
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from embedcomments.web.quick_reads import read_fields

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MAX_HEAD_BYTES = 8192
_END = b"\r\n\r\n"
_LINE = re.compile(rb"POST (/api/v1/sites/[a-z0-9-]+/comments) HTTP/1\.1")
_LENGTH = re.compile(r"[0-9]{1,8}")
# CONTENT_TYPE and CONTENT_LENGTH have no prefix in WSGI (PEP 3333).
_CONTENT = {b"content-type", b"content-length"}


class QuickPosts:
    """Answers of ``app``. ``server`` is the value of the Server header."""

    def __init__(self, app: WSGIApplication, server: str) -> None:
        self._app = app
        self._server = server
        self._date = (0, "")

    def answer(self, request: bytes, client: tuple[str, int], here: tuple[str, int]) -> bytes | None:
        """The whole answer to the request of ``client``, or None for one that must go the ordinary way. ``here``: the
        address that it came to."""
        environ = self._understand(request)
        if environ is None:
            return None
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = client[0], str(client[1])
        environ["SERVER_NAME"], environ["SERVER_PORT"] = here[0], str(here[1])
        return self._run(environ)

    def _understand(self, request: bytes) -> dict[str, Any] | None:
        end = request.find(_END, 0, MAX_HEAD_BYTES)
        line, *lines = request[: max(end, 0)].split(b"\r\n")
        asked = _LINE.fullmatch(line)
        fields = None if asked is None else read_fields(lines, _CONTENT)
        if asked is None or fields is None:
            return None
        body = request[end + len(_END) :]
        length = fields.get(b"content-length", "")
        if _LENGTH.fullmatch(length) is None or int(length) != len(body):
            return None
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": asked[1].decode("ascii"),
            "QUERY_STRING": "",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        for name, value in fields.items():
            key = name.decode("ascii").upper().replace("-", "_")
            environ[key if name in _CONTENT else f"HTTP_{key}"] = value
        return environ

    def _run(self, environ: dict[str, Any]) -> bytes:
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[..., Any]:
            begun[:] = [(status, headers)]
            return _never

        parts = self._app(environ, start_response)
        try:
            body = b"".join(parts)
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
        ((status, headers),) = begun
        second = int(time.time())
        if second != self._date[0]:
            self._date = (second, formatdate(second, usegmt=True))
        lines = [
            f"HTTP/1.1 {status}",
            f"Server: {self._server}",
            f"Date: {self._date[1]}",
            "Connection: keep-alive",
            *[f"{name}: {value}" for name, value in headers],
        ]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _never(_data: bytes) -> None:
    raise AssertionError("The application returns its bodies.")
