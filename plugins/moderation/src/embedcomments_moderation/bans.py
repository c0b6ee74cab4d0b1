"""Bans: of whom, for how long, and what a banned writer is told."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from embedcomments.api import Action, Comment, Draft, PluginContext, Verdict, network_around
from embedcomments_moderation.kept import ADDRESS, EMAIL, IDENTITY, NETWORK, Ban, ban_of, forget_kept, kept_of
from embedcomments_moderation.tables import ban, insert_into, milliseconds

TERMS: Mapping[str, tuple[str, timedelta | None]] = {
    "day": ("One day", timedelta(days=1)),
    "week": ("One week", timedelta(days=7)),
    "month": ("One month", timedelta(days=30)),
    "good": ("For good", None),
}
KINDS: Mapping[str, str] = {
    IDENTITY: "This writer, as their browser is known",
    EMAIL: "Their e-mail address",
    ADDRESS: "Their Internet address",
    NETWORK: "The network around it, which others may share",
}
MAX_REASON = 500
# Wider ranges are whole providers and countries: that is a firewall's work.
WIDEST = {4: 12, 6: 24}
# Moderators may want to look up what was; then nothing of it is of use.
KEPT_AFTER_ITS_END = timedelta(days=90)


class NotARange(ValueError):
    """It is no address and no range that may be banned; the text says why, to a moderator."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """Whom a ban is about: see the table. ``network`` is there for a range that was typed in."""

    kind: str
    value: str
    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None = None


def marks_of(ctx: PluginContext, comment: Comment) -> Mapping[str, Mark]:
    """By kind what its writer can be banned by. Where it came from is known for 30 days only."""
    found = {}
    if comment.identity_id is not None:
        found[IDENTITY] = Mark(kind=IDENTITY, value=comment.identity_id)
    if comment.author.email:
        found[EMAIL] = email_mark(ctx, comment.author.email)
    if comment.sender is not None:
        found[ADDRESS] = Mark(kind=ADDRESS, value=comment.sender.address)
        found[NETWORK] = Mark(kind=NETWORK, value=comment.sender.network)
    return found


def email_mark(ctx: PluginContext, email: str) -> Mark:
    """Of an e-mail address; what follows a plus sign leads to the same mailbox with most providers."""
    local, _, host = email.strip().casefold().rpartition("@")
    return Mark(kind=EMAIL, value=ctx.fingerprint(f"email:{local.partition('+')[0]}@{host}"))


def range_mark(ctx: PluginContext, text: str) -> Mark:
    """Of an address, or of a range in CIDR spelling such as 203.0.113.0/24. Raises NotARange."""
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise NotARange("That is no Internet address and no range such as 203.0.113.0/24.") from None
    if "/" not in text:
        network = network_around(text.strip()) or network
    widest = WIDEST[network.version]
    if network.prefixlen < widest:
        raise NotARange(f"That range is too wide: /{widest} is the widest.")
    return Mark(
        kind=NETWORK if network.prefixlen < 32 else ADDRESS, value=ctx.fingerprint(str(network)), network=network
    )


def add_ban(
    ctx: PluginContext,
    mark: Mark,
    *,
    label: str,
    reason: str,
    is_shadow: bool,
    ends_at: datetime | None,
    by: str,
    comment_id: str | None = None,
) -> None:
    """Ban, or change the ban that there is."""
    values = {
        "label": label, "reason": reason, "is_shadow": is_shadow, "comment_id": comment_id, "created_by": by,
        "created_at": milliseconds(ctx.now()), "ends_at": None if ends_at is None else milliseconds(ends_at),
        "prefix": mark.network and mark.network.prefixlen, "version": mark.network and mark.network.version,
    }  # fmt: skip

    def work(connection: Connection) -> None:
        statement = insert_into(connection, ban).values(site_id=ctx.site.id, kind=mark.kind, mark=mark.value, **values)
        connection.execute(
            statement.on_conflict_do_update(index_elements=[ban.c.site_id, ban.c.kind, ban.c.mark], set_=values)
        )

    ctx.tables.write(work)
    forget_kept(ctx)


def lift_ban(ctx: PluginContext, ban_id: int) -> Ban | None:
    """End a ban now; the one that was lifted, None when there was none."""
    where = (ban.c.id == ban_id) & (ban.c.site_id == ctx.site.id)

    def work(connection: Connection) -> Ban | None:
        row = connection.execute(select(ban).where(where)).one_or_none()
        connection.execute(delete(ban).where(where))
        return None if row is None else ban_of(row)

    lifted = ctx.tables.write(work)
    forget_kept(ctx)
    return lifted


def list_bans(ctx: PluginContext, *, before: int | None = None, limit: int = 50) -> Sequence[Ban]:
    """Those in force and those that ended lately, the newest first; ``before`` is the id of the last one seen."""
    query = select(ban).where(ban.c.site_id == ctx.site.id)
    if before is not None:
        query = query.where(ban.c.id < before)
    with ctx.tables.read() as connection:
        return [ban_of(row) for row in connection.execute(query.order_by(ban.c.id.desc()).limit(limit))]


def count_bans(ctx: PluginContext) -> int:
    """How many are in force."""
    in_force = (ban.c.ends_at.is_(None)) | (ban.c.ends_at > milliseconds(ctx.now()))
    with ctx.tables.read() as connection:
        query = select(func.count()).select_from(ban).where(ban.c.site_id == ctx.site.id, in_force)
        return connection.execute(query).scalar_one()


def bans_on(ctx: PluginContext, comment: Comment) -> Sequence[Ban]:
    """The bans in force that the writer of a comment falls under."""
    bans = kept_of(ctx).bans
    marks = {(mark.kind, mark.value) for mark in marks_of(ctx, comment).values()}
    return [bans[mark] for mark in sorted(marks & bans.keys()) if bans[mark].holds_at(ctx.now())]


def ban_on(ctx: PluginContext, draft: Draft) -> Ban | None:
    """The ban that a draft's writer falls under, None for none. Of several an open one counts before a hidden one, and
    the one that lasts longest."""
    kept = kept_of(ctx)
    if not kept.bans:
        return None
    marks: set[tuple[str, str]] = set()
    if draft.identity_id is not None:
        marks.add((IDENTITY, draft.identity_id))
    if draft.author.email:
        marks.add((EMAIL, email_mark(ctx, draft.author.email).value))
    if draft.sender is not None:
        marks |= {(ADDRESS, draft.sender.address), (NETWORK, draft.sender.network)}
    marks |= _in_ranges(ctx, kept.ranges, draft.address)
    found = [kept.bans[mark] for mark in marks & kept.bans.keys() if kept.bans[mark].holds_at(draft.submitted_at)]
    return min(found, key=_strictness, default=None)


def is_banned_at(ctx: PluginContext, address: str, identity_id: str | None) -> bool:
    """Whether whoever calls from there is banned, openly or not."""
    kept = kept_of(ctx)
    if not kept.bans:
        return False
    marks = _in_ranges(ctx, kept.ranges | {(4, 32), (4, 24), (6, 64), (6, 48)}, address)
    if identity_id is not None:
        marks.add((IDENTITY, identity_id))
    return any(kept.bans[mark].holds_at(ctx.now()) for mark in marks & kept.bans.keys())


def verdict_on(found: Ban) -> Verdict:
    """What becomes of a banned writer's comment."""
    until = "for good" if found.ends_at is None else f"until {_day(found.ends_at)}"
    if found.is_shadow:
        reason = f"The writer is banned without being told, {until}. {found.reason}".strip()
        return Verdict(action=Action.SPAM, score=0.0, reason=reason, is_hushed=True)
    if found.ends_at is None:
        sentence = "You cannot comment on this site any more."
    else:
        sentence = f"You cannot comment on this site until {_day(found.ends_at)}; then you are welcome again."
    return Verdict(action=Action.REJECT, score=0.0, reason=f"{sentence} {found.reason}".strip())


def forget_old_bans(connection: Connection, site_id: int, now: datetime) -> int:
    """Remove those that ended long ago. How many."""
    over = ban.c.ends_at < milliseconds(now - KEPT_AFTER_ITS_END)
    return connection.execute(delete(ban).where(ban.c.site_id == site_id, over)).rowcount


def _in_ranges(ctx: PluginContext, ranges: frozenset[tuple[int, int]], address: str) -> set[tuple[str, str]]:
    """The marks that the networks of these sizes around an address have."""
    near = network_around(address)
    if near is None:
        return set()
    marks = set()
    for version, bits in ranges:
        if version == near.version and (network := network_around(address, v4=bits, v6=bits)) is not None:
            value = ctx.fingerprint(str(network))
            marks |= {(ADDRESS, value), (NETWORK, value)}
    return marks


def _strictness(found: Ban) -> tuple[bool, float]:
    return found.is_shadow, -(found.ends_at.timestamp() if found.ends_at else float("inf"))


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y, %H:%M} UTC"
