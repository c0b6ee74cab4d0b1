"""Nothing inside is ever connected to, however its address is written."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest

from embedcomments.domain.errors import InvalidRequest, OutboundError, OutboundForbidden
from embedcomments.services.outbound import GuardedOutbound
from embedcomments.services.outbound.addresses import Address, Boundary

FORBIDDEN_V4 = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255"),
    *("127.0.0.1", "127.1.2.3", "127.255.255.255", "168.63.129.16", "169.254.169.254", "169.254.170.2"),
    *("172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255"),
    *("198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250"),
    *("240.0.0.1", "255.255.255.255"),
]
FORBIDDEN_V6 = [
    *("::", "::1", "0:0:0:0:0:0:0:1", "fe80::1", "feb0::1", "fec0::1", "fc00::1", "fd00:ec2::254", "fd12:3456::1"),
    *("ff02::1", "ff05::2", "100::1", "2001::1", "2001:0:53aa:64c:0:fbff:fe00:1", "2001:2::1", "2001:10::1"),
    *("2001:20::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "3fff:fff::1", "4000::1", "5f00::1"),
    *("64:ff9b:1::1", "64:ff9b::808:808", "::ffff:8.8.8.8", "::8.8.8.8", "2620:4f:8000::1", "e000::1"),
    *("2a00:1450::5efe:a00:1", "2a00:1450::200:5efe:7f00:1", "::ffff:0:7f00:1"),
]
PUBLIC = [
    *("1.1.1.1", "8.8.8.8", "9.9.9.9", "11.0.0.1", "93.184.215.14", "99.255.255.255", "100.63.255.255"),
    *("100.128.0.1", "126.255.255.255", "128.0.0.1", "151.101.1.69", "168.63.129.17", "169.253.255.255"),
    *("169.255.0.1", "172.15.255.255", "172.32.0.1", "185.199.108.153", "191.255.255.255", "192.0.1.1"),
    *("192.0.3.1", "192.167.255.255", "192.169.0.1", "198.17.255.255", "198.20.0.1", "198.51.99.1"),
    *("203.0.112.1", "203.0.114.1", "223.255.255.255", "2001:200::1", "2001:4860:4860::8888", "2003::1"),
    *("2400:cb00::1", "2600::1", "2606:4700:4700::1111", "2620:fe::fe", "2a00:1450:4001::8a", "2c0f::1", "3ffe::1"),
]


def spellings(dotted: str) -> Iterator[str]:
    """Ways in which C libraries, browsers and URL parsers have been seen to read one IPv4 address."""
    number = int(IPv4Address(dotted))
    a, b, c, d = (int(part) for part in dotted.split("."))
    yield from (dotted, f"{dotted}.", f"{number}", f"0x{number:08x}", f"0X{number:X}", f"0{number:o}")
    yield from (f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}", f"{a:#06o}.{b:o}.{c:o}.{d:o}".replace("0o", "0"))
    yield from (f"0{a:o}.0{b:o}.0{c:o}.0{d:o}", f"{a}.{b * 65536 + c * 256 + d}", f"{a}.{b}.{c * 256 + d}")
    yield from (f"{a}.0x{b * 65536 + c * 256 + d:x}", f"{a:03}.{b:03}.{c:03}.{d:03}")
    yield from (dotted.translate({48 + digit: 0xFF10 + digit for digit in range(10)}), dotted.replace(".", "。"))
    yield from (dotted.replace(".", "%2e"), f"[::ffff:{dotted}]", f"[::ffff:{number >> 16:x}:{number & 65535:x}]")
    yield from (f"[::{dotted}]", f"[64:ff9b::{dotted}]", f"[2002:{number >> 16:x}:{number & 65535:x}::1]")
    yield from (f"[::ffff:0:{dotted}]", f"user@{dotted}", f"example.org@{dotted}", f"{dotted}\\.example.org")


HOSTS = [
    *(host for dotted in FORBIDDEN_V4 for host in spellings(dotted)),
    *(f"[{address}]" for address in FORBIDDEN_V6),
    *("[fe80::1%25eth0]", "[fe80::1%eth0]", "[::1", "::1", "[]", "", ".", "..", "127.0.0.1..", "a..b", "0x7f.1", "0x"),
    *("127.0.0.1:80:80", "127.0.0.1 .example.org", "127.0.0.1\t", "127.0.0.1\r\nX: y", "127.1", "127.0.1", "1.2.3.4.5"),
    *("256.256.256.256", "1.1.1.1:22", "1.1.1.1:0", "1.1.1.1:65616", "1.1.1.1:٨٠", "[v1.x]", "①②⑦.⓪.⓪.①", "a%00.b"),
]


class Recorder:
    """Stands for the network: knows names, and writes down what would have been connected to."""

    def __init__(self, names: dict[str, Sequence[str]] | None = None) -> None:
        self.names = names or {}
        self.asked: list[str] = []
        self.connected: list[tuple[Address, int]] = []

    def resolve(self, host: str, _port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.names[host]

    def connect(self, address: Address, port: int, _timeout_s: float) -> socket.socket:
        self.connected.append((address, port))
        raise ConnectionRefusedError("recorded")

    def outbound(self, *allow: str) -> GuardedOutbound:
        return GuardedOutbound(
            ports=(80, 443), allow=allow, user_agent="test", resolver=self.resolve, connect=self.connect
        )


def test_no_forbidden_spelling_is_connected_to() -> None:
    network = Recorder()
    outbound = network.outbound()
    hosts = set(HOSTS)
    assert len(hosts) >= 240
    for scheme in ("http", "https"):
        for host in hosts:
            with pytest.raises(OutboundForbidden):
                outbound.get(f"{scheme}://{host}/")
    assert network.connected == []
    assert network.asked == []


def test_no_name_of_a_forbidden_address_is_connected_to() -> None:
    addresses = [*FORBIDDEN_V4, *FORBIDDEN_V6, *(f"::ffff:{dotted}" for dotted in FORBIDDEN_V4), "fe80::1%eth0", "junk"]
    names: dict[str, Sequence[str]] = {}
    for at, address in enumerate(addresses):
        names[f"only{at}.example"] = [address]
        names[f"first{at}.example"] = [address, "93.184.215.14"]
        names[f"last{at}.example"] = ["2606:4700:4700::1111", "93.184.215.14", address]
    names["many.example"] = ["93.184.215.14"] * 33
    network = Recorder(names)
    outbound = network.outbound()
    for name in names:
        with pytest.raises(OutboundForbidden):
            outbound.get(f"http://{name}/")
        with pytest.raises(OutboundForbidden):
            outbound.post(f"https://{name}/", b"", content_type="text/plain")
    assert network.connected == []
    assert len(network.asked) == 2 * len(names)


def test_public_addresses_are_connected_to_as_they_were_resolved() -> None:
    network = Recorder({f"site{at}.example": [address] for at, address in enumerate(PUBLIC)})
    outbound = network.outbound()
    for at, address in enumerate(PUBLIC):
        literal = f"[{address}]" if ":" in address else address
        for url in (f"http://site{at}.example/", f"https://SITE{at}.example.:443/?a#b", f"http://{literal}/"):
            with pytest.raises(OutboundError, match="recorded"):
                outbound.get(url)
    expected = [(ip_address(address), port) for address in PUBLIC for port in (80, 443, 80)]
    assert network.connected == expected


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "//example.org/", "example.org", ""),
        *("http:", "http:/example.org", "http:///example.org", "data:,x", "http://example.org/a b"),
        *("http://example.org/\ud800", "http://u:p@example.org/", "http://@example.org/", "HTTP\n://example.org/"),
        f"http://example.org/{'a' * 4096}",
    ],
)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    network = Recorder({"example.org": ["93.184.215.14"]})
    with pytest.raises(OutboundForbidden):
        network.outbound().get(url)
    assert (network.asked, network.connected) == ([], [])


def test_international_names_are_asked_for_in_ascii() -> None:
    network = Recorder({"xn--mgba3a4f16a.xn--mgba3a4f16a": ["93.184.215.14"]})
    with pytest.raises(OutboundError, match="recorded"):
        network.outbound().get("http://ایران.ایران/صفحه?پ=۱")
    assert network.connected == [(IPv4Address("93.184.215.14"), 80)]


def test_an_unreachable_address_is_followed_by_the_next() -> None:
    network = Recorder({"example.org": ["2606:4700::1", "93.184.215.14", "1.1.1.1"]})
    with pytest.raises(OutboundError):
        network.outbound().get("http://example.org/")
    assert [str(address) for address, _ in network.connected] == ["2606:4700::1", "93.184.215.14", "1.1.1.1"]


def test_exceptions_open_what_they_name_and_no_more() -> None:
    boundary = Boundary((80, 443), ("127.0.0.1:8123", "10.1.0.0/16", "[fd00::1]:8080", "fd01::/32"))
    permitted = [("127.0.0.1", 8123), ("10.1.2.3", 80), ("10.1.2.3", 443), ("fd00::1", 8080), ("fd01::9", 443)]
    refused = [("127.0.0.1", 80), ("127.0.0.2", 8123), ("10.1.2.3", 8123), ("10.2.0.1", 80), ("8.8.8.8", 8123)]
    refused += [("fd00::1", 80), ("fd00::2", 8080), ("::ffff:127.0.0.1", 8123), ("::ffff:10.1.2.3", 80)]
    assert all(boundary.permits(ip_address(address), port) for address, port in permitted)
    assert not any(boundary.permits(ip_address(address), port) for address, port in refused)
    assert [port for port in (22, 80, 8080, 8123) if boundary.permits_port(port)] == [80, 8080, 8123]
    assert boundary.permits(IPv6Address("2a00:1450::1"), 443)


@pytest.mark.parametrize(
    "text", ["", "localhost:80", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "10.0.0.1/8", "["]
)
def test_unreadable_exceptions_are_reported(text: str) -> None:
    with pytest.raises(InvalidRequest, match="not an address to allow"):
        Boundary((80,), (text,))
