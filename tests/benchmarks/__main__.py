"""``make bench``: all benchmarks, or those named on the command line."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from tests.benchmarks import (
    bytes_sent,
    dispatch,
    first_comment,
    post_cost,
    posts,
    profanity,
    queue,
    reading,
    reads,
    sockets,
    spam,
)

ALL: dict[str, Callable[[], None]] = {
    "reads": reads.main,
    "posts": posts.main,
    "post-cost": post_cost.main,
    "sockets": sockets.main,
    "dispatch": dispatch.main,
    "bytes": bytes_sent.main,
    "first-comment": first_comment.main,
    "reading": reading.main,
    "spam": spam.main,
    "profanity": profanity.main,
    "queue": queue.main,
}


def main() -> None:
    # What follows an option is the benchmark's own.
    given = sys.argv[1:]
    named = given[: next((at for at, word in enumerate(given) if word.startswith("--")), len(given))]
    wanted = named or list(ALL)
    unknown = [name for name in wanted if name not in ALL]
    if unknown:
        sys.exit(f"There is no benchmark {unknown[0]!r}. There are: {', '.join(ALL)}.")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    for name in wanted:
        print(f"\n== {name}", flush=True)
        ALL[name]()


main()
