"""Akismet's REST API (akismet.com/developers, version 1.1) on loopback, and a fetcher that takes it for the real."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl

from mail_server import make_certificate

from embedcomments.services.outbound import GuardedOutbound

HOST, PUBLIC = "rest.akismet.com", "192.0.78.155"
KEY, BLOG = "123abc456def", "https://blog.example"
THANKS = "Thanks for making the web a better place."
_FORM = "application/x-www-form-urlencoded"


@dataclass
class AkismetServer:
    """``asked``: what came, as (method of the API, fields). Texts with ``viagra-test-123`` are spam, as with the real
    one; a server ``trouble`` is ``hang``, ``500``, ``nonsense`` or ``huge``."""

    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    trouble: str = ""
    port: int = 0

    def of(self, method: str) -> list[dict[str, str]]:
        """The fields of all calls of that method."""
        return [fields for name, fields in self.asked if name == method]

    def answer(self, method: str, fields: dict[str, str]) -> tuple[int, str, dict[str, str]]:
        """Status, body and headers."""
        self.asked.append((method, fields))
        if self.trouble == "hang":
            time.sleep(1)
        if self.trouble == "500":
            return 500, "true", {}
        if self.trouble == "nonsense":
            return 200, "<html>true</html>", {}
        if self.trouble == "huge":
            return 200, "true" * 1_000_000, {}
        if method == "verify-key":
            return 200, "valid" if (fields["key"], fields["blog"]) == (KEY, BLOG) else "invalid", {}
        if (fields["api_key"], fields["blog"]) != (KEY, BLOG) or not fields.get("user_ip"):
            return 200, "invalid", {"X-akismet-debug-help": "We were unable to parse your blog URI"}
        if method in ("submit-ham", "submit-spam"):
            return 200, THANKS, {}
        is_spam = "viagra-test-123" in fields["comment_content"]
        is_blatant = "blatant" in fields["comment_content"]
        return 200, "true" if is_spam else "false", {"X-akismet-pro-tip": "discard"} if is_blatant else {}


@contextmanager
def akismet_server(folder: Path) -> Iterator[tuple[AkismetServer, Any]]:
    """The server, and an Outbound that finds it under Akismet's name."""
    certificate = make_certificate(folder, HOST)
    server = AkismetServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            version, method = self.path.strip("/").split("/")
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            assert (version, self.headers["Host"], self.headers["Content-Type"]) == ("1.1", HOST, _FORM)
            status, text, headers = server.answer(method, dict(parse_qsl(body, keep_blank_values=True)))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(text))}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(text.encode())
            except OSError:
                return  # who asked has not waited

        def log_message(self, format: str, *args: Any) -> None:
            return

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.port = http.server_port
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    http.socket = context.wrap_socket(http.socket, server_side=True)
    thread = Thread(target=http.serve_forever, args=(0.05,))
    thread.start()

    def connect(address: Any, port: int, timeout_s: float) -> socket.socket:
        assert (str(address), port) == (PUBLIC, 443)
        return socket.create_connection(("127.0.0.1", server.port), timeout_s)

    outbound = GuardedOutbound(
        ports=(80, 443),
        allow=(),
        user_agent="test",
        resolver=lambda host, port: [PUBLIC] if host == HOST else [],
        connect=connect,
        tls=ssl.create_default_context(cafile=str(certificate)),
    )
    try:
        yield server, outbound
    finally:
        http.shutdown()
        thread.join(15)
        http.server_close()
