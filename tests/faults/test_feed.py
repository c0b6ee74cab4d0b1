"""The feed of a real server: nothing lost, nothing twice, nothing that one may not see."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy
import websocket
from databases import new_postgres
from nursery import QuickServer

sys.path.insert(0, str(Path(__file__).parent))

from watching import Watcher
from writers import Writers, text_of, whole_thread

HOLDING = """
disabled_plugins = ["profanity", "pingback", "spam"]
[plugins.moderation]
hold = "everybody"
"""


def test_a_cursor_resumes_over_a_restart(start_server: Callable[..., QuickServer]) -> None:
    server = start_server()
    server.comment("First")
    watcher = Watcher(server)
    assert watcher.sub()["resumed"] is False
    server.comment("Second")
    assert watcher.next_text() == "Second"
    server.kill()
    with pytest.raises((OSError, websocket.WebSocketException)):
        watcher.next()
    server.start()
    for text in ("Third", "Fourth"):
        server.comment(text)
    watcher.connect()
    answer = watcher.sub()
    assert (answer["op"], answer["resumed"]) == ("ok", True)
    assert [watcher.next_text() for _ in range(2)] == ["Third", "Fourth"]
    server.comment("Fifth")
    assert watcher.next_text() == "Fifth"
    assert [frame["seq"] for frame in watcher.seen] == [2, 3, 4, 5]
    watcher.close()


def test_the_snapshot_s_cursor_continues_without_gap_or_repeat(start_server: Callable[..., QuickServer]) -> None:
    server = start_server()
    server.comment("First")
    watcher = Watcher(server)
    watcher.cursor = server.get("/api/v1/sites/default/thread?key=page").json["thread"]["cursor"]
    server.comment("Second")
    assert watcher.sub()["resumed"] is True
    assert watcher.next_text() == "Second"
    assert [frame["seq"] for frame in watcher.seen] == [2]
    watcher.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_after_a_restore_the_thread_is_fetched_again(workers: int, start_server: Callable[..., QuickServer]) -> None:
    server = start_server(workers=workers)
    server.comment("First")
    watcher = Watcher(server)
    watcher.cursor = server.get("/api/v1/sites/default/thread?key=page").json["thread"]["cursor"]
    server.kill()
    database = sqlalchemy.create_engine(f"sqlite:///{server.data_dir}/embedcomments.sqlite3")
    with database.begin() as connection:
        # What a restore does, see storage/migrate.py.
        connection.execute(sqlalchemy.text("UPDATE meta SET value = 'feedf00d' WHERE name = 'epoch'"))
    database.dispose()
    server.start()
    watcher.connect()
    assert watcher.sub()["op"] == "reset"
    watcher.cursor = server.get("/api/v1/sites/default/thread?key=page").json["thread"]["cursor"]
    assert watcher.sub()["op"] == "ok"
    server.comment("Second")
    assert watcher.next_text() == "Second"
    watcher.close()


def test_a_held_comment_comes_to_its_author_alone(start_server: Callable[..., QuickServer]) -> None:
    server = start_server(HOLDING)
    earlier = server.comment("Held one").json
    token = earlier["edit_token"]
    author, stranger, public = Watcher(server, token=token), Watcher(server, token="nonsense"), Watcher(server)
    other = Watcher(server, token=server.comment("Held two").json["edit_token"])
    watchers = (author, stranger, public, other)
    for watcher in watchers:
        assert watcher.sub()["op"] == "ok"
    assert server.comment("Held three", token=token).status == 202
    told = author.next("new", "skip")
    assert (told["op"], told["comment"]["state"], text_of(told["comment"])) == ("new", "held", "Held three")
    for watcher in (stranger, public, other):
        frame = watcher.next("new", "edit", "remove", "skip")
        assert (frame["op"], set(frame)) == ("skip", {"op", "site", "key", "seq", "cursor"})
    assert [frame["seq"] for watcher in watchers for frame in watcher.seen] == [3] * 4
    assert whole_thread(server) == []
    for watcher in watchers:
        watcher.close()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite", "postgresql", "postgresql and redis"])
def test_concurrent_posts_arrive_in_order_without_gap_or_repeat(
    engine: str, start_server: Callable[..., QuickServer], request: pytest.FixtureRequest
) -> None:
    environment = {}
    if "postgresql" in engine:
        environment["EMBEDCOMMENTS_DATABASE_URL"] = new_postgres(request.getfixturevalue("postgres_url"))
    if "redis" in engine:
        environment["EMBEDCOMMENTS_REDIS_URL"] = request.getfixturevalue("redis_url")
    server = start_server(workers=2, **environment)
    early = [Watcher(server) for _ in range(4)]
    for watcher in early:
        watcher.sub()
    writers = Writers(server, number=6)
    late = []
    with writers.writing():
        for _ in range(3):  # some join in the midst of it
            writers.wait_for_more(20)
            late.append(Watcher(server))
            late[-1].cursor = server.get("/api/v1/sites/default/thread?key=page").json["thread"]["cursor"]
            first = int(late[-1].cursor.rsplit(".", 1)[1])
            assert late[-1].sub()["resumed"] is True
            late[-1].first = first  # type: ignore[attr-defined]
        writers.wait_for_more(20)
    last = len(writers.taken)
    for watcher in (*early, *late):
        while not watcher.seen or watcher.seen[-1]["seq"] < last:
            watcher.next()
        start = getattr(watcher, "first", 0) + 1
        assert [frame["seq"] for frame in watcher.seen] == list(range(start, last + 1))
        watcher.close()
    stored = {comment["seq"]: comment["id"] for comment in whole_thread(server)}
    assert {frame["seq"]: frame["comment"]["id"] for frame in early[0].seen} == stored
