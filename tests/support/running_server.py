"""The real command ``embedcomments serve`` in processes of its own, for tests that a user would miss."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

PATIENCE_S = 60.0


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class RunningServer:
    """A server on a free port that it keeps when it is started again, on one data directory."""

    def __init__(self, data_dir: Path, *, environment: Mapping[str, str] | None = None, options: tuple[str, ...] = ()):
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self._options = options
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("EMBEDCOMMENTS_")},
            "EMBEDCOMMENTS_POSTS_PER_MINUTE": "0",
            # A machine that does many things at once is no plugin that hangs.
            "EMBEDCOMMENTS_HOOK_TIMEOUT_S": "20",
            "PYTHONWARNINGS": "default",
            **(environment or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.log = data_dir.with_name(f"{data_dir.name}.log")

    def __enter__(self) -> RunningServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.kill()

    def start(self) -> None:
        """Start and wait until it is ready."""
        command = [*self._command(), "serve", "--port", str(self.port), *self._options]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, env=self._environment, start_new_session=True
            )
        deadline = time.monotonic() + PATIENCE_S
        while True:
            with suppress(OSError):
                if self.get("/readyz").status == 200:
                    return
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"The server did not start:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL to all of its processes: nothing is finished, nothing is flushed."""
        self._signal(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM to the first process, as an init system does; its exit code."""
        assert self._process is not None
        self._process.terminate()
        code = self._process.wait(PATIENCE_S)
        self._process = None
        return code

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)
        self._process.wait(PATIENCE_S)
        self._process = None

    def processes(self) -> list[psutil.Process]:
        """The first process and its workers."""
        assert self._process is not None
        first = psutil.Process(self._process.pid)
        return [first, *first.children(recursive=True)]

    def run(self, *arguments: str) -> str:
        """The output of another command on the same data. Raises AssertionError when it fails."""
        done = subprocess.run(
            [*self._command(), *arguments], capture_output=True, text=True, env=self._environment, timeout=PATIENCE_S
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, headers=headers)

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        return self.call("POST", path, body, headers)

    def call(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """``body`` of bytes is sent as it is, anything else as JSON; ``_`` in names of headers means ``-``."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        if data is not None:
            named.setdefault("Content-Type", "application/json")
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=data, headers=named, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read())

    def comment(self, text: str, *, key: str = "page", site: str = "default", **more: Any) -> Answer:
        """Post a comment. ``idempotency_key``, ``token`` and ``origin`` become headers, the rest goes into the body."""
        headers = {}
        for name, header in (("idempotency_key", "Idempotency-Key"), ("origin", "Origin")):
            if name in more:
                headers[header] = more.pop(name)
        if "token" in more:
            headers["Authorization"] = f"Bearer {more.pop('token')}"
        body = {"thread": {"key": key}, "text": text, **more}
        return self.call("POST", f"/api/v1/sites/{site}/comments", body, headers)

    def _command(self) -> list[str]:
        return [sys.executable, "-m", "embedcomments", "--data-dir", str(self.data_dir)]


def free_port() -> int:
    """A port that nobody has at the moment, below those that systems give to outgoing connections: a server that is
    started again wants its own back."""
    while True:
        port = random.randint(15_000, 32_000)
        with socket.socket() as found, suppress(OSError):
            found.bind(("127.0.0.1", port))
            return port
