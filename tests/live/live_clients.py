"""Clients with and without manners, and a handle on the server they talk to."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
import websocket

PAGES = "https://pages.example"
PATIENCE_S = 15


def wait_for(claim: Callable[[], Any], what: str) -> Any:
    """The first true answer of ``claim``; fails with ``what`` after 15 s."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = claim()
        if found:
            return found
        time.sleep(0.01)
    pytest.fail(f"{what} did not happen")


class Client:
    """A websocket that behaves."""

    def __init__(self, port: int, origin: str | None = PAGES) -> None:
        self.ws = websocket.create_connection(
            f"ws://127.0.0.1:{port}/api/v1/feed",
            origin=origin,
            suppress_origin=origin is None,
            skip_utf8_validation=True,  # slow, and json validates as well
            timeout=PATIENCE_S,
        )

    def send(self, **frame: Any) -> None:
        self.ws.send(json.dumps(frame))

    def sub(self, key: str = "k", *, site: str = "default", cursor: str | None = None, token: str | None = None) -> Any:
        """Subscribe; the answer."""
        self.send(op="sub", site=site, key=key, cursor=cursor, token=token)
        return self.next("ok", "reset", "error")

    def next(self, *ops: str) -> dict[str, Any]:
        """The next frame of these kinds (or of any), leaving out the others."""
        while True:
            opcode, data = self.ws.recv_data()
            assert opcode == websocket.ABNF.OPCODE_TEXT, (opcode, data)
            frame = json.loads(data)
            if not ops or frame["op"] in ops:
                return frame

    def close_code(self) -> int:
        """Read to the end; the code of the close frame."""
        while True:
            opcode, data = self.ws.recv_data()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                return struct.unpack("!H", data[:2])[0]

    def close(self) -> None:
        self.ws.close(timeout=PATIENCE_S)


class RawClient:
    """A socket that sends what it likes. ``head`` is the server's answer to the handshake."""

    def __init__(self, port: int, *, behind: bytes = b"", ahead: bytes = b"", headers: str = "") -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self._data = b""
        if ahead:
            self.sock.sendall(ahead)
            self._read_head()
        self.sock.sendall(handshake(headers) + behind)
        self.head = self._read_head()

    def _read_head(self) -> bytes:
        while b"\r\n\r\n" not in self._data:
            part = self.sock.recv(4096)
            assert part, self._data
            self._data += part
        head, _, self._data = self._data.partition(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                self._take(int(line.split(b":")[1]))
        return head

    def _take(self, size: int) -> bytes:
        while len(self._data) < size:
            part = self.sock.recv(65536)
            if not part:
                raise EOFError(self._data)
            self._data += part
        taken, self._data = self._data[:size], self._data[size:]
        return taken

    def frame(self) -> tuple[int, bytes]:
        """The next frame: opcode and payload. Raises EOFError."""
        first, size = self._take(2)
        if size >= 126:
            size = int.from_bytes(self._take(2 if size == 126 else 8), "big")
        return first & 15, self._take(size)

    def next(self, op: str) -> dict[str, Any]:
        """The next JSON frame of this kind."""
        while True:
            opcode, payload = self.frame()
            if opcode == 1 and json.loads(payload)["op"] == op:
                return json.loads(payload)

    def close_code(self) -> int:
        """Read to the close frame; its code."""
        while True:
            opcode, payload = self.frame()
            if opcode == 8:
                return int.from_bytes(payload[:2], "big")


def handshake(headers: str = "") -> bytes:
    """A request for a websocket."""
    return (
        "GET /api/v1/feed HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n"
    ).encode("latin-1")


def masked(payload: bytes, *, opcode: int = 1, fin: bool = True, size: int | None = None, rsv: int = 0) -> bytes:
    """A client's frame. ``size`` lies about its length."""
    size = len(payload) if size is None else size
    head = bytes([fin << 7 | rsv | opcode])
    if size < 126:
        head += bytes([128 | size])
    elif size < 65536:
        head += bytes([128 | 126]) + size.to_bytes(2, "big")
    else:
        head += bytes([128 | 127]) + size.to_bytes(8, "big")
    mask = b"\x01\x02\x03\x04"
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


class Server:
    """A server that runs on ``port``; ``feed`` is its inside when it runs in this process."""

    def __init__(self, port: int, feed: Any = None, process: subprocess.Popen[bytes] | None = None) -> None:
        self.port = port
        self.feed = feed
        self.process = process
        self.clients: list[Any] = []

    def client(self, origin: str | None = PAGES) -> Client:
        """A new client that has been greeted."""
        client = Client(self.port, origin)
        self.clients.append(client.ws)
        assert client.next() == {"op": "hello", "heartbeat_s": 25}
        return client

    def raw(self, **how: Any) -> RawClient:
        """A new raw client."""
        client = RawClient(self.port, **how)
        self.clients.append(client.sock)
        return client

    def append(self, key: str = "k", **members: Any) -> int:
        """Have something happen; its seq."""
        body = json.dumps({"key": key, **members}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/events", body)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return json.load(answer)["seq"]

    def state(self) -> dict[str, Any]:
        """What the process holds."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/state", timeout=PATIENCE_S) as answer:
            return json.load(answer)

    def close_clients(self) -> None:
        """Hang up on it, without a word."""
        for client in self.clients:
            client.shutdown() if isinstance(client, websocket.WebSocket) else client.close()
        self.clients.clear()
