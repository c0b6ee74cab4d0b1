"""``embedcomments serve`` in processes of its own, on an empty data directory, under clients without manners."""

from __future__ import annotations

import json
import re
import socket
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import websocket
from running_server import PATIENCE_S, RunningServer

EXAMPLES = Path(__file__).parents[2] / "examples"
CODES = {400: "malformed_request", 404: "site_not_found", 413: "body_too_large", 422: "invalid_request"}
COMMENT = json.dumps({"thread": {"key": "page"}, "text": "Hello", "extensions": {}}).encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    environment = {
        "EMBEDCOMMENTS_DISABLED_PLUGINS": "spam,moderation",
        "EMBEDCOMMENTS_PLUGINS_DIR": str(EXAMPLES / "plugin-thirty-lines"),
    }
    with RunningServer(tmp_path_factory.mktemp("serve") / "data", environment=environment) as running:
        yield running


class Raw:
    """A connection that sends what it likes."""

    def __init__(self, server: RunningServer) -> None:
        self._sock = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S)

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self._sock.sendall(part)

    def end(self) -> None:
        """Say no more, and listen on."""
        self._sock.shutdown(socket.SHUT_WR)

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers in lower case, body. A status of 0 when the server hung up without a word."""
        data = b""
        while b"\r\n\r\n" not in data:
            part = self._sock.recv(65_536)
            if not part:
                return 0, {}, data
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        while len(body) < int(headers.get("content-length", 0)):
            part = self._sock.recv(65_536)
            assert part, "the answer was cut"
            body += part
        return int(status.split()[1]), headers, body

    def close(self) -> None:
        self._sock.close()


@pytest.fixture
def raw(server: RunningServer) -> Iterator[Raw]:
    connection = Raw(server)
    yield connection
    connection.close()
    assert server.get("/healthz").status == 200


def head(method: str, path: str, *headers: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode("latin-1")


def chunked(body: bytes, size: int) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


POST = "/api/v1/sites/default/comments"


def test_server_on_an_empty_directory_takes_and_shows_comments(server: RunningServer) -> None:
    assert (server.get("/healthz").json["status"], server.get("/readyz").json) == ("ok", {"status": "ok"})
    written = server.comment("Hello", key="first")
    assert (written.status, written.json["comment"]["html"]) == (201, "<p>Hello</p>")
    page = server.get("/api/v1/sites/default/thread?key=first").json
    assert [item["id"] for item in page["comments"]] == [written.json["comment"]["id"]]
    assert server.get("/embed.js").status == 200
    assert stat.S_IMODE((server.data_dir / "secret.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(server.data_dir.stat().st_mode) == 0o700


def test_server_says_where_it_is_and_what_to_paste(server: RunningServer) -> None:
    said = server.log.read_text()
    assert f"embedcomments is at {server.url}  (desk: {server.url}/admin/)\n" in said
    assert f'Paste into a page:  <script async src="{server.url}/embed.js"></script>\n' in said
    assert "Warning" not in said
    assert "Traceback" not in said


def test_commands_know_the_servers_address_and_it_hears_of_what_they_do(server: RunningServer) -> None:
    link = server.run("moderator", "link").strip()
    assert link.startswith(f"{server.url}/admin/sign-in?token=")
    assert "Sign in to the desk" in server.get(link.removeprefix(server.url)).body.decode()
    server.comment("Hello", key="closing")
    server.run("thread", "close", "closing")
    assert server.comment("Hello", key="closing").status == 409
    server.run("site", "add", "press", "--origin", "https://press.example")
    assert server.comment("Hello", site="press", origin="https://press.example").status == 201


def test_second_server_on_the_port_says_so_and_ends(server: RunningServer, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "embedcomments", "--data-dir", str(tmp_path), "serve", "--port", str(server.port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Error: 127.0.0.1:{server.port} is taken: another program listens there.\n"
    assert server.get("/healthz").status == 200


@pytest.mark.parametrize(
    "lines, body, status",
    [
        ([f"Content-Length: {len(COMMENT)}"], COMMENT, 201),
        (["Transfer-Encoding: chunked"], chunked(COMMENT, 7), 201),
        ([], b"", 400),
        (["Content-Length: 0"], b"", 400),
        (["Transfer-Encoding: chunked"], chunked(b"{" * 60_000, 1000), 400),
        (["Transfer-Encoding: chunked"], chunked(b" " * 200_000, 50_000), 413),
        (["Content-Length: 8000000"], b" " * 8_000_000, 413),
        (["Transfer-Encoding: chunked"], chunked(b" " * 8_000_000, 65_536), 413),
        (["Content-Length: 8000000", "Expect: 100-continue"], b" " * 8_000_000, 413),
    ],
)
def test_body_of_any_length_gets_its_answer(raw: Raw, lines: list[str], body: bytes, status: int) -> None:
    raw.send(head("POST", POST, *lines), body)
    found, headers, answer = raw.answer()
    if found == 100:
        found, headers, answer = raw.answer()
    assert found == status, answer
    if status != 201:
        assert headers["content-type"] == "application/problem+json"
        assert json.loads(answer)["code"] == CODES[status]


@pytest.mark.parametrize(
    "path, lines, statuses",
    [
        ("/api/v1/sites/nowhere/comments", [], {404}),
        (POST, ["Origin: https://foreign.example"], {403}),
        ("/api/v1/comments/x", [], {404}),
        ("/p/nothing/default/", [], {404}),
        ("/admin/default/site", [], {401, 413}),
        ("/admin/sign-in", ["Content-Type: application/x-www-form-urlencoded"], {403, 413}),
    ],
)
@pytest.mark.parametrize("length", ["Content-Length: 8000000", "Transfer-Encoding: chunked"])
def test_refusal_reaches_a_client_that_is_still_sending(
    raw: Raw, path: str, lines: list[str], statuses: set[int], length: str
) -> None:
    method = "PATCH" if path.startswith("/api/v1/comments/") else "POST"
    body = b" " * 8_000_000
    raw.send(head(method, path, length, *lines), chunked(body, 65_536) if "chunked" in length else body)
    assert raw.answer()[0] in statuses


def test_body_that_is_not_chunked_as_it_should_be_is_told(raw: Raw) -> None:
    raw.send(head("POST", POST, "Transfer-Encoding: chunked"), b"zz\r\nnonsense")
    raw.end()
    status, headers, answer = raw.answer()
    assert (status, headers["content-type"]) == (400, "application/problem+json")
    assert json.loads(answer)["code"] == "malformed_request"


@pytest.mark.parametrize(
    "request_",
    [
        head("GET", "/" + "x" * 9000),
        head("GET", "/healthz", "X-Long: " + "x" * 100_000),
        head("GET", "/healthz", *(f"X-{n}: y" for n in range(200))),
        head("POST", POST, "Content-Length: -5"),
        head("POST", POST, "Content-Length: x"),
        head("POST", POST, "Content-Length: 5", "Transfer-Encoding: chunked"),
        head("POST", POST, "Transfer-Encoding: chunked") + b"zz\r\nnonsense",
        head("GET", "/api/v1/sites/default/thread?key=\xff\xfe"),
        b"\x00\xff nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n",
    ],
    ids=range(11),
)
def test_request_that_makes_no_sense_is_blamed_on_the_client(raw: Raw, request_: bytes) -> None:
    raw.send(request_)
    raw.end()
    status = raw.answer()[0]
    assert status == 0 or 200 <= status < 500, status


def test_client_that_hangs_up_amid_its_body_costs_nothing(server: RunningServer) -> None:
    for _ in range(20):
        connection = Raw(server)
        connection.send(head("POST", POST, "Content-Length: 1000"), b'{"text":')
        connection.close()
    assert server.comment("Still here", key="amid").status == 201


def test_many_requests_on_one_connection_are_answered_in_turn(raw: Raw) -> None:
    for number in range(3):
        body = json.dumps({"thread": {"key": "turn"}, "text": str(number)}).encode()
        raw.send(head("POST", POST, f"Content-Length: {len(body)}"), body)
        assert raw.answer()[0] == 201
        raw.send(head("GET", "/api/v1/sites/default/counts?key=turn"))
        status, _, answer = raw.answer()
        assert (status, json.loads(answer)) == (200, {"counts": {"turn": number + 1}})


def test_held_comment_goes_over_no_strangers_socket(server: RunningServer) -> None:
    word = "ZIMTSCHNECKEN"
    first = server.comment("Everybody may read", key="feed").json
    stranger, author = (subscribed(server, "feed", token) for token in (None, first["edit_token"]))
    held = server.comment(f"{word} SIND HELD", key="feed", token=first["edit_token"])
    assert (held.status, held.json["comment"]["state"]) == (202, "held")
    frames = [until(socket_, lambda frame: frame["op"] in ("new", "skip")) for socket_ in (stranger, author)]
    assert [frame["op"] for frame in frames] == ["skip", "new"]
    assert word not in str(frames[0])
    assert frames[1]["comment"]["html"] == f"<p>{word} SIND HELD</p>"
    for socket_ in (stranger, author):
        socket_.close()


def subscribed(server: RunningServer, key: str, token: str | None) -> Any:
    """A websocket that watches ``key``."""
    found = websocket.create_connection(f"ws://127.0.0.1:{server.port}/api/v1/feed", timeout=PATIENCE_S)
    found.send(json.dumps({"op": "sub", "site": "default", "key": key, "cursor": None, "token": token}))
    until(found, lambda frame: frame["op"] == "ok")
    return found


def until(socket_: Any, claim: Any) -> dict[str, Any]:
    """The next frame of which ``claim`` is true."""
    while True:
        frame: dict[str, Any] = json.loads(socket_.recv())
        if claim(frame):
            return frame


def test_sigterm_says_goodbye_to_sockets_and_ends_with_0(tmp_path: Path) -> None:
    with RunningServer(tmp_path / "data") as server:
        watchers = [subscribed(server, "page", None) for _ in range(3)]
        process = server._process
        assert process is not None
        process.terminate()
        for watcher in watchers:
            bye = until(watcher, lambda frame: frame["op"] == "bye")
            assert bye["code"] == 1012
            assert bye["retry_s"] >= 5
            opcode, data = watcher.recv_data()
            assert (opcode, struct.unpack("!H", data[:2])[0]) == (websocket.ABNF.OPCODE_CLOSE, 1012)
            watcher.shutdown()
        begun = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - begun < 20
        assert "Traceback" not in server.log.read_text()
        server.start()
        assert server.get("/readyz").status == 200
        assert re.findall("Traceback|Warning", server.log.read_text()) == []
