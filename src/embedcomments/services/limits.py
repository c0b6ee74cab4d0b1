"""Moving-window rate limits, by network or account, in memory or shared through Redis."""

from __future__ import annotations

import ipaddress
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from embedcomments.domain.errors import RateLimited
from embedcomments.domain.networks import network_around

_log = logging.getLogger(__name__)

TIDY_EVERY_S = 60.0
# Guesses at a password or a code: at most 5 in a minute, but 60 in a day.
_GROWING = (
    RateLimitItemPerMinute(5),
    RateLimitItemPerMinute(10, 10),
    RateLimitItemPerHour(20),
    RateLimitItemPerDay(60),
)

AROUND = 5


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


class Windows:
    """Moving windows in this process's memory.

    The storage in memory that ``limits`` has starts a thread every ten milliseconds to tidy up, which took a tenth of
    a post, and moves all of a sender's earlier hits with each.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._hits: dict[tuple[str, str, int], deque[float]] = {}
        self._lock = threading.Lock()
        self._tidy_at = 0.0

    def hit(self, item: RateLimitItem, what: str, who: str) -> float | None:
        """None when it was counted, or the seconds until the next one would be."""
        window_s = item.get_expiry()
        with self._lock:
            now = self._now()
            if now >= self._tidy_at:
                self._tidy(now)
            hits = self._hits.setdefault((what, who, window_s), deque())
            while hits and hits[0] <= now - window_s:
                hits.popleft()
            if len(hits) >= item.amount:
                return hits[-item.amount] + window_s - now
            hits.append(now)
            return None

    def clear(self, item: RateLimitItem, what: str, who: str) -> None:
        """Forget what was counted."""
        with self._lock:
            self._hits.pop((what, who, item.get_expiry()), None)

    def __len__(self) -> int:
        """How many senders are remembered."""
        return len(self._hits)

    def _tidy(self, now: float) -> None:
        self._tidy_at = now + TIDY_EVERY_S
        for key in [key for key, hits in self._hits.items() if not hits or hits[-1] <= now - key[2]]:
            del self._hits[key]


class RateLimits:
    """Counts what networks do. Without Redis each process counts alone; when Redis fails, so does this process."""

    def __init__(self, redis_url: str | None = None, now: Callable[[], float] = time.monotonic) -> None:
        self._local = Windows(now)
        self._shared = (
            MovingWindowRateLimiter(storage_from_string(_storage_of(redis_url), wrap_exceptions=True))
            if redis_url
            else None
        )

    def hit(self, what: str, address: str, per_minute: int) -> None:
        """Count one more ``what`` of this sender. Raises RateLimited above ``per_minute``; 0 means no limit."""
        if per_minute <= 0:
            return
        self._take(RateLimitItemPerMinute(per_minute), what, network_of(address))

    def hit_around(self, what: str, address: str, per_minute: int) -> None:
        """As ``hit``, and count for the network around the sender as well (the /24 of IPv4, the /48 of IPv6), which may
        have ``AROUND`` times as much: who has many addresses has them there."""
        self.hit(what, address, per_minute)
        around = network_around(address, v4=24, v6=48)
        if per_minute > 0 and around is not None:
            self._take(RateLimitItemPerMinute(AROUND * per_minute), what, str(around))

    def slow_down(self, what: str, who: str) -> None:
        """Count one more attempt of ``who`` at a secret, in windows that grow: the more attempts, the longer the wait,
        but never for good. Raises RateLimited."""
        for item in _GROWING:
            self._take(item, what, who)

    def forgive(self, what: str, who: str) -> None:
        """Forget the attempts that ``slow_down`` counted: the last one was right."""
        for item in _GROWING:
            self._local.clear(item, what, who)
            if self._shared is not None:
                with suppress(StorageError):
                    self._shared.clear(item, what, who)

    def _take(self, item: RateLimitItem, what: str, who: str) -> None:
        wait_s = self._wait_s(item, what, who)
        if wait_s is not None:
            seconds = max(1, math.ceil(wait_s))
            sentence = f"That was a lot in a short time. Try again in {_spoken(seconds)}."
            raise RateLimited(sentence, retry_after_s=seconds)

    def _wait_s(self, item: RateLimitItem, what: str, who: str) -> float | None:
        if self._shared is not None:
            try:
                if self._shared.hit(item, what, who):
                    return None
                return self._shared.get_window_stats(item, what, who).reset_time - time.time()
            except StorageError:
                _log.warning("Redis does not answer: counting rate limits in this process alone")
        return self._local.hit(item, what, who)


def _spoken(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} seconds"
    return f"{math.ceil(seconds / 60)} minutes" if seconds < 7200 else f"{math.ceil(seconds / 3600)} hours"
