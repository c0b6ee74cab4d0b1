"""How many comments a second are taken: durable, with the four plugins on, published at once."""

from __future__ import annotations

import tempfile
from pathlib import Path

from running_server import RunningServer
from tests.benchmarks.load import measure

SCRIPT = Path(__file__).with_name("post.lua")
# Its texts differ only in their numbers, and all come from one address, which the spam filter would hold.
SETTINGS = """
[plugins.moderation]
hold = "nobody"
[plugins.spam]
max_repeats = 0
max_from_address = 0
max_from_writer = 0
max_in_thread = 0
max_near_repeats = 0
under_attack = "off"
"""


def main() -> None:
    for workers in (1, 2):
        for clients in (1, 8):
            with tempfile.TemporaryDirectory() as folder:
                data = Path(folder) / "data"
                data.mkdir()
                (data / "embedcomments.toml").write_text(SETTINGS)
                with RunningServer(data, options=("--workers", str(workers))) as server:
                    url = f"http://127.0.0.1:{server.port}/api/v1/sites/default/comments"
                    load = measure(url, connections=clients, script=SCRIPT)
                    count = sum(
                        server.get(f"/api/v1/sites/default/counts?key=https://bench.example/post/{n}").json["counts"][
                            f"https://bench.example/post/{n}"
                        ]
                        for n in range(100)
                    )
                    print(f"{workers} worker(s), {clients} client(s): {load} ({count} comments are there)", flush=True)
