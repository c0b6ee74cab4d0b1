"""A Flask page with comments under every post."""

import argparse

from flask import Flask, abort, render_template

POSTS = {"hello": ("Hello", "The first post of a small site."), "tea": ("Tea", "Water first, then patience.")}


def create_app(server: str) -> Flask:
    """``server`` is the address of the comment server."""
    app = Flask(__name__)
    app.jinja_env.globals["comment_server"] = server.rstrip("/")

    @app.get("/")
    def index() -> str:
        return render_template("index.html", posts=POSTS)

    @app.get("/<slug>")
    def post(slug: str) -> str:
        title, text = POSTS.get(slug) or abort(404)
        return render_template("post.html", key=slug, title=title, text=text)

    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--server", default="http://localhost:8080", help="address of the comment server")
    options = parser.parse_args()
    create_app(options.server).run(port=options.port)
