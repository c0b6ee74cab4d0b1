"""gunicorn with our settings: threaded workers, each with an instance of its own."""

from __future__ import annotations

import errno
import gc
import logging
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from gunicorn import SERVER
from gunicorn.app.base import BaseApplication

from embedcomments.app import create_app
from embedcomments.domain.configuration import Config
from embedcomments.domain.errors import Conflict
from embedcomments.host.watching import Watch
from embedcomments.web.quick_posts import QuickPosts
from embedcomments.web.quick_reads import QuickReads
from embedcomments.wiring import Instance, build, prepare
from embedcomments.worker import ClientCounts

_log = logging.getLogger(__name__)

# A worker that stops says goodbye to its sockets within this, well before gunicorn would kill it.
GOODBYE_S = 15.0
GRACE_S = 30
PORT_PATIENCE_S = 5.0
KEEPALIVE_S = 15
HEARTBEAT_DIR = "/dev/shm"
WATCH_EVERY_S = 0.5
COLLECT_AFTER = 10_000
LONGEST_REQUEST_LINE = 8190
HAS_EPOLL = hasattr(select, "epoll")


@dataclass(frozen=True, kw_only=True)
class Binding:
    """Where and how to serve. ``on_ready`` is called once, in the first process, when the port is open.

    ``reload``: workers start anew when the files of a plugin change.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    threads: int = 16
    access_log: bool = False
    reload: bool = False
    on_ready: Callable[[], None] = lambda: None

    @property
    def address(self) -> str:
        """As gunicorn takes it; IPv6 in brackets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class Server(BaseApplication):  # type: ignore[misc]
    """Serves one configuration until it is told to stop (SIGTERM, Ctrl-C)."""

    def __init__(self, config: Config, binding: Binding) -> None:
        self._config = config
        self._binding = binding
        self._instance: Instance | None = None
        self._watch: Watch | None = None
        self._counts = ClientCounts() if HAS_EPOLL else None
        super().__init__()

    def load_config(self) -> None:
        """Gunicorn's hook: our settings."""
        binding = self._binding
        settings: dict[str, Any] = {
            "bind": binding.address,
            "workers": binding.workers,
            "threads": binding.threads,
            "worker_class": "embedcomments.worker.PollingWorker" if HAS_EPOLL else "gthread",
            "worker_connections": 2000,
            "keepalive": KEEPALIVE_S,
            "graceful_timeout": GRACE_S,
            "limit_request_line": LONGEST_REQUEST_LINE,
            "accesslog": "-" if binding.access_log else None,
            "loglevel": "warning" if self._config.log_level == "info" else self._config.log_level,
            "control_socket_disable": True,
            # A worker touches a file there with every event, to say that it is alive: on a disk that costs every
            # request two writes of an inode.
            "worker_tmp_dir": HEARTBEAT_DIR if os.access(HEARTBEAT_DIR, os.W_OK) else None,
            "when_ready": lambda _server: binding.on_ready(),
            "post_worker_init": self._begin,
            "worker_exit": self._end,
            "child_exit": self._forget,
        }
        for name, value in settings.items():
            if name in self.cfg.settings:  # older releases know fewer
                self.cfg.set(name, value)

    def load(self) -> Flask:
        """Gunicorn's hook, in each worker after the fork: threads and connections would not survive it."""
        if self._binding.reload:
            self._watch = Watch(self._config.plugins_dir)  # before they are loaded, so that no change is missed
        self._instance = build(self._config)
        return create_app(self._instance)

    def _begin(self, worker: Any) -> None:
        _spare_collections()
        if self._instance is not None:
            self._instance.start()
            worker.counts = self._counts
            if self._counts is not None:
                self._counts.tell(worker.age, 0)
            if not self._binding.access_log:  # an answer that is not parsed is not logged either
                worker.quick = QuickReads(self._instance.parts.kept, SERVER)
                worker.posts = QuickPosts(worker.wsgi, SERVER)
        if self._watch is not None:
            threading.Thread(
                target=_leave_on_change, args=(self._watch,), name="embedcomments-watch", daemon=True
            ).start()

    def _forget(self, _server: object, worker: Any) -> None:
        if self._counts is not None:
            self._counts.forget(worker.age)

    def _end(self, _server: object, _worker: object) -> None:
        instance, self._instance = self._instance, None
        if instance is not None:
            instance.stop(GOODBYE_S)


def _spare_collections() -> None:
    """Have Python look for cycles less often, and never among what is there from the beginning. Its own 700 objects are
    a third of a comment's: the collections took a tenth of the time of a post."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 10, 10)


def _leave_on_change(watch: Watch) -> None:
    """End this worker, as an operator would, once a file has changed; gunicorn then starts another.

    gunicorn's own reloader does not see files that are new, and watches all of Python's.
    """
    while not watch.has_changed():
        time.sleep(WATCH_EVERY_S)
    _log.info("The files of a plugin have changed; starting anew")
    os.kill(os.getpid(), signal.SIGTERM)


def _check_address(binding: Binding) -> None:
    """Gunicorn would say it in a log. Workers whose first process was killed hold the port for a moment longer."""
    until = time.monotonic() + PORT_PATIENCE_S
    while True:
        try:
            found = socket.getaddrinfo(binding.host, binding.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
            family, kind, protocol, _, address = found[0]
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
            return
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            if taken and time.monotonic() < until:
                time.sleep(0.2)
                continue
            reason = "is taken: another program listens there" if taken else f"cannot be listened on: {error.strerror}"
            raise Conflict(f"{binding.address} {reason}.") from error


def serve(config: Config, binding: Binding) -> None:
    """Serve until stopped. The database is brought up to date first, so that a failure is told once and plainly.

    Raises Conflict when the address cannot be listened on, and what ``prepare`` raises.
    """
    _check_address(binding)
    # A module that the first process had imported would be old in every worker that it starts.
    prepare(config, with_plugins=not binding.reload)
    Server(config, binding).run()
