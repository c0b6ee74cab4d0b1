"""Serves the demo newspaper: files of ``site/`` with their two placeholders filled in. Standard library only."""

from __future__ import annotations

import argparse
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

SITE = Path(__file__).parent / "site"
PLAYGROUND = Path(__file__).parent.parent / "playground"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class NewspaperServer(ThreadingHTTPServer):
    """``server`` is where the comments live, ``origin`` how browsers reach this site; both without a final slash.
    Port 0 takes a free one. Raises OSError when the port is taken."""

    daemon_threads = True

    def __init__(self, port: int, server: str, origin: str | None = None) -> None:
        super().__init__(("127.0.0.1", port), Page)
        self.origin = origin or f"http://localhost:{self.server_port}"
        self.placeholders = {
            b"__SERVER__": server.rstrip("/").encode(),
            b"__ORIGIN__": self.origin.encode(),
            # The playground's.
            b"__SITE__": b"demo",
            b"__KEY__": f"{self.origin}/articles/printing-house.html".encode(),
        }


class Page(BaseHTTPRequestHandler):
    """Answers for the files that exist below ``SITE`` and in the playground and for nothing else, whatever the path is
    made to look like."""

    server: NewspaperServer

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        files = {f"/{file.relative_to(SITE).as_posix()}": file for file in SITE.rglob("*") if file.suffix in TYPES}
        files |= {f"/playground/{file.name}": file for file in PLAYGROUND.iterdir() if file.suffix in TYPES}
        file = files.get(f"{path}index.html" if path.endswith("/") else path)
        if file is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        body = file.read_bytes()
        for placeholder, value in self.server.placeholders.items():
            body = body.replace(placeholder, value)
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", TYPES[file.suffix])
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-cache")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the demo's terminal belongs to the comment server."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    parser.add_argument("--server", default="http://localhost:8080", help="address of the comment server")
    parser.add_argument("--origin", help="address of this site as browsers see it (default: http://localhost:PORT)")
    options = parser.parse_args()
    with NewspaperServer(options.port, options.server, options.origin) as site:
        print(f"The Hrazdan Courier is at {site.origin}/", flush=True)
        try:
            site.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
