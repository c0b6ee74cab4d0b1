"""Who may open which page of the desk: each view says so itself, and a view that says nothing is for owners."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from flask import current_app, request
from werkzeug.exceptions import HTTPException

from embedcomments.domain.errors import NotAllowed
from embedcomments.domain.identities import Moderator
from embedcomments.domain.permissions import Right
from embedcomments.domain.sites import Site
from embedcomments.web.admin import session
from embedcomments.web.parts import parts

View = TypeVar("View", bound=Callable[..., Any])
NOT_YOURS = "Your role on this site does not allow that. An owner of the site can change it."


class Everybody(Enum):
    """Views that ask for no right on a site."""

    STRANGERS = "strangers"
    """Ways to sign in, and links that bring their own proof."""
    SIGNED_IN = "signed in"
    """What concerns oneself alone."""


Access = Right | Everybody


def needs(access: Access) -> Callable[[View], View]:
    """Marks a view with what it asks for. Right: on the site of its address."""

    def mark(view: View) -> View:
        view.desk_access = access  # type: ignore[attr-defined]
        return view

    return mark


def access_of(endpoint: str | None) -> Access:
    """What the view of an endpoint asks for."""
    view = current_app.view_functions.get(endpoint or "")
    found: Access = getattr(view, "desk_access", Right.MANAGE_SITE)
    return found


def enforce() -> None:
    """Before each view of the desk. Raises SignInNeeded, SiteNotFound; NotAllowed for a role that is too small."""
    access = access_of(request.endpoint)
    if access is Everybody.STRANGERS:
        return
    moderator = session.require_moderator()
    if isinstance(access, Right):
        site = parts().sites.get((request.view_args or {})["site"])
        session.require_moderator(site)
        if not moderator.may(access, site.id):
            raise NotAllowed(NOT_YOURS)


def require_right(right: Right, site: Site) -> None:
    """For what a view does beyond what it asks for. Raises NotAllowed, SignInNeeded."""
    if not session.require_moderator(site).may(right, site.id):
        raise NotAllowed(NOT_YOURS)


def may_open(moderator: Moderator, path: str, site_id: int) -> bool:
    """Whether a page of the site's desk would open to them."""
    try:
        endpoint, _ = current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return False
    access = access_of(endpoint)
    return not isinstance(access, Right) or moderator.may(access, site_id)
