"""A comment that is taken ahead of Flask is answered as Flask answers it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from comment_requests import CASES, OWN, PAGES, body_of, environ_of, told
from flask import Flask
from site_client import SiteClient


@pytest.mark.parametrize("case", CASES)
def test_layer_answers_as_flask_does(judged: SiteClient, case: str) -> None:
    ahead = told(judged.app, CASES[case]())
    assert ahead == told(lambda environ, start: Flask.wsgi_app(judged.app, environ, start), CASES[case]())
    assert ahead[0][:3] in {"201", "202", "400", "403", "404", "405", "413", "422"}


def test_what_is_ordinary_does_not_reach_flask(judged: SiteClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def must_not_be_asked(*_: Any) -> Any:
        raise AssertionError("Flask was asked")

    monkeypatch.setattr(judged.app, "request_context", must_not_be_asked)
    statuses = [told(judged.app, CASES[case]())[0] for case in ("taken", "from a page", "from this server", "held")]
    assert statuses == ["201 CREATED"] * 3 + ["202 ACCEPTED"]
    assert len(judged.stored()) == 4


def test_retried_key_has_the_first_answer_again(judged: SiteClient) -> None:
    first = told(judged.app, environ_of(body_of(), HTTP_IDEMPOTENCY_KEY="once"))
    again = told(judged.app, environ_of(body_of(), HTTP_IDEMPOTENCY_KEY="once"))
    assert first == again
    assert len(judged.stored()) == 1
    other = told(judged.app, environ_of(body_of(text="Other"), HTTP_IDEMPOTENCY_KEY="once"))
    assert other[0].startswith("422")


def test_limit_of_posts_is_told_with_its_time_and_to_the_page(new_client: Callable[..., SiteClient]) -> None:
    client = new_client(posts_per_minute=1)
    assert told(client.app, environ_of(body_of(), HTTP_ORIGIN=OWN))[0].startswith("201")
    status, headers, text = told(client.app, environ_of(body_of(), HTTP_ORIGIN=OWN))
    assert status.startswith("429")
    assert json.loads(text)["code"] == "rate_limited"
    assert dict(headers)["Access-Control-Allow-Origin"] == OWN
    assert 0 < int(dict(headers)["Retry-After"]) <= 60


def test_body_that_breaks_off_is_a_problem_and_no_failure(judged: SiteClient) -> None:
    class Broken(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise OSError("gone")

    status, _, text = told(judged.app, environ_of(body_of(), **{"wsgi.input": Broken()}))
    assert status.startswith("400")
    assert json.loads(text)["code"] == "malformed_request"


def test_what_nobody_expected_is_logged_and_told_without_details(
    judged: SiteClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a secret")

    monkeypatch.setattr(type(judged.parts.commenting), "submit", fail)
    status, headers, text = told(judged.app, environ_of(body_of(), HTTP_ORIGIN=PAGES))
    assert status.startswith("500")
    assert "secret" not in text
    assert "a secret" in caplog.text
    assert dict(headers)["Access-Control-Allow-Origin"] == PAGES
