"""Load from wrk, and nginx to compare with: both from the system's packages."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from running_server import free_port

HOW_TO = "apt install nginx-light wrk"
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


@dataclass(frozen=True)
class Load:
    """What wrk measured. ``p99_ms``: 99 of 100 requests took at most this. ``errors``: answers that were no 2xx."""

    per_s: float
    p99_ms: float
    errors: int

    def __str__(self) -> str:
        trouble = f", {self.errors} ERRORS" if self.errors else ""
        return f"{self.per_s:8.0f}/s, p99 {self.p99_ms:.1f} ms{trouble}"


def measure(
    url: str,
    *,
    connections: int = 32,
    seconds: int = 6,
    headers: tuple[str, ...] = (),
    script: Path | None = None,
    warm_up: bool = True,
) -> Load:
    """Requests to ``url`` from one thread of wrk with so many connections. Raises SystemExit without wrk."""
    if shutil.which("wrk") is None:
        raise SystemExit(f"wrk is not installed: {HOW_TO}")
    command = ["wrk", "--latency", "-t1", f"-c{connections}"]
    command += [part for header in headers for part in ("-H", header)]
    if script is not None:
        command += ["-s", str(script)]
    if warm_up:
        subprocess.run([*command, "-d1s", url], capture_output=True, check=True)
    text = subprocess.run([*command, f"-d{seconds}s", url], capture_output=True, check=True, text=True).stdout
    per_s = re.search(r"Requests/sec:\s+([\d.]+)", text)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s|m)", text)
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    assert per_s is not None, text
    assert p99 is not None, text
    count = (int(errors[1]) if errors else 0) + (sum(map(int, broken.groups())) if broken else 0)
    return Load(float(per_s[1]), float(p99[1]) * _SECONDS[p99[2]] * 1000, count)


@contextmanager
def nginx(folder: Path, workers: int) -> Iterator[str | None]:
    """The address of an nginx that serves the files of ``folder``, None when it is not installed."""
    binary = shutil.which("nginx") or (shutil.which("nginx", path="/usr/sbin"))
    if binary is None:
        yield None
        return
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(
        f"worker_processes {workers}; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;"
        "events { worker_connections 1024; }"
        "http { access_log off; sendfile on; keepalive_requests 1000000; default_type application/json;"
        f"client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};"
        f"uwsgi_temp_path {folder}; scgi_temp_path {folder};"
        f"server {{ listen 127.0.0.1:{port}; root {folder}/files; }} }}"
    )
    process = subprocess.Popen([binary, "-c", str(config), "-p", str(folder)], stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
