"""Real servers."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from embedcomments.web.feed.connection import FeedLimits

HERE = Path(__file__).parent
# gunicorn's processes import feed_app from here as well.
sys.path.insert(0, str(HERE))

from feed_app import FeedApp  # noqa: E402
from live_clients import PATIENCE_S, Server  # noqa: E402


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def running_feed(**limits: Any) -> Iterator[Server]:
    """The feed under Werkzeug's threaded server in this process, with limits as given."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    feed = FeedApp(FeedLimits(**limits))
    server = make_server("127.0.0.1", 0, feed.app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    handle = Server(server.server_port, feed)
    try:
        yield handle
    finally:
        handle.close_clients()
        server.shutdown()
        thread.join()
        server.server_close()
        feed.loop.stop(5)


@pytest.fixture
def start_feed() -> Iterator[Callable[..., Server]]:
    """Starts a feed of its own for the test, with limits as given."""
    with ExitStack() as running:
        yield lambda **limits: running.enter_context(running_feed(**limits))


@pytest.fixture(scope="session")
def _feed_for_all() -> Iterator[Server]:
    with running_feed() as server:
        yield server


@pytest.fixture
def shared_feed(_feed_for_all: Server) -> Iterator[Server]:
    """A feed with the usual limits, whose threads others may have used."""
    yield _feed_for_all
    _feed_for_all.close_clients()


@pytest.fixture
def start_gunicorn() -> Iterator[Callable[..., Server]]:
    """Starts the feed under gunicorn with one gthread worker; its arguments may be added to."""
    running = []

    def start(*arguments: str, **environment: str) -> Server:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(100)
            command = [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--threads", "3"]
            command += ["--bind", f"fd://{listener.fileno()}", "--config", str(HERE / "feed_app.py")]
            command += ["--no-control-socket", "--log-level", "warning", *arguments, "feed_app:for_gunicorn()"]
            process = subprocess.Popen(
                command, cwd=HERE, pass_fds=[listener.fileno()], env={**os.environ, **environment}
            )
            running.append(Server(listener.getsockname()[1], process=process))
        return running[-1]

    yield start
    for server in running:
        assert server.process is not None
        server.close_clients()
        server.process.terminate()
        server.process.wait(PATIENCE_S)


@pytest.fixture(params=["gunicorn", "werkzeug"])
def server(request: pytest.FixtureRequest) -> Server:
    """The feed under each of the servers it supports."""
    if request.param == "gunicorn":
        return request.getfixturevalue("start_gunicorn")()
    return request.getfixturevalue("start_feed")()
