"""The Flask application of one instance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from embedcomments.web import admin, comments, files, operations, plugin_routes, thread_page, threads
from embedcomments.web.admin.live import register_desk_feed
from embedcomments.web.bodies import register_draining
from embedcomments.web.cors import register_cors
from embedcomments.web.feed.route import register_feed
from embedcomments.web.hot_posts import HotPosts
from embedcomments.web.kept_answers import HotReads
from embedcomments.web.parts import KEY
from embedcomments.web.problems import register_problems
from embedcomments.wiring import Instance


class _App(Flask):
    """Flask without the look whether a view is a coroutine, at each of its calls: none is."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(instance: Instance) -> Flask:
    """A WSGI application that answers for ``instance``. Two in one process share nothing."""
    parts = instance.parts
    app = _App("embedcomments.web", static_folder=None)
    app.extensions[KEY] = parts
    app.config["MAX_FORM_PARTS"] = 1000
    app.url_map.merge_slashes = False  # a thread's key in a path keeps its slashes
    register_draining(app)
    register_cors(app)
    register_problems(app, "/admin", admin.lost_page)
    for module in (threads, thread_page, comments, plugin_routes, operations, files):
        app.register_blueprint(module.blueprint)
    admin.register_admin(app)
    register_feed(app, instance.feed_loop, instance.feed_log)
    register_desk_feed(app, instance.feed_loop, instance.desk_feed)
    app.wsgi_app = HotReads(HotPosts(app.wsgi_app, app, parts), parts.kept)  # type: ignore[method-assign]
    proxies = parts.config.trusted_proxies
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    return app
