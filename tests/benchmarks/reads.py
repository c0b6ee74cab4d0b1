"""How often a second a thread is read: 100 comments beside nginx with the same bytes, and the page of a long one."""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import quote

from running_server import RunningServer
from tests.benchmarks.load import HOW_TO, Load, measure, nginx
from tests.benchmarks.threads import fill, key_of

WORKERS = 2
LENGTHS = (100, 5000)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "files").mkdir(parents=True)
        root.chmod(0o755)
        (root / "files").chmod(0o755)
        with RunningServer(root / "data", options=("--workers", str(WORKERS))) as server:
            fill(server, *LENGTHS)
            rates: dict[tuple[int, str], Load] = {}
            for length in LENGTHS:
                path = f"/api/v1/sites/default/thread?key={quote(key_of(length), safe='')}"
                for encoding in ("identity", "br"):
                    answer = server.get(path, Accept_Encoding=encoding)
                    assert answer.status == 200
                    (root / "files" / f"{length}.{encoding}.json").write_bytes(answer.body)
                    load = measure(f"http://127.0.0.1:{server.port}{path}", headers=(f"Accept-Encoding: {encoding}",))
                    rates[length, encoding] = load
                    print(f"{length:5} comments, {encoding:8} ({len(answer.body):6} bytes): {load}", flush=True)
            path = f"/api/v1/sites/default/thread?key={quote(key_of(100), safe='')}"
            etag = server.get(path).headers["ETag"]
            print(f"  100 comments, 304                   : {_not_modified(server, path, etag)}", flush=True)
            stay = rates[100, "identity"].per_s / rates[5000, "identity"].per_s
            print(f"the first page of 5,000 costs {stay:.2f} times that of 100")
        _beside_nginx(root, rates)


def _not_modified(server: RunningServer, path: str, etag: str) -> Load:
    return measure(f"http://127.0.0.1:{server.port}{path}", headers=(f"If-None-Match: {etag}",))


def _beside_nginx(root: Path, rates: dict[tuple[int, str], Load]) -> None:
    with nginx(root, WORKERS) as url:
        if url is None:
            print(f"nginx is not installed, so there is nothing to compare with: {HOW_TO}")
            return
        for encoding in ("identity", "br"):
            load = measure(f"{url}/100.{encoding}.json")
            share = rates[100, encoding].per_s / load.per_s
            print(f"nginx with the same {encoding:8} bytes       : {load}; ours is {share:.0%} of it", flush=True)
