"""What a thread is, and which page it belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from embedcomments.domain.errors import InvalidRequest

MAX_KEY_LENGTH = 1000
_CONTROL = re.compile("[\x00-\x1f\x7f]")
MAX_PINS = 3  # with the beginnings of their branches they fit on the first page, however long these are

# Parameters that tell where a reader came from, not what they read.
TRACKING_PREFIXES = ("utm_", "mtm_", "pk_")
TRACKING_NAMES = frozenset(
    [
        "fbclid",
        "gclid",
        "dclid",
        "gbraid",
        "wbraid",
        "msclkid",
        "yclid",
        "twclid",
        "ttclid",
        "igshid",
        "mc_cid",
        "mc_eid",
        "_ga",
        "_gl",
        "ref_src",
        "replytocom",
    ]
)


class Sort(StrEnum):
    """The order of top-level comments."""

    OLDEST = "oldest"
    NEWEST = "newest"
    TOP = "top"


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadRef:
    """A thread as a page names it; there may be no row for it yet."""

    key: str
    url: str | None = None
    title: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Thread:
    """A thread with a row. ``seq``: its last event. ``count``: published comments, and mentions if the site counts
    them.

    ``hidden``: readers see it as an empty one that is closed. ``history`` grows when its log is no longer what it was
    (it was moved, merged or hidden): cursors of before are void.
    """

    id: int
    site_id: int
    key: str
    url: str | None
    title: str | None
    seq: int
    count: int
    closed: bool
    created_at: datetime
    hidden: bool = False
    history: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it takes comments."""
        return not (self.closed or self.hidden)

    def epoch(self, of_database: str) -> str:
        """The name of its log's history, part of every cursor. ``of_database``: that of the database."""
        return f"{of_database}-{self.id}-{self.history}" if self.history else of_database

    @property
    def ref(self) -> ThreadRef:
        """The thread as a page names it."""
        return ThreadRef(key=self.key, url=self.url, title=self.title)


def normalise_key(key: str, *, strip_parameters: frozenset[str] = frozenset()) -> str:
    """The one spelling of a thread's key.

    A key that is an http(s) URL loses its fragment, default port, user info, duplicate
    slashes and tracking parameters (``TRACKING_*`` and ``strip_parameters``), and its
    scheme and host go to lower case; other keys lose surrounding blanks only.
    Raises InvalidRequest for an empty, overlong or unprintable key.
    """
    return _normalised(key, strip_parameters)


@lru_cache(maxsize=1024)  # the same few are asked for again and again
def _normalised(key: str, strip_parameters: frozenset[str]) -> str:
    key = key.strip()
    if not key or len(key) > MAX_KEY_LENGTH or _CONTROL.search(key):
        raise _invalid(f"A thread's key has 1 to {MAX_KEY_LENGTH} printable characters.")
    if max(key) >= "\ud800" and any("\ud800" <= c <= "\udfff" for c in key):
        raise _invalid("A thread's key must be valid Unicode.")
    if not key[:8].lower().startswith(("http://", "https://")):
        return key
    try:
        parts = urlsplit(key)
        port = parts.port
    except ValueError as error:
        raise _invalid("The key looks like a URL and is not a valid one.") from error
    if not parts.hostname:
        raise _invalid("The key looks like a URL and has no host.")
    host = parts.hostname.lower()
    host = f"[{host}]" if ":" in host else host
    scheme = parts.scheme.lower()
    if port is not None and port != {"http": 80, "https": 443}[scheme]:
        host = f"{host}:{port}"
    path = parts.path or "/"
    while "//" in path:
        path = path.replace("//", "/")
    query = urlencode(
        [
            (name, value)
            for name, value in parse_qsl(parts.query, keep_blank_values=True)
            if name.lower() not in TRACKING_NAMES
            and not name.lower().startswith(TRACKING_PREFIXES)
            and name.lower() not in strip_parameters
        ]
    )
    return urlunsplit((scheme, host, path, query, ""))


def _invalid(sentence: str) -> InvalidRequest:
    return InvalidRequest(sentence, errors={"key": [sentence]})
