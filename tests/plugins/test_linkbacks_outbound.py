"""Links that strangers tell of are fetched by the real fetcher: nothing inside is ever connected to."""

from __future__ import annotations

import re
import socket
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import embedcomments_pingback
from embedcomments import __version__, wiring
from embedcomments.api import OutboundError
from embedcomments.domain.configuration import Config
from embedcomments.services.outbound import GuardedOutbound
from embedcomments.testing import App
from embedcomments_pingback import pages_sent
from embedcomments_pingback.sending import request, tell
from embedcomments_pingback.verification import verify

ORIGIN = "https://blog.example"
TARGET = f"{ORIGIN}/post"
PUBLIC = "93.184.215.14"
PAGE = f'<title>A page</title><p>See <a href="{TARGET}">it</a>'

FORBIDDEN_V4 = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.1.2.3",
    "168.63.129.16",
    "169.254.169.254",
    "169.254.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
]
FORBIDDEN_V6 = [
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001::1",
    "2001:db8::1",
    "100::1",
    "fc00::1",
    "fd00:ec2::254",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "3fff::1",
    "5f00::1",
    "2606:4700::5efe:7f00:1",
]
FORBIDDEN = [*FORBIDDEN_V4, *FORBIDDEN_V6]
SPELLINGS = [
    *("http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://0x7f.1/"),
    *("http://127.0.1/", "http://017700000001/", "http://127.0.0.1./", "http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/"),
    *("http://１２７.0.0.1/", "http://[::ffff:7f00:1]/", "http://[::1%25lo]/", "http://user@127.0.0.1/"),
    *("http://127.0.0.1:80@good.example/", "http://good.example@127.0.0.1/", "http://localhost/", "http://localhost./"),
    *("http://LOCALHOST/", "http://sub.localhost/", "http://127.0.0.1\\@good.example/", "http://good.example:22/"),
    *("http://good.example:25/", "http://good.example:6379/", "http://good.example:8080/", "http://good.example:0/"),
    *("file:///etc/passwd", "gopher://127.0.0.1:70/_x", "ftp://127.0.0.1/", "//127.0.0.1/", "http:/127.0.0.1/"),
    *("http:127.0.0.1", "http://[", "http://good.example\t@127.0.0.1/", "http://%31%32%37.0.0.1/"),
    *("http://127.0.0.1%00.good.example/", "http://0/", "http://4294967295/", "http://0xa9fea9fe/"),
    *("http://169.254.43518/", "http://2852039166/", "http://0251.0376.0251.0376/"),
    *("http://[0:0:0:0:0:ffff:a9fe:a9fe]/", "http://[::ffff:0:a9fe:a9fe]/", "http://[64:ff9b::10.0.0.1]/"),
    *(
        "http://good.example\r\nHost: 127.0.0.1/",
        "http://good.example#@127.0.0.1:6379/x\r\n",
        "http://127.0.0.1:80:80/",
    ),
]
ORDINARY = [
    "1.1.1.1",
    "8.8.8.8",
    "9.9.9.9",
    "93.184.215.14",
    "100.63.255.255",
    "100.128.0.1",
    "126.255.255.255",
    "128.0.0.1",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.1",
    "191.255.255.255",
    "192.167.255.255",
    "192.169.0.1",
    "198.17.255.255",
    "198.20.0.1",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001:82a::200e",
    "2001:4860:4860::8888",
]


@dataclass
class Web:
    """Names to addresses, pages by host, and where a connection was asked for."""

    names: dict[str, list[list[str]]] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    body: bytes = PAGE.encode()
    connected: list[tuple[str, int]] = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)

    def resolve(self, host: str, port: int) -> list[str]:
        """One answer after the other; the last stays."""
        self.resolved.append(host)
        answers = self.names.get(host) or self.names.get(host.rstrip("."))
        if not answers:
            raise OSError("no such name")
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def connect(self, address: Any, port: int, timeout_s: float) -> socket.socket:
        """A server behind every address, and a note that it was reached."""
        self.connected.append((str(address), port))
        ours, theirs = socket.socketpair()
        threading.Thread(target=self._answer, args=(theirs,), daemon=True).start()
        return ours

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            asked = b""
            while b"\r\n\r\n" not in asked:
                asked += connection.recv(4_096)
            found = re.search(rb"\r\nHost: ([^\r]+)", asked, re.IGNORECASE)
            location = self.redirects.get(found[1].decode() if found else "")
            if location is not None:
                connection.sendall(f"HTTP/1.1 302 x\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())
                return
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(self.body)}\r\n\r\n"
            connection.sendall(head.encode() + self.body)


@dataclass
class Place:
    web: Web
    app: App

    @property
    def ctx(self) -> Any:
        return self.app.context("pingback")

    def check(self, source: str) -> None:
        """As the job does."""
        with suppress(OutboundError):  # it would be tried again
            verify(self.ctx, {"kind": "webmention", "source": source, "target": TARGET})

    def tell(self, target: str) -> None:
        """As the job that tells of a link does."""
        ctx = self.ctx
        key = request(ctx, TARGET, enqueue_now=False)
        assert key == TARGET
        ctx.tables.write(lambda c: pages_sent.expect(c, ctx.site.id, TARGET, target, linked=True))
        with suppress(OutboundError):
            tell(ctx, TARGET, target)

    def links(self) -> list[str]:
        return [comment.link.url for comment in reversed(self.ctx.comments.list(limit=500))]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    web = Web(names={"good.example": [[PUBLIC]], "localhost": [["127.0.0.1"]], "sub.localhost": [["127.0.0.1"]]})
    outbound: Any = GuardedOutbound(
        ports=(80, 443), allow=(), user_agent="test", resolver=web.resolve, connect=web.connect
    )
    app = App(tmp_path, embedcomments_pingback, network=outbound)
    app.instance.parts.sites.add_origin(app.site, ORIGIN)
    app.configure("pingback", per_host_per_hour=100)
    yield Place(web=web, app=app)
    app.close()


def literal(address: str) -> str:
    return f"http://[{address}]/" if ":" in address else f"http://{address}/"


def hostile(web: Web) -> list[str]:
    """240 addresses of pages: plain, by a name, by a name that has a public address as well, behind a redirect, and in
    spellings that programs do not agree on."""
    urls = list(SPELLINGS)
    for number, address in enumerate(FORBIDDEN):
        web.names[f"name{number}.example"] = [[address]]
        web.names[f"mixed{number}.example"] = [[PUBLIC, address]]
        web.names[f"hop{number}.example"] = [[PUBLIC]]
        web.redirects[f"hop{number}.example"] = literal(address)
        urls += [literal(address), *(f"http://{kind}{number}.example/" for kind in ("name", "mixed", "hop"))]
    return urls


def test_nothing_forbidden_is_ever_connected_to(place: Place) -> None:
    urls = hostile(place.web)
    assert len(urls) == 240
    for url in urls:
        place.check(url)
    # The public servers before the redirects, and good.example in no spelling above.
    assert set(place.web.connected) == {(PUBLIC, 80)}
    assert len(place.web.connected) == len(FORBIDDEN)
    assert place.links() == []
    place.web.connected.clear()
    for url in urls:
        place.tell(url)
    assert set(place.web.connected) == {(PUBLIC, 80)}
    assert len(place.web.connected) == len(FORBIDDEN)


def test_a_name_that_changes_its_mind_changes_nothing(place: Place) -> None:
    for number, address in enumerate(FORBIDDEN):
        # Once for its robots.txt and once for the page; afterwards it is somebody else.
        place.web.names[f"rebind{number}.example"] = [[PUBLIC], [PUBLIC], [address]]
        place.check(f"http://rebind{number}.example/")
    assert set(place.web.connected) == {(PUBLIC, 80)}
    assert len(place.web.connected) == len(place.web.resolved) == 2 * len(FORBIDDEN)
    assert len(place.links()) == len(FORBIDDEN)
    place.web.connected.clear()
    for number in range(len(FORBIDDEN)):
        place.check(f"http://rebind{number}.example/")
    assert place.web.connected == []
    for number, address in enumerate(FORBIDDEN):
        place.web.names[f"between{number}.example"] = [[PUBLIC], [address]]
        place.check(f"http://between{number}.example/")
    assert set(place.web.connected) == {(PUBLIC, 80)}
    assert len(place.links()) == len(FORBIDDEN)


def test_ordinary_addresses_are_not_refused(place: Place) -> None:
    urls = []
    for number, address in enumerate(ORDINARY):
        place.web.names[f"name{number}.example"] = [[address]]
        place.web.names[f"hop{number}.example"] = [[PUBLIC]]
        place.web.redirects[f"hop{number}.example"] = literal(address)
        urls += [literal(address), f"http://name{number}.example/", f"http://hop{number}.example/"]
    for url in urls:
        place.check(url)
    assert place.links() == urls


def endless(part: bytes) -> Callable[[Web, socket.socket], None]:
    def answer(_: Web, connection: socket.socket) -> None:
        with connection:
            connection.recv(4_096)
            try:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
                while True:
                    connection.sendall(part * 1_000)
            except OSError:
                return  # the reader had enough

    return answer


@pytest.mark.parametrize("part", [b"<p>x", b"<!---->", b"<div class=h-entry>", b"\0"])
def test_an_endless_page_takes_little_memory_and_ends(
    place: Place, monkeypatch: pytest.MonkeyPatch, part: bytes
) -> None:
    monkeypatch.setattr(Web, "_answer", endless(part))
    tracemalloc.start()
    try:
        place.check("http://good.example/")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50_000_000
    assert place.links() == []


@pytest.mark.parametrize(
    "contact, named", [("", "https://comments.example"), ("mailto:me@example.org", "mailto:me@example.org")]
)
def test_requests_tell_whom_to_ask_about_them(
    contact: str, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def note(*, user_agent: str, **how: Any) -> GuardedOutbound:
        made.append(user_agent)
        return GuardedOutbound(user_agent=user_agent, **how)

    monkeypatch.setattr(wiring, "GuardedOutbound", note)
    instance = wiring.build(Config(data_dir=tmp_path, public_url="https://comments.example/", contact=contact))
    instance.close()
    assert made == [f"embedcomments/{__version__} (+{named})"]
