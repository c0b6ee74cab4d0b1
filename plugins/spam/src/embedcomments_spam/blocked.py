"""Blocked domains and words that a site imported from text files, beside those of its settings.

They are kept in memory by revision: a process reads them again only when an import changed them, and a comment is
looked up in a set, however long the list is.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, delete, func, select

from embedcomments.api import Action, Draft, PluginContext, Tables
from embedcomments_spam.filter import FRESH
from embedcomments_spam.links import read_links
from embedcomments_spam.lists import suffixes
from embedcomments_spam.rules import Finding
from embedcomments_spam.tables import blocked, blocked_rev, insert_into

MAX_LINES = 200_000
MAX_WORDS = 6
"""A phrase has at most so many words."""
_AT_ONCE = 400
_READ_WORDS = 5_000
_DOMAIN = re.compile(r"(?=.{4,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_WORD = re.compile(r"\w+")

Entry = tuple[str, bool]
"""A domain or a phrase, and whether it is a domain."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Blocked:
    """What a site imported."""

    rev: int = 0
    domains: frozenset[str] = frozenset()
    phrases: frozenset[str] = frozenset()


def read_lines(lines: Iterable[str]) -> tuple[list[Entry], list[int]]:
    """The entries of a list and the numbers of its lines that are none.

    One a line, ``#`` begins a comment. A line of a hosts file names a domain behind an address. What has a dot and no
    space is a domain, with all below it; else it is a word or a phrase of up to six words.
    """
    found: dict[Entry, None] = {}
    bad: list[int] = []
    for number, line in enumerate(lines, 1):
        text = unicodedata.normalize("NFKC", line.partition("#")[0]).casefold().strip("\ufeff \t\r\n")
        if not text:
            continue
        fields = text.split()
        is_hosts = len(fields) > 1 and _is_address(fields[0])
        names = [name for name in fields[1:] if "." in name] if is_hosts else [text]  # localhost is no word
        for name in names:
            entry = _entry(name)
            if entry is not None:
                found[entry] = None
            elif not bad or bad[-1] != number:
                bad.append(number)
    return list(found), bad


def save(connection: Connection, site_id: int, entries: Sequence[Entry]) -> None:
    """Block these too."""
    for at in range(0, len(entries), _AT_ONCE):
        rows = [{"site_id": site_id, "entry": e, "is_domain": d} for e, d in entries[at : at + _AT_ONCE]]
        connection.execute(insert_into(connection, blocked).values(rows).on_conflict_do_nothing())
    _raise_rev(connection, site_id)


def remove(connection: Connection, site_id: int, entries: Sequence[Entry] | None) -> None:
    """Block these no more; None: all that was imported."""
    here = delete(blocked).where(blocked.c.site_id == site_id)
    if entries is None:
        connection.execute(here)
    for at in range(0, len(entries or ()), _AT_ONCE):
        names = [entry for entry, _ in (entries or ())[at : at + _AT_ONCE]]
        connection.execute(here.where(blocked.c.entry.in_(names)))
    _raise_rev(connection, site_id)


def count(connection: Connection, site_id: int) -> int:
    """How many are blocked."""
    return int(connection.execute(select(func.count()).where(blocked.c.site_id == site_id)).scalar_one())


def listed(ctx: PluginContext, draft: Draft) -> Finding | None:
    """Whether the draft leads to an imported domain, or has an imported word."""
    present = blocked_of(ctx)
    if present.domains:
        own = (draft.author.url,) if draft.author.url else ()
        for target in (*read_links(draft.text).targets, *own):
            for domain in suffixes(target):
                if domain in present.domains:
                    reason = f"It links to {domain}, which an imported list of this site blocks."
                    return Finding(action=Action.SPAM, score=0.95, reason=reason)
    for phrase in _phrases(f"{draft.author.name}\n{draft.text}") if present.phrases else ():
        if phrase in present.phrases:
            reason = f"It has “{phrase}”, which an imported list of this site blocks."
            return Finding(action=Action.HOLD, score=0.7, reason=reason)
    return None


def blocked_of(ctx: PluginContext) -> Blocked:
    """What the site imported, at most five seconds old."""
    now = ctx.now()
    with _lock:
        kept = _kept.get(ctx.tables)
    if kept is not None and kept[0] <= now < kept[0] + FRESH:
        return kept[1]
    present = _read(ctx.tables, ctx.site.id, kept[1] if kept is not None else Blocked())
    with _lock:
        _kept[ctx.tables] = (now, present)
    return present


_kept: WeakKeyDictionary[Tables, tuple[datetime, Blocked]] = WeakKeyDictionary()
_lock = threading.Lock()


def _read(tables: Tables, site_id: int, known: Blocked) -> Blocked:
    with tables.read() as connection:
        rev = connection.execute(select(blocked_rev.c.rev).where(blocked_rev.c.site_id == site_id)).scalar() or 0
        if rev == known.rev:
            return known
        query = select(blocked.c.entry, blocked.c.is_domain).where(blocked.c.site_id == site_id)
        rows = connection.execute(query.limit(2 * MAX_LINES)).all()
    return Blocked(
        rev=rev,
        domains=frozenset(row.entry for row in rows if row.is_domain),
        phrases=frozenset(row.entry for row in rows if not row.is_domain),
    )


def _raise_rev(connection: Connection, site_id: int) -> None:
    insert = insert_into(connection, blocked_rev).values(site_id=site_id, rev=1)
    connection.execute(insert.on_conflict_do_update(index_elements=["site_id"], set_={"rev": blocked_rev.c.rev + 1}))


def _entry(name: str) -> Entry | None:
    if "." in name and not any(letter.isspace() for letter in name):
        domain = name.strip(".")
        try:
            domain = domain.encode("idna").decode("ascii") if not domain.isascii() else domain
        except UnicodeError:
            return None
        return (domain, True) if _DOMAIN.fullmatch(domain) else None
    words = _WORD.findall(name)
    phrase = " ".join(words)
    return (phrase, False) if 0 < len(words) <= MAX_WORDS and len(phrase) <= 253 else None


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _phrases(text: str) -> Iterator[str]:
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())[:_READ_WORDS]
    for at in range(len(words)):
        for many in range(1, MAX_WORDS + 1):
            yield " ".join(words[at : at + many])
