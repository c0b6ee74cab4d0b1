"""Mail about held comments: who gets which when, and the links in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import Connection

from embedcomments.domain.audit import Subject
from embedcomments.domain.comments import Comment, CommentState
from embedcomments.domain.errors import BadToken, Conflict, EmbedCommentsError
from embedcomments.domain.identities import Actor, Moderator
from embedcomments.domain.notices import Pace
from embedcomments.domain.permissions import Right
from embedcomments.domain.protocols import Clock
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Thread
from embedcomments.services.mailing.mailing import Mailing
from embedcomments.services.moderating import Moderating
from embedcomments.services.notice_mail import Told, notice_mail
from embedcomments.services.own_jobs import CORE
from embedcomments.services.people import actor_of, require
from embedcomments.services.tokens import Tokens
from embedcomments.storage import audit as audit_rows
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import jobs as job_rows
from embedcomments.storage import moderators as moderator_rows
from embedcomments.storage import notices as rows
from embedcomments.storage import threads as thread_rows
from embedcomments.storage.database import Database
from embedcomments.storage.jobs import JobRow
from embedcomments.storage.notices import DueNotice

NOTICE_JOB = "notice"
LINK_LIFETIME = timedelta(days=7)
MAX_TOLD = 25
ONE_BY_ONE = 5  # who wishes each in a mail of its own gets more than that together


class Decision(StrEnum):
    """What a link in a mail may do to one comment."""

    PUBLISH = "publish"
    SPAM = "spam"
    DELETE = "delete"


RIGHTS = {
    Decision.PUBLISH: Right.DECIDE_HELD,
    Decision.SPAM: Right.CHANGE_COMMENTS,
    Decision.DELETE: Right.CHANGE_COMMENTS,
}
_STATES = {
    Decision.PUBLISH: CommentState.PUBLISHED,
    Decision.SPAM: CommentState.SPAM,
    Decision.DELETE: CommentState.DELETED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a link in a mail asks for. ``is_open``: the comment is as it was in the mail, and still held."""

    decision: Decision
    comment: Comment
    thread: Thread
    site: Site
    moderator: Moderator
    is_open: bool


class Notices:
    """Wishes, mails and their links. The links are signed for one decision on one comment as it was when the mail was
    written: whatever was decided or changed since makes all of them useless, so that each works once and nobody
    publishes words that they have not read."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        mailing: Mailing,
        tokens: Tokens,
        site_by_id: Callable[[int], Site],
        moderating: Callable[[], Moderating],
        public_url: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._mailing = mailing
        self._decisions = tokens.desk_signer("decide")
        self._unsubscriptions = tokens.desk_signer("unsubscribe")
        self._site_by_id = site_by_id
        self._moderating = moderating
        self._public_url = public_url

    def wishes(self, moderator_id: int) -> dict[int, Pace]:
        """Somebody's wishes by the id of the site; absent means never."""
        with self._database.read() as connection:
            return rows.wishes_of(connection, moderator_id)

    def wish(self, moderator: Moderator, site_id: int, pace: Pace) -> None:
        """Replace the wish for a site. Raises NotAllowed for a site whose comments they may not see."""
        actor = actor_of(moderator)
        require(actor, Right.SEE_COMMENTS, site_id)
        self._save(actor, moderator.id, site_id, pace)

    def schedule(self) -> None:
        """Enqueue the mails that are due. Called every minute, in every process."""
        now = self._clock.now()
        with self._database.read() as connection:
            if not rows.is_any_due(connection, now):
                return

        def work(connection: Connection) -> None:
            for due in rows.take_due(connection, now):
                for part in _parts(due):
                    payload = {"moderator_id": due.moderator_id, "comment_ids": list(part)}
                    job_rows.add_job(
                        connection,
                        plugin=CORE,
                        name=NOTICE_JOB,
                        site_id=due.site_id,
                        payload=payload,
                        run_at=now,
                        at=now,
                    )

        self._database.write(work)

    def run(self, row: JobRow) -> None:
        """The job that writes one mail, about those of the comments that still wait; none when none does."""
        moderator_id, ids = row.payload["moderator_id"], row.payload["comment_ids"]
        site = self._site_by_id(row.site_id)
        with self._database.read() as connection:
            account = moderator_rows.get_account(connection, moderator_id)
            found = [comment_rows.get_comment(connection, comment_id) for comment_id in ids[:MAX_TOLD]]
            waiting = [item for item in found if item is not None and item.state is CommentState.HELD]
            threads = thread_rows.threads_by_id(connection, [comment.thread_id for comment in waiting])
        if account is None or account.email is None or not account.moderator.moderates(site.id) or not waiting:
            return
        if not self._mailing.is_set_up:
            return  # it was when this was enqueued; whoever took it away wants no mail
        told = [
            Told(
                comment=comment,
                thread=threads[comment.thread_id],
                links={
                    decision.value: self._link("decide", self._sign(comment, decision, account.moderator.id))
                    for decision in Decision
                    if account.moderator.may(RIGHTS[decision], site.id)
                },
            )
            for comment in waiting
        ]
        token = _text(self._unsubscriptions.dumps([moderator_id, site.id]))
        mail = notice_mail(
            to=account.email,
            site=site,
            told=told,
            left_out=len(ids) - len(ids[:MAX_TOLD]),
            desk_url=f"{self._public_url}/admin/{site.name}/",
            unsubscribe_url=self._link("unsubscribe", token),
        )
        self._mailing.deliver(mail, f"job-{row.id}-{int(row.created_at.timestamp())}")

    def read(self, token: str) -> Asked:
        """What the link asks for. Raises BadToken for one that is not ours or is over, or whose owner may not do that
        any more."""
        comment_id, rev, decision, moderator_id, until = _loads(self._decisions, token, 5)
        if self._clock.now().timestamp() >= until:
            raise BadToken("This link is over: it works for a week.")
        with self._database.read() as connection:
            comment = comment_rows.get_comment(connection, comment_id)
            moderator = moderator_rows.get_moderator(connection, moderator_id)
            thread = None if comment is None else thread_rows.get_thread_by_id(connection, comment.thread_id)
        if comment is None or thread is None or moderator is None:
            raise BadToken("This link leads nowhere any more.")
        wanted = Decision(decision)
        if not moderator.may(RIGHTS[wanted], comment.site_id):
            raise BadToken("Your role does not allow that any more.")
        return Asked(
            decision=wanted,
            comment=comment,
            thread=thread,
            site=self._site_by_id(comment.site_id),
            moderator=moderator,
            is_open=comment.rev == rev and comment.state is CommentState.HELD,
        )

    def decide(self, token: str) -> Asked:
        """Do what the link asks for. Raises BadToken as ``read``; Conflict when the comment is not as it was in the
        mail."""
        asked = self.read(token)
        if not asked.is_open:
            raise Conflict("This comment was decided or changed since the mail was written.")
        self._moderating().set_state(
            asked.comment.id,
            _STATES[asked.decision],
            actor=actor_of(asked.moderator),
            reason=None,
            rev=asked.comment.rev,
        )
        return asked

    def subscription(self, token: str) -> tuple[Moderator, Site]:
        """Whose mails about which site the link ends. Raises BadToken."""
        moderator_id, site_id = _loads(self._unsubscriptions, token, 2)
        with self._database.read() as connection:
            moderator = moderator_rows.get_moderator(connection, moderator_id)
        try:
            site = self._site_by_id(site_id)
        except EmbedCommentsError as error:
            raise BadToken("This link leads nowhere any more.") from error
        if moderator is None:
            raise BadToken("This link leads nowhere any more.")
        return moderator, site

    def unsubscribe(self, token: str) -> None:
        """End these mails; again changes nothing. Raises BadToken."""
        moderator, site = self.subscription(token)
        self._save(actor_of(moderator), moderator.id, site.id, Pace.NEVER)

    def _save(self, actor: Actor, moderator_id: int, site_id: int, pace: Pace) -> None:
        now = self._clock.now()

        def work(connection: Connection) -> None:
            before = rows.wishes_of(connection, moderator_id).get(site_id, Pace.NEVER)
            if before is pace:
                return
            rows.set_wish(connection, moderator_id, site_id, pace, now)
            audit_rows.add_entry(
                connection,
                site_id=site_id,
                at=now,
                actor=actor,
                action="account.notices",
                subject=Subject(kind="moderator", id=str(moderator_id)),
                before={"pace": before},
                after={"pace": pace},
            )

        self._database.write(work)

    def _sign(self, comment: Comment, decision: Decision, moderator_id: int) -> str:
        until = int((self._clock.now() + LINK_LIFETIME).timestamp())
        return _text(self._decisions.dumps([comment.id, comment.rev, decision.value, moderator_id, until]))

    def _link(self, what: str, token: str) -> str:
        return f"{self._public_url}/admin/{what}?token={token}"


def _parts(due: DueNotice) -> Sequence[Sequence[str]]:
    if due.pace is Pace.EACH and len(due.comment_ids) <= ONE_BY_ONE:
        return [[comment_id] for comment_id in due.comment_ids]
    return [due.comment_ids]


def _loads(signer: URLSafeTimedSerializer, token: str, length: int) -> Sequence[Any]:
    try:
        found = signer.loads(token)
    except (BadData, ValueError) as error:
        raise BadToken("This link is not one of ours.") from error
    if not isinstance(found, list) or len(found) != length:
        raise BadToken("This link is not one of ours.")
    return found


def _text(token: str | bytes) -> str:
    return token if isinstance(token, str) else token.decode("ascii")
