"""A comment's own page: what it says, where it stands, what plugins thought, all that happened to it, and every action
as a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from embedcomments.domain.comments import Comment, CommentState
from embedcomments.domain.errors import CommentNotFound, EmbedCommentsError, InvalidRequest
from embedcomments.domain.identities import Actor, Moderator
from embedcomments.domain.permissions import Right
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Thread
from embedcomments.services.history import Happening, history_of
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import moving
from embedcomments.web.addresses import web_url
from embedcomments.web.admin import session
from embedcomments.web.admin.access import needs, require_right
from embedcomments.web.admin.differences import differences
from embedcomments.web.admin.frame import admin_url, draw, go, open_site
from embedcomments.web.admin.told import changes_of, words_of
from embedcomments.web.parts import parts

blueprint = Blueprint("admin_comment", __name__)

MAX_REASON = 1000
PUBLISHED, HELD, SPAM, DELETED = CommentState


@dataclass(frozen=True, slots=True)
class Deed:
    """A button: its words, its looks (a CSS class), and what the notice says."""

    title: str
    done: str
    look: str = ""


DEEDS: Mapping[str, Deed] = {
    "publish": Deed("Publish", "Published.", "go"),
    "hold": Deed("Hold", "Held."),
    "spam": Deed("Spam", "Marked as spam."),
    "delete": Deed("Delete", "Deleted. Its words are kept for you, and it can be restored.", "danger"),
    "restore": Deed("Restore", "It is in the state that it had before.", "go"),
    "pin": Deed("Pin", "It stands first in its thread now."),
    "unpin": Deed("Unpin", "It stands in its place again."),
    "close": Deed("Close the branch", "Nobody can answer here any more."),
    "open": Deed("Open the branch", "Answers are taken again."),
    "edit": Deed("Save", "Saved. Readers see that it was edited."),
    "erase": Deed("Erase for good", "Erased. Nothing is left of its words.", "danger"),
    "delete_all": Deed("Delete all by this writer", "Deleted.", "danger"),
    "thread_close": Deed("Close the thread", "The thread takes no new comments."),
    "thread_open": Deed("Open the thread", "The thread takes comments again."),
    "thread_hide": Deed("Hide the thread", "Readers see nothing of the thread now."),
    "thread_show": Deed("Show the thread", "Readers see the thread again."),
    "thread_move": Deed("Move", "The thread stands under its new key; the old one leads there."),
    "thread_merge": Deed("Merge", "All comments stand in that thread now; the old key leads there."),
}


@blueprint.get("/admin/<site>/comments/<comment_id>")
@needs(Right.SEE_COMMENTS)
def show(site: str, comment_id: str) -> Response:
    """The page."""
    found, moderator = open_site(site)
    return _page(found, moderator, _comment(found, comment_id))


@blueprint.post("/admin/<site>/comments/<comment_id>")
@needs(Right.SEE_COMMENTS)
def change(site: str, comment_id: str) -> Response:
    """One of the page's forms."""
    found, moderator = open_site(site)
    session.check_csrf()
    comment = _comment(found, comment_id)
    name = request.form.get("action", "")
    deed = DEEDS.get(name)
    if deed is None:
        return _back(found, comment, "Nothing was done: the page asked for something unknown.", bad=True)
    require_right(_right(name, comment), found)
    reason = request.form.get("reason", "").strip()[:MAX_REASON] or None
    try:
        notice = _do(found, comment, name, reason, session.acting()) or deed.done
    except InvalidRequest as error:
        if name != "edit":
            return _back(found, comment, error.message, bad=True)
        # What was written must not be lost with the answer that refuses it.
        text = request.form.get("text", "")
        return _page(found, moderator, comment, status=422, text=text, notice=error.message, notice_kind="bad")
    except EmbedCommentsError as error:
        return _back(found, comment, error.message, bad=True)
    return _back(found, comment, notice)


def _do(site: Site, comment: Comment, name: str, reason: str | None, actor: Actor) -> str:
    """Do what a button says; the notice, when it is not the usual one."""
    own = parts()
    moderating = own.moderating
    if name == "delete_all":
        if comment.identity_id is None:
            raise InvalidRequest("Nobody knows whose it is.")
        batch = moderating.delete_all(site, comment.identity_id, actor=actor, reason=reason)
        return f"{len(batch.changed)} deleted. The record can put them back."
    if name.startswith("thread_"):
        _do_to_thread(site, comment, name, reason, actor)
        return ""
    deeds: dict[str, Callable[[], object]] = {
        "publish": lambda: moderating.set_state(comment.id, PUBLISHED, actor=actor, reason=reason),
        "hold": lambda: moderating.set_state(comment.id, HELD, actor=actor, reason=reason),
        "spam": lambda: moderating.set_state(comment.id, SPAM, actor=actor, reason=reason),
        "delete": lambda: moderating.set_state(comment.id, DELETED, actor=actor, reason=reason),
        "restore": lambda: own.undoing.restore(comment.id, actor=actor, reason=reason),
        "pin": lambda: moderating.pin(comment.id, True, actor=actor, reason=reason),
        "unpin": lambda: moderating.pin(comment.id, False, actor=actor, reason=reason),
        "close": lambda: moderating.close_branch(comment.id, True, actor=actor, reason=reason),
        "open": lambda: moderating.close_branch(comment.id, False, actor=actor, reason=reason),
        "edit": lambda: moderating.edit(comment.id, _text(), actor=actor, reason=reason),
        "erase": lambda: moderating.erase(comment.id, actor=actor, reason=reason),
    }
    deeds[name]()
    return ""


def _do_to_thread(site: Site, comment: Comment, name: str, reason: str | None, actor: Actor) -> None:
    own = parts()
    key = own.reading.thread_of(comment).key
    if name in ("thread_close", "thread_open"):
        own.moderating.set_closed(site, key, name == "thread_close", actor=actor, reason=reason)
    elif name in ("thread_hide", "thread_show"):
        own.threads.set_hidden(site, key, name == "thread_hide", actor=actor, reason=reason)
    else:
        act = own.threads.move if name == "thread_move" else own.threads.merge
        act(site, key, own.reading.key(site, request.form.get("key", "")), actor=actor, reason=reason)


def _text() -> str:
    """The text of the form; browsers end lines with two characters."""
    return request.form.get("text", "").replace("\r\n", "\n").replace("\r", "\n").strip("\n")


def _comment(site: Site, comment_id: str) -> Comment:
    comment = parts().reading.comment(comment_id)
    if comment.site_id != site.id:
        raise CommentNotFound("There is no such comment.")
    return comment


def _back(site: Site, comment: Comment, notice: str, *, bad: bool = False) -> Response:
    return go(f"comments/{comment.id}", site, notice, bad=bad)


def _right(name: str, comment: Comment) -> Right:
    """What a button needs: who may only decide about what waits changes neither spam nor what was deleted."""
    is_decision = name in ("publish", "hold") and comment.state in (HELD, PUBLISHED)
    return Right.DECIDE_HELD if is_decision else Right.CHANGE_COMMENTS


def _page(
    site: Site,
    moderator: Moderator,
    comment: Comment,
    *,
    status: int = 200,
    text: str | None = None,
    **notice: str,
) -> Response:
    own = parts()
    sees_record = moderator.may(Right.SEE_RECORD, site.id)
    changes = moderator.may(Right.CHANGE_COMMENTS, site.id)
    thread = own.reading.thread_of(comment)
    with own.database.read() as connection:
        history = history_of(connection, comment) if sees_record else []
        parent = comment_rows.get_comment(connection, comment.parent_id) if comment.parent_id else None
        verdicts = comment_rows.verdicts_of(connection, site.id, [comment.id]).get(comment.id, ())
        aliases = moving.aliases_of(connection, thread.id)
        by_writer = (
            comment_rows.count_comments(
                connection, comment_rows.Filter(site_id=site.id, identity_id=comment.identity_id)
            )
            if comment.identity_id
            else 0
        )
    return draw(
        "comment.html",
        site,
        status=status,
        comment=comment,
        parent=parent,
        parent_url=admin_url(f"comments/{parent.id}") if parent else None,
        thread=thread,
        thread_url=web_url(thread.url or thread.key),
        aliases=aliases,
        author_url=web_url(comment.author.url),
        link_url=web_url(comment.link.url) if comment.link else None,
        verdicts=verdicts,
        history=[_happening(item) for item in history],
        deeds=DEEDS,
        offered=[name for name in _offered(comment) if moderator.may(_right(name, comment), site.id)],
        changes=changes,
        on_thread=_on_thread(thread),
        by_writer=by_writer,
        text=comment.source if text is None else text,
        is_editing=text is not None,
        record_url=f"{admin_url('record')}?{urlencode({'subject': f'comment:{comment.id}'})}",
        **notice,
    )


def _offered(comment: Comment) -> Sequence[str]:
    """The buttons for a comment as it is, the likeliest first."""
    if comment.is_erased:
        return ["open" if comment.closed else "close"]
    by_state = {
        PUBLISHED: ["hold", "spam", "delete"],
        HELD: ["publish", "spam", "delete"],
        SPAM: ["publish", "restore", "delete"],
        DELETED: ["restore"],
    }
    offered = by_state[comment.state]
    if comment.pinned or (comment.is_public and not comment.depth):
        offered.append("unpin" if comment.pinned else "pin")
    return [*offered, "open" if comment.closed else "close"]


def _on_thread(thread: Thread) -> Sequence[str]:
    return ["thread_open" if thread.closed else "thread_close", "thread_show" if thread.hidden else "thread_hide"]


def _happening(item: Happening) -> dict[str, Any]:
    before, after = item.before.get("text"), item.after.get("text")
    return {
        "at": item.at,
        "words": words_of(item.action),
        "actor": item.actor,
        "actor_kind": item.actor_kind.value if item.actor_kind else "",
        "changes": changes_of(item.before, item.after),
        "reason": item.reason,
        "parts": differences(before, after) if isinstance(before, str) and isinstance(after, str) else [],
        "batch_url": f"{admin_url('record')}?{urlencode({'batch': item.batch})}" if item.batch else None,
    }
