"""The desk's page of bans: whom, for how long, and what else becomes of their comments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from embedcomments.api import CommentState, EmbedCommentsError, Page, PluginContext, PluginRequest, Redirect, Subject
from embedcomments_moderation.bans import (
    KINDS,
    MAX_REASON,
    TERMS,
    Mark,
    NotARange,
    add_ban,
    bans_on,
    email_mark,
    lift_ban,
    list_bans,
    marks_of,
    range_mark,
)
from embedcomments_moderation.forms import Occasion, occasion_of, plain, who
from embedcomments_moderation.kept import ADDRESS, EMAIL, IDENTITY
from embedcomments_moderation.view import way_back

PATH = "bans"
PAGE_SIZE = 50
DELETE_ALL_JOB = "delete_all"
# More than this would keep the moderator waiting: a job does it.
AT_ONCE = 200
_STANDING = [state for state in CommentState if state is not CommentState.DELETED]


def bans_page(ctx: PluginContext, request: PluginRequest) -> Page | Redirect:
    """The list, or with ``comment`` the form about its writer; or do what a form asks."""
    if request.method == "POST":
        return _do(ctx, request)
    asked = request.query.get("comment", "")
    if asked:
        occasion = occasion_of(ctx, asked)
        if occasion is None:
            return Redirect(path=PATH, notice="There is no writer who could be banned by that comment.")
        return _form(ctx, occasion, request.query.get("back", ""))
    return _list(ctx, request)


def delete_all_job(ctx: PluginContext, payload: Mapping[str, Any]) -> None:
    """The job: delete everything of a writer."""
    ctx.comments.delete_all(payload["identity"], actor=payload["actor"], reason=payload["reason"] or None)


def _list(ctx: PluginContext, request: PluginRequest, typed: str = "", wrong: str = "") -> Page:
    before = request.query.get("before", "")
    found = list_bans(ctx, before=int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None,
                      limit=PAGE_SIZE + 1)  # fmt: skip
    shown = found[:PAGE_SIZE]
    return Page(
        template="bans.html",
        status=422 if wrong else 200,
        values={
            "bans": shown,
            "now": ctx.now(),
            "kinds": {"identity": "Browser", "email": "E-mail", "address": "Address", "network": "Network"},
            "terms": TERMS,
            "typed": typed,
            "wrong": wrong,
            "next": shown[-1].id if len(found) > PAGE_SIZE else None,
            "is_first": not before,
        },
    )


def _form(ctx: PluginContext, occasion: Occasion, back: str) -> Page:
    comment = occasion.comment
    marks = marks_of(ctx, comment)
    present = bans_on(ctx, comment)
    ends = [ban.ends_at for ban in present if ban.ends_at is not None]
    return Page(
        template="ban.html",
        title=f"Ban {occasion.name}",
        values={
            "occasion": occasion,
            "choices": [(kind, KINDS[kind], kind in (IDENTITY, EMAIL, ADDRESS)) for kind in KINDS if kind in marks],
            "is_old": comment.sender is None,
            "terms": TERMS,
            "present": present,
            "longest": max(ends) if present and len(ends) == len(present) else None,
            "others": ctx.comments.count(states=_STANDING, identity_id=comment.identity_id),
            "max_reason": MAX_REASON,
            "back": back,
            "way_back": way_back(back, comment.id) or "",
        },
    )


def _do(ctx: PluginContext, request: PluginRequest) -> Page | Redirect:
    match request.form.get("action"):
        case "ban":
            return _ban_writer(ctx, request)
        case "ban_typed":
            return _ban_typed(ctx, request)
        case "lift":
            number = request.form.get("ban", "")
            lifted = lift_ban(ctx, int(number)) if number.isascii() and number.isdigit() and len(number) < 18 else None
            if lifted is None:
                return Redirect(path=PATH, notice="That ban was not there any more.")
            ctx.audit.record("unban", Subject(kind="ban", id=str(lifted.id)), before=_told(lifted.kind, lifted.label,
                             lifted.reason, lifted.is_shadow), actor=who(request))  # fmt: skip
            return Redirect(path=PATH, notice=f"{lifted.label} may comment again.")
    return Redirect(path=PATH, notice="Nothing was done: the page asked for something unknown.")


def _ban_writer(ctx: PluginContext, request: PluginRequest) -> Redirect:
    comment_id = request.form.get("comment", "")
    occasion = occasion_of(ctx, comment_id)
    back = request.form.get("back", "")
    if occasion is None:
        return Redirect(path=PATH, notice="Nothing was done: that comment is gone.")
    known = marks_of(ctx, occasion.comment)
    chosen = [known[kind] for kind in request.form_lists.get("kind", ()) if kind in known]
    if not chosen or request.form.get("term") not in TERMS:
        again = urlencode({"comment": comment_id, "back": back} if back else {"comment": comment_id})
        return Redirect(path=f"{PATH}?{again}", notice="Nothing was done: say whom to ban, and how long.")
    _ban(ctx, request, chosen, occasion.name, occasion.comment.id)
    notice = f"{occasion.name} is banned."
    if request.form.get("delete_all") == "yes":
        notice = f"{notice} {_delete_all(ctx, request, occasion)}"
    to_queue = way_back(back, comment_id)
    return Redirect(path=PATH if to_queue is None else to_queue, notice=notice)


def _ban_typed(ctx: PluginContext, request: PluginRequest) -> Page | Redirect:
    typed = plain(request.form.get("who", ""), 254)
    try:
        mark = email_mark(ctx, typed) if "@" in typed else range_mark(ctx, typed)
    except NotARange as error:
        return _list(ctx, request, typed, str(error))
    if request.form.get("term") not in TERMS:
        return _list(ctx, request, typed, "Say how long.")
    # What was typed is not kept; the reason may say whom it is about.
    label = "An e-mail address" if mark.kind == EMAIL else "An address or range"
    _ban(ctx, request, [mark], label, None)
    return Redirect(path=PATH, notice=f"{typed} is banned.")


def _ban(ctx: PluginContext, request: PluginRequest, marks: list[Mark], label: str, comment_id: str | None) -> None:
    reason = plain(request.form.get("reason", ""), MAX_REASON)
    is_shadow = request.form.get("shadow") == "yes"
    _, lasts = TERMS[request.form["term"]]
    ends_at = None if lasts is None else ctx.now() + lasts
    batch = ctx.comments.new_batch()
    for mark in marks:
        add_ban(
            ctx, mark, label=label, reason=reason, is_shadow=is_shadow, ends_at=ends_at, by=who(request),
            comment_id=comment_id,
        )  # fmt: skip
        subject = Subject(kind="comment", id=comment_id) if comment_id else Subject(kind="ban", id=mark.kind)
        after = {**_told(mark.kind, label, reason, is_shadow), "until": ends_at.isoformat() if ends_at else None}
        ctx.audit.record("ban", subject, after=after, actor=who(request), batch=batch)


def _delete_all(ctx: PluginContext, request: PluginRequest, occasion: Occasion) -> str:
    identity_id = occasion.comment.identity_id
    if identity_id is None:
        return ""
    reason = plain(request.form.get("reason", ""), MAX_REASON)
    if ctx.comments.count(states=_STANDING, identity_id=identity_id) > AT_ONCE:
        payload = {"identity": identity_id, "actor": who(request), "reason": reason}
        ctx.jobs.enqueue(DELETE_ALL_JOB, payload, key=identity_id)
        return "Their comments are being deleted."
    try:
        done = ctx.comments.delete_all(identity_id, actor=who(request), reason=reason or None)
    except EmbedCommentsError:
        return "Their comments could not be deleted."
    count = len(done.changed)
    return f"{count} comment{'' if count == 1 else 's'} deleted."


def _told(kind: str, label: str, reason: str, is_shadow: bool) -> dict[str, Any]:
    return {"kind": kind, "writer": label, "reason": reason, "hidden": is_shadow}
