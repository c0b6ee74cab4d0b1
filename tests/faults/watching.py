"""A client of the feed that keeps to the client's rule of docs/feed.md."""

from __future__ import annotations

import json
import time
from typing import Any

import websocket
from running_server import PATIENCE_S, RunningServer
from writers import text_of


class Watcher:
    """Watches one thread over one websocket after another. ``seen`` are its frames with a ``seq``, in order."""

    def __init__(self, server: RunningServer, key: str = "page", token: str | None = None) -> None:
        self._server = server
        self._key = key
        self._token = token
        self.cursor: str | None = None
        self.seen: list[dict[str, Any]] = []
        self._socket = websocket.WebSocket()
        self.connect()

    def connect(self) -> None:
        """A new socket, greeted. Tries until the server is there."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            self._socket.shutdown()
            try:
                self._socket = websocket.create_connection(
                    f"ws://127.0.0.1:{self._server.port}/api/v1/feed", timeout=PATIENCE_S, suppress_origin=True
                )
                assert self.next("hello")["op"] == "hello"
                return
            except (OSError, websocket.WebSocketException):
                assert time.monotonic() < deadline
                time.sleep(0.02)

    def sub(self) -> dict[str, Any]:
        """Subscribe from the cursor; the answer."""
        self.send(op="sub", site="default", key=self._key, cursor=self.cursor, token=self._token)
        answer = self.next("ok", "reset", "error")
        if answer["op"] == "ok" and not answer["resumed"]:
            self.cursor = answer["cursor"]
        return answer

    def send(self, **frame: Any) -> None:
        """Send a frame."""
        self._socket.send(json.dumps(frame))

    def next(self, *ops: str) -> dict[str, Any]:
        """The next frame of these kinds, or of any; pings are answered. Raises WebSocketException when it is over."""
        while True:
            opcode, data = self._socket.recv_data()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                raise websocket.WebSocketConnectionClosedException(str(data))
            frame = json.loads(data)
            if frame["op"] == "ping":
                self.send(op="pong")
            if "seq" in frame:
                self.cursor = frame["cursor"]
                self.seen.append(frame)
            if not ops or frame["op"] in ops:
                return frame

    def next_text(self) -> str:
        """The text of the next comment that comes."""
        return text_of(self.next("new")["comment"])

    def close(self) -> None:
        """Hang up."""
        self._socket.shutdown()
