"""Readers' reports: filed once by each, weighed, and settled by a moderator.

Who reported is known to nobody but the table, and there only as a keyed hash that is emptied when it is of no more use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update

from embedcomments.api import Comment, PluginContext
from embedcomments_moderation.tables import insert_into, milliseconds, moment, report, review

REASONS: Mapping[str, str] = {
    "spam": "Spam or advertising",
    "abuse": "Insult or harassment",
    "personal": "Personal data",
    "offtopic": "Off topic",
    "other": "Something else",
}
FULL_WEIGHT = 100
MAX_WORDS = 500
# A person who reports more than this in a day is running a campaign.
MAX_A_DAY = 30
# How long a reporter's record counts, and so how long the hash of a settled report is kept.
RECORD_LASTS = timedelta(days=90)
# For so long may a moderator take back a decision about reports.
UNDO_LASTS = timedelta(minutes=10)
OPEN, ACCEPTED, DISMISSED = "open", "accepted", "dismissed"


class TooManyReports(Exception):
    """This reader reported as much as anybody may in a day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """One report as moderators see it: what is said, never by whom. ``weight`` is in hundredths."""

    comment_id: str
    reason: str
    words: str
    weight: int
    created_at: datetime

    @property
    def title(self) -> str:
        """The reason in words."""
        return REASONS.get(self.reason, self.reason)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reporter:
    """Who reports: a keyed hash of the network address, and the identity where an edit token proved one."""

    mark: str
    identity_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """Where a comment stands after a report. ``weight``: of all its open reports, in hundredths; ``is_new``: whether
    this report was not there before; ``is_reviewed``: a moderator has looked at the comment and left it standing."""

    weight: int
    is_new: bool
    is_reviewed: bool


def file_report(ctx: PluginContext, comment: Comment, reporter: Reporter, reason: str, words: str) -> Tally:
    """Note a report. The same reader's second report of a comment changes nothing.

    A reader whose reports were dismissed lately counts for less: a half after the first, a third after the second.
    Raises TooManyReports.
    """
    now = ctx.now()
    site_id = ctx.site.id

    def work(connection: Connection) -> Tally:
        if _has_reported(connection, comment.id, reporter):
            return _tally(connection, comment.id, is_new=False)
        mine = (report.c.site_id == site_id) & (report.c.reporter == reporter.mark)
        today = report.c.created_at > milliseconds(now - timedelta(days=1))
        if connection.execute(select(func.count()).where(mine, today)).scalar_one() >= MAX_A_DAY:
            raise TooManyReports
        lately = report.c.created_at > milliseconds(now - RECORD_LASTS)
        dismissed = connection.execute(
            select(func.count()).where(mine, lately, report.c.state == DISMISSED)
        ).scalar_one()
        statement = insert_into(connection, report).values(
            site_id=site_id,
            comment_id=comment.id,
            reporter=reporter.mark,
            identity_id=reporter.identity_id,
            reason=reason,
            words=words,
            weight=FULL_WEIGHT // (1 + dismissed),
            state=OPEN,
            created_at=milliseconds(now),
        )
        # Two at the same moment: the key lets one of them in.
        added = connection.execute(statement.on_conflict_do_nothing().returning(report.c.id)).first()
        return _tally(connection, comment.id, is_new=added is not None)

    return ctx.tables.write(work)


def count_reported(ctx: PluginContext) -> int:
    """How many comments have open reports."""
    query = select(func.count(func.distinct(report.c.comment_id))).where(_open(ctx))
    with ctx.tables.read() as connection:
        return connection.execute(query).scalar_one()


def list_reported(ctx: PluginContext, *, before: str | None = None, limit: int = 50) -> Sequence[str]:
    """Ids of comments with open reports, the newest comment first; ``before`` is the id of the last one seen.

    Some may be gone by now: ``ctx.comments`` knows.
    """
    query = select(report.c.comment_id).where(_open(ctx)).distinct()
    if before is not None:
        query = query.where(report.c.comment_id < before)
    with ctx.tables.read() as connection:
        return list(connection.execute(query.order_by(report.c.comment_id.desc()).limit(limit)).scalars())


def open_reports(ctx: PluginContext, comment_ids: Sequence[str]) -> Mapping[str, Sequence[Report]]:
    """The open reports of these comments, the oldest first, in one query; comments without are absent."""
    if not comment_ids:
        return {}
    query = select(report).where(_open(ctx), report.c.comment_id.in_(list(comment_ids))).order_by(report.c.id)
    found: dict[str, list[Report]] = {}
    with ctx.tables.read() as connection:
        for row in connection.execute(query):
            found.setdefault(row.comment_id, []).append(
                Report(
                    comment_id=row.comment_id,
                    reason=row.reason,
                    words=row.words,
                    weight=row.weight,
                    created_at=moment(row.created_at),
                )
            )
    return found


def dismiss(ctx: PluginContext, comment_ids: Sequence[str], *, actor: str) -> int:
    """The reports were wrong: the comments may stand, and further reports do not hold them. How many were settled."""
    at = milliseconds(ctx.now())

    def work(connection: Connection) -> int:
        for comment_id in comment_ids:
            statement = insert_into(connection, review).values(
                comment_id=comment_id, site_id=ctx.site.id, reviewed_at=at
            )
            connection.execute(statement.on_conflict_do_nothing())
        return _settle(connection, ctx, comment_ids, DISMISSED, actor, at)

    return ctx.tables.write(work) if comment_ids else 0


def accept(ctx: PluginContext, comment_ids: Sequence[str], *, actor: str) -> int:
    """The reports were right. What becomes of the comments is the caller's matter. How many were settled."""
    at = milliseconds(ctx.now())
    if not comment_ids:
        return 0
    return ctx.tables.write(lambda connection: _settle(connection, ctx, comment_ids, ACCEPTED, actor, at))


def reopen(ctx: PluginContext, comment_ids: Sequence[str], *, actor: str) -> int:
    """Take back that ``actor`` settled the reports of these comments just now. How many are open again."""
    lately = milliseconds(ctx.now() - UNDO_LASTS)

    def work(connection: Connection) -> int:
        mine = (report.c.site_id == ctx.site.id) & (report.c.settled_by == actor) & (report.c.settled_at >= lately)
        which = mine & report.c.comment_id.in_(list(comment_ids)) & (report.c.state != OPEN)
        reviewed = (review.c.site_id == ctx.site.id) & (review.c.reviewed_at >= lately)
        connection.execute(delete(review).where(reviewed, review.c.comment_id.in_(list(comment_ids))))
        values = {"state": OPEN, "settled_at": None, "settled_by": None}
        return connection.execute(update(report).where(which).values(values)).rowcount

    return ctx.tables.write(work)


def forget_reporters(connection: Connection, site_id: int, now: datetime) -> int:
    """Empty the hashes of settled reports whose reporters' record counts no more. How many."""
    is_over = report.c.settled_at < milliseconds(now - RECORD_LASTS)
    old = (report.c.site_id == site_id) & report.c.reporter.is_not(None) & is_over
    return connection.execute(update(report).where(old).values(reporter=None, identity_id=None, words="")).rowcount


def forget_identity(connection: Connection, identity_id: str) -> None:
    """Nobody shall know any more that this person reported, nor what they said."""
    mine = report.c.identity_id == identity_id
    connection.execute(update(report).where(mine).values(reporter=None, identity_id=None, words=""))


def forget_comments(connection: Connection, comment_ids: Sequence[str]) -> None:
    """Remove all that was said about comments which are gone."""
    connection.execute(delete(report).where(report.c.comment_id.in_(list(comment_ids))))
    connection.execute(delete(review).where(review.c.comment_id.in_(list(comment_ids))))


def _open(ctx: PluginContext) -> ColumnElement[bool]:
    return (report.c.site_id == ctx.site.id) & (report.c.state == OPEN)


def _has_reported(connection: Connection, comment_id: str, reporter: Reporter) -> bool:
    who = report.c.reporter == reporter.mark
    if reporter.identity_id is not None:
        who = or_(who, report.c.identity_id == reporter.identity_id)
    query = select(report.c.id).where(report.c.comment_id == comment_id, who).limit(1)
    return connection.execute(query).first() is not None


def _tally(connection: Connection, comment_id: str, *, is_new: bool) -> Tally:
    weight = select(func.coalesce(func.sum(report.c.weight), 0)).where(
        report.c.comment_id == comment_id, report.c.state == OPEN
    )
    reviewed = select(review.c.comment_id).where(review.c.comment_id == comment_id)
    return Tally(
        weight=int(connection.execute(weight).scalar_one()),
        is_new=is_new,
        is_reviewed=connection.execute(reviewed).first() is not None,
    )


def _settle(
    connection: Connection, ctx: PluginContext, comment_ids: Sequence[str], state: str, actor: str, at: int
) -> int:
    which = _open(ctx) & report.c.comment_id.in_(list(comment_ids))
    return connection.execute(update(report).where(which).values(state=state, settled_at=at, settled_by=actor)).rowcount
