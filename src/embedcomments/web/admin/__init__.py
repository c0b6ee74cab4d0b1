"""The desk: first-party pages for moderators, rendered here, working without JavaScript, never framed.

``session`` knows who is signed in, ``frame`` draws what stands around each page, the others are the pages.
"""

from __future__ import annotations

from flask import Flask
from werkzeug.exceptions import HTTPException

from embedcomments.domain.errors import EmbedCommentsError
from embedcomments.web.admin import extensions, health, plugins, session, sign_in, site
from embedcomments.web.admin.frame import error_page, register_frame, sign_in_first, unexpected_page


def register_admin(app: Flask) -> None:
    """Add the desk to ``app``."""
    for module in (sign_in, site, plugins, health, extensions):
        module.blueprint.before_request(session.forbid_other_origins)
        module.blueprint.after_request(session.shield)
        module.blueprint.register_error_handler(session.SignInNeeded, sign_in_first)
        module.blueprint.register_error_handler(EmbedCommentsError, error_page)
        module.blueprint.register_error_handler(HTTPException, error_page)
        module.blueprint.register_error_handler(Exception, unexpected_page)
        app.register_blueprint(module.blueprint)
    register_frame(app)
