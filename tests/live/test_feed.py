"""The feed over real sockets, under gunicorn and under Werkzeug."""

from __future__ import annotations

import json
import signal
import socket
import threading
import urllib.error
import urllib.request

import pytest
import websocket
from live_clients import masked, wait_for

SUB = json.dumps({"op": "sub", "site": "default", "key": "k", "cursor": None, "token": None}).encode()


def test_comments_reach_everybody_who_watches(server):
    first, second = server.client(), server.client(None)
    assert first.sub() == {
        "op": "ok",
        "site": "default",
        "key": "k",
        "resumed": False,
        "cursor": "1.e1.0",
        "watching": 1,
    }
    assert second.sub("k#comments")["watching"] == 2
    for number in range(1, 4):
        server.append(comment={"id": f"c{number}"})
    for client, key in (first, "k"), (second, "k#comments"):
        assert [client.next("new") for _ in range(3)] == [
            {
                "op": "new",
                "site": "default",
                "key": key,
                "seq": number,
                "rev": 1,
                "count": number,
                "comment": {"id": f"c{number}"},
                "cursor": f"1.e1.{number}",
            }
            for number in range(1, 4)
        ]


def test_client_comes_back_with_its_cursor(server):
    client = server.client()
    client.sub()
    server.append()
    cursor = client.next("new")["cursor"]
    client.close()
    server.append()
    server.append(identity_id="ann")
    again = server.client()
    assert again.sub(cursor=cursor, token="ann")["resumed"] is True
    assert [again.next("new", "skip")["op"] for _ in range(2)] == ["new", "new"]
    other = server.client()
    other.sub(cursor=cursor)
    assert [other.next("new", "skip")["op"] for _ in range(2)] == ["new", "skip"]


def test_what_came_with_the_handshake_is_not_lost(server):
    client = server.raw(behind=masked(SUB), headers="Origin: https://pages.example\r\n")
    assert client.next("ok")["key"] == "k"
    server.append()
    assert client.next("new")["seq"] == 1


def test_compression_is_never_agreed_on(server):
    client = server.raw(headers="Sec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Protocol: chat\r\n")
    assert client.head.startswith(b"HTTP/1.1 101")
    assert b"xtensions" not in client.head
    assert b"rotocol:" not in client.head


@pytest.mark.parametrize("header", ["Cookie: \xe9=1", "X-Odd: a\tb", "Host: x.ü", "Forwarded: for=\x81"])
def test_other_headers_do_not_disturb_the_handshake(server, header):
    if header.startswith("Host"):
        header = header.replace("Host", "X-Forwarded-Host")
    assert server.raw(headers=f"{header}\r\n").head.startswith(b"HTTP/1.1 101")


def test_foreign_origin_is_refused_before_the_handshake(server):
    with pytest.raises(websocket.WebSocketBadStatusException) as refusal:
        server.client("https://stranger.example")
    assert refusal.value.status_code == 403
    assert refusal.value.resp_headers["content-type"] == "application/problem+json"
    assert json.loads(refusal.value.resp_body)["code"] == "origin_not_allowed"


def test_origin_of_another_site_is_closed_with_4403(server):
    client = server.client("https://others.example")
    assert client.sub()["code"] == "origin_not_allowed"
    assert client.close_code() == 4403


@pytest.mark.parametrize(
    "change",
    [
        {"Sec-WebSocket-Version": "8"},
        {"Sec-WebSocket-Key": "short"},
        {"Upgrade": "h2c"},
        {"Content-Length": "5"},
    ],
)
def test_broken_handshake_is_a_400(server, change):
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    } | change
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        sock.sendall(f"GET /api/v1/feed HTTP/1.1\r\nHost: x\r\n{lines}\r\nhello".encode())
        assert sock.recv(4096).startswith(b"HTTP/1.1 400")


def test_plain_request_is_no_websocket(server):
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(f"http://127.0.0.1:{server.port}/api/v1/feed", timeout=10)
    with refusal.value as answer:
        assert answer.code == 400


def test_sockets_take_no_threads_and_no_places_of_gunicorn(start_gunicorn):
    # Three threads, and places for four connections: sockets that counted would soon leave none.
    server = start_gunicorn("--worker-connections", "4")
    clients = [server.client() for _ in range(12)]
    for client in clients:
        client.sub()
    assert server.state()["sockets"] == 12
    wait_for(lambda: server.state()["connections"] == 1, "only the connection that asks")
    server.append()
    assert [client.next("new")["seq"] for client in clients] == [1] * 12
    for client in clients:
        client.close()
    wait_for(lambda: server.state()["sockets"] == 0, "the end of all sockets")
    assert server.state()["rooms"] == 0
    wait_for(lambda: server.state()["connections"] == 1, "only the connection that asks")


def test_upgrade_on_a_connection_that_was_kept_alive(start_gunicorn):
    server = start_gunicorn("--keep-alive", "10")
    client = server.raw(ahead=b"GET /state HTTP/1.1\r\nHost: x\r\n\r\n", behind=masked(SUB))
    assert client.next("ok")["watching"] == 1
    server.append()
    assert client.next("new")["seq"] == 1


def test_terminated_worker_says_goodbye(start_gunicorn):
    server = start_gunicorn()
    clients = [server.client() for _ in range(5)]
    for client in clients:
        client.sub()
    server.process.send_signal(signal.SIGTERM)
    for client in clients:
        assert client.next("bye") == {"op": "bye", "code": 1012, "retry_s": 5}
        assert client.close_code() == 1012
    assert server.process.wait(10) == 0


def own_threads(before: set[threading.Thread]) -> list[str]:
    """The names of the feed's threads that were not there before."""
    return sorted(thread.name for thread in set(threading.enumerate()) - before if thread.name.startswith("feed_"))


def test_threads_begin_with_the_first_socket_and_end_with_stop(start_feed):
    before = set(threading.enumerate())  # a feed that other tests share may be running
    server = start_feed()
    assert server.state()["sockets"] == 0
    assert own_threads(before) == []
    client = server.client()
    client.sub()
    server.feed.loop.start()
    assert own_threads(before) == ["feed_keep_time", "feed_loop", "feed_work", "feed_work"]
    server.feed.loop.stop(5)
    assert client.next("bye")["code"] == 1012
    assert client.close_code() == 1012
    assert own_threads(before) == []
    again = server.client()
    assert again.sub()["watching"] == 1
