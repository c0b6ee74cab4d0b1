"""Which network addresses are public, and which others the operator excepted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from embedcomments.domain.errors import InvalidRequest

Address = IPv4Address | IPv6Address

# The IANA registry of special purpose IPv4 addresses (RFC 6890 and its updates), written out because what
# ``ipaddress.is_global`` says differs between patch releases of Python.
_CLOSED_V4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network; Linux connects to itself
        "10.0.0.0/8",  # private, RFC 1918
        "100.64.0.0/10",  # carrier-grade NAT, RFC 6598; Alibaba's metadata at 100.100.100.200
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's host agent: a public number that only the machine's host answers
        "169.254.0.0/16",  # link-local; the metadata of most clouds at 169.254.169.254
        "172.16.0.0/12",  # private, RFC 1918
        "192.0.0.0/24",  # protocol assignments, RFC 6890; Oracle's metadata at 192.0.0.192
        "192.0.2.0/24",  # documentation, RFC 5737
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT relays
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "192.168.0.0/16",  # private, RFC 1918
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking, RFC 2544
        "198.51.100.0/24",  # documentation, RFC 5737
        "203.0.113.0/24",  # documentation, RFC 5737
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)

# All public IPv6 is in 2000::/3 (RFC 4291). Loopback, unspecified, mapped, compatible, NAT64 (RFC 6052, 8215),
# discard, SRv6, unique local (AWS metadata at fd00:ec2::254), link-local and multicast lie outside.
_OPEN_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID
        "2001:db8::/32",  # documentation, RFC 3849
        "2002::/16",  # 6to4: carries an IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation, RFC 9637
    )
)
# ISATAP (RFC 5214, section 6.1): an interface identifier that carries an IPv4 address.
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})


def is_public(address: Address) -> bool:
    """Whether anybody on the internet may have that address, and nobody's inside does."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_V4)
    if address.scope_id is not None or address not in _OPEN_V6 or (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return False
    return not any(address in network for network in _CLOSED_V6)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Exception:
    """``port`` None means the ports that are open anyway."""

    network: IPv4Network | IPv6Network
    port: int | None


class Boundary:
    """What may be connected to: public addresses on ``ports``, and the operator's exceptions.

    An exception is an address or a network, each with or without a port: ``127.0.0.1:8123``,
    ``10.1.0.0/16``, ``[fd00::1]:8080``. With a port it opens that port there and no other.
    Raises InvalidRequest for one that cannot be read.
    """

    def __init__(self, ports: Iterable[int], exceptions: Iterable[str]) -> None:
        self._ports = frozenset(ports)
        self._exceptions = tuple(_read_exception(text) for text in exceptions)

    def permits_port(self, port: int) -> bool:
        """Whether there is any address at which ``port`` may be connected to."""
        return port in self._ports or any(item.port == port for item in self._exceptions)

    def permits(self, address: Address, port: int) -> bool:
        """Whether that address may be connected to at that port."""
        if port in self._ports and is_public(address):
            return True
        return any(
            address in item.network and (port in self._ports if item.port is None else port == item.port)
            for item in self._exceptions
        )


def read_address(text: str) -> Address | None:
    """The address that ``text`` writes in its ordinary form, or None. IPv6 comes without brackets."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def _read_exception(text: str) -> _Exception:
    network, port = text, None
    if text.startswith("["):
        network, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":") or None
    elif text.count(":") == 1:
        network, _, port = text.partition(":")
    if port is not None and not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise _unreadable(text)
    try:
        return _Exception(network=ip_network(network), port=int(port) if port else None)
    except ValueError as error:
        raise _unreadable(text) from error


def _unreadable(text: str) -> InvalidRequest:
    sentence = f"{text!r} is not an address to allow; it looks like 127.0.0.1:8123, 10.0.0.0/8 or [fd00::1]:8080."
    return InvalidRequest(sentence, errors={"outbound_allow": [sentence]})
