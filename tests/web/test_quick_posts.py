"""What is answered to the bytes of a post without a parser is what the application answers to the parsed request."""

from __future__ import annotations

from typing import Any

import pytest
from comment_requests import CASES, OWN, PAGES, body_of, environ_of, told
from site_client import SiteClient

from embedcomments.web.quick_posts import QuickPosts

READER, HERE = ("192.0.2.7", 4711), ("127.0.0.1", 8080)
# Their lengths are not those of their bodies, or their names none of a site: the ordinary way finds that out.
LEFT = {"to a name that is none", "cut", "a strange length", "no length", "a key that is none", "another method"}


def request_of(environ: dict[str, Any]) -> bytes:
    """As a browser writes it."""
    fields = {"Content-Type": environ["CONTENT_TYPE"], "Content-Length": environ["CONTENT_LENGTH"]}
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            fields[key.removeprefix("HTTP_").replace("_", "-").title()] = value
    line = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} HTTP/1.1"
    head = "\r\n".join([line, *(f"{name}: {value}" for name, value in fields.items()), "", ""])
    return head.encode() + environ["wsgi.input"].getvalue()


def parsed(answer: bytes) -> Any:
    """What the answer says to an application that passes it on."""
    head, _, body = answer.partition(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").split("\r\n")
    headers = [(name, value) for name, _, value in (field.partition(": ") for field in fields)]
    assert [name for name, _ in headers[:3]] == ["Server", "Date", "Connection"]
    assert ("Content-Length", str(len(body))) in headers

    def app(_environ: Any, start_response: Any) -> list[bytes]:
        start_response(line.removeprefix("HTTP/1.1 "), headers[3:])
        return [body]

    return app


@pytest.fixture
def quick(judged: SiteClient) -> QuickPosts:
    return QuickPosts(judged.app, "gunicorn")


@pytest.mark.parametrize("case", [name for name in CASES if name not in LEFT])
def test_each_answer_is_that_of_the_application(judged: SiteClient, quick: QuickPosts, case: str) -> None:
    answer = quick.answer(request_of(CASES[case]()), READER, HERE)
    assert answer is not None
    assert told(parsed(answer), CASES[case]()) == told(judged.app, CASES[case]())


PLAIN = request_of(environ_of(body_of(), HTTP_ORIGIN=OWN))


def with_field(line: bytes) -> bytes:
    return PLAIN.replace(b"\r\n\r\n", b"\r\n" + line + b"\r\n\r\n", 1)


@pytest.mark.parametrize(
    "asked",
    [
        *[request_of(CASES[name]()) for name in sorted(LEFT)],
        PLAIN.replace(b"HTTP/1.1", b"HTTP/1.0", 1),
        PLAIN.replace(b"/comments ", b"/comments?a=b ", 1),
        PLAIN.replace(b"/comments ", b"/comments/ ", 1),
        PLAIN.replace(b"/comments ", b"/preview ", 1),
        PLAIN.replace(b"/default/", b"/def%61ult/", 1),
        PLAIN.replace(b"\r\n", b"\n"),
        PLAIN.replace(b"Host: localhost\r\n", b""),
        PLAIN + b"GET / HTTP/1.1",
        PLAIN[:-1],
        with_field(b"Host: localhost"),
        with_field(b"Content-Length: 3"),
        with_field(b"content-length : 3"),
        with_field(b"Content_Length: 3"),
        with_field(b"Content-Encoding: gzip"),
        with_field(b"Transfer-Encoding: chunked"),
        with_field(b"Expect: 100-continue"),
        with_field(b"Connection: close"),
        with_field(b"Upgrade: websocket"),
        with_field(b"X-Forwarded-For: 192.0.2.1"),
        with_field(b"X-Forwarded-Proto: https"),
        with_field(b" folded: line"),
        with_field(b"X: \xc3\xa9"),
        with_field(b"X: " + b"a" * 9000),
        b"\r\n\r\n",
    ],
)
def test_whatever_is_out_of_the_ordinary_is_left_to_the_ordinary_way(
    judged: SiteClient, quick: QuickPosts, asked: bytes
) -> None:
    assert quick.answer(asked, READER, HERE) is None
    assert judged.stored() == []
    assert quick.answer(PLAIN, READER, HERE) is not None
    assert len(judged.stored()) == 1


def test_the_application_is_told_who_asks_and_what(judged: SiteClient, monkeypatch: pytest.MonkeyPatch) -> None:
    told_of: dict[str, Any] = {}

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        told_of.update(environ, body=environ["wsgi.input"].read())
        start_response("201 CREATED", [("Content-Length", "2")])
        return [b"o", b"k"]

    answer = QuickPosts(app, "gunicorn").answer(with_field(b"X-Embedcomments-Site: a"), READER, HERE)
    assert answer is not None
    assert answer.startswith(b"HTTP/1.1 201 CREATED\r\nServer: gunicorn\r\nDate: ")
    assert answer.endswith(b"Content-Length: 2\r\n\r\nok")
    expected = environ_of(body_of(), HTTP_ORIGIN=OWN, HTTP_X_EMBEDCOMMENTS_SITE="a")
    expected.update(SERVER_NAME="127.0.0.1", SERVER_PORT="8080", REMOTE_PORT="4711", body=body_of())
    expected.update({"wsgi.multiprocess": True})
    for stream in ("wsgi.input", "wsgi.errors"):
        expected.pop(stream)
        told_of.pop(stream)
    assert told_of == expected


def test_a_body_that_is_closed_is_closed(judged: SiteClient) -> None:
    closed: list[bool] = []

    class Body(list[bytes]):
        def close(self) -> None:
            closed.append(True)

    def app(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "0")])
        return Body()

    assert QuickPosts(app, "gunicorn").answer(PLAIN, READER, HERE) is not None
    assert closed == [True]


def test_the_origin_of_the_page_is_answered(quick: QuickPosts) -> None:
    answer = quick.answer(request_of(CASES["from a page"]()), READER, HERE)
    assert answer is not None
    assert f"\r\nAccess-Control-Allow-Origin: {PAGES}\r\n".encode() in answer
