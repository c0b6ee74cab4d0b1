"""Other people's pages: a site of another origin than the comment server, with pages as a test writes them."""

from __future__ import annotations

import html
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar
from urllib.parse import urlsplit

Site = TypeVar("Site", bound=ThreadingHTTPServer)


class HostPages(ThreadingHTTPServer):
    """Serves what ``add`` was given. Its host is 127.0.0.1, so to a server on localhost it is another site."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.origin = f"http://127.0.0.1:{self.server_port}"
        self.pages: dict[str, tuple[bytes, Mapping[str, str]]] = {}

    def add(self, path: str, page: str, **headers: str) -> str:
        """Serve ``page`` at ``path``; its address. ``_`` in names of headers means ``-``."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (page.encode(), {"Content-Type": "text/html; charset=utf-8", **named})
        return self.origin + path

    def embed(self, server: str, key: str, *, path: str = "/page", head: str = "", above: str = "", **data: str) -> str:
        """Serve a page whose thread is ``key``; its address. ``data`` becomes attributes of the script tag."""
        attributes = "".join(f' data-{name}="{html.escape(value)}"' for name, value in {"key": key, **data}.items())
        return self.add(
            path,
            f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>A page</title>
<link rel="icon" href="data:,">{head}</head><body><h1>A page</h1>{above}
<script async src="{server}/embed.js"{attributes}></script></body></html>""",
        )


class _Answer(BaseHTTPRequestHandler):
    server: HostPages

    def do_GET(self) -> None:
        body, headers = self.server.pages.get(urlsplit(self.path).path, (b"", None))
        if headers is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served(site: Site) -> Iterator[Site]:
    """A site that answers until the end of the block."""
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.shutdown()
        site.server_close()
        thread.join()
