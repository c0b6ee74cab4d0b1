"""What is answered from the bytes of a request alone is what the WSGI application answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from site_client import SiteClient
from werkzeug.test import EnvironBuilder, run_wsgi_app

from embedcomments.web.quick_reads import MAX_REQUESTS, QuickReads

OWN, PAGES, FOREIGN = "http://localhost", "https://pages.example", "https://foreign.example"
THREAD = "/api/v1/sites/default/thread?key=page"
Answer = tuple[str, list[tuple[str, str]], bytes]


@pytest.fixture
def client(new_client: Callable[..., SiteClient]) -> SiteClient:
    client = new_client()
    client.write("words " * 100)
    client.parts.sites.add_origin(client.parts.sites.get("default"), PAGES)
    for path in paths(client):
        assert client.get(path).status_code == 200
    return client


@pytest.fixture
def quick(client: SiteClient) -> QuickReads:
    return QuickReads(client.parts.kept, "gunicorn")


def paths(client: SiteClient) -> list[str]:
    return [
        THREAD,
        "/api/v1/sites/default/thread?key=%D5%B1%20x&sort=newest",
        "/api/v1/sites/default/thread.html?key=page",
        "/api/v1/sites/default/thread.html?key=page&part=1",
        "/api/v1/sites/default/counts?key=page&key=other",
        "/api/v1/sites/default/latest",
        "/embed.js",
        client.parts.assets.url("admin.css"),
    ]


def request(path: str, **headers: str) -> bytes:
    """As a browser writes it; ``_`` in names means ``-``."""
    fields = {"Host": "localhost", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return "\r\n".join(
        [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    ).encode("latin-1")


def parsed(answer: tuple[bytes, bytes]) -> Answer:
    """Status, headers in order of name without those of the server, body."""
    head, body = answer
    assert head.endswith(b"\r\n\r\n")
    line, *fields = head[:-4].decode("latin-1").split("\r\n")
    headers = [(name, value) for name, _, value in (field.partition(": ") for field in fields)]
    own = [name for name, _ in headers if name in ("Server", "Date", "Connection")]
    assert own == ["Server", "Date", "Connection"]
    return line.removeprefix("HTTP/1.1 "), sorted(pair for pair in headers if pair[0] not in own), body


def by_wsgi(client: SiteClient, path: str, headers: dict[str, str]) -> Answer:
    builder = EnvironBuilder(path=path, headers=headers)
    try:
        body, status, found = run_wsgi_app(client.app, builder.get_environ())
        return status, sorted(found.items()), b"".join(body)
    finally:
        builder.close()


def test_each_answer_is_that_of_the_application(client: SiteClient, quick: QuickReads) -> None:
    compared = 0
    for path in paths(client):
        tag = dict(by_wsgi(client, path, {"Accept-Encoding": "br"})[1])["ETag"]
        for encoding, origin, match in product(
            (None, "br", "gzip, deflate, br;q=0.1"), (None, OWN, PAGES, FOREIGN), (None, tag, f'"x", W/{tag}', "*")
        ):
            given = {"Accept-Encoding": encoding, "Origin": origin, "If-None-Match": match}
            headers = {name: value for name, value in given.items() if value is not None}
            answer = quick.answer(request(path, **headers, User_Agent="Mozilla/5.0 (X11)", Connection="keep-alive"))
            assert answer is not None, (path, headers)
            assert parsed(answer) == by_wsgi(client, path, headers), (path, headers)
            compared += 1
    assert compared == 8 * 48


@pytest.mark.parametrize(
    "asked",
    [
        request(THREAD).replace(b"GET", b"HEAD", 1),
        request(THREAD).replace(b"GET", b"get", 1),
        request(THREAD).replace(b"HTTP/1.1", b"HTTP/1.0", 1),
        request(THREAD).replace(b"\r\n", b"\n"),
        request(THREAD).replace(b" /api", b" http://localhost/api"),
        request(THREAD).replace(b" /api", b" //api"),
        request(THREAD).replace(b"thread?", b"thr%65ad?"),
        request(THREAD).replace(b"default", b"def\xc3\xa4ult"),
        request(THREAD + "#part"),
        request(THREAD + "&more=1"),
        request("/healthz"),
        request(THREAD).replace(b"Host: localhost\r\n", b""),
        request(THREAD, Host="a").replace(b"\r\n\r\n", b"\r\nHost: b\r\n\r\n"),
        request(THREAD, Host="localhost\tx"),
        request(THREAD, Origin=PAGES).replace(b"\r\n\r\n", b"\r\nORIGIN: b\r\n\r\n"),
        request(THREAD, Connection="close"),
        request(THREAD, Connection="Upgrade", Upgrade="websocket"),
        request(THREAD, Content_Length="0"),
        request(THREAD, Transfer_Encoding="chunked"),
        request(THREAD, Expect="100-continue"),
        request(THREAD, X_Forwarded_Proto="https"),
        request(THREAD, X_Forwarded_For="192.0.2.1"),
        request(THREAD, Forwarded="for=192.0.2.1"),
        request(THREAD).replace(b"Host: ", b"Host : "),
        request(THREAD).replace(b"\r\n\r\n", b"\r\n folded: line\r\n\r\n"),
        request(THREAD, X="a\x00b"),
        request(THREAD, Cookie="c" * 3000),
        b"GET / HTTP/1.1\r\n\r\n",
        b"\r\n\r\n",
    ],
)
def test_whatever_is_out_of_the_ordinary_is_left_to_the_application(quick: QuickReads, asked: bytes) -> None:
    assert quick.answer(request(THREAD)) is not None
    assert quick.answer(asked) is None


def test_what_has_changed_is_left_to_the_application_which_builds_it(client: SiteClient, quick: QuickReads) -> None:
    assert quick.answer(request(THREAD)) is not None
    client.write("Later")
    assert quick.answer(request(THREAD)) is None
    client.get(THREAD)
    answer = quick.answer(request(THREAD))
    assert answer is not None
    assert b"Later" in answer[1]


def test_an_origin_that_was_removed_is_refused_within_a_second(
    client: SiteClient, quick: QuickReads, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = request(THREAD, Origin=PAGES)
    granted = b"Access-Control-Allow-Origin: " + PAGES.encode()
    first = quick.answer(asked)
    assert first is not None
    assert granted in first[0]
    client.parts.sites.remove_origin(client.parts.sites.get("default"), PAGES)
    client.get(THREAD)
    later = time.time() + 1
    monkeypatch.setattr("embedcomments.web.quick_reads.time.time", lambda: later)
    second = quick.answer(asked)
    assert second is not None
    assert granted not in second[0]


def test_what_is_remembered_is_bounded_and_holds_no_body_of_its_own(client: SiteClient, quick: QuickReads) -> None:
    bodies = set()
    for n in range(MAX_REQUESTS + 10):
        answer: Any = quick.answer(request(THREAD, X_Number=str(n)))
        bodies.add(id(answer[1]))
    assert len(quick._known) == MAX_REQUESTS
    assert len(bodies) == 1
