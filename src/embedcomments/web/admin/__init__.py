"""The desk: first-party pages for moderators, rendered here, working without JavaScript, never framed.

``session`` knows who is signed in, ``frame`` draws what stands around each page, the others are the pages.
"""

from __future__ import annotations

from flask import Blueprint, Flask, Response
from werkzeug.exceptions import HTTPException

from embedcomments.domain.errors import EmbedCommentsError
from embedcomments.web.admin import extensions, health, plugins, provider_pages, session, sign_in, site
from embedcomments.web.admin.frame import error_page, register_frame, sign_in_first, unexpected_page


def lost_page(error: HTTPException) -> Response:
    """The page for an address below the desk's that leads nowhere, or not by that method."""
    return session.shield(error_page(error))


def register_admin(app: Flask) -> None:
    """Add the desk to ``app``."""
    desk = Blueprint("admin", __name__)  # a new one for each app: what is registered on it stays with that app
    desk.before_request(session.forbid_other_origins)
    desk.before_request(session.take_form)
    desk.after_request(session.shield)
    desk.register_error_handler(session.SignInNeeded, sign_in_first)
    desk.register_error_handler(EmbedCommentsError, error_page)
    desk.register_error_handler(HTTPException, error_page)
    desk.register_error_handler(Exception, unexpected_page)
    for module in (sign_in, provider_pages, site, plugins, health, extensions):
        desk.register_blueprint(module.blueprint)
    app.register_blueprint(desk)
    register_frame(app)
