"""Accepting an invitation. Looking at its link changes nothing: mail scanners look."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request

from embedcomments.domain.errors import BadToken, Conflict, InvalidRequest
from embedcomments.services.passwords import MIN_LENGTH
from embedcomments.web.admin import session
from embedcomments.web.admin.access import Everybody, needs
from embedcomments.web.admin.browser import present_browser
from embedcomments.web.admin.frame import draw
from embedcomments.web.parts import parts

blueprint = Blueprint("admin_invitations", __name__)

CALLS_PER_MINUTE = 20


@blueprint.get("/admin/invitation")
@needs(Everybody.STRANGERS)
def ask() -> Response:
    """What one is invited to, and the form to accept."""
    return _page(request.args.get("token", ""))


@blueprint.post("/admin/invitation")
@needs(Everybody.STRANGERS)
def accept() -> Response:
    """Use it up: for a new account, which is signed in by this, or for whoever is signed in."""
    own = parts()
    own.limits.hit("sign-in", request.remote_addr or "", CALLS_PER_MINUTE)
    token = request.form.get("token", "")
    session.check_csrf(token)
    moderator = session.current_moderator()
    try:
        if moderator is not None:
            own.people.accept_as(token, moderator)
            return _to("/admin/")
        made = own.people.accept_as_new(
            token,
            name=request.form.get("name", ""),
            email=request.form.get("email", "")[:300],
            password=request.form.get("password", ""),
            has_mail=own.mailing.is_set_up,
        )
    except InvalidRequest as error:
        return _page(token, errors=error.data["errors"], status=422)
    except Conflict as error:
        return _page(token, errors={"email": [error.message]}, status=409)
    except BadToken:
        return _page(token)
    response = _to("/admin/")
    session.begin_session(response, own.signing_in.session_for(made.moderator_id, present_browser()))
    if made.unproven is not None:
        own.desk_mail.ask_new_address(made.moderator_id, made.unproven)
        session.give_notice(response, f"A link is on its way to {made.unproven}. The address is yours once you use it.")
    return response


def _page(token: str, *, errors: dict[str, list[str]] | None = None, status: int = 200) -> Response:
    own = parts()
    found = own.people.open_invitation(token) if token else None
    if found is None:
        return draw("invitation.html", status=410, invitation=None)
    moderator = session.current_moderator()
    site = None if found.site_id is None else own.sites.by_id(found.site_id)
    return draw(
        "invitation.html",
        invitation=found,
        status=status,
        token=token,
        where="" if site is None else site.title or site.name,
        me=moderator.name if moderator else "",
        # Whoever has an account signs in first, so that nobody gets into it by a mailbox alone.
        is_known=moderator is None and own.people.is_known(found),
        errors=errors or {},
        least=MIN_LENGTH,
        mail_is_set_up=own.mailing.is_set_up,
        name=request.form.get("name", "")[:200],
        email=request.form.get("email", "")[:300],
        csrf_field=session.csrf_field(token),
    )


def _to(url: str) -> Response:
    return redirect(url, code=303)  # type: ignore[return-value]
