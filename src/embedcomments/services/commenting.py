"""What happens to a comment that is written, changed or taken back by its author."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from embedcomments.domain.comments import APART, Author, Comment, CommentKind, CommentState, SourceFormat
from embedcomments.domain.drafts import Draft
from embedcomments.domain.errors import (
    BadToken,
    BranchClosed,
    CommentNotFound,
    EditWindowOver,
    IdempotencyKeyReused,
    InvalidRequest,
    NotAllowed,
    Rejected,
    ThreadClosed,
)
from embedcomments.domain.events import EventKind
from embedcomments.domain.identities import Actor, ActorKind, Identity
from embedcomments.domain.ids import is_id, new_id
from embedcomments.domain.protocols import Clock, Extensions
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Thread, ThreadRef
from embedcomments.domain.verdicts import Action, Decision, Refusal, Verdict, strictest
from embedcomments.services.fingerprints import Fingerprints
from embedcomments.services.placing import new_comment
from embedcomments.services.recording import Recorder
from embedcomments.services.rendering import TextRenderer
from embedcomments.services.tokens import Tokens
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import idempotency, identities
from embedcomments.storage import threads as thread_rows
from embedcomments.storage.database import Database

READER = Actor(kind=ActorKind.READER, name="reader")
AUTHOR = Actor(kind=ActorKind.READER, name="author")
MENTION = Actor(kind=ActorKind.SYSTEM, name="mention")


@dataclass(frozen=True, kw_only=True, slots=True)
class Submission:
    """A new comment as it arrived. ``thread.key`` is normalised; ``proofs`` is what plugins' widget parts sent."""

    thread: ThreadRef
    author: Author
    text: str
    parent_id: str | None = None
    proofs: Mapping[str, Any] = field(default_factory=dict)
    address: str = ""
    user_agent: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """A comment that was taken, and what its author needs to change it."""

    comment: Comment
    edit_token: str
    editable_until: datetime


_BELOW_HUSHED = "It answers a comment that only its author sees."


class _KeyTaken(Exception):
    """The same Idempotency-Key was committed by a parallel request."""


class Commenting:
    """The writing side of the comment service, for readers."""

    def __init__(
        self,
        database: Database,
        extensions: Extensions,
        renderer: TextRenderer,
        tokens: Tokens,
        clock: Clock,
        recorder: Recorder,
        fingerprints: Fingerprints,
    ) -> None:
        self._database = database
        self._extensions = extensions
        self._renderer = renderer
        self._tokens = tokens
        self._clock = clock
        self._recorder = recorder
        self._fingerprints = fingerprints

    def editable_until(self, site: Site, comment: Comment) -> datetime:
        """Until when the author may change it."""
        return comment.created_at + timedelta(seconds=site.settings.edit_window_s)

    def submit(
        self,
        site: Site,
        submission: Submission,
        *,
        identity_id: str | None = None,
        idempotency_key: str | None = None,
        body_hash: str = "",
    ) -> Accepted:
        """Take a new comment: verify, transform, check, render, then one transaction. Durable when it returns.

        ``identity_id``: the person as an edit token proved them. With an ``idempotency_key`` that was used before
        the earlier answer comes again, or IdempotencyKeyReused when ``body_hash`` differs.
        Raises InvalidRequest, ThreadClosed, BranchClosed, Rejected.
        """
        with self._database.read() as connection:
            if idempotency_key is not None:
                earlier = self._answered(connection, site, idempotency_key, body_hash)
                if earlier is not None:
                    return earlier
            thread = thread_rows.get_thread(connection, site.id, submission.thread.key)
            before = 0
            badge = None
            if identity_id is not None:
                known = identities.get_identity(connection, identity_id)
                if known is None or known.site_id != site.id:
                    identity_id = None  # proven, but a stranger here
                else:
                    badge = known.badge
            parent = self._parent(connection, thread, submission.parent_id, identity_id)
            if identity_id is not None:
                published = comment_rows.Filter(
                    site_id=site.id, states=(CommentState.PUBLISHED,), identity_id=identity_id
                )
                before = comment_rows.count_comments(connection, published)
        if thread is not None and site.settings.closes(thread, self._clock.now()):
            raise ThreadClosed("This thread takes no new comments.")
        if parent is not None:
            actor = Actor(identity_id=identity_id)
            if not self._extensions.permits(site, actor, "reply", [parent])[parent.id]:
                raise NotAllowed("This comment takes no answers.")
        draft = Draft(
            site_id=site.id,
            thread=submission.thread,
            author=submission.author,
            text=submission.text,
            submitted_at=self._clock.now(),
            parent=parent,
            identity_id=identity_id,
            published_before=before,
            address=submission.address,
            sender=self._fingerprints.sender(site.id, submission.address),
            user_agent=submission.user_agent,
        )
        _check_length(site, draft.text)

        def admit() -> tuple[Draft, Decision, str]:
            verified = self._extensions.verify(site, draft, submission.proofs)
            if isinstance(verified, Refusal):
                raise Rejected(verified.message, plugin=verified.plugin)
            verdicts = [verified] if verified is not None else []
            if parent is not None and not parent.is_public:
                verdicts.append(Verdict(action=Action.SPAM, reason=_BELOW_HUSHED, plugin="core", is_hushed=True))
            return self._judge(site, draft, *verdicts)

        draft, decision, html = self._extensions.conduct(admit)
        owner = identity_id or new_id(draft.submitted_at)
        try:
            comment = self._insert(site, draft, decision, html, owner, idempotency_key, body_hash, badge)
        except _KeyTaken:
            with self._database.read() as connection:
                earlier = self._answered(connection, site, idempotency_key or "", body_hash)
            if earlier is None:
                raise IdempotencyKeyReused("This Idempotency-Key was used before.") from None
            return earlier
        return self._accepted(site, comment)

    def mention(self, site: Site, draft: Draft) -> Comment:
        """Add a mention by another site, or bring an earlier one by the same page up to date. Raises Rejected."""
        link = draft.link
        if link is None:
            raise InvalidRequest("A mention needs the page that it comes from.")
        draft, decision, html = self.judge(site, draft)
        link = draft.link or link
        with self._database.read() as connection:
            thread = thread_rows.get_thread(connection, site.id, draft.thread.key)
            earlier = comment_rows.find_link(connection, thread.id, link.url, draft.kind) if thread else None
        if earlier is None:
            return self._insert(site, draft, decision, html, None, None, "")

        def renew(present: Comment) -> Comment:
            # As with an edit: another text may send it back to the queue but never out of it, unless it was the page
            # itself that took the mention back (see withdraw_mention).
            returns = present.state is CommentState.DELETED and not present.source
            state = decision.state if present.state is CommentState.PUBLISHED or returns else present.state
            reason = decision.reasons or (None if returns else present.reason)
            present = _placed(present, draft.apart)
            return replace(
                present, author=draft.author, source=draft.text, html=html, link=link, state=state, reason=reason
            )

        return self._recorder.change(
            earlier.id, renew, actor=MENTION, at=draft.submitted_at, verdicts=decision.verdicts
        )

    def withdraw_mention(self, comment: Comment) -> Comment:
        """Take a mention off because its page no longer links here: its words are gone, and which page it was stays,
        so that it comes back when the link does."""

        def erase(present: Comment) -> Comment:
            return replace(present, state=CommentState.DELETED, source="", html="", author=Author(), reason=None)

        return self._recorder.change(comment.id, erase, actor=MENTION, at=self._clock.now())

    def place_mention(self, comment: Comment, apart: bool) -> Comment:
        """Put a mention into the conversation, or apart from it; one that was answered stays where it is."""
        placed = _placed(comment, apart)
        if placed is comment:
            return comment
        return self._recorder.change(comment.id, lambda c: _placed(c, apart), actor=MENTION, at=self._clock.now())

    def edit(self, site: Site, comment: Comment, text: str, actor: Actor) -> Comment:
        """The comment with another text, through the same plugins as a new one; it may be held again.

        Raises NotAllowed, EditWindowOver, Rejected, InvalidRequest.
        """
        self._require_author(site, comment, actor, "edit")
        with self._database.read() as connection:
            thread = thread_rows.get_thread_by_id(connection, comment.thread_id)
            parent = comment.parent_id and comment_rows.get_comment(connection, comment.parent_id)
            published = comment_rows.Filter(
                site_id=site.id, states=(CommentState.PUBLISHED,), identity_id=comment.identity_id
            )
            before = comment_rows.count_comments(connection, published)
        if thread is None:
            raise CommentNotFound("There is no such comment.")
        now = self._clock.now()
        draft = Draft(
            site_id=site.id,
            thread=thread.ref,
            author=comment.author,
            text=text,
            submitted_at=now,
            parent=parent or None,
            identity_id=comment.identity_id,
            published_before=before,
            previous=comment,
            sender=comment.sender,
        )
        _check_length(site, text)
        draft, decision, html = self.judge(site, draft)

        def rewrite(present: Comment) -> Comment:
            if present.state is CommentState.DELETED:
                raise CommentNotFound("There is no such comment.")
            # An edit may send a comment back to the queue but never out of it.
            state = decision.state if present.state is CommentState.PUBLISHED else present.state
            reason = decision.reasons or present.reason
            hushed = present.is_hushed or (present.is_public and decision.is_hushed)
            return replace(
                present, author=draft.author, source=draft.text, html=html, edited_at=now, state=state, reason=reason,
                source_format=SourceFormat.MARKDOWN, is_hushed=hushed,
            )  # fmt: skip

        return self._recorder.change(comment.id, rewrite, actor=AUTHOR, at=now, verdicts=decision.verdicts)

    def withdraw(self, site: Site, comment: Comment, actor: Actor) -> Comment:
        """Delete one's own comment: its words, name and address are gone for good, its place stays while answers do.

        Raises NotAllowed, EditWindowOver.
        """
        self._require_author(site, comment, actor, "delete")

        return self._recorder.change(
            comment.id, Comment.without_words, actor=AUTHOR, at=self._clock.now(), action="comment.withdraw"
        )

    def author_of(self, token: str | None) -> Actor:
        """Who an edit token says they are; a reader without one. Raises BadToken."""
        if token is None:
            return Actor()
        proven = self._tokens.read_edit_token(token)
        return Actor(identity_id=proven.identity_id)

    def judge(self, site: Site, draft: Draft) -> tuple[Draft, Decision, str]:
        """Transform, check and render: the draft as plugins left it, their decision, clean HTML. Raises Rejected."""
        return self._extensions.conduct(lambda: self._judge(site, draft))

    def _judge(self, site: Site, draft: Draft, *verdicts: Verdict) -> tuple[Draft, Decision, str]:
        # ``verdicts`` were given before and count as those of the check do.
        draft = self._extensions.transform(site, draft)
        _check_length(site, draft.text)
        decision = self._extensions.check(site, draft)
        if verdicts:
            decision = strictest([*verdicts, *decision.verdicts])
        if decision.action is Action.REJECT:
            strict = [verdict for verdict in decision.verdicts if verdict.action is Action.REJECT]
            raise Rejected(strict[0].reason or "This comment was refused.", plugin=strict[0].plugin)
        return draft, decision, self.html(site, draft)

    def preview(self, site: Site, text: str) -> str:
        """How a text would be shown, plugins' changes to its words included; nothing is stored or judged."""
        draft = Draft(
            site_id=site.id,
            thread=ThreadRef(key="preview"),
            author=Author(),
            text=text,
            submitted_at=self._clock.now(),
        )
        if not text.strip():
            return ""
        return self._extensions.conduct(lambda: self.html(site, self._extensions.transform(site, draft)))

    def html(self, site: Site, draft: Draft) -> str:
        """Clean HTML of a draft's text, after plugins."""
        if draft.kind is not CommentKind.COMMENT and draft.source_format is SourceFormat.MARKDOWN:
            return self._renderer.plain(draft.text)  # an excerpt of another page is no Markdown of ours
        html = self._renderer.html(draft.text, draft.source_format)
        return self._renderer.clean(self._extensions.html(site, html, draft))

    def _require_author(self, site: Site, comment: Comment, actor: Actor, action: str) -> None:
        if comment.identity_id is None or actor.identity_id != comment.identity_id:
            raise BadToken("This takes the edit token that came with the comment.")
        if comment.state is CommentState.DELETED:
            raise CommentNotFound("There is no such comment.")
        if self._clock.now() > self.editable_until(site, comment):
            raise EditWindowOver("The time in which you could change this comment is over.")
        if not self._extensions.permits(site, actor, action, [comment])[comment.id]:
            raise NotAllowed("This comment cannot be changed just now.")

    def _parent(
        self, connection: Connection, thread: Thread | None, parent_id: str | None, identity_id: str | None
    ) -> Comment | None:
        if parent_id is None:
            return None
        parent = comment_rows.get_comment(connection, parent_id) if is_id(parent_id) else None
        # Whoever thinks that their hushed comment is published may answer it as they could any other.
        answers_own = parent is not None and parent.is_hushed and parent.told_state is CommentState.PUBLISHED
        answers_own = answers_own and parent is not None and parent.identity_id == identity_id
        if parent is None or thread is None or parent.thread_id != thread.id or not (parent.is_public or answers_own):
            sentence = "The comment that this answers is not there any more."
            raise InvalidRequest(sentence, errors={"parent_id": [sentence]})
        return parent

    def _answered(self, connection: Connection, site: Site, key: str, body_hash: str) -> Accepted | None:
        answered = idempotency.find_answer(connection, site.id, key)
        if answered is None:
            return None
        if answered.body_hash != body_hash:
            raise IdempotencyKeyReused("This Idempotency-Key was used before with another body.")
        comment = comment_rows.get_comment(connection, answered.comment_id)
        return None if comment is None else self._accepted(site, comment)

    def _accepted(self, site: Site, comment: Comment) -> Accepted:
        return Accepted(
            comment=comment,
            edit_token=self._tokens.edit_token(comment.id, comment.identity_id or ""),
            editable_until=self.editable_until(site, comment),
        )

    def _insert(
        self,
        site: Site,
        draft: Draft,
        decision: Decision,
        html: str,
        owner: str | None,
        idempotency_key: str | None,
        body_hash: str,
        badge: str | None = None,
    ) -> Comment:
        listeners = self._extensions.event_listeners(site)
        comment_id = new_id(draft.submitted_at)
        parent = draft.parent
        now = draft.submitted_at

        def work(connection: Connection) -> tuple[Comment, str]:
            if idempotency_key is not None and not idempotency.remember_answer(
                connection, site.id, idempotency_key, body_hash, comment_id, now
            ):
                raise _KeyTaken
            thread = thread_rows.ensure_thread(connection, site.id, draft.thread, now)
            if site.settings.closes(thread, now):  # it may have been closed while plugins looked at the draft
                raise ThreadClosed("This thread takes no new comments.")
            if parent is not None and comment_rows.is_in_closed_branch(connection, parent):
                raise BranchClosed("This comment takes no more answers.")
            if owner is not None and draft.identity_id is None:
                identities.add_identity(
                    connection, Identity(id=owner, site_id=site.id, name=draft.author.name, created_at=now)
                )
            comment = new_comment(
                site_id=site.id,
                thread_id=thread.id,
                comment_id=comment_id,
                parent=parent,
                kind=draft.kind,
                state=decision.state,
                created_at=now,
                author=draft.author,
                identity_id=owner,
                source=draft.text,
                source_format=draft.source_format,
                html=html,
                link=draft.link,
                reason=decision.reasons or None,
                apart=draft.apart,
                sender=draft.sender,
                badge=badge,
                is_hushed=decision.is_hushed and owner is not None,
            )
            kind = EventKind.PUBLISHED if comment.is_public else EventKind.SUBMITTED
            stored = self._recorder.insert(
                connection, comment, kind, READER, now, listeners, thread.key, decision.verdicts
            )
            return stored, thread.key

        comment, key = self._database.write(work)
        self._recorder.announce(comment, key)
        return comment


def _placed(mention: Comment, apart: bool) -> Comment:
    """The mention in the conversation or apart from it. One that was answered stays where it is."""
    if apart == mention.is_apart or mention.replies:
        return mention
    return replace(mention, depth=APART if apart else 0)


def _check_length(site: Site, text: str) -> None:
    if not text.strip():
        raise InvalidRequest("There is nothing in the comment yet.", errors={"text": ["Write something first."]})
    if len(text) > site.settings.max_length:
        sentence = f"A comment has at most {site.settings.max_length} characters; this one has {len(text)}."
        raise InvalidRequest(sentence, errors={"text": [sentence]})
