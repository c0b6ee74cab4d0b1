"""Moving-window rate limits, by network, in memory or shared through Redis."""

from __future__ import annotations

import ipaddress
import logging
import math
import time

from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from embedcomments.domain.errors import RateLimited

_log = logging.getLogger(__name__)


def network_of(address: str) -> str:
    """The network that counts as one sender: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


def _storage_of(redis_url: str) -> str:
    """The URL of redis-py as ``limits`` spells it: a socket's scheme has another name there."""
    return f"redis+{redis_url}" if redis_url.startswith("unix://") else redis_url


class RateLimits:
    """Counts what networks do. Without Redis each process counts alone; when Redis fails, so does this process."""

    def __init__(self, redis_url: str | None = None) -> None:
        self._local = MovingWindowRateLimiter(MemoryStorage())
        self._shared = (
            MovingWindowRateLimiter(storage_from_string(_storage_of(redis_url), wrap_exceptions=True))
            if redis_url
            else None
        )

    def hit(self, what: str, address: str, per_minute: int) -> None:
        """Count one more ``what`` of this sender. Raises RateLimited above ``per_minute``; 0 means no limit."""
        if per_minute <= 0:
            return
        item = RateLimitItemPerMinute(per_minute)
        sender = network_of(address)
        limiter = self._shared or self._local
        try:
            allowed = limiter.hit(item, what, sender)
        except StorageError:
            _log.warning("Redis does not answer: counting rate limits in this process alone")
            limiter = self._local
            allowed = limiter.hit(item, what, sender)
        if not allowed:
            reset = limiter.get_window_stats(item, what, sender).reset_time
            wait_s = max(1, math.ceil(reset - time.time()))
            raise RateLimited(f"That was a lot in a short time. Try again in {wait_s} seconds.", retry_after_s=wait_s)
