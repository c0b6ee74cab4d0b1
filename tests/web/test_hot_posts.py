"""A comment that is taken ahead of Flask is answered as Flask answers it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from site_client import SiteClient
from werkzeug.test import run_wsgi_app

from embedcomments.api import Action, Verdict

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


@pytest.fixture
def client(new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType]) -> SiteClient:
    """A site with an origin and a plugin that holds, rejects or fails as the text asks."""

    def check(ctx: Any, draft: Any) -> Verdict | None:
        if "refuse" in draft.text:
            return Verdict(action=Action.REJECT, reason="Not this.")
        return Verdict(action=Action.HOLD, reason="Look.") if "hold" in draft.text else None

    client = new_client(make_plugin("judge", comment_check=check), max_body_bytes=LONGEST)
    client.parts.sites.add_origin(client.parts.sites.get("default"), PAGES)
    client.parts.sites.add_origin(client.parts.sites.add("press"), PRESS)
    return client


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


@pytest.mark.parametrize("case", CASES)
def test_layer_answers_as_flask_does(client: SiteClient, case: str) -> None:
    ahead = told(client.app, CASES[case]())
    assert ahead == told(lambda environ, start: Flask.wsgi_app(client.app, environ, start), CASES[case]())
    assert ahead[0][:3] in {"201", "202", "400", "403", "404", "405", "413", "422"}


def test_what_is_ordinary_does_not_reach_flask(client: SiteClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def must_not_be_asked(*_: Any) -> Any:
        raise AssertionError("Flask was asked")

    monkeypatch.setattr(client.app, "request_context", must_not_be_asked)
    statuses = [told(client.app, CASES[case]())[0] for case in ("taken", "from a page", "from this server", "held")]
    assert statuses == ["201 CREATED"] * 3 + ["202 ACCEPTED"]
    assert len(client.stored()) == 4


def test_retried_key_has_the_first_answer_again(client: SiteClient) -> None:
    first = told(client.app, environ_of(body_of(), HTTP_IDEMPOTENCY_KEY="once"))
    again = told(client.app, environ_of(body_of(), HTTP_IDEMPOTENCY_KEY="once"))
    assert first == again
    assert len(client.stored()) == 1
    other = told(client.app, environ_of(body_of(text="Other"), HTTP_IDEMPOTENCY_KEY="once"))
    assert other[0].startswith("422")


def test_limit_of_posts_is_told_with_its_time_and_to_the_page(new_client: Callable[..., SiteClient]) -> None:
    client = new_client(posts_per_minute=1)
    assert told(client.app, environ_of(body_of(), HTTP_ORIGIN=OWN))[0].startswith("201")
    status, headers, text = told(client.app, environ_of(body_of(), HTTP_ORIGIN=OWN))
    assert status.startswith("429")
    assert json.loads(text)["code"] == "rate_limited"
    assert dict(headers)["Access-Control-Allow-Origin"] == OWN
    assert 0 < int(dict(headers)["Retry-After"]) <= 60


def test_body_that_breaks_off_is_a_problem_and_no_failure(client: SiteClient) -> None:
    class Broken(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise OSError("gone")

    status, _, text = told(client.app, environ_of(body_of(), **{"wsgi.input": Broken()}))
    assert status.startswith("400")
    assert json.loads(text)["code"] == "malformed_request"


def test_what_nobody_expected_is_logged_and_told_without_details(
    client: SiteClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a secret")

    monkeypatch.setattr(type(client.parts.commenting), "submit", fail)
    status, headers, text = told(client.app, environ_of(body_of(), HTTP_ORIGIN=PAGES))
    assert status.startswith("500")
    assert "secret" not in text
    assert "a secret" in caplog.text
    assert dict(headers)["Access-Control-Allow-Origin"] == PAGES
