"""Serves the playground for one thread. Standard library only."""

from __future__ import annotations

import argparse
import html
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(__file__).parent
FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/playground.css": ("playground.css", "text/css; charset=utf-8"),
    "/playground.js": ("playground.js", "text/javascript; charset=utf-8"),
}


class PlaygroundServer(ThreadingHTTPServer):
    """``server`` is the address of the comment server. Port 0 takes a free one."""

    daemon_threads = True

    def __init__(self, port: int, server: str, site: str, key: str) -> None:
        super().__init__(("127.0.0.1", port), Answer)
        values = {"__SERVER__": server.rstrip("/"), "__SITE__": site, "__KEY__": key}
        self.placeholders = {name.encode(): html.escape(value).encode() for name, value in values.items()}


class Answer(BaseHTTPRequestHandler):
    """One of three files, or 404."""

    server: PlaygroundServer

    def do_GET(self) -> None:
        name, content_type = FILES.get(self.path.partition("?")[0], ("", ""))
        if not name:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        body = (FOLDER / name).read_bytes()
        for placeholder, value in self.server.placeholders.items():
            body = body.replace(placeholder, value)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8004, help="0 takes a free one")
    parser.add_argument("--server", default="http://localhost:8080", help="address of the comment server")
    parser.add_argument("--site", default="default", help="its site")
    parser.add_argument("--key", default="playground", help="the thread to show")
    options = parser.parse_args()
    with PlaygroundServer(options.port, options.server, options.site, options.key) as site:
        print(f"The playground is at http://localhost:{site.server_port}/", flush=True)
        try:
            site.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
