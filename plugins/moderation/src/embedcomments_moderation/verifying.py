"""E-mail addresses that their writers proved to be theirs: who is asked for it by mail, and what follows.

A proof counts for one address as one device gave it, which the secret edit token proves: who types the address of
somebody else on a device of their own is not verified by what that person once did. An address is kept as a keyed hash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from itsdangerous import BadData
from sqlalchemy import ColumnElement, Connection, delete, func, select

from embedcomments.api import Comment, CommentState, Draft, EmbedCommentsError, PluginContext
from embedcomments_moderation.tables import asked, insert_into, milliseconds, moment, unwilling, verified
from embedcomments_moderation.verify_words import words_of

JOB = "ask-to-verify"
PATH = "verify"
UNVERIFIED = "The writer has not verified the e-mail address."
NO_ADDRESS = "The writer gave no e-mail address."
# The comment of a draft is there when its job runs; should it not be, a second look is enough.
SOON, LATER = timedelta(seconds=4), timedelta(seconds=60)
LINK_LIFETIME = timedelta(days=3)
AGAIN_AFTER = timedelta(minutes=10)
# Within a day: nobody's mailbox is flooded, whoever types its address, and no network makes us a sender of spam.
MAX_PER_ADDRESS, MAX_PER_NETWORK, MAX_PER_SITE = 3, 20, 2_000
FORGOTTEN_AFTER = timedelta(days=2)
MAX_HELD = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """What a link in a mail is about: a device, and the hash of the address that it gave."""

    identity_id: str
    mark: str


def reason_against(ctx: PluginContext, draft: Draft) -> str | None:
    """Why the site's rules on e-mail addresses hold it. A writer who can be asked for a proof will be."""
    settings = ctx.settings
    if not draft.author.email:
        return NO_ADDRESS if settings["hold_without_email"] or settings["hold_unverified_email"] else None
    if not settings["hold_unverified_email"]:
        return None
    mark = mark_of(ctx, draft.author.email)
    if draft.identity_id is not None and is_verified(ctx, draft.identity_id, mark):
        return None
    if ctx.mail.is_set_up:
        since = milliseconds(draft.submitted_at)
        ctx.jobs.enqueue(JOB, {"mark": mark, "since": since}, after=SOON, key=f"{mark}:{since}")
    return UNVERIFIED


def mark_of(ctx: PluginContext, email: str) -> str:
    """The keyed hash of an address; unlike that of bans, what stands behind a plus sign is another address."""
    return ctx.fingerprint(f"verify:{email.strip().casefold()}")


def is_verified(ctx: PluginContext, identity_id: str, mark: str) -> bool:
    """Whether that device's writer proved that the address is theirs."""
    query = select(verified.c.mark).where(verified.c.identity_id == identity_id, verified.c.mark == mark)
    with ctx.tables.read() as connection:
        return connection.execute(query).one_or_none() is not None


def ask(ctx: PluginContext, payload: Mapping[str, Any]) -> None:
    """The job: write to whoever gave the address, once for all that waits for it. Of the comment, of its writer's name
    and of the page the mail says nothing: anybody can type any address, and would else send their words through us."""
    comment = _waiting(ctx, payload["mark"], since=payload["since"])
    if comment is None:
        if not payload.get("again"):
            ctx.jobs.enqueue(JOB, {**payload, "again": True}, after=LATER)
        return
    if not ctx.mail.is_set_up or not _may_ask(ctx, comment, payload["mark"]):
        return
    words = words_of(ctx.settings["language"])
    claim = {"for": "verify", "identity": comment.identity_id, "mark": payload["mark"], "at": milliseconds(ctx.now())}
    link = f"{ctx.public_url}/p/{ctx.plugin}/{ctx.site.name}/{PATH}?t={ctx.signer.dumps(claim)}"
    site = ctx.site.title or ctx.site.name
    text = f"{words['mail'].format(site=site)}\n\n{link}\n\n{words['ignore']}\n"
    ctx.mail.send(comment.author.email or "", words["subject"].format(site=site), text)


def read_claim(ctx: PluginContext, token: str) -> Claim | None:
    """What a link proves; None for one that is not ours, or too old."""
    try:
        found = ctx.signer.loads(token)
    except BadData:
        return None
    if not isinstance(found, dict) or found.get("for") != "verify" or ctx.now() > moment(found["at"]) + LINK_LIFETIME:
        return None
    return Claim(identity_id=found["identity"], mark=found["mark"])


def confirm(ctx: PluginContext, claim: Claim) -> int:
    """Remember the proof, and publish what waited for nothing else. How many that were."""
    now = milliseconds(ctx.now())

    def work(connection: Connection) -> None:
        row = {"identity_id": claim.identity_id, "mark": claim.mark, "site_id": ctx.site.id, "verified_at": now}
        connection.execute(insert_into(connection, verified).values(**row).on_conflict_do_nothing())
        connection.execute(delete(unwilling).where(_is_unwilling(ctx, claim.mark)))

    ctx.tables.write(work)
    published = 0
    for comment in ctx.comments.list(states=[CommentState.HELD], identity_id=claim.identity_id, limit=MAX_HELD):
        if _waits_for(ctx, comment, claim.mark):
            try:
                ctx.comments.set_state(comment.id, CommentState.PUBLISHED, reason="Its writer verified the address.")
            except EmbedCommentsError:
                continue  # somebody decided at this very moment
            published += 1
    return published


def refuse(ctx: PluginContext, claim: Claim) -> None:
    """It was not them: never write to that address again, until its owner asks for it by a proof."""

    def work(connection: Connection) -> None:
        row = {"site_id": ctx.site.id, "mark": claim.mark, "refused_at": milliseconds(ctx.now())}
        connection.execute(insert_into(connection, unwilling).values(**row).on_conflict_do_nothing())
        of_it = (verified.c.identity_id == claim.identity_id) & (verified.c.mark == claim.mark)
        connection.execute(delete(verified).where(of_it))

    ctx.tables.write(work)


def was_asked(ctx: PluginContext, comment: Comment) -> bool:
    """Whether it waits for nothing but its writer's proof, for which a mail is on its way."""
    return ctx.mail.is_set_up and comment.author.email is not None and _waits(ctx, comment)


def forget_asked(connection: Connection, site_id: int, before: int) -> None:
    """Forget whom was written to earlier than that moment, in milliseconds."""
    connection.execute(delete(asked).where(asked.c.site_id == site_id, asked.c.asked_at < before))


def forget_verified(connection: Connection, identity_id: str) -> None:
    """Forget which addresses a device proved, and was asked to."""
    connection.execute(delete(verified).where(verified.c.identity_id == identity_id))
    connection.execute(delete(asked).where(asked.c.identity_id == identity_id))


def _waits(ctx: PluginContext, comment: Comment) -> bool:
    # The reason is all that held it when it was written or changed. Whoever held it later knew why.
    is_by_policy = comment.state_changed_at in (comment.created_at, comment.edited_at)
    return comment.state is CommentState.HELD and is_by_policy and comment.reason == f"{ctx.plugin}: {UNVERIFIED}"


def _waits_for(ctx: PluginContext, comment: Comment, mark: str) -> bool:
    email = comment.author.email
    return _waits(ctx, comment) and not comment.is_hushed and email is not None and mark_of(ctx, email) == mark


def _waiting(ctx: PluginContext, mark: str, *, since: int) -> Comment | None:
    """The comment of that moment, whatever else holds it: who proves the address need not do so another time."""
    start = moment(since) - timedelta(seconds=5)
    for comment in ctx.comments.list(states=[CommentState.HELD], since=start, limit=MAX_HELD):
        email = comment.author.email
        if email is not None and comment.identity_id is not None and mark_of(ctx, email) == mark:
            return comment
    return None


def _may_ask(ctx: PluginContext, comment: Comment, mark: str) -> bool:
    """Take a turn, unless the address refused or one of the limits is reached. Processes that ask PostgreSQL in the
    very same moment may each take the last one."""
    now = ctx.now()
    network = "" if comment.sender is None else comment.sender.network
    row = {"site_id": ctx.site.id, "mark": mark, "identity_id": comment.identity_id, "network": network}
    lately = (asked.c.site_id == ctx.site.id) & (asked.c.asked_at > milliseconds(now - timedelta(days=1)))
    same = lately & (asked.c.mark == mark)
    just_now = same & (asked.c.identity_id == comment.identity_id)
    just_now &= asked.c.asked_at > milliseconds(now - AGAIN_AFTER)
    limits = [(just_now, 1), (same, MAX_PER_ADDRESS), (lately, MAX_PER_SITE)]
    if network:
        limits.append((lately & (asked.c.network == network), MAX_PER_NETWORK))

    def work(connection: Connection) -> bool:
        if connection.execute(select(unwilling.c.mark).where(_is_unwilling(ctx, mark))).one_or_none() is not None:
            return False
        for where, most in limits:
            if connection.execute(select(func.count()).select_from(asked).where(where)).scalar_one() >= most:
                return False
        connection.execute(insert_into(connection, asked).values(**row, asked_at=milliseconds(now)))
        return True

    return ctx.tables.write(work)


def _is_unwilling(ctx: PluginContext, mark: str) -> ColumnElement[bool]:
    return (unwilling.c.site_id == ctx.site.id) & (unwilling.c.mark == mark)
