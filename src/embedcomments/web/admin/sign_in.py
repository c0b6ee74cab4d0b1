"""Signing in and out, and the desk's front door."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request

from embedcomments.domain.errors import EmbedCommentsError, InvalidRequest, MailNotSetUp, RateLimited
from embedcomments.domain.permissions import Right
from embedcomments.services.signing_in import SignIn
from embedcomments.services.tokens import token_hash
from embedcomments.web.admin import session
from embedcomments.web.admin.access import Everybody, may_open, needs
from embedcomments.web.admin.browser import present_browser
from embedcomments.web.admin.frame import admin_url, draw, draw_sign_in, nav_pages, path_on_desk
from embedcomments.web.parts import parts
from embedcomments.web.problems import describe

blueprint = Blueprint("admin_sign_in", __name__)

SIGN_INS_PER_MINUTE = 20
LINK = "/admin/sign-in"
SECOND_STEP = "/admin/sign-in/second-step"


@blueprint.get("/admin/")
@needs(Everybody.SIGNED_IN)
def door() -> Response:
    """The first site that the moderator may open."""
    moderator = session.require_moderator()
    for site in parts().sites.all():
        if moderator.moderates(site.id):
            return _to(admin_url(site=site.name))
    return draw_sign_in(status=403)


@blueprint.get("/admin/<site>/")
@needs(Right.SEE_COMMENTS)
def first_page(site: str) -> Response:
    """The first page of the site's desk: the queue when a plugin has one."""
    found = parts().sites.get(site)
    for item, page in nav_pages(found):
        return _to(admin_url(f"{item.plugin.name}/{page.path}", found.name))
    own = admin_url("overview", found.name)
    return _to(own if may_open(session.require_moderator(), own, found.id) else "/admin/account")


@blueprint.get("/admin/sign-in")
@needs(Everybody.STRANGERS)
def ask() -> Response:
    """Ways to sign in; or a link's one button. Looking changes nothing: mail scanners look."""
    token = request.args.get("token", "")
    if not token:
        return draw_sign_in(back=request.args.get("next", ""))
    if not parts().signing_in.is_open(token):
        return draw_sign_in(status=410, state="over")
    return draw_sign_in(state="ready", token=token, csrf_field=session.csrf_field(token))


@blueprint.post("/admin/sign-in")
@needs(Everybody.STRANGERS)
def by_link() -> Response:
    """Use the link up and begin a session, or go on to the second step."""
    _count_attempt()
    token = request.form.get("token", "")
    session.check_csrf(token)
    found = parts().signing_in.redeem(token, present_browser())
    if found is None:
        return draw_sign_in(status=410, state="over")
    return _go_on(found)


@blueprint.post("/admin/sign-in/password")
@needs(Everybody.STRANGERS)
def by_password() -> Response:
    """Begin a session, or go on to the second step."""
    session.check_csrf(session.SIGN_IN_FORM)
    _count_attempt()
    email, back = request.form.get("email", "")[:300], request.form.get("next", "")
    try:
        found = parts().signing_in.with_password(email, request.form.get("password", ""), present_browser())
    except RateLimited as error:
        return _wait(error, draw_sign_in(status=429, state="wrong", wrong=error.message, email=email, back=back))
    if found is None:
        # One sentence for both, so that nobody learns whose addresses are known.
        words = "That address and password do not belong together."
        return draw_sign_in(status=403, state="wrong", wrong=words, email=email, back=back)
    return _go_on(found, back)


@blueprint.post("/admin/sign-in/mail")
@needs(Everybody.STRANGERS)
def send_link() -> Response:
    """Have a link mailed, if the address is a moderator's; the answer is the same if it is not."""
    session.check_csrf(session.SIGN_IN_FORM)
    own = parts()
    email, back = request.form.get("email", "")[:300], request.form.get("next", "")
    try:
        _count_attempt()
        own.limits.hit("sign-in-mail", request.remote_addr or "", 5)
        own.limits.slow_down("sign-in-mail", token_hash(email.strip().lower()))
        own.desk_mail.send_link(email)
    except RateLimited as error:
        return _wait(error, draw_sign_in(status=429, state="wrong", wrong=error.message, email=email, back=back))
    except (InvalidRequest, MailNotSetUp) as error:
        status, _, sentence = describe(error)
        return draw_sign_in(status=status, state="wrong", wrong=sentence, email=email, back=back)
    return draw_sign_in(state="sent", email=email)


@blueprint.get("/admin/sign-in/second-step")
@needs(Everybody.STRANGERS)
def ask_code() -> Response:
    """The form for a code of the app."""
    found = session.half()
    if found is None:
        return _to(LINK)
    return _draw_code(found[1], request.args.get("next", ""))


@blueprint.post("/admin/sign-in/second-step")
@needs(Everybody.STRANGERS)
def by_code() -> Response:
    """Begin a session by a code."""
    found = session.half()
    if found is None:
        return _to(LINK)
    moderator_id, binding = found
    session.check_csrf(binding)
    _count_attempt()
    back = request.form.get("next", "")
    try:
        secret = parts().signing_in.with_code(moderator_id, request.form.get("code", ""), present_browser())
    except RateLimited as error:
        return _wait(error, _draw_code(binding, back, status=429, wrong=error.message))
    if secret is None:
        return _draw_code(binding, back, status=403, wrong="That code is wrong, or was used already.")
    return _go_on(SignIn(moderator_id=moderator_id, session=secret), back)


@blueprint.post("/admin/sign-out")
@needs(Everybody.STRANGERS)
def sign_out() -> Response:
    """End the session, here and in the database."""
    secret = session.session_secret()
    if secret:
        session.check_csrf()
        parts().signing_in.sign_out(secret)
    response = _to(LINK)
    session.end_session(response)
    return response


def _count_attempt() -> None:
    parts().limits.hit("sign-in", request.remote_addr or "", SIGN_INS_PER_MINUTE)


def _go_on(found: SignIn, back: str = "") -> Response:
    if found.session is None:
        response = _to(f"{SECOND_STEP}?next={path_on_desk(back)}")
        session.begin_half(response, found.moderator_id)
        return response
    response = _to(path_on_desk(back))
    session.begin_session(response, found.session)
    return response


def _draw_code(binding: str, back: str, *, status: int = 200, wrong: str = "") -> Response:
    return draw(
        "second_step.html",
        status=status,
        wrong=wrong,
        next=path_on_desk(back, ""),
        csrf_field=session.csrf_field(binding),
    )


def _wait(error: EmbedCommentsError, response: Response) -> Response:
    response.headers["Retry-After"] = str(error.data["retry_after_s"])
    return response


def _to(url: str) -> Response:
    return redirect(url, code=303)  # type: ignore[return-value]
