"""What a post costs the processor, without a network and a server: durable, with the four plugins on.

``python -m tests.benchmarks post-cost``. Timings tell little on a busy machine; the time that the process
spent on a processor tells more, and two versions of the code can be compared by running them by turns.
EMBEDCOMMENTS_PROFILE=1 also prints where the thread that posts spends it.
"""

from __future__ import annotations

import cProfile
import io
import os
import pstats
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson
from flask import Flask
from werkzeug.test import run_wsgi_app

from embedcomments.app import create_app
from embedcomments.domain.configuration import config_from
from embedcomments.domain.errors import OutboundError
from embedcomments.wiring import build

ROUNDS, POSTS, WARM_UP = 5, 300, 100
# Nothing that comes from one address in a moment shall be held.
SPAM = {
    "max_repeats": 0,
    "max_from_address": 0,
    "max_from_writer": 0,
    "max_in_thread": 0,
    "max_near_repeats": 0,
    "under_attack": "off",
}
SETTINGS = {"posts_per_minute": 0, "plugins": {"moderation": {"hold": "nobody"}, "spam": SPAM}}
_SAID = (
    "the house river a garden of and winter never bread open question quiet morning letter reader because street "
    "answer children light careful always music in to yesterday window people paper often town difference small "
    "история город читатель письмо утро տուն գիրք այգի 读者 文章 خانه کتاب café naïve"
)
WORDS = _SAID.split()


class _NoNetwork:
    def get(self, url: str, **_: Any) -> Any:
        raise OutboundError(url)

    post = get


def main() -> None:
    """Print microseconds of processor time a post: of the whole process, and of the thread that posts."""
    with tempfile.TemporaryDirectory() as folder:
        instance = build(config_from(SETTINGS, {}, data_dir=Path(folder)), outbound=_NoNetwork())  # type: ignore[arg-type]
        try:
            app = create_app(instance)
            chance = random.Random(1)
            _post(app, chance, WARM_UP)
            whole, posting = [], []
            for _ in range(ROUNDS):
                process_before, thread_before = time.process_time(), time.thread_time()
                _post(app, chance, POSTS)
                posting.append((time.thread_time() - thread_before) / POSTS * 1e6)
                whole.append((time.process_time() - process_before) / POSTS * 1e6)
            print(
                f"a post: {statistics.median(whole):.0f} µs of processor time (best round {min(whole):.0f}), "
                f"{statistics.median(posting):.0f} of them in the thread that posts (best {min(posting):.0f})"
            )
            if os.environ.get("EMBEDCOMMENTS_PROFILE"):
                _profile(app, chance)
        finally:
            instance.close()


def _post(app: Flask, chance: random.Random, count: int) -> None:
    for _ in range(count):
        body = orjson.dumps(
            {
                "thread": {"key": f"https://bench.example/post/{chance.randrange(100)}", "title": "A page"},
                "author": {"name": f"Reader {chance.randrange(30)}"},
                "text": _text(chance),
            }
        )
        environ = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": "/api/v1/sites/default/comments",
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8080",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "127.0.0.1:8080",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        answer, status, _ = run_wsgi_app(app, environ)
        if not status.startswith("201"):
            raise RuntimeError(f"{status}: {b''.join(answer)[:300]!r}")


def _text(chance: random.Random) -> str:
    """A text of one to three paragraphs; a third of them bear some Markdown."""
    paragraphs = [" ".join(chance.choices(WORDS, k=chance.randint(4, 40))) for _ in range(chance.randint(1, 3))]
    if chance.random() < 1 / 3:
        paragraphs[0] = f"**{paragraphs[0]}**"
        paragraphs.append("> " + " ".join(chance.choices(WORDS, k=8)))
    return "\n\n".join(paragraphs)


def _profile(app: Flask, chance: random.Random) -> None:
    profile = cProfile.Profile()
    profile.enable()
    _post(app, chance, POSTS)
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(45)
