"""Servers that start quickly: forks of one process that has imported everything, each running the real command.

For tests that start a server dozens of times. Whether the command starts by itself is for RunningServer to show.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from running_server import PATIENCE_S, RunningServer

PRELOADED = (
    "embedcomments.app",
    "embedcomments.cli",
    "embedcomments.server",
    "embedcomments_moderation.queue",
    "embedcomments_pingback",
    "embedcomments_profanity",
    "embedcomments_reactions",
    "embedcomments_spam",
    "alembic.command",
    "gunicorn.arbiter",
    "gunicorn.workers.gthread",
    "psycopg",
    "redis",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
)


class Nursery:
    """The process that forks. Not for several threads at once."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def close(self) -> None:
        """End it. What it started goes on."""
        self._process.communicate()

    def start(self, arguments: list[str], environment: Mapping[str, str], log: Path) -> Child:
        """Run a command in a fork, as leader of a group of its own, with its output appended to ``log``."""
        answer = self.ask(do="start", arguments=arguments, environment=dict(environment), log=str(log))
        return Child(self, answer["pid"])

    def ask(self, **what: Any) -> Any:
        """Have something done."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


class Child:
    """A command that runs; as much of Popen as RunningServer asks for."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.pid = pid
        self._nursery = nursery

    def poll(self) -> int | None:
        """Its exit code when it has ended."""
        return self._nursery.ask(do="wait", pid=self.pid, timeout_s=0)["code"]

    def wait(self, timeout_s: float) -> int:
        """Its exit code. Raises TimeoutExpired."""
        code = self._nursery.ask(do="wait", pid=self.pid, timeout_s=timeout_s)["code"]
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout_s)
        return code

    def terminate(self) -> None:
        """SIGTERM."""
        os.kill(self.pid, signal.SIGTERM)


class QuickServer(RunningServer):
    """RunningServer, out of a nursery."""

    def __init__(self, nursery: Nursery, data_dir: Path, **how: Any) -> None:
        super().__init__(data_dir, **how)
        self._nursery = nursery

    def start(self) -> None:
        """Start and wait until it is ready."""
        arguments = [*self._command()[3:], "serve", "--port", str(self.port), *self._options]
        child = self._nursery.start(arguments, self._environment, self.log)
        self._process = child  # type: ignore[assignment]
        deadline = time.monotonic() + PATIENCE_S
        while True:
            with suppress(OSError):
                if self.get("/readyz").status == 200:
                    return
            if child.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"The server did not start:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.01)

    def run(self, *arguments: str) -> str:
        """The output of another command on the same data. Raises AssertionError when it fails."""
        output = self.data_dir.with_name(f"{self.data_dir.name}.output")
        output.unlink(missing_ok=True)
        child = self._nursery.start([*self._command()[3:], *arguments], self._environment, output)
        code = child.wait(PATIENCE_S)
        assert code == 0, output.read_text()
        return output.read_text()


def _serve_requests() -> None:
    for name in PRELOADED:
        importlib.import_module(name)
    ended: dict[int, int] = {}
    for line in sys.stdin:
        what = json.loads(line)
        if what["do"] == "start":
            pid = os.fork()
            if not pid:
                _become(what["arguments"], what["environment"], what["log"])
            answer: Any = {"pid": pid}
        else:
            answer = {"code": _wait(what["pid"], what["timeout_s"], ended)}
        print(json.dumps(answer), flush=True)


def _become(arguments: list[str], environment: dict[str, str], log: str) -> None:
    """The command, in a fork that ends with it."""
    code = 1
    try:
        os.setsid()
        os.environ.clear()
        os.environ.update(environment)
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        sys.argv = ["embedcomments", *arguments]
        from embedcomments.cli import main

        main(prog_name="embedcomments")
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(bool(ending.code))
    except BaseException:  # noqa: BLE001 - whatever it was, this process is not the nursery
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _wait(pid: int, timeout_s: float, ended: dict[int, int]) -> int | None:
    deadline = time.monotonic() + timeout_s
    handle = os.pidfd_open(pid) if pid not in ended else None
    try:
        if handle is not None:
            select.select([handle], [], [], max(0.0, deadline - time.monotonic()))
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                ended[pid] = os.waitstatus_to_exitcode(status)
    finally:
        if handle is not None:
            os.close(handle)
    return ended.get(pid)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    _serve_requests()
