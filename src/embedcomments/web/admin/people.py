"""The people of a site's desk: who they are, invitations, roles."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from embedcomments.domain.errors import Conflict, InvalidRequest
from embedcomments.domain.permissions import Right, Role
from embedcomments.domain.sites import Site
from embedcomments.services.people import actor_of
from embedcomments.storage.moderators import Account
from embedcomments.web.admin import session
from embedcomments.web.admin.access import needs
from embedcomments.web.admin.frame import admin_url, draw, go, open_site
from embedcomments.web.parts import parts

blueprint = Blueprint("admin_people", __name__)

ROLES = (
    (Role.REVIEWER, "Reviewer", "Publishes what waits, and holds what is published."),
    (Role.MODERATOR, "Moderator", "Does all that concerns comments and those who write them."),
    (Role.OWNER, "Owner", "Sees to settings, plugins and the people of the desk as well."),
)


@blueprint.get("/admin/<site>/people")
@needs(Right.MANAGE_PEOPLE)
def show(site: str) -> Response:
    """Everybody with a role here, and open invitations."""
    found, _ = open_site(site)
    return _page(found)


@blueprint.post("/admin/<site>/people")
@needs(Right.MANAGE_PEOPLE)
def change(site: str) -> Response:
    """One of the page's forms. Who sends it has proved a short while ago who they are."""
    found, _ = open_site(site)
    session.check_csrf()
    moderator = session.require_proof(admin_url("people", found.name))
    by = actor_of(moderator)
    own = parts()
    site_id = None if request.form.get("reach") == "all" else found.id
    action, role = request.form.get("action"), _role()
    number = request.form.get("id", "")
    target = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
    try:
        if action == "invite" and role is not None:
            return _invite(found, site_id, role)
        if action == "role" and role is not None:
            own.people.change_role(target, role, by=by, site_id=site_id)
            return go("people", found, "The role is changed. It holds from now on.")
        if action == "remove":
            own.people.remove(target, by=by, site_id=site_id)
            return go("people", found, "Removed. Their sessions were ended.")
        if action == "revoke":
            gone = own.people.revoke(target, by=by, site_id=site_id)
            return go("people", found, "The invitation was revoked." if gone else "That invitation is over already.")
    except Conflict as error:
        return go("people", found, error.message, bad=True)
    return go("people", found, "Nothing was done: the page asked for something unknown.", bad=True)


def _invite(site: Site, site_id: int | None, role: Role) -> Response:
    own = parts()
    email = request.form.get("email", "").strip()[:300]
    by = actor_of(session.require_moderator())
    try:
        invited = own.people.invite(
            by=by, site_id=site_id, role=role, email=email if email and own.mailing.is_set_up else None
        )
    except InvalidRequest as error:
        return _page(site, errors=error.data["errors"], email=email, status=422)
    if invited.token is None:
        own.desk_mail.send_invitation(invited.id, site_id)
        return go("people", site, f"An invitation is on its way to {email}.")
    # Told on this page and nowhere else: neither an address nor a cookie should hold it.
    return _page(site, link=f"{own.public_url}/admin/invitation?token={invited.token}")


def _role() -> Role | None:
    wanted = request.form.get("role", "")
    return Role(wanted) if wanted in list(Role) else None


def _page(
    site: Site,
    *,
    link: str = "",
    errors: dict[str, list[str]] | None = None,
    email: str = "",
    status: int = 200,
) -> Response:
    own = parts()
    me = session.require_moderator()
    people = own.people.of_site(site.id)
    return draw(
        "people.html",
        site,
        status=status,
        people=[row for account in people for row in _rows(account, site, me.id, me.owns_everything)],
        invitations=[
            {"item": item, "may_change": item.site_id is not None or me.owns_everything}
            for item in own.people.invitations(site.id)
        ],
        roles=[(role.value, title, text) for role, title, text in ROLES],
        mail_is_set_up=own.mailing.is_set_up,
        owns_everything=me.owns_everything,
        link=link,
        errors=errors or {},
        email=email,
    )


def _rows(account: Account, site: Site, my_id: int, owns_everything: bool) -> list[dict[str, Any]]:
    """One row for each role that reaches the site: that on all sites, and that here."""
    person = account.moderator
    return [
        {
            "id": person.id,
            "name": person.name,
            "email": account.email,
            "is_me": person.id == my_id,
            "role": person.roles[reach].value,
            "everywhere": reach is None,
            "may_change": reach is not None or owns_everything,
            "has_totp": account.totp_secret is not None,
            "seen_at": account.seen_at,
        }
        for reach in (None, site.id)
        if reach in person.roles
    ]
