"""Network addresses, and how much of them is one sender."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def network_around(address: str, *, v4: int = 32, v6: int = 64) -> Network | None:
    """The network of ``v4`` or ``v6`` bits around an address, by default what one subscriber has: an IPv4 address, or
    the /64 of IPv6 that they may change addresses in. An IPv4 address written as IPv6 is one of IPv4.

    None for what is no address, such as the "" of a request without one.
    """
    return _network(address, v4, v6)


@lru_cache(maxsize=1024)  # asked several times for each post
def _network(address: str, v4: int, v6: int) -> Network | None:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return ipaddress.ip_network((found, v4 if found.version == 4 else v6), strict=False)
