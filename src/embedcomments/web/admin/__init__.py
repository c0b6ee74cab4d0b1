"""The desk: first-party pages for moderators, rendered here, working without JavaScript, never framed.

``session`` knows who is signed in, ``frame`` draws what stands around each page, the others are the pages.
"""

from __future__ import annotations

from flask import Blueprint, Flask, Response
from werkzeug.exceptions import HTTPException

from embedcomments.domain.errors import EmbedCommentsError
from embedcomments.web.admin import (
    access,
    account,
    account_proofs,
    comment,
    extensions,
    health,
    invitations,
    jobs,
    mail_links,
    overview,
    people,
    plugins,
    provider_pages,
    record,
    session,
    sign_in,
    site,
    sites,
    theme,
    threads,
)
from embedcomments.web.admin.frame import error_page, prove_first, register_frame, sign_in_first, unexpected_page
from embedcomments.web.shielding import shield


def lost_page(error: HTTPException) -> Response:
    """The page for an address below the desk's that leads nowhere, or not by that method."""
    return shield(error_page(error))


def register_admin(app: Flask) -> None:
    """Add the desk to ``app``."""
    desk = Blueprint("admin", __name__)  # a new one for each app: what is registered on it stays with that app
    desk.before_request(session.forbid_other_origins)
    desk.before_request(session.take_form)
    desk.before_request(access.enforce)
    desk.after_request(shield)
    desk.register_error_handler(session.SignInNeeded, sign_in_first)
    desk.register_error_handler(session.ProofNeeded, prove_first)
    desk.register_error_handler(EmbedCommentsError, error_page)
    desk.register_error_handler(HTTPException, error_page)
    desk.register_error_handler(Exception, unexpected_page)
    for module in (sign_in, provider_pages, account, account_proofs, invitations, mail_links, theme):
        desk.register_blueprint(module.blueprint)
    for module in (overview, threads, record, comment, site, sites, people, plugins, jobs, health, extensions):
        desk.register_blueprint(module.blueprint)
    app.register_blueprint(desk)
    register_frame(app)
