"""Serves the single-page app with the comment server's address filled in. Standard library only."""

from __future__ import annotations

import argparse
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(__file__).parent
FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/app.js": ("app.js", "text/javascript; charset=utf-8"),
}


class AppServer(ThreadingHTTPServer):
    """``server`` is the address of the comment server. Port 0 takes a free one."""

    daemon_threads = True

    def __init__(self, port: int, server: str) -> None:
        super().__init__(("127.0.0.1", port), Answer)
        self.comments = server.rstrip("/")


class Answer(BaseHTTPRequestHandler):
    """One of two files, or 404."""

    server: AppServer

    def do_GET(self) -> None:
        name, content_type = FILES.get(self.path.partition("?")[0], ("", ""))
        if not name:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        body = (FOLDER / name).read_bytes().replace(b"__SERVER__", self.server.comments.encode())
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8002, help="0 takes a free one")
    parser.add_argument("--server", default="http://localhost:8080", help="address of the comment server")
    options = parser.parse_args()
    with AppServer(options.port, options.server) as site:
        print(f"The app is at http://localhost:{site.server_port}/", flush=True)
        try:
            site.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
