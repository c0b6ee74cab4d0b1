"""Light or dark: what the moderator chose for the desk in this browser, kept in a cookie."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, redirect, request

from embedcomments.web.admin import session
from embedcomments.web.admin.access import Everybody, needs

blueprint = Blueprint("admin_theme", __name__)

THEMES = ("", "light", "dark")
LIFETIME = timedelta(days=365)


@blueprint.post("/admin/theme")
@needs(Everybody.SIGNED_IN)
def choose() -> Response:
    """Keep the choice, and go back to the page (``here``) that it was made on."""
    session.require_moderator()
    session.check_csrf()
    theme = request.form.get("theme", "")
    response: Response = redirect(_on_the_desk(request.form.get("here", "")), code=303)  # type: ignore[assignment]
    if theme in THEMES:
        session.keep_theme(response, theme, LIFETIME if theme else timedelta(0))
    return response


def current_theme() -> str:
    """What was chosen, "" to follow the device."""
    found = session.theme()
    return found if found in THEMES else ""


def _on_the_desk(path: str) -> str:
    # Nothing but a path below /admin/: a redirect must lead nowhere else, whatever the form says.
    is_plain = path.startswith("/admin/") and path.isascii() and path.isprintable() and "\\" not in path
    return path if is_plain else "/admin/"
