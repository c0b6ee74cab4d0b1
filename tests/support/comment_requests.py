"""Requests that bring a comment, ordinary and not, and what is compared of their answers."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from typing import Any

from werkzeug.test import run_wsgi_app

OWN, PAGES, PRESS, FOREIGN = (
    "http://localhost",
    "https://pages.example",
    "https://press.example",
    "https://foreign.example",
)
LONGEST = 4000
_ID = re.compile(r"[0-9a-hjkmnp-tv-z]{24}")
_TOKEN = re.compile(r'("edit_token":")[^"]*')
_COUNTED = re.compile(r'("(?:number|seq)":)\d+')


def environ_of(body: bytes, path: str = "/api/v1/sites/default/comments", **more: Any) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "REMOTE_ADDR": "192.0.2.7",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **more,
    }


def told(app: Any, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], str]:
    """Status, headers in order of name, and body, but for what is another with each comment."""
    body, status, found = run_wsgi_app(app, environ)
    text = _COUNTED.sub(r"\g<1>0", _TOKEN.sub(r"\1", _ID.sub("ID", b"".join(body).decode())))
    headers = [
        (name, _ID.sub("ID", value))
        for name, value in sorted(found.items())
        if status[0] != "2" or name != "Content-Length"
    ]
    return status.upper(), headers, text


def body_of(**more: Any) -> bytes:
    return json.dumps({"thread": {"key": "page"}, "author": {"name": "Ани"}, "text": "Hello *you*", **more}).encode()


CASES: dict[str, Callable[[], dict[str, Any]]] = {
    "taken": lambda: environ_of(body_of()),
    "from a page": lambda: environ_of(body_of(), HTTP_ORIGIN=PAGES, HTTP_USER_AGENT="Browser"),
    "from this server": lambda: environ_of(body_of(), HTTP_ORIGIN=OWN),
    "held": lambda: environ_of(body_of(text="hold this"), HTTP_ORIGIN=PAGES),
    "from a foreign page": lambda: environ_of(body_of(), HTTP_ORIGIN=FOREIGN),
    "from a page of another site": lambda: environ_of(body_of(), HTTP_ORIGIN=PRESS),
    "to no site": lambda: environ_of(body_of(), "/api/v1/sites/nowhere/comments", HTTP_ORIGIN=PAGES),
    "to a name that is none": lambda: environ_of(body_of(), "/api/v1/sites/No_where/comments"),
    "refused": lambda: environ_of(body_of(text="refuse this"), HTTP_ORIGIN=PAGES),
    "no JSON": lambda: environ_of(b"{", HTTP_ORIGIN=PAGES),
    "no object": lambda: environ_of(b"[]"),
    "no text": lambda: environ_of(b'{"thread":{"key":"page"}}', HTTP_ORIGIN=PAGES),
    "a blank text": lambda: environ_of(body_of(text=" ")),
    "an answer to nothing": lambda: environ_of(body_of(parent_id="nothing")),
    "cut": lambda: environ_of(body_of(), CONTENT_LENGTH="2000"),
    "too long": lambda: environ_of(b" " * (LONGEST + 1), HTTP_ORIGIN=PAGES),
    "a strange length": lambda: environ_of(body_of(), CONTENT_LENGTH="+5"),
    "no length": lambda: environ_of(body_of(), CONTENT_LENGTH=""),
    "a key that is none": lambda: environ_of(body_of(), HTTP_IDEMPOTENCY_KEY="é\n", HTTP_ORIGIN=PAGES),
    "a token that says nothing": lambda: environ_of(body_of(), HTTP_AUTHORIZATION="Bearer nonsense"),
    "another scheme": lambda: environ_of(body_of(), HTTP_AUTHORIZATION="Basic eA=="),
    "another method": lambda: environ_of(body_of(), REQUEST_METHOD="PUT"),
}
