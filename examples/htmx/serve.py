"""Serves the pages with the comment server's address filled in, and htmx. Standard library only."""

from __future__ import annotations

import argparse
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(__file__).parent
# Where npm puts it: beside this file, or above when the examples are installed together.
HTMX = ("node_modules/htmx.org/dist/htmx.min.js", "../node_modules/htmx.org/dist/htmx.min.js")
FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/summer": ("summer.html", "text/html; charset=utf-8"),
    "/winter": ("winter.html", "text/html; charset=utf-8"),
    "/seasons.css": ("seasons.css", "text/css; charset=utf-8"),
}


class PagesServer(ThreadingHTTPServer):
    """``server`` is the address of the comment server. Port 0 takes a free one."""

    daemon_threads = True

    def __init__(self, port: int, server: str) -> None:
        super().__init__(("127.0.0.1", port), Answer)
        self.comments = server.rstrip("/")


class Answer(BaseHTTPRequestHandler):
    """A page, its style sheet or htmx, or 404."""

    server: PagesServer

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        name, content_type = FILES.get(path, ("", "text/javascript; charset=utf-8"))
        if name:
            body = (FOLDER / "site" / name).read_bytes().replace(b"__SERVER__", self.server.comments.encode())
        else:
            htmx = next((FOLDER / file for file in HTMX if (FOLDER / file).is_file()), None)
            if path != "/htmx.min.js" or htmx is None:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            body = htmx.read_bytes()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8013, help="0 takes a free one")
    parser.add_argument("--server", default="http://localhost:8080", help="address of the comment server")
    options = parser.parse_args()
    with PagesServer(options.port, options.server) as site:
        print(f"The pages are at http://localhost:{site.server_port}/", flush=True)
        try:
            site.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
