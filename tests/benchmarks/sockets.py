"""A thousand open sockets: the memory of each, and how soon the last one has a new comment."""

from __future__ import annotations

import json
import multiprocessing
import selectors
import socket
import statistics
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from running_server import RunningServer

SOCKETS = 1000
ROUNDS = 20
KEY = "https://bench.example/live"
SETTINGS = 'feed_max_sockets_per_address = 5000\n[plugins.moderation]\nhold = "nobody"\n'


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        (data / "embedcomments.toml").write_text(SETTINGS)
        with RunningServer(data) as server:
            server.comment("The first one.", key=KEY)
            _watch(server, 8)  # threads and buffers that the first sockets bring do not count
            before = _memory(server)
            ours, theirs = multiprocessing.Pipe()
            process = multiprocessing.get_context("spawn").Process(target=watch_all, args=(server.port, theirs))
            process.start()
            assert ours.recv() == "ready"
            time.sleep(1)
            print(f"memory of a socket: {(_memory(server) - before) / SOCKETS / 1024:.1f} KiB ({SOCKETS} open)")
            first, last, answered = [], [], []
            for number in range(ROUNDS):
                sent = time.perf_counter()
                assert server.comment(f"Comment {number}", key=KEY).status == 201
                answered.append(time.perf_counter() - sent)
                earliest, latest = ours.recv()
                first.append(earliest - sent)
                last.append(latest - sent)
            for name, times in (("answered", answered), ("first has it", first), ("last has it", last)):
                times = sorted(1000 * each for each in times)
                print(f"{name:13}: median {statistics.median(times):6.1f} ms, worst {times[-1]:6.1f} ms after sending")
            spread = [1000 * (late - done) for late, done in zip(last, answered, strict=True)]
            print(f"from the answer to the last socket: median {statistics.median(spread):.1f} ms")
            process.terminate()


def watch_all(port: int, pipe: Connection) -> None:
    """In a process of its own: open the sockets, then tell of each new comment when the first and the last got it."""
    selector = selectors.DefaultSelector()
    for _ in range(SOCKETS):
        selector.register(open_socket(port), selectors.EVENT_READ)
    _until(selector, b'"op":"ok"')
    pipe.send("ready")
    while True:
        pipe.send(_until(selector, b'"op":"new"'))


def _until(selector: selectors.BaseSelector, mark: bytes) -> tuple[float, float]:
    """Read until every socket got a frame with ``mark``; when the first and the last did."""
    waiting = {key.fileobj: b"" for key in selector.get_map().values()}
    first = 0.0
    now = 0.0
    while waiting:
        for key, _ in selector.select():
            assert isinstance(key.fileobj, socket.socket)
            data = key.fileobj.recv(65536)
            assert data, "the server closed a socket"
            if key.fileobj not in waiting:
                continue
            waiting[key.fileobj] += data
            if mark in waiting[key.fileobj]:
                now = time.perf_counter()
                first = first or now
                del waiting[key.fileobj]
    return first, now


def open_socket(port: int) -> socket.socket:
    """A websocket that watches the thread, its frames masked with zeros."""
    found = socket.create_connection(("127.0.0.1", port))
    found.sendall(
        b"GET /api/v1/feed HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += found.recv(1024)
    assert answer.startswith(b"HTTP/1.1 101"), answer
    wish = json.dumps({"op": "sub", "site": "default", "key": KEY, "cursor": None, "token": None}).encode()
    found.sendall(bytes([0x81, 0x80 | len(wish)]) + b"\0\0\0\0" + wish if len(wish) < 126 else b"")
    return found


def _watch(server: RunningServer, count: int) -> None:
    selector = selectors.DefaultSelector()
    opened = [open_socket(server.port) for _ in range(count)]
    for each in opened:
        selector.register(each, selectors.EVENT_READ)
    _until(selector, b'"op":"ok"')
    for each in opened:
        each.close()


def _memory(server: RunningServer) -> int:
    """Bytes of resident memory of the workers. Not of what is theirs alone: that grows when pages shared with the
    first process since the fork are written to, by the garbage collector for instance."""
    return sum(process.memory_info().rss for process in server.processes()[1:])
