"""What the owners of other sites ask programs not to read (RFC 9309), and how we keep to it.

Programs of ours read a page because somebody told of a link in it, or because a page here links to it. Of the site's
own pages nothing is asked. The few libraries for it match patterns by regular expressions, which a hostile file makes
take minutes; this takes a time that grows with the file and no more.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, unquote_to_bytes, urlsplit
from weakref import WeakKeyDictionary

from embedcomments.api import Outbound, OutboundError, PluginContext
from embedcomments_pingback.addresses import is_web_page

PRODUCT = "embedcomments"
MAX_BYTES = 524_288  # section 2.5: at least 500 KiB
KEPT_FOR = timedelta(hours=1)  # section 2.4: at most a day
MAX_KEPT = 500
_MAX_RULES = 2_000
_MAX_PATTERN = 1_000
_SLASH = re.compile("%2f", re.IGNORECASE)
_SAFE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) != "%")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A line of the file: paths that ``pattern`` matches may be read, or may not."""

    pattern: str
    allows: bool

    def matches(self, path: str) -> bool:
        """Whether the pattern is at the beginning of the path; ``*`` stands for any characters, ``$`` at the end for
        the end. Source: section 2.2.3."""
        pattern, ends = (self.pattern[:-1], True) if self.pattern.endswith("$") else (self.pattern, False)
        first, *others = pattern.split("*")
        if not path.startswith(first):
            return False
        at = len(first)
        for number, part in enumerate(others):
            if ends and number == len(others) - 1:
                return path.endswith(part) and len(path) - len(part) >= at
            found = path.find(part, at)
            if found < 0:
                return False
            at = found + len(part)
        return not ends or at == len(path)


@dataclass(frozen=True, kw_only=True, slots=True)
class Robots:
    """The rules that a file has for us."""

    rules: tuple[Rule, ...] = ()

    def allow(self, url: str) -> bool:
        """Whether the page may be read: the longest pattern that matches decides, of two as long the milder one.
        Source: section 2.2.2."""
        parts = urlsplit(url)
        path = _spelt(parts.path or "/") + (f"?{_spelt(parts.query)}" if parts.query else "")
        found = [(len(rule.pattern), rule.allows) for rule in self.rules if rule.matches(path)]
        return path == "/robots.txt" or not found or max(found)[1]


def parse(body: bytes) -> Robots:
    """The rules of the groups that name us, else of those for everybody; what is no rule is passed over.

    Source: section 2.2.1.
    """
    # Of no other groups: a file may name tens of thousands of programs before one set of rules.
    groups: dict[str, list[Rule]] = {}
    named: set[str] = set()
    is_open = False  # whether the lines that name whom a group is for go on
    for line in body.decode("utf-8-sig", errors="replace").splitlines():
        field, colon, value = line.partition("#")[0].partition(":")
        field, value = field.strip().lower(), value.strip()
        if not colon:
            continue
        if field == "user-agent":
            named = named if is_open else set()
            is_open = True
            if (name := _product(value)) in (PRODUCT, "*"):
                named.add(name)
                groups.setdefault(name, [])
        elif field in ("allow", "disallow"):
            is_open = False
            if value and len(value) <= _MAX_PATTERN:
                rule = Rule(pattern=_spelt(value), allows=field == "allow")
                for name in named:
                    if len(groups[name]) < _MAX_RULES:
                        groups[name].append(rule)
    return Robots(rules=tuple(groups.get(PRODUCT, groups.get("*", []))))


_kept: WeakKeyDictionary[Outbound, OrderedDict[str, tuple[datetime, Robots]]] = WeakKeyDictionary()
_lock = threading.Lock()


def may_read(ctx: PluginContext, url: str) -> bool:
    """Whether the owner of that page's site lets programs read it. Their file is asked for once in an hour.

    Raises OutboundForbidden for a place that is not to be called, and OutboundError when the file cannot be had just
    now: then nothing may be read (section 2.3.1.4). A file that is not there allows everything (2.3.1.3).
    """
    if not is_web_page(url):
        return True  # it cannot be fetched either, which the one who does it says better
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    now = ctx.now()
    with _lock:
        kept = _kept.setdefault(ctx.outbound, OrderedDict())
        at, robots = kept.get(origin, (None, Robots()))
    if at is None or not at <= now < at + KEPT_FOR:
        robots = _fetch(ctx.outbound, origin)
        with _lock:
            kept[origin] = (now, robots)
            kept.move_to_end(origin)
            while len(kept) > MAX_KEPT:
                kept.popitem(last=False)
    return robots.allow(url)


def _fetch(outbound: Outbound, origin: str) -> Robots:
    fetched = outbound.get(f"{origin}/robots.txt", max_bytes=MAX_BYTES, headers={"Accept": "text/plain"})
    if fetched.status >= 500 or fetched.status == 429:
        raise OutboundError(f"{urlsplit(origin).hostname} answered {fetched.status} when asked for its robots.txt.")
    return parse(fetched.body) if 200 <= fetched.status < 300 else Robots()


def _product(text: str) -> str:
    """The name of a program in lower case, without its version."""
    return text.split("/")[0].strip().lower()


def _spelt(text: str) -> str:
    """One spelling for what may be percent-encoded or not: ``%7E`` is ``~``, and ``é`` is ``%C3%A9``; ``%2F`` stays."""
    return "%2F".join(quote(unquote_to_bytes(part), safe=_SAFE) for part in _SLASH.split(text))
