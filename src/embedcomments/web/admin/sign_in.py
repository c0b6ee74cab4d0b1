"""Signing in and out, and the desk's front door."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request

from embedcomments.web.admin import session
from embedcomments.web.admin.frame import admin_url, draw, nav_pages
from embedcomments.web.admin.providers import offered
from embedcomments.web.parts import parts

blueprint = Blueprint("admin_sign_in", __name__)

SIGN_INS_PER_MINUTE = 20


@blueprint.get("/admin/")
def door() -> Response:
    """The first site that the moderator may open."""
    moderator = session.require_moderator()
    for site in parts().sites.all():
        if moderator.moderates(site.id):
            return _to(admin_url(site=site.name))
    return draw("sign_in.html", status=403, state="none", site_name="", providers=offered())


@blueprint.get("/admin/<site>/")
def first_page(site: str) -> Response:
    """The first page of the site's desk: the queue when a plugin has one."""
    session.require_moderator()
    found = parts().sites.get(site)
    session.require_moderator(found)
    for item, page in nav_pages(found):
        return _to(admin_url(f"{item.plugin.name}/{page.path}", found.name))
    return _to(admin_url("site", found.name))


@blueprint.get("/admin/sign-in")
def ask() -> Response:
    """Show a link's one button. Looking changes nothing: mail scanners look."""
    token = request.args.get("token", "")
    if not token:
        return draw("sign_in.html", state="none", site_name="", providers=offered())
    if not parts().signing_in.is_open(token):
        return draw("sign_in.html", status=410, state="over", site_name="", providers=offered())
    return draw(
        "sign_in.html",
        state="ready",
        token=token,
        site_name="",
        providers=offered(),
        csrf_field=session.csrf_field(token),
    )


@blueprint.post("/admin/sign-in")
def sign_in() -> Response:
    """Use the link up and begin a session."""
    own = parts()
    own.limits.hit("sign-in", request.remote_addr or "", SIGN_INS_PER_MINUTE)
    token = request.form.get("token", "")
    session.check_csrf(token)
    secret = own.signing_in.redeem(token)
    if secret is None:
        return draw("sign_in.html", status=410, state="over", site_name="", providers=offered())
    response = _to(admin_url(site=""))
    session.begin_session(response, secret)
    return response


@blueprint.post("/admin/sign-out")
def sign_out() -> Response:
    """End the session, here and in the database."""
    secret = session.session_secret()
    if secret:
        session.check_csrf()
        parts().signing_in.sign_out(secret)
    response = _to("/admin/sign-in")
    session.end_session(response)
    return response


def _to(url: str) -> Response:
    return redirect(url, code=303)  # type: ignore[return-value]
