"""Lists of senders that others publish: addresses and networks, e-mail addresses, names, domains.

StopForumSpam's files are meant (stopforumspam.com/downloads), and whatever is written like them. Nothing is fetched:
an owner brings a file. Of its lines stand here keyed hashes of the site, millions of them in a table, of which a post
looks up a handful by their keys. What a file says of how often somebody was reported makes the score.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Row, and_, delete, or_, select, update

from embedcomments.api import Action, Draft, PluginContext, Tables, network_around
from embedcomments_spam.filter import FRESH
from embedcomments_spam.links import read_links
from embedcomments_spam.lists import suffixes
from embedcomments_spam.rules import Finding
from embedcomments_spam.tables import listed, listing

# Fewer reports may be a mistake, of a name or of an address that had another owner since.
_OFTEN, _VERY_OFTEN = 10, 100
_MAX_LOOKED_UP = 200
_GONE_AT_ONCE = 20_000
# Half a continent is no sender.
_V4_BITS, _V6_BITS = range(8, 33), range(16, 65)


class Kind(StrEnum):
    """What the lines of a list are."""

    IP = "ip"
    EMAIL = "email"
    NAME = "name"
    DOMAIN = "domain"


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """One imported list. ``id`` tells its versions apart; ``prefixes``: the lengths of its networks, as 4/24, 6/48;
    ``entries``: how many lines it has; ``is_ready``: whether all of it has arrived."""

    id: int
    name: str
    kind: Kind
    entries: int
    imported_at: datetime
    prefixes: frozenset[str]
    is_ready: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sought:
    """What is looked for: its hash, and what it is in words."""

    mark: int
    kind: Kind
    what: str
    is_link: bool = False


def mark_of(ctx: PluginContext, kind: Kind, text: str) -> int:
    """A number of 63 bits for a line. Networks are hashed as the core hashes senders, in CIDR spelling."""
    name = text if kind is Kind.IP else f"spam: listed {kind.value} {text}"
    return _number(ctx.fingerprint(name))


def network_in(text: str) -> str | None:
    """The network of a line, address or CIDR, in CIDR spelling: at the least what one subscriber has. None for none,
    and for one so wide that it would be a mistake."""
    try:
        if "/" not in text:
            around = network_around(text)
            return None if around is None else str(around)
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    most = 32 if network.version == 4 else 64
    if network.prefixlen not in (_V4_BITS if network.version == 4 else _V6_BITS):
        if network.prefixlen < most:
            return None
        network = network.supernet(new_prefix=most)
    return str(network)


def prefix_of(network: str) -> str:
    """Which kind of network that is: 4/24, 6/48."""
    address, _, bits = network.partition("/")
    return f"{6 if ':' in address else 4}/{bits}"


def found_in_lists(ctx: PluginContext, draft: Draft) -> Sequence[Finding]:
    """What the imported lists say of a draft's sender and links: one finding for each list and kind."""
    ready = [item for item in listings_of(ctx) if item.is_ready]
    if not ready:
        return ()
    sought = [item for item in _sought(ctx, draft, ready) if any(item.kind is one.kind for one in ready)]
    by_kind: dict[Kind, dict[int, _Sought]] = {kind: {} for kind in Kind}
    for item in sought[:_MAX_LOOKED_UP]:
        by_kind[item.kind].setdefault(item.mark, item)
    here = [and_(listed.c.list_id == one.id, listed.c.mark.in_(list(by_kind[one.kind]))) for one in ready]
    if not any(by_kind.values()):
        return ()
    with ctx.tables.read() as connection:
        rows = connection.execute(select(listed).where(or_(*here))).all()
    names = {one.id: one for one in ready}
    best: dict[Kind, Row[tuple[int, int, int]]] = {}
    for row in rows:
        kind = names[row.list_id].kind
        if kind not in best or best[kind].times < row.times:
            best[kind] = row
    return [_finding(by_kind[kind][row.mark], names[row.list_id], row.times) for kind, row in best.items()]


def listings_of(ctx: PluginContext) -> Sequence[Listing]:
    """The site's lists, at most five seconds old."""
    now = ctx.now()
    with _lock:
        kept = _kept.get(ctx.tables)
    if kept is not None and kept[0] <= now < kept[0] + FRESH:
        return kept[1]
    with ctx.tables.read() as connection:
        present = read_listings(connection, ctx.site.id, now)
    with _lock:
        _kept[ctx.tables] = (now, present)
    return present


def read_listings(connection: Connection, site_id: int, now: datetime) -> Sequence[Listing]:
    """The site's lists, by name, with those of which a part has arrived."""
    rows = connection.execute(
        select(listing).where(listing.c.site_id == site_id).order_by(listing.c.name, listing.c.id)
    )
    return [
        Listing(
            id=row.id,
            name=row.name,
            kind=Kind(row.kind),
            entries=row.entries,
            imported_at=datetime.fromtimestamp(row.imported_at / 1000, tz=now.tzinfo),
            prefixes=frozenset(row.prefixes.split()),
            is_ready=row.is_ready,
        )
        for row in rows
    ]


def remove(ctx: PluginContext, name: str) -> bool:
    """Forget a list; whether there was one."""
    here = (listing.c.site_id == ctx.site.id) & (listing.c.name == name)

    def work(connection: Connection) -> bool:
        connection.execute(update(listing).where(here).values(is_ready=False))
        return connection.execute(select(listing.c.id).where(here)).first() is not None

    was_there = ctx.tables.write(work)
    forget_unready(ctx, name)
    forget_kept(ctx)
    return was_there


def forget_unready(ctx: PluginContext, name: str | None = None, *, older_than: datetime | None = None) -> None:
    """Remove what is left of lists that are gone, or whose import ended halfway; a little at a time, because nothing
    else is written meanwhile."""
    here = (listing.c.site_id == ctx.site.id) & listing.c.is_ready.is_(False)
    if name is not None:
        here &= listing.c.name == name
    if older_than is not None:
        here &= listing.c.imported_at < _ms(older_than)
    with ctx.tables.read() as connection:
        ids = connection.execute(select(listing.c.id).where(here)).scalars().all()
    for list_id in ids:
        forget_list(ctx, list_id)


def forget_list(ctx: PluginContext, list_id: int) -> None:
    """Remove one version of a list."""
    while ctx.tables.write(partial(_forget_some, list_id=list_id)):
        pass


def forget_site(ctx: PluginContext) -> None:
    """Forget all lists of the site."""
    gone = update(listing).where(listing.c.site_id == ctx.site.id).values(is_ready=False)
    ctx.tables.write(lambda connection: connection.execute(gone))
    forget_unready(ctx)


def _forget_some(connection: Connection, list_id: int) -> bool:
    """Whether there is more."""
    here = listed.c.list_id == list_id
    border = connection.execute(
        select(listed.c.mark).where(here).order_by(listed.c.mark).offset(_GONE_AT_ONCE).limit(1)
    )
    last = border.scalar_one_or_none()
    connection.execute(delete(listed).where(here if last is None else here & (listed.c.mark < last)))
    if last is None:
        connection.execute(delete(listing).where(listing.c.id == list_id))
    return last is not None


_kept: WeakKeyDictionary[Tables, tuple[datetime, Sequence[Listing]]] = WeakKeyDictionary()
_lock = threading.Lock()


def forget_kept(ctx: PluginContext) -> None:
    """Have this process read the site's lists anew at once."""
    with _lock:
        _kept.pop(ctx.tables, None)


def _sought(ctx: PluginContext, draft: Draft, ready: Sequence[Listing]) -> Iterator[_Sought]:
    if any(item.kind is Kind.IP for item in ready):
        yield from _networks(ctx, draft, ready)
    email = (draft.author.email or "").strip().casefold()
    if "@" in email:
        yield _Sought(mark=mark_of(ctx, Kind.EMAIL, email), kind=Kind.EMAIL, what="The e-mail address")
        for domain in suffixes(email.rpartition("@")[2]):
            yield _Sought(
                mark=mark_of(ctx, Kind.DOMAIN, domain), kind=Kind.DOMAIN, what=f"The e-mail’s domain {domain}"
            )
    if name := normal_name(draft.author.name):
        yield _Sought(
            mark=mark_of(ctx, Kind.NAME, name), kind=Kind.NAME, what=f"The name “{draft.author.name.strip()}”"
        )
    if any(item.kind is Kind.DOMAIN for item in ready):
        own = (draft.author.url,) if draft.author.url else ()
        targets = dict.fromkeys(domain for one in (*own, *read_links(draft.text).targets) for domain in suffixes(one))
        for domain in targets:
            what = f"It links to {domain}, which"
            yield _Sought(mark=mark_of(ctx, Kind.DOMAIN, domain), kind=Kind.DOMAIN, what=what, is_link=True)


def normal_name(name: str) -> str:
    """A name as it is compared."""
    return " ".join(name.split()).casefold()


def _networks(ctx: PluginContext, draft: Draft, ready: Sequence[Listing]) -> Iterator[_Sought]:
    if draft.sender is not None:
        # All that is known of an edit's sender, and as the core hashes it.
        yield _Sought(mark=_number(draft.sender.address), kind=Kind.IP, what="The Internet address")
        yield _Sought(mark=_number(draft.sender.network), kind=Kind.IP, what="The network of the Internet address")
    address = _address(draft.address)
    if address is None:
        return
    for prefix in sorted(frozenset().union(*(item.prefixes for item in ready))):
        version, _, bits = prefix.partition("/")
        if int(version) == address.version:
            network = ip_network((address, int(bits)), strict=False)
            what = "The Internet address" if int(bits) in (32, 64) else f"The network {network} of the Internet address"
            yield _Sought(mark=mark_of(ctx, Kind.IP, str(network)), kind=Kind.IP, what=what)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _finding(found: _Sought, item: Listing, times: int) -> Finding:
    reported = f", with {times:,} reports" if times > 1 else ""
    if found.is_link:
        return Finding(action=Action.SPAM, score=0.95, reason=f"{found.what} is on the list {item.name}{reported}.")
    score = 0.9 if times >= _VERY_OFTEN else 0.7 if times >= _OFTEN else 0.5
    if item.kind is Kind.NAME:  # many people have it
        score = 0.3
    return Finding(action=Action.HOLD, score=score, reason=f"{found.what} is on the list {item.name}{reported}.")


def _number(fingerprint: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(fingerprint[:12])[:8]) >> 1


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
