"""Serves a page under a Content-Security-Policy that allows next to nothing. Standard library only."""

from __future__ import annotations

import argparse
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(__file__).parent
FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/style.css": ("style.css", "text/css; charset=utf-8"),
}


def policy(server: str) -> str:
    """What a page must allow to embed comments from ``server``: its scripts, calls and socket, and the widget's
    Trusted Types policy. Its styles are constructed sheets, which need no allowance."""
    socket = "ws" + server.removeprefix("http")
    directives = (
        "default-src 'none'",
        f"script-src {server}",
        f"connect-src {server} {socket}",
        "style-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types embedcomments",
    )
    return "; ".join(directives)


class StrictServer(ThreadingHTTPServer):
    """``server`` is the address of the comment server. Port 0 takes a free one."""

    daemon_threads = True

    def __init__(self, port: int, server: str) -> None:
        super().__init__(("127.0.0.1", port), Answer)
        self.comments = server.rstrip("/")
        self.origin = f"http://localhost:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    """One of two files, or 404."""

    server: StrictServer

    def do_GET(self) -> None:
        name, content_type = FILES.get(self.path.partition("?")[0], ("", ""))
        if not name:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        body = (FOLDER / name).read_bytes().replace(b"__SERVER__", self.server.comments.encode())
        body = body.replace(b"__ORIGIN__", self.server.origin.encode())
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Security-Policy", policy(self.server.comments))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8003, help="0 takes a free one")
    parser.add_argument("--server", default="http://localhost:8080", help="address of the comment server")
    options = parser.parse_args()
    with StrictServer(options.port, options.server) as site:
        print(f"The page is at {site.origin}/", flush=True)
        try:
            site.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
