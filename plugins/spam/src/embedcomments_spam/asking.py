"""Akismet is asked about comments, where a site has a key of it; nothing leaves the server elsewhere.

A post never waits for it: the comment is held, a job asks as soon as it is stored, and what Akismet calls no spam is
published if nothing else held it. Whatever is no answer leaves it held, and the job tries again. Trusted writers and
what is spam by our own rules are not asked about, nor are mentions, which have no sender's address.

Akismet wants the sender's address and browser, and feedback with the same. The core stores neither: what is needed
stands here sealed, under a key of the site's, until the comment is deleted or two weeks are over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Connection, Row, delete, func, select, update

from embedcomments.api import (
    Action,
    ActorKind,
    Comment,
    CommentEvent,
    CommentState,
    Draft,
    EmbedCommentsError,
    EventKind,
    PluginContext,
    Verdict,
)
from embedcomments_spam.akismet_words import Question, Said, Unanswered, is_installed
from embedcomments_spam.rules import Finding, is_trusted
from embedcomments_spam.tables import asked, asked_state, insert_into

if TYPE_CHECKING:
    from embedcomments_spam.akismet_client import Client

ASK, TELL = "ask-akismet", "tell-akismet"
ATTEMPTS = 14  # with growing pauses, over more than half a day
TIMEOUT_S = 10.0
WAITING = "It waits for the answer of Akismet."
REMEMBERED = timedelta(days=14)
# The comment of a row is there within seconds, or it was refused.
_ORPHANED = timedelta(hours=1)
_REASONS = {
    Said.HAM: "Akismet calls it no spam.",
    Said.SPAM: "Akismet calls it spam.",
    Said.DISCARD: "Akismet is certain that it is spam.",
}
_DECIDED = {EventKind.PUBLISHED: CommentState.PUBLISHED, EventKind.SPAMMED: CommentState.SPAM}
_MAX_LETTERS = 20_000
_PAGE = 400


def is_on(ctx: PluginContext) -> bool:
    """Whether the site asks Akismet."""
    return bool(ctx.settings["akismet"] and ctx.settings["akismet_key"])


def hold(ctx: PluginContext, draft: Draft, verdict: Verdict | None) -> Finding | None:
    """Hold a draft until Akismet has said what it thinks, and note what it is to be told of the sender.

    ``verdict``: what our own rules say of it.
    """
    if not is_on(ctx) or is_trusted(draft, ctx.settings):
        return None
    if verdict is not None and verdict.action is not Action.HOLD:
        return None
    sender = _sender_of(ctx, draft)
    if sender is None:
        return None
    at = _ms(draft.submitted_at)
    row = {
        "site_id": ctx.site.id,
        "mark": _mark(ctx, draft.author.name, draft.text, at),
        "asked_at": at,
        "sender": sender,
    }
    ctx.tables.write(lambda connection: _insert(connection, row))
    return Finding(action=Action.HOLD, score=0.0, reason=WAITING)


def hear(ctx: PluginContext, event: CommentEvent) -> None:
    """Ask about what a reader wrote; tell Akismet of what a moderator decided otherwise; forget what is gone."""
    if event.kind is EventKind.DELETED:
        _forget(ctx, [event.comment_id])
    elif not is_on(ctx):
        return
    elif event.actor_kind is ActorKind.MODERATOR:
        if event.kind in _DECIDED and _to_tell(ctx, ctx.comments.get(event.comment_id)) is not None:
            ctx.jobs.enqueue(TELL, {"comment": event.comment_id}, key=f"{TELL}:{event.comment_id}")
    elif event.kind in (EventKind.SUBMITTED, EventKind.EDITED, EventKind.HELD):
        _begin(ctx, event.comment_id)


def ask(ctx: PluginContext, payload: Mapping[str, Any]) -> None:
    """The job: ask about a comment, and do what follows from the answer. Raises Unanswered, to be tried again."""
    comment = ctx.comments.get(str(payload["comment"]))
    row = None if comment is None else _row_of(ctx, comment.id)
    if comment is None or row is None or row.answer or not is_on(ctx):
        return
    question = _question(ctx, comment, row)
    if comment.state is not CommentState.HELD or question is None:
        _forget(ctx, [comment.id])  # somebody decided meanwhile, and Akismet learns nothing of it
        return
    try:
        said = client_of(ctx).check(question)
    except Unanswered as error:
        note_state(ctx, error.message)
        raise
    ctx.tables.write(
        lambda connection: connection.execute(update(asked).where(_is_of(ctx, comment.id)).values(answer=said.value))
    )
    note_state(ctx, "")
    _act(ctx, comment.id, said)


def tell(ctx: PluginContext, payload: Mapping[str, Any]) -> None:
    """The job: tell Akismet that it was wrong, by what the comment is now. Raises Unanswered, to be tried again."""
    comment = ctx.comments.get(str(payload["comment"]))
    is_spam = _to_tell(ctx, comment)
    if comment is None or is_spam is None or not is_on(ctx):
        return
    row = _row_of(ctx, comment.id)
    question = None if row is None else _question(ctx, comment, row)
    if question is None:
        return
    try:
        client_of(ctx).tell(question, is_spam=is_spam)
    except Unanswered as error:
        note_state(ctx, error.message)
        raise
    told = Said.SPAM if is_spam else Said.HAM
    ctx.tables.write(
        lambda connection: connection.execute(update(asked).where(_is_of(ctx, comment.id)).values(told=told.value))
    )
    note_state(ctx, "")


def client_of(ctx: PluginContext, *, timeout_s: float = TIMEOUT_S) -> Client:
    """Who asks for the site. Raises Unanswered where the library is missing."""
    if not is_installed():
        raise Unanswered("Akismet's library is missing: pip install 'embedcomments-spam[akismet]'.")
    # An extra that takes a quarter of a second to load: only sites with a key pay for it, and in a job.
    from embedcomments_spam.akismet_client import Client

    return Client(ctx.outbound, ctx.settings["akismet_key"], _blog(ctx), timeout_s=timeout_s)


def note_state(ctx: PluginContext, fault: str) -> None:
    """Remember, for the desk, how the last request ended: "" is well."""
    row = {"site_id": ctx.site.id, "at": _ms(ctx.now()), "fault": fault[:200]}

    def work(connection: Connection) -> None:
        insert = insert_into(connection, asked_state).values(row)
        new = {name: insert.excluded[name] for name in ("at", "fault")}
        connection.execute(insert.on_conflict_do_update(index_elements=["site_id"], set_=new))

    ctx.tables.write(work)


def state_of(ctx: PluginContext) -> Mapping[str, Any]:
    """For the desk: ``fault`` (None before the first request), ``at``, and how many of the last two weeks' comments
    ``wait``, were called ``ham`` or ``spam``, and were ``told`` of."""
    with ctx.tables.read() as connection:
        last = connection.execute(select(asked_state).where(asked_state.c.site_id == ctx.site.id)).one_or_none()
        query = select(asked.c.answer, func.count()).where(
            asked.c.site_id == ctx.site.id, asked.c.comment_id.is_not(None)
        )
        counts: dict[str, int] = {row[0]: row[1] for row in connection.execute(query.group_by(asked.c.answer))}
        query = select(func.count()).where(asked.c.site_id == ctx.site.id, asked.c.told != "")
        told = connection.execute(query).scalar_one()
    return {
        "fault": None if last is None else last.fault,
        "at": None if last is None else datetime.fromtimestamp(last.at / 1000, tz=ctx.now().tzinfo),
        "wait": counts.get("", 0),
        "ham": counts.get(Said.HAM.value, 0),
        "spam": counts.get(Said.SPAM.value, 0) + counts.get(Said.DISCARD.value, 0),
        "told": told,
    }


def known_of(ctx: PluginContext, identity_id: str) -> Sequence[Mapping[str, Any]]:
    """What stands here of a person's comments."""
    found = []
    for row in _rows_of(ctx, identity_id):
        sender = _unsealed(ctx, row.sender) or {}
        found.append({"comment": row.comment_id, "akismet": row.answer or None, "told": row.told or None, **sender})
    return found


def forget_person(ctx: PluginContext, identity_id: str) -> None:
    """Forget what stands here of a person's comments."""
    _forget(ctx, [row.comment_id for row in _rows_of(ctx, identity_id)])


def forget_old(connection: Connection, site_id: int, now: datetime) -> None:
    """Forget what is two weeks old, and what belongs to no comment."""
    here = delete(asked).where(asked.c.site_id == site_id)
    connection.execute(here.where(asked.c.asked_at < _ms(now - REMEMBERED)))
    connection.execute(here.where(asked.c.comment_id.is_(None), asked.c.asked_at < _ms(now - _ORPHANED)))


def forget_site(connection: Connection, site_id: int) -> None:
    """Forget all of a site."""
    for table in (asked, asked_state):
        connection.execute(delete(table).where(table.c.site_id == site_id))


def _begin(ctx: PluginContext, comment_id: str) -> None:
    """Ask about the comment if its text is one that was held for it."""
    comment = ctx.comments.get(comment_id)
    if comment is None or comment.state is not CommentState.HELD:
        return
    mark = _mark(ctx, comment.author.name, comment.source, _ms(comment.edited_at or comment.created_at))

    def work(connection: Connection) -> bool:
        new = (asked.c.site_id == ctx.site.id) & (asked.c.mark == mark)
        if connection.execute(select(asked.c.mark).where(new, asked.c.comment_id.is_(None))).first() is None:
            return False
        connection.execute(delete(asked).where(_is_of(ctx, comment_id)))  # of the text before an edit
        connection.execute(update(asked).where(new).values(comment_id=comment_id))
        return True

    if ctx.tables.write(work):
        ctx.jobs.enqueue(ASK, {"comment": comment_id}, key=f"{ASK}:{comment_id}")


def _act(ctx: PluginContext, comment_id: str, said: Said) -> None:
    comment = ctx.comments.get(comment_id)
    if comment is None or comment.state is not CommentState.HELD or not _is_as_judged(comment):
        return
    if not said.is_spam and (comment.is_hushed or comment.reason != f"{ctx.plugin}: {WAITING}"):
        return  # something else holds it as well
    state = CommentState.SPAM if said.is_spam else CommentState.PUBLISHED
    try:
        ctx.comments.set_state(comment.id, state, reason=_REASONS[said])
    except EmbedCommentsError:
        return  # somebody decided at this very moment


def _is_as_judged(comment: Comment) -> bool:
    # Whoever held it later knew why.
    return comment.state_changed_at in (comment.created_at, comment.edited_at)


def _to_tell(ctx: PluginContext, comment: Comment | None) -> bool | None:
    """Whether Akismet is to be told that it is spam, or that it is none; None when it said or was told as much, or was
    never asked."""
    if comment is None or comment.state not in _DECIDED.values():
        return None
    row = _row_of(ctx, comment.id)
    if row is None or not row.answer:
        return None
    is_spam = comment.state is CommentState.SPAM
    return None if Said(row.told or row.answer).is_spam is is_spam else is_spam


def _question(ctx: PluginContext, comment: Comment, row: Row[Any]) -> Question | None:
    sender = _unsealed(ctx, row.sender)
    if sender is None or comment.is_erased:
        return None
    thread = ctx.comments.thread_of(comment)
    page = thread.url or thread.key
    arguments = {
        "user_agent": sender["user_agent"],
        "permalink": page if page.startswith(("http://", "https://")) else "",
        "comment_type": "reply" if comment.parent_id else "comment",
        "comment_author": comment.author.name,
        "comment_author_email": comment.author.email or "",
        "comment_author_url": comment.author.url or "",
        "comment_content": comment.source[:_MAX_LETTERS],
        "comment_date_gmt": comment.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "recheck_reason": "edit" if comment.edited_at else "",
        "blog_charset": "UTF-8",
    }
    return Question(user_ip=sender["address"], arguments={name: text for name, text in arguments.items() if text})


def _blog(ctx: PluginContext) -> str:
    return next(iter(ctx.site.origins), ctx.public_url)


def _sender_of(ctx: PluginContext, draft: Draft) -> bytes | None:
    """The sealed address and browser; those of the comment itself for an edit, which comes without."""
    if draft.address:
        content = {"address": draft.address, "user_agent": draft.user_agent}
        return _seal(ctx).encrypt(json.dumps(content).encode())
    row = None if draft.previous is None else _row_of(ctx, draft.previous.id)
    return None if row is None else bytes(row.sender)


def _unsealed(ctx: PluginContext, sender: bytes) -> dict[str, str] | None:
    try:
        content: dict[str, str] = json.loads(_seal(ctx).decrypt(bytes(sender)))
    except InvalidToken:  # the server has another secret by now
        return None
    return content


def _seal(ctx: PluginContext) -> Fernet:
    return Fernet(f"{ctx.fingerprint('spam: asked')}=")  # 32 bytes in base64, but for its last sign


def _mark(ctx: PluginContext, name: str, text: str, at: int) -> str:
    # As it is stored, which may lack what a database cannot hold.
    content = f"{name}\n{text}".replace("\0", "").encode(errors="ignore").decode()
    return ctx.fingerprint(f"spam: asked {at} {content}")


def _insert(connection: Connection, row: Mapping[str, Any]) -> None:
    connection.execute(
        insert_into(connection, asked).values({**row, "answer": "", "told": ""}).on_conflict_do_nothing()
    )


def _is_of(ctx: PluginContext, comment_id: str) -> Any:
    return (asked.c.site_id == ctx.site.id) & (asked.c.comment_id == comment_id)


def _row_of(ctx: PluginContext, comment_id: str) -> Row[Any] | None:
    with ctx.tables.read() as connection:
        return connection.execute(select(asked).where(_is_of(ctx, comment_id))).first()


def _rows_of(ctx: PluginContext, identity_id: str) -> Sequence[Row[Any]]:
    rows: list[Row[Any]] = []
    before: str | None = None
    while page := ctx.comments.list(identity_id=identity_id, hidden_threads=True, before=before, limit=_PAGE):
        before = page[-1].id
        query = select(asked).where(asked.c.site_id == ctx.site.id, asked.c.comment_id.in_([item.id for item in page]))
        with ctx.tables.read() as connection:
            rows.extend(connection.execute(query))
    return rows


def _forget(ctx: PluginContext, comment_ids: Sequence[str]) -> None:
    known = [comment_id for comment_id in comment_ids if _row_of(ctx, comment_id) is not None]
    if known:
        ctx.tables.write(
            lambda connection: [connection.execute(delete(asked).where(_is_of(ctx, one))) for one in known]
        )


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
