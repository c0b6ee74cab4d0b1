"""All sites that a moderator may open, and the way to another one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from embedcomments.domain.errors import Conflict, InvalidRequest, NotAllowed
from embedcomments.domain.identities import Moderator
from embedcomments.domain.permissions import Right
from embedcomments.domain.sites import Site, normalise_origin
from embedcomments.web.admin import session
from embedcomments.web.admin.access import needs
from embedcomments.web.admin.frame import admin_url, draw, go, open_site
from embedcomments.web.admin.site import MAX_TITLE
from embedcomments.web.parts import parts
from embedcomments.web.schemas import one_line

blueprint = Blueprint("admin_sites", __name__)

FIELDS = ("name", "title", "origin")


@blueprint.get("/admin/<site>/sites")
@needs(Right.SEE_COMMENTS)
def show(site: str) -> Response:
    """The sites with their numbers."""
    found, moderator = open_site(site)
    return _page(found, moderator)


@blueprint.post("/admin/<site>/sites")
@needs(Right.MANAGE_SITE)
def add(site: str) -> Response:
    """Add a site; its page with the snippet follows. Only for who owns all sites."""
    found, moderator = open_site(site)
    session.check_csrf()
    if not moderator.owns_everything:
        raise NotAllowed("Only who owns all sites can add one.")
    own = parts()
    sent = {name: request.form.get(name, "").strip() for name in FIELDS}
    title = one_line(sent["title"])
    errors: dict[str, list[str]] = {}
    if len(title) > MAX_TITLE:
        errors["title"] = [f"At most {MAX_TITLE} characters."]
    try:
        origin = normalise_origin(sent["origin"]) if sent["origin"] else None
    except InvalidRequest as error:
        origin, errors = None, {**errors, **error.data["errors"]}
    if not errors:
        try:
            made = own.sites.add(sent["name"], title, actor=session.acting())
        except (InvalidRequest, Conflict) as error:
            errors["name"] = [str(error)]
    if errors:
        return _page(found, moderator, errors=errors, values=sent, status=422)
    if origin is not None:
        own.sites.add_origin(made, origin, actor=session.acting())
    return go("site", made, f"{title or made.name} is there. Paste its snippet into your pages.")


def _page(
    site: Site,
    moderator: Moderator,
    *,
    errors: dict[str, list[str]] | None = None,
    values: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    own = parts()
    numbers = own.sites.summaries()
    return draw(
        "sites.html",
        site,
        status=status,
        rows=[
            _row(one, numbers.get(one.id, (0, 0, 0)), moderator)
            for one in own.sites.all()
            if moderator.moderates(one.id)
        ],
        may_add=moderator.owns_everything,
        errors=errors or {},
        values=values or dict.fromkeys(FIELDS, ""),
    )


def _row(site: Site, numbers: tuple[int, int, int], moderator: Moderator) -> dict[str, Any]:
    threads, published, held = numbers
    return {
        "name": site.name,
        "title": site.title,
        "origins": site.origins,
        "threads": threads,
        "published": published,
        "held": held,
        "desk_url": admin_url(site=site.name),
        "settings_url": admin_url("site", site.name) if moderator.may(Right.MANAGE_SITE, site.id) else None,
    }
