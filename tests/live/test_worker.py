"""The worker: what clients send in pieces, late or never, and what it keeps from the others."""

from __future__ import annotations

import json
import re
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running_server import RunningServer

from embedcomments.worker import LONGEST_HEAD, ClientCounts, LastFirst, PollingWorker, is_complete

THREADS = 4
THREAD = "/api/v1/sites/default/thread?key=page"
POSTS = "/api/v1/sites/default/comments"
# Many posts from one address in a short time are what is tested here.
CONFIG = """
[plugins.moderation]
hold = "nobody"
[plugins.spam]
under_attack = "off"
max_from_address = 0
max_in_thread = 0
max_near_repeats = 0
"""
# The server as it is, but for patience that a test can wait for.
IMPATIENT = (
    "import embedcomments.worker as worker; worker.ARRIVAL_S = 1.0; worker.STALL_S = 1;"
    "from embedcomments.cli import main; main()"
)

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="epoll is Linux's; gthread serves elsewhere"
)


class Impatient(RunningServer):
    def _command(self) -> list[str]:
        return [sys.executable, "-c", IMPATIENT, "--data-dir", str(self.data_dir)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("worker") / "data"
    folder.mkdir()
    (folder / "embedcomments.toml").write_text(CONFIG, "utf-8")
    with Impatient(folder, options=("--threads", str(THREADS))) as running:
        yield running


def connect(server: RunningServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def get(path: str, *fields: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *fields, "", ""]).encode()


def post(text: str, *fields: str) -> bytes:
    body = json.dumps({"thread": {"key": "page"}, "author": {"name": "Ani"}, "text": text}).encode()
    head = [f"POST {POSTS} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *fields]
    return "\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body


class Reader:
    """Answers as they come on a connection."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._got = b""

    def answer(self) -> tuple[int, bytes, bytes]:
        """Status, head and body of the next one."""
        while b"\r\n\r\n" not in self._got:
            self._more()
        head, _, self._got = self._got.partition(b"\r\n\r\n")
        length = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
        assert length is not None, head
        while len(self._got) < int(length[1]):
            self._more()
        body, self._got = self._got[: int(length[1])], self._got[int(length[1]) :]
        return int(head.split()[1]), head, body

    def is_at_its_end(self) -> bool:
        return self._sock.recv(1) == b""

    def _more(self) -> None:
        data = self._sock.recv(65_536)
        assert data, "the connection ended"
        self._got += data


def test_a_request_may_come_byte_by_byte(server: RunningServer) -> None:
    with connect(server) as sock:
        reader = Reader(sock)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in (get(THREAD), post("In pieces")):
            for at in range(len(request)):
                sock.send(request[at : at + 1])
            assert reader.answer()[0] in (200, 201)


def test_requests_that_come_together_are_answered_in_order(server: RunningServer) -> None:
    with connect(server) as sock:
        reader = Reader(sock)
        sock.sendall(get("/healthz") + post("In one packet") + get("/nowhere") + get(THREAD)[:20])
        assert [reader.answer()[0] for _ in range(3)] == [200, 201, 404]
        sock.sendall(get(THREAD)[20:])
        status, _, body = reader.answer()
        assert status == 200
        assert b"In one packet" in body


def test_answers_from_kept_bytes_are_those_of_the_application_and_the_connection_stays(server: RunningServer) -> None:
    with connect(server) as sock:
        reader = Reader(sock)
        answers = []
        for fields in (
            (),
            ("X-Forwarded-Nothing: 1",),
            (),
            ("Accept-Encoding: br",),
            ("X-Forwarded-Nothing: 1", "Accept-Encoding: br"),
        ):
            sock.sendall(get(THREAD, *fields))
            status, head, body = reader.answer()
            assert status == 200
            answers.append((sorted(line for line in head.split(b"\r\n") if not line.startswith(b"Date")), body))
        assert answers[0] == answers[1] == answers[2]
        assert answers[3] == answers[4]
        assert answers[3] != answers[0]


def test_a_post_without_a_parser_is_answered_as_with_one_and_the_connection_stays(server: RunningServer) -> None:
    with connect(server) as sock:
        reader = Reader(sock)
        answers = []
        for number, fields in enumerate(((), ("X-Forwarded-Nothing: 1",), ())):
            sock.sendall(post(f"With {len(fields)} fields, {number}", *fields))
            status, head, body = reader.answer()
            assert status == 201
            names = [line.partition(b":")[0] for line in head.split(b"\r\n")]
            answers.append((names, json.loads(body).keys()))
        assert answers[0] == answers[1] == answers[2]
        sock.sendall(post("", "Origin: http://localhost"))
        assert reader.answer()[0] == 422


def test_who_posts_and_goes_has_posted(server: RunningServer) -> None:
    with connect(server) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close by RST
        sock.sendall(post("Gone before the answer"))
    deadline = time.monotonic() + 20
    while b"Gone before the answer" not in server.get(THREAD).body:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_workers_have_clients_alike(tmp_path: Path) -> None:
    def counts() -> list[int]:
        clients = [connect(server) for _ in range(40)]
        try:
            for sock in clients:
                sock.sendall(get(THREAD))
                assert Reader(sock).answer()[0] == 200
            ports = [{found.raddr.port for found in worker.net_connections("tcp") if found.raddr} for worker in workers]
            return [sum(sock.getsockname()[1] in found for sock in clients) for found in ports]
        finally:
            for sock in clients:
                sock.close()

    with RunningServer(tmp_path / "data", options=("--workers", "2")) as server:
        workers = server.processes()[1:]
        assert len(workers) == 2
        deadline = time.monotonic() + 30
        while min(found := counts()) == 0:  # one has not begun yet
            assert time.monotonic() < deadline
        assert sum(found) == 40
        assert min(found) >= 10


@pytest.mark.parametrize("own, is_courteous", [(5, False), (6, False), (7, True)])
def test_a_worker_that_has_more_clients_than_another_lets_it_accept(
    own: int, is_courteous: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("embedcomments.worker.time.sleep", slept.append)
    worker: Any = object.__new__(PollingWorker)
    worker.counts = ClientCounts()
    worker.counts.tell(1, own)
    worker.counts.tell(2, 5)
    worker._clients = set(range(own))
    worker.alive = False
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        worker._listeners = {listener.fileno(): (listener, None)}
        assert worker._accept(listener.fileno()) is None  # nobody came, or another one was quicker
    assert bool(slept) is is_courteous


def test_counts_of_clients_are_those_of_workers_that_live() -> None:
    counts = ClientCounts()
    assert counts.least() == 0
    counts.tell(1, 7)
    counts.tell(2, 5)
    assert counts.least() == 5
    counts.forget(2)
    assert counts.least() == 7
    counts.tell(1 + ClientCounts._SLOTS, 3)
    assert counts.least() == 3


def test_the_lock_goes_to_who_waited_shortest_and_to_one_at_a_time() -> None:
    lock, order, holders = LastFirst(), [], []

    def take(number: int) -> None:
        with lock:
            holders.append(number)
            assert len(holders) == 1
            order.append(number)
            holders.remove(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(5)]
    with lock:
        for number, thread in enumerate(threads, 1):
            thread.start()
            while len(lock._waiting) < number:
                time.sleep(0.001)
    for thread in threads:
        thread.join(10)
    assert order == [4, 3, 2, 1, 0]
    with lock:  # nobody holds it any more
        pass


def test_the_lock_is_given_on_when_its_holder_fails() -> None:
    lock = LastFirst()
    with pytest.raises(OSError, match="broken"), lock:
        raise OSError("broken")
    with lock:
        pass


def test_silent_and_slow_clients_take_no_thread(server: RunningServer) -> None:
    slow = [connect(server) for _ in range(5 * THREADS)]
    try:
        for number, sock in enumerate(slow):
            sock.sendall((b"", get(THREAD)[:-2], post("Never")[:-1], get(THREAD) + b"GET /")[number % 4])
        assert server.get(THREAD).status == 200
        assert server.comment("Meanwhile").status == 201
    finally:
        for sock in slow:
            sock.close()


def test_who_does_not_send_a_request_in_time_is_told_and_left(server: RunningServer) -> None:
    with connect(server) as begun, connect(server) as silent:
        begun.sendall(post("Never")[:-1])
        assert Reader(begun).answer()[0] == 408
        assert Reader(begun).is_at_its_end()
        assert Reader(silent).is_at_its_end()


def test_a_body_of_untold_length_that_stops_coming_is_refused(server: RunningServer) -> None:
    head = (
        get(POSTS).replace(b"GET", b"POST")[:-2]
        + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    waiting = [connect(server) for _ in range(THREADS)]
    try:
        for sock in waiting:
            sock.sendall(head + b'5\r\n{"thr')
        assert {Reader(sock).answer()[0] for sock in waiting} == {400}
    finally:
        for sock in waiting:
            sock.close()
    assert server.get(THREAD).status == 200


def test_a_client_that_does_not_read_holds_nobody_up(server: RunningServer) -> None:
    sinks = []
    try:
        for _ in range(2 * THREADS):
            sock = socket.socket()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.settimeout(20)
            sock.connect(("127.0.0.1", server.port))
            sinks.append(sock)
            sock.sendall(get("/embed.js") * 2000)
        deadline = time.monotonic() + 30
        while server.comment("While others do not read").status != 201:
            assert time.monotonic() < deadline
    finally:
        for sock in sinks:
            sock.close()


def test_a_connection_ends_when_the_client_wishes(server: RunningServer) -> None:
    with connect(server) as sock:
        reader = Reader(sock)
        sock.sendall(get(THREAD, "Connection: close"))
        status, head, _ = reader.answer()
        assert status == 200
        assert b"\r\nConnection: close" in head
        assert reader.is_at_its_end()


def test_a_head_without_end_is_refused(server: RunningServer) -> None:
    with connect(server) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * (LONGEST_HEAD + 1))
        assert Reader(sock).answer()[0] == 431


@pytest.mark.parametrize(
    "arrived, complete",
    [
        (b"", False),
        (b"GET / HTTP/1.1\r\nHost: a\r\n", False),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", False),
        (b"POST / HTTP/1.1\r\ncontent-length:3\r\n\r\nabc", True),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\nab", True),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nContent-Length: nonsense\r\n\r\n", True),
        (b"a" * (LONGEST_HEAD + 1), True),
    ],
)
def test_when_a_thread_can_begin(arrived: bytes, complete: bool) -> None:
    assert is_complete(bytearray(arrived)) is complete


def test_it_finishes_what_was_begun_when_it_is_told_to_stop(tmp_path: Path) -> None:
    with RunningServer(tmp_path / "data") as server, connect(server) as sock, connect(server) as idle:
        reader = Reader(sock)
        sock.sendall(get("/healthz"))
        assert reader.answer()[0] == 200
        sock.sendall(post("On its way")[:-1])
        process = server.processes()[0]
        process.terminate()
        time.sleep(0.5)
        sock.sendall(post("On its way")[-1:])
        status, head, _ = reader.answer()
        assert status in (201, 202)
        assert b"\r\nConnection: close" in head
        assert idle.recv(1) == b""
        process.wait(30)
