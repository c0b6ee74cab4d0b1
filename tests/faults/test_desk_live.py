"""The desk's websocket on real servers of several processes, and who may open it."""

from __future__ import annotations

import http.cookiejar
import json
import re
import struct
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
import websocket
from databases import new_postgres
from nursery import QuickServer

PATIENCE_S = 30
HOLDING = """
disabled_plugins = ["profanity", "pingback", "spam"]
[plugins.moderation]
hold = "everybody"
"""


class Moderator:
    """A browser that is signed in, and its websocket."""

    def __init__(self, server: QuickServer, *link: str) -> None:
        self.server = server
        self._jar = http.cookiejar.CookieJar()
        self._http = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar))
        url = server.run("moderator", "link", *link).strip()
        token = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["token"][0]
        self.submit(url, {"token": token}, to=f"{server.url}/admin/sign-in")

    @property
    def cookie(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._jar)

    def submit(self, page: str, form: dict[str, str], *, to: str | None = None) -> None:
        with self._http.open(page, timeout=PATIENCE_S) as found:
            csrf = re.search(r'name="csrf_token" value="([^"]+)"', found.read().decode())
        assert csrf is not None
        body = urllib.parse.urlencode({**form, "csrf_token": csrf[1]}).encode()
        self._http.open(to or page, body, timeout=PATIENCE_S).close()

    def listen(self, site: str = "default", **how: Any) -> None:
        given = {"origin": self.server.url, "cookie": self.cookie, **how}
        self.ws = websocket.create_connection(
            f"ws://localhost:{self.server.port}/admin/{site}/live", timeout=PATIENCE_S, **given
        )
        assert json.loads(self.ws.recv())["op"] == "hello"

    def changed(self) -> list[dict[str, Any]]:
        """The comments of the next frame that names any."""
        while True:
            frame = json.loads(self.ws.recv())
            if frame["op"] == "changed":
                return frame["comments"]

    def close_code(self) -> int:
        while True:
            opcode, data = self.ws.recv_data()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                return struct.unpack("!H", data[:2])[0]


@pytest.mark.parametrize("engine", ["sqlite", "postgresql", "redis"])
def test_every_process_tells_of_comments_that_any_of_them_took(
    start_server: Callable[..., QuickServer], request: pytest.FixtureRequest, engine: str
) -> None:
    environment = {}
    if engine == "postgresql":
        environment["EMBEDCOMMENTS_DATABASE_URL"] = new_postgres(request.getfixturevalue("postgres_url"))
    if engine == "redis":
        environment["EMBEDCOMMENTS_REDIS_URL"] = request.getfixturevalue("redis_url")
    server = start_server(HOLDING, workers=2, **environment)
    moderators = [Moderator(server) for _ in range(3)]  # so that both workers have one, as a rule
    for moderator in moderators:
        moderator.listen()
    written = [server.comment(f"Text {number}").json["comment"]["id"] for number in range(4)]
    for moderator in moderators:
        heard: dict[str, dict[str, Any]] = {}
        while set(heard) != set(written):
            heard |= {item["id"]: item for item in moderator.changed()}
        assert {(item["state"], item["event"], item["by"]) for item in heard.values()} == {
            ("held", "comment_submitted", "reader")
        }
        moderator.ws.close()


def test_listener_hears_who_handled_a_comment_meanwhile(start_server: Callable[..., QuickServer]) -> None:
    server = start_server(HOLDING)
    comment_id = server.comment("Text").json["comment"]["id"]
    mine, other = Moderator(server), Moderator(server, "--name", "Anahit")
    mine.listen()
    other.submit(f"{server.url}/admin/default/moderation/", {"id": comment_id, "action": "publish"})
    (told,) = mine.changed()
    assert (told["id"], told["state"], told["by"]) == (comment_id, "published", "Anahit")
    mine.ws.close()


def test_session_that_ended_is_cut_off(start_server: Callable[..., QuickServer]) -> None:
    server = start_server(HOLDING)
    moderator = Moderator(server)
    moderator.listen()
    moderator.submit(f"{server.url}/admin/default/site", {}, to=f"{server.url}/admin/sign-out")
    assert moderator.close_code() == 4401
    moderator.ws.shutdown()


def test_only_pages_of_this_server_with_a_session_of_the_site_may_listen(
    start_server: Callable[..., QuickServer],
) -> None:
    server = start_server(HOLDING)
    server.run("site", "add", "press")
    everywhere, press = Moderator(server), Moderator(server, "--site", "press")
    for moderator, site, how, status in (
        (everywhere, "default", {"origin": "https://elsewhere.example"}, 403),
        (everywhere, "default", {"suppress_origin": True, "origin": None}, 403),
        (everywhere, "default", {"cookie": None}, 401),
        (everywhere, "default", {"cookie": "embedcomments-session=made-up"}, 401),
        (press, "default", {}, 401),
        (everywhere, "nowhere", {}, 404),
    ):
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            moderator.listen(site, **how)
        assert refused.value.status_code == status, how
    press.listen("press")
    server.comment("For others")
    server.comment("For the press", site="press")
    (told,) = press.changed()
    assert told["id"] in server.run("export", "embedcomments", "--site", "press")
    press.ws.close()


def test_listener_that_speaks_is_told_that_nobody_hears(start_server: Callable[..., QuickServer]) -> None:
    server = start_server(HOLDING)
    moderator = Moderator(server)
    moderator.listen()
    moderator.ws.send(json.dumps({"op": "sub", "site": "default", "key": "page"}))
    assert json.loads(moderator.ws.recv())["code"] == "not_allowed"
    moderator.ws.send('{"op":"pong"}')
    server.comment("Text")
    assert len(moderator.changed()) == 1
    moderator.ws.close()
