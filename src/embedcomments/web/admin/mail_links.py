"""What links in mails open: one decision on one comment, the end of notices, a new address. They need no session and
can do nothing else; GET and HEAD change nothing, for mail scanners follow links."""

from __future__ import annotations

from flask import Blueprint, Response, request
from markupsafe import Markup

from embedcomments.domain.errors import BadToken, Conflict, InvalidRequest
from embedcomments.web.admin import session
from embedcomments.web.admin.access import Everybody, needs
from embedcomments.web.admin.frame import admin_url, draw
from embedcomments.web.parts import parts

blueprint = Blueprint("admin_mail_links", __name__)

CALLS_PER_MINUTE = 60


@blueprint.get("/admin/decide")
@needs(Everybody.STRANGERS)
def ask() -> Response:
    """The comment, and one button."""
    return _decision(request.args.get("token", ""))


@blueprint.post("/admin/decide")
@needs(Everybody.STRANGERS)
def decide() -> Response:
    """Do it, unless the comment was decided or changed since the mail was written."""
    parts().limits.hit("mail-link", request.remote_addr or "", CALLS_PER_MINUTE)
    token = request.form.get("token", "")
    session.check_csrf(token)
    try:
        parts().notices.decide(token)
    except BadToken as error:
        return _over(error.message)
    except Conflict:
        return _decision(token)
    return _decision(token, done=True)


@blueprint.get("/admin/unsubscribe")
@needs(Everybody.STRANGERS)
def ask_to_end() -> Response:
    """One button."""
    return _subscription(request.args.get("token", ""), done=False)


@blueprint.post("/admin/unsubscribe")
@needs(Everybody.STRANGERS)
def end() -> Response:
    """End these mails. Mail programs send this by themselves, with neither cookie nor form (RFC 8058): the address
    alone says it all, and whoever has it could follow it."""
    parts().limits.hit("mail-link", request.remote_addr or "", CALLS_PER_MINUTE)
    token = request.args.get("token", "") or request.form.get("token", "")
    try:
        parts().notices.unsubscribe(token)
    except BadToken as error:
        return _over(error.message)
    return _subscription(token, done=True)


@blueprint.get("/admin/account/email/confirm")
@needs(Everybody.STRANGERS)
def ask_address() -> Response:
    """The account and the address, and one button."""
    return _address(request.args.get("token", ""), done=False)


@blueprint.post("/admin/account/email/confirm")
@needs(Everybody.STRANGERS)
def confirm_address() -> Response:
    """The account has the address from now on; the old one is told."""
    own = parts()
    own.limits.hit("mail-link", request.remote_addr or "", CALLS_PER_MINUTE)
    token = request.form.get("token", "")
    session.check_csrf(token)
    try:
        answer = _address(token, done=True)
        before = own.accounts.confirm_email(token)
    except (BadToken, InvalidRequest) as error:
        return _over(error.message)
    own.desk_mail.tell_change(before, "another e-mail address was set for")
    return answer


def _address(token: str, *, done: bool) -> Response:
    try:
        moderator, email = parts().accounts.new_address(token)
    except BadToken as error:
        return _over(error.message)
    return draw(
        "account_email_confirm.html",
        done=done,
        name=moderator.name,
        email=email,
        token=token,
        csrf_field=session.csrf_field(token),
    )


def _decision(token: str, *, done: bool = False) -> Response:
    own = parts()
    try:
        asked = own.notices.read(token)
    except BadToken as error:
        return _over(error.message)
    comment = asked.comment
    state = "done" if done else "open" if asked.is_open else "over"
    return draw(
        "decide.html",
        status=410 if state == "over" else 200,
        state=state,
        decision=asked.decision.value,
        name=comment.author.name,
        html=Markup(comment.html),  # it went through the sanitizer when it was written
        created_at=comment.created_at,
        where=asked.thread.title or asked.thread.key,
        site_title=asked.site.title or asked.site.name,
        now=comment.state.value,
        token=token,
        desk_url=admin_url(site=asked.site.name),
        csrf_field=session.csrf_field(token),
    )


def _subscription(token: str, *, done: bool) -> Response:
    try:
        moderator, site = parts().notices.subscription(token)
    except BadToken as error:
        return _over(error.message)
    return draw(
        "unsubscribe.html",
        done=done,
        name=moderator.name,
        site_title=site.title or site.name,
        token=token,
        csrf_field=session.csrf_field(token),
    )


def _over(sentence: str) -> Response:
    return draw("error.html", status=410, title="This link does not work", detail=sentence, back_url=admin_url(site=""))
