"""What the feed does with clients that are broken, greedy, slow or gone."""

from __future__ import annotations

import json
import socket
import struct
from concurrent.futures import ThreadPoolExecutor

import pytest
from live_clients import masked, wait_for

SUB = json.dumps({"op": "sub", "site": "default", "key": "k", "cursor": None, "token": None}).encode()
LONG = b'{"op":"pong","x":"' + b"a" * 4100 + b'"}'


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\x81\x05hello", id="no mask"),
        pytest.param(masked(b"\x00\x01", opcode=2), id="binary"),
        pytest.param(masked(LONG), id="too long"),
        pytest.param(masked(b"", size=2**40), id="said to be huge"),
        pytest.param(masked(b"a", size=4097), id="said to be too long"),
        pytest.param(masked(b"\xff\xfe"), id="not UTF-8"),
        pytest.param(masked(b"x", opcode=3), id="unknown opcode"),
        pytest.param(masked(b"x", rsv=64), id="reserved bit, as for deflate"),
        pytest.param(masked(b"x", opcode=0), id="continues nothing"),
        pytest.param(masked(b"a", fin=False) + masked(b"b"), id="message within a message"),
        pytest.param(masked(b"a", opcode=9, fin=False), id="fragmented ping"),
        pytest.param(masked(b"a" * 126, opcode=9), id="long ping"),
        pytest.param(masked(b"", fin=False) + masked(b"", opcode=0, fin=False) * 70, id="endless fragments"),
        pytest.param(
            masked(b"a" * 3000, fin=False) + masked(b"b" * 3000, opcode=0), id="fragments that are too long together"
        ),
    ],
)
def test_nonsense_is_closed_with_4400(shared_feed, data):
    client = shared_feed.raw()
    client.sock.sendall(data)
    assert client.next("error")["code"] == "malformed_request"
    assert client.close_code() == 4400


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"nothing",
        b"[]",
        b"1",
        b"NaN",
        b'{"op":"dance"}',
        b'{"op":["sub"]}',
        b'{"op":"sub"}',
        b'{"op":"sub","site":"default","key":7}',
        b'{"op":"sub","site":"default","key":""}',
        b'{"op":"sub","site":"default","key":"\\ud800"}',
        b'{"op":"sub","site":"default","key":"k","cursor":5}',
        b'{"op":"sub","site":"default","key":"k","token":{}}',
        b"[" * 4000,
        b'{"a":' * 800,
    ],
)
def test_frame_that_says_nothing_is_answered_with_an_error(shared_feed, text):
    client = shared_feed.raw()
    client.sock.sendall(masked(text))
    assert client.next("error")["code"] == "malformed_request"
    client.sock.sendall(masked(SUB))
    assert client.next("ok")["key"] == "k"


def test_unknown_site_is_closed_with_4403(shared_feed):
    client = shared_feed.client()
    assert client.sub(site="elsewhere")["code"] == "site_not_found"
    assert client.close_code() == 4403


def test_message_may_come_in_any_pieces(shared_feed):
    client = shared_feed.raw()
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    pieces = masked(SUB[:30], fin=False) + masked(b"hi", opcode=9) + masked(SUB[30:], opcode=0)
    for byte in pieces:
        client.sock.sendall(bytes([byte]))
    client.next("hello")
    assert client.frame() == (10, b"hi")
    assert client.next("ok")["key"] == "k"


def test_close_is_answered(shared_feed):
    client = shared_feed.raw()
    client.sock.sendall(masked(struct.pack("!H", 1000), opcode=8))
    assert client.close_code() == 1000
    with pytest.raises(EOFError):
        client.frame()


def test_too_many_messages_are_refused_then_closed(shared_feed):
    client = shared_feed.raw()
    client.sock.sendall(masked(b'{"op":"pong"}') * 90)
    assert client.next("error")["code"] == "rate_limited"
    assert client.close_code() == 4400


def test_socket_that_is_torn_is_forgotten(start_feed):
    server = start_feed()
    client, staying = server.raw(), server.client()
    staying.sub()
    client.sock.sendall(masked(SUB))
    client.next("ok")
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.sock.close()
    wait_for(lambda: server.feed.loop.sockets == 1, "the end of the socket")
    server.append()
    assert staying.next("new")["seq"] == 1


def test_exception_at_one_socket_ends_that_one_only(start_feed, monkeypatch, caplog):
    server = start_feed()
    healthy, doomed = server.client(), server.client()
    healthy.sub()

    def stumble(*_: object) -> None:
        raise RuntimeError("stumbled")

    monkeypatch.setattr(server.feed.hub, "typing", stumble)
    doomed.send(op="typing", site="default", key="k")
    wait_for(lambda: server.feed.loop.sockets == 1, "the end of the socket")
    server.append()
    assert healthy.next("new")["seq"] == 1
    assert "stumbled" in caplog.text


def test_too_many_from_one_address_are_closed_with_1013(start_feed):
    server = start_feed(max_sockets_per_address=2)
    first, _second = server.client(), server.client()
    third = server.raw(behind=masked(SUB))
    assert third.frame() == (8, struct.pack("!H", 1013))
    first.close()
    wait_for(lambda: server.feed.loop.sockets <= 2, "a place")
    assert server.client().sub()["watching"] == 1


def test_too_many_in_all_are_closed_with_1013(start_feed):
    server = start_feed(max_sockets=1)
    server.client()
    assert server.raw().close_code() == 1013


def test_silent_client_is_pinged_and_closed(start_feed):
    server = start_feed(heartbeat_s=0.1, silence_s=1.5)
    silent, talking = server.raw(), server.raw()
    silent.next("ping")
    with ThreadPoolExecutor(1) as pool:
        code = pool.submit(silent.close_code)
        while not code.done():
            assert talking.next("ping")
            talking.sock.sendall(masked(b'{"op":"pong"}'))
    assert code.result() == 1001
    assert talking.next("ping")


def test_slow_reader_is_closed_with_4408_and_comes_back(start_feed):
    server = start_feed(linger_s=30.0)
    slow, quick = server.raw(), server.client()
    quick.sub()
    slow.sock.sendall(masked(SUB))
    slow.next("ok")
    wait_for(lambda: watchers(server) == 2, "the second watch")
    sent = 0
    while watchers(server) == 2:
        assert sent < 400
        sent = server.append(comment={"html": "x" * 60_000})
        assert quick.next("new")["seq"] == sent
    got = []
    while (frame := slow.frame())[0] != 8:
        body = json.loads(frame[1])
        got += [body["seq"]] if body["op"] == "new" else []
    assert frame == (8, struct.pack("!H", 4408))
    assert got == list(range(1, len(got) + 1))
    assert len(got) < sent
    again = server.client()
    for _ in range(sent, sent + 2):
        server.append()
    assert again.sub(cursor=f"1.e1.{sent - 1}")["resumed"] is True
    assert [again.next("new")["seq"] for _ in range(3)] == [sent, sent + 1, sent + 2]


def test_reader_that_takes_nothing_is_cut_off(start_feed):
    server = start_feed(write_deadline_s=0.2, linger_s=0.2, queue_bytes=50_000_000, queue_frames=10_000)
    stuck = server.raw()
    stuck.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stuck.sock.sendall(masked(SUB))
    stuck.next("ok")
    for _ in range(100):
        server.append(comment={"html": "x" * 100_000})
    wait_for(lambda: server.feed.loop.sockets == 0, "the end of the socket")


def watchers(server) -> int:
    """How many live watches the server has."""
    return sum(room.size for room in list(server.feed.hub._rooms.values()))
