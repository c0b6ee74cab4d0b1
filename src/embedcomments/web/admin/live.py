"""``/admin/SITE/live``: the websocket on which a page of the desk hears that comments of its site changed."""

from __future__ import annotations

import logging

from flask import Blueprint, Flask, Response, g, request
from flask_sock import Sock
from simple_websocket import Server

from embedcomments.domain.errors import EmbedCommentsError
from embedcomments.domain.permissions import Right
from embedcomments.services.feed.desk import DeskFeed
from embedcomments.services.feed.subscriber import Audience, Subscriber
from embedcomments.web.admin import session
from embedcomments.web.admin.access import needs
from embedcomments.web.feed.detach import detach
from embedcomments.web.feed.handshake import check_own_handshake, network_of, status_of, strip_headers
from embedcomments.web.feed.loop import FeedLoop
from embedcomments.web.parts import parts
from embedcomments.web.problems import problem

log = logging.getLogger(__name__)


def register_desk_feed(app: Flask, loop: FeedLoop, desk: DeskFeed) -> None:
    """Add the channel to ``app``, behind ``register_feed``: both use the same options of flask-sock."""
    blueprint = Blueprint("desk_feed", __name__)
    sock = Sock()

    @blueprint.before_request
    def admit() -> Response | None:
        try:
            check_own_handshake(request)
            session.require_moderator()  # before strangers hear whether a site exists
            site = parts().sites.get((request.view_args or {})["site"])
            session.require_moderator(site)
        except EmbedCommentsError as error:
            return _refusal(status_of(error), error.code, error.message)
        except session.SignInNeeded:
            return _refusal(401, "sign_in_needed", "Sign in to the desk first.")
        g.desk_site_id, g.desk_secret = site.id, session.session_secret()
        g.feed_address = network_of(request.remote_addr)
        g.feed_origin = request.headers.get("Origin")
        strip_headers(request.environ)
        loop.start()
        return None

    @sock.route("/admin/<site>/live", bp=blueprint)  # type: ignore[untyped-decorator]
    @needs(Right.SEE_COMMENTS)  # which ``admit`` sees to: a handshake is refused in its own way
    def live(websocket: Server, site: str) -> None:
        site_id, secret = g.desk_site_id, g.desk_secret

        def join(subscriber: Subscriber) -> Audience:
            desk.join(subscriber, site_id, secret)
            return desk

        try:
            ours, early = detach(websocket)
        except OSError:
            log.exception("A websocket could not be taken over")
            return
        loop.adopt(ours, address=g.feed_address, origin=g.feed_origin, early=early, audience=join)

    app.register_blueprint(blueprint)


def _refusal(status: int, code: str, sentence: str) -> Response:
    response = problem(status, code, sentence)
    response.headers["Connection"] = "close"
    return response
