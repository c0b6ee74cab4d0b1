"""``/api/v1/feed``: flask-sock does the handshake, then the feed loop has the socket."""

from __future__ import annotations

import logging
from typing import Any

from flask import Blueprint, Flask, Response, g, request
from flask_sock import Sock
from simple_websocket import Server

from embedcomments.domain.configuration import Config
from embedcomments.domain.errors import EmbedCommentsError
from embedcomments.services.feed.source import FeedSource
from embedcomments.web.feed.connection import FeedLimits
from embedcomments.web.feed.detach import NoThread, detach
from embedcomments.web.feed.handshake import check_handshake, network_of, status_of, strip_headers
from embedcomments.web.feed.loop import FeedLoop
from embedcomments.web.problems import problem

log = logging.getLogger(__name__)

FEED_PATH = "/api/v1/feed"


def limits_from(config: Config) -> FeedLimits:
    """The feed's limits as configured."""
    return FeedLimits(max_sockets=config.feed_max_sockets, max_sockets_per_address=config.feed_max_sockets_per_address)


def register_feed(app: Flask, loop: FeedLoop, source: FeedSource) -> None:
    """Add the feed to ``app``. The loop's threads start with the first socket of a process.

    ``source`` is asked on the request's thread whether the page's origin may connect at all.
    """
    blueprint = Blueprint("feed", __name__)
    sock = Sock()

    @blueprint.before_request
    def admit() -> Response | None:
        try:
            check_handshake(request, source)
        except EmbedCommentsError as error:
            return _problem(error)
        g.feed_origin = request.headers.get("Origin")
        g.feed_address = network_of(request.remote_addr)
        strip_headers(request.environ)
        loop.start()
        return None

    @sock.route(FEED_PATH, bp=blueprint)  # type: ignore[untyped-decorator]
    def feed(websocket: Server) -> None:
        try:
            ours, early = detach(websocket)
        except OSError:
            log.exception("A websocket could not be taken over")
            return
        loop.adopt(ours, address=g.feed_address, origin=g.feed_origin, early=early)

    options: dict[str, Any] = app.config.setdefault("SOCK_SERVER_OPTIONS", {})
    options["thread_class"] = NoThread
    app.register_blueprint(blueprint)


def _problem(error: EmbedCommentsError) -> Response:
    response = problem(status_of(error), error.code, error.message)
    response.headers["Connection"] = "close"
    return response
