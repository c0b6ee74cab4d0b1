"""The fetcher against servers that behave, and servers that do not."""

from __future__ import annotations

import gzip
import itertools
import socket
import ssl
import subprocess
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from embedcomments.domain.errors import OutboundError, OutboundForbidden
from embedcomments.domain.protocols import Fetched
from embedcomments.services.outbound import GuardedOutbound, resolution

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello"
Serve = Callable[..., Any]


def outbound_to(*servers: Any, **options: Any) -> GuardedOutbound:
    allow = tuple(f"127.0.0.1:{server.port}" for server in servers)
    return GuardedOutbound(
        ports=(80, 443), allow=allow, user_agent="embedcomments-test (mailto:me@example.org)", **options
    )


def url_of(server: Any, path: str = "/") -> str:
    return f"http://127.0.0.1:{server.port}{path}"


def redirect(location: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def drip(first: bytes, part: bytes, pause_s: float = 0.05) -> Callable[[socket.socket, bytes], None]:
    def answer(connection: socket.socket, _: bytes) -> None:
        connection.sendall(first)
        while True:
            connection.sendall(part)
            time.sleep(pause_s)

    return answer


def flood(first: bytes, part: bytes) -> Callable[[socket.socket, bytes], None]:
    return drip(first, part, 0)


def test_an_answer_comes_with_url_status_headers_and_body(serve: Serve) -> None:
    server = serve(OK.replace(b"\r\n\r\n", b"\r\nLink: <a>; rel=x\r\nlink: <b>; rel=y\r\n\r\n"))
    fetched = outbound_to(server).get(url_of(server, "/pfad/ä?q=ö#frag"), headers={"Accept": "text/html"})
    assert fetched == Fetched(
        url=url_of(server, "/pfad/%C3%A4?q=%C3%B6"),
        status=200,
        headers={
            "content-type": "text/html; charset=utf-8",
            "link": "<a>; rel=x, <b>; rel=y",
            "content-length": "5",
        },
        body=b"hello",
        truncated=False,
    )
    assert fetched.content_type == "text/html"
    line, *headers = server.requests[0].decode().rstrip().split("\r\n")
    assert line == "GET /pfad/%C3%A4?q=%C3%B6 HTTP/1.1"
    assert sorted(headers) == [
        "Accept-Encoding: identity",
        "Accept: text/html",
        "Connection: close",
        f"Host: 127.0.0.1:{server.port}",
        "User-Agent: embedcomments-test (mailto:me@example.org)",
    ]


def test_error_pages_are_answers(serve: Serve) -> None:
    server = serve(b"HTTP/1.0 410 Gone\r\n\r\nno more")
    fetched = outbound_to(server).get(url_of(server))
    assert (fetched.status, fetched.body) == (410, b"no more")


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: "]
)
def test_a_slow_drip_ends_at_the_deadline(serve: Serve, head: bytes) -> None:
    server = serve(drip(head.replace(b"5", b"5000"), b"x"))
    start = time.monotonic()
    with pytest.raises(OutboundError, match=r"took longer than 0\.4 seconds"):
        outbound_to(server).get(url_of(server), timeout_s=0.4)
    assert time.monotonic() - start < 5


def test_hops_share_one_deadline(serve: Serve) -> None:
    def late(connection: socket.socket, _: bytes) -> None:
        time.sleep(0.2)
        connection.sendall(redirect("/again"))

    server = serve(late)
    start = time.monotonic()
    with pytest.raises(OutboundError, match="took longer"):
        outbound_to(server).get(url_of(server), timeout_s=0.5)
    assert time.monotonic() - start < 5


def test_a_name_server_that_hangs_ends_at_the_deadline(serve: Serve) -> None:
    released = threading.Event()

    def hang(_host: str, _port: int) -> list[str]:
        released.wait(10)
        return ["93.184.215.14"]

    start = time.monotonic()
    with pytest.raises(OutboundError, match="could not be resolved in time"):
        outbound_to(resolver=hang).get("http://example.org/", timeout_s=0.3)
    released.set()
    assert time.monotonic() - start < 5


def test_lookups_that_hang_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    places = threading.BoundedSemaphore(2)
    monkeypatch.setattr(resolution, "_LOOKUPS", places)
    released = threading.Event()

    def hang(_host: str, _port: int) -> list[str]:
        released.wait(10)
        return ["10.0.0.1"]

    outbound = outbound_to(resolver=hang)
    for _ in range(2):
        with pytest.raises(OutboundError, match="in time"):
            outbound.get("http://slow.example/", timeout_s=0.05)
    with pytest.raises(OutboundError, match="Too many names"):
        outbound.get("http://slow.example/", timeout_s=5)
    released.set()
    # Both lookups end and give their places back, before the semaphore they belong to is put away.
    assert all([places.acquire(timeout=5), places.acquire(timeout=5)])
    places.release(2)
    with pytest.raises(OutboundForbidden):
        outbound.get("http://slow.example/", timeout_s=5)


def test_a_machine_without_threads_recovers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolution, "_LOOKUPS", threading.BoundedSemaphore(1))
    outbound = outbound_to(resolver=lambda *_: ["10.0.0.1"])

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(OutboundError, match="no thread left"):
            outbound.get("http://example.org/")
    with pytest.raises(OutboundForbidden):
        outbound.get("http://example.org/")


def test_an_endless_body_is_cut_and_memory_stays_bounded(serve: Serve) -> None:
    server = serve(flood(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536))
    outbound = outbound_to(server)
    tracemalloc.start()
    try:
        fetched = outbound.get(url_of(server), max_bytes=100_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (len(fetched.body), fetched.truncated) == (100_000, True)
    assert peak < 2_000_000


def test_chunks_are_joined_and_cut(serve: Serve) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    server = serve(head + b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: z\r\n\r\n")
    fetched = outbound_to(server).get(url_of(server))
    assert (fetched.body, fetched.truncated) == (b"hello world", False)
    assert outbound_to(server).get(url_of(server), max_bytes=7).body == b"hello w"
    assert outbound_to(server).get(url_of(server), max_bytes=11).truncated is False


@pytest.mark.parametrize(
    "first, part",
    [
        (b"HTTP/1.1 200 OK\r\n", b"X-Header: " + b"y" * 60_000 + b"\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"endless"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;" + b"e" * 30_000 + b"\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"Trailer: x\r\n"),
    ],
)
def test_endless_heads_and_frames_are_refused(serve: Serve, first: bytes, part: bytes) -> None:
    server = serve(flood(first, part))
    with pytest.raises(OutboundError, match="failed"):
        outbound_to(server).get(url_of(server), max_bytes=1_000)


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 abc\r\n\r\n", OK[:-2]])
def test_what_is_no_whole_http_answer_is_an_error(serve: Serve, answer: bytes) -> None:
    server = serve(answer)
    with pytest.raises(OutboundError, match=r"failed|ended before"):
        outbound_to(server).get(url_of(server))


@pytest.mark.parametrize(
    "header", ["Content-Encoding: gzip", "content-encoding: br, identity", "Transfer-Encoding: gzip"]
)
def test_a_compressed_answer_is_refused_unread(serve: Serve, header: str) -> None:
    bomb = gzip.compress(b"0" * 10_000_000)
    server = serve(f"HTTP/1.1 200 OK\r\n{header}\r\n\r\n".encode() + bomb)
    with pytest.raises(OutboundError, match="encoding that was not asked for"):
        outbound_to(server).get(url_of(server))


def test_redirects_are_followed_three_times(serve: Serve) -> None:
    places = itertools.chain([redirect("two"), redirect("/three?x", 301), redirect("//127.0.0.1:PORT/four", 308)], [OK])

    def answer(connection: socket.socket, _: bytes) -> None:
        connection.sendall(next(places).replace(b"PORT", str(server.port).encode()))

    server = serve(answer)
    assert outbound_to(server).get(url_of(server, "/a/one")).url == url_of(server, "/four")
    assert [request.split()[1] for request in server.requests] == [b"/a/one", b"/a/two", b"/three?x", b"/four"]
    endless = serve(redirect("/again"))
    with pytest.raises(OutboundError, match="more than 3 times"):
        outbound_to(endless).get(url_of(endless))
    assert len(endless.requests) == 4


@pytest.mark.parametrize(
    "location",
    [
        *(
            "http://127.0.0.1:{inside}/",
            "http://[::ffff:127.0.0.1]:{inside}/",
            "http://169.254.169.254/latest/meta-data/",
        ),
        *("http://user@127.0.0.1:{own}/", "file:///etc/passwd", "http://0x7f000001:{own}/", "//localhost:{inside}/"),
        *("http://inside.example/", "gopher://127.0.0.1:{own}/_x", "http://127.0.0.1:{own}\\@example.org/"),
    ],
)
def test_redirects_to_the_inside_are_refused(serve: Serve, location: str) -> None:
    inside = serve(OK)
    server: Any = serve(
        lambda connection, _: connection.sendall(redirect(location.format(inside=inside.port, own=server.port)))
    )
    names = {"inside.example": ["10.0.0.1"], "localhost": ["127.0.0.1"]}
    with pytest.raises(OutboundForbidden):
        outbound_to(server, resolver=lambda host, _: names[host]).get(url_of(server))
    assert len(server.requests) == 1
    assert inside.requests == []


def test_a_name_that_changes_its_address_is_asked_once_and_pinned(serve: Serve) -> None:
    server = serve(OK)
    answers = iter([["127.0.0.1"], ["10.0.0.1"], ["127.0.0.1"]])
    asked: list[str] = []

    def rebind(host: str, _port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    outbound = outbound_to(server, resolver=rebind)
    assert outbound.get(f"http://rebind.example:{server.port}/").body == b"hello"
    assert asked == ["rebind.example"]
    assert f"Host: rebind.example:{server.port}\r\n".encode() in server.requests[0]
    with pytest.raises(OutboundForbidden):
        outbound.get(f"http://rebind.example:{server.port}/")
    assert len(server.requests) == 1


def test_rebinding_between_hops_is_refused(serve: Serve) -> None:
    server = serve(redirect("/second"))
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    with pytest.raises(OutboundForbidden):
        outbound_to(server, resolver=lambda *_: next(answers)).get(f"http://rebind.example:{server.port}/")
    assert len(server.requests) == 1


def test_secrets_stay_with_the_origin_they_were_meant_for(serve: Serve) -> None:
    other = serve(OK)
    server = serve(redirect(url_of(other)))
    sent = {"Authorization": "Bearer x", "Cookie": "a=b", "Accept": "*/*", "Host": "evil", "accept-encoding": "gzip"}
    outbound_to(server, other).get(url_of(server), headers=sent)
    assert b"Authorization: Bearer x" in server.requests[0]
    assert b"Host: evil" not in server.requests[0]
    assert b"gzip" not in server.requests[0]
    assert b"Authorization" not in other.requests[0]
    assert b"Cookie" not in other.requests[0]
    assert b"Accept: */*" in other.requests[0]


def test_a_header_cannot_break_its_line(serve: Serve) -> None:
    server = serve(OK)
    with pytest.raises(OutboundError, match="Invalid header value"):
        outbound_to(server).get(url_of(server), headers={"X": "a\r\nY: b"})
    assert server.requests == []


def test_a_post_sends_its_body_and_follows_only_what_keeps_it(serve: Serve) -> None:
    bodies: list[bytes] = []

    def answer(connection: socket.socket, head: bytes) -> None:
        body = head.partition(b"\r\n\r\n")[2]
        while len(body) < 9:
            body += connection.recv(100)
        bodies.append(body)
        status = int(head.split()[1].strip(b"/"))
        connection.sendall(redirect("/200", status) if status >= 300 else OK)

    server = serve(answer)
    outbound = outbound_to(server)
    results = [
        outbound.post(url_of(server, f"/{status}"), b"a=b&c=d&e", content_type="text/x") for status in (307, 303)
    ]
    assert [(result.url, result.status) for result in results] == [
        (url_of(server, "/200"), 200),
        (url_of(server, "/303"), 303),
    ]
    assert bodies == [b"a=b&c=d&e"] * 3
    assert b"Content-Type: text/x\r\n" in server.requests[0]
    assert b"Content-Length: 9\r\n" in server.requests[0]


def test_proxies_of_the_environment_are_not_used(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, server = serve(OK), serve(OK)
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, url_of(proxy))
    outbound_to(server, proxy).get(url_of(server))
    assert (len(server.requests), proxy.requests) == (1, [])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and key for ``right.example``, signed by itself."""
    folder = tmp_path_factory.mktemp("tls")
    pem = folder / "both.pem"
    made = subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", "/CN=right.example", "-addext", "subjectAltName=DNS:right.example"),
            *("-keyout", "-", "-out", "-"),
        ],
        capture_output=True,
        check=True,
    )
    pem.write_bytes(made.stdout)
    return pem


def test_tls_proves_the_name_and_not_the_address(serve: Serve, certificate: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    spoken: list[str] = []
    tls.sni_callback = lambda _socket, name, _context: spoken.append(name)
    server = serve(OK, tls=tls)
    trusting = ssl.create_default_context(cafile=str(certificate))
    outbound = outbound_to(server, resolver=lambda *_: ["127.0.0.1"], tls=trusting)
    assert outbound.get(f"https://right.example:{server.port}/").body == b"hello"
    with pytest.raises(OutboundError, match="Hostname mismatch"):
        outbound.get(f"https://wrong.example:{server.port}/")
    with pytest.raises(OutboundError, match="IP address mismatch"):
        outbound.get(f"https://127.0.0.1:{server.port}/")
    with pytest.raises(OutboundError, match="self-signed"):
        outbound_to(server, resolver=lambda *_: ["127.0.0.1"]).get(f"https://right.example:{server.port}/")
    assert spoken[:2] == ["right.example", "wrong.example"]
    assert len(server.requests) == 1


def test_a_handshake_that_never_ends_does(serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        outbound = GuardedOutbound(ports=(443,), allow=(f"127.0.0.1:{port}",), user_agent="test")
        start = time.monotonic()
        with pytest.raises(OutboundError, match="took longer"):
            outbound.get(f"https://127.0.0.1:{port}/", timeout_s=0.3)
        assert time.monotonic() - start < 5
