"""An answer of 201 is a promise that holds over whatever ends the server."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from databases import new_postgres
from nursery import QuickServer
from running_server import RunningServer

sys.path.insert(0, str(Path(__file__).parent))

from writers import Writers, check_that_all_are_there, whole_thread


@pytest.mark.slow
@pytest.mark.parametrize("engine, rounds", [("sqlite", 20), ("postgresql", 5)])
def test_acknowledged_comments_survive_kills(
    engine: str, rounds: int, start_server: Callable[..., QuickServer], request: pytest.FixtureRequest
) -> None:
    environment = {}
    if engine == "postgresql":
        environment["EMBEDCOMMENTS_DATABASE_URL"] = new_postgres(request.getfixturevalue("postgres_url"))
    server = start_server(workers=2, **environment)
    seed = random.randrange(1_000_000)
    print(f"moments from the seed {seed}")
    moments = random.Random(seed)
    writers = Writers(server)
    with writers.writing():
        for _ in range(rounds):
            writers.wait_for_more(moments.randrange(1, 12))
            time.sleep(moments.uniform(0, 0.1))  # not to wait for anything, but to be in the midst of something
            server.kill()
            server.start()
        writers.wait_for_more(1)
    assert len(writers.taken) > 2 * rounds
    check_that_all_are_there(server, writers)


def test_acknowledged_comments_survive_a_stop_while_others_are_sent(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "embedcomments.toml").write_text('disabled_plugins = ["moderation", "profanity", "pingback", "spam"]\n')
    with RunningServer(folder, options=("--workers", "2")) as server:
        writers = Writers(server)
        with writers.writing():
            writers.wait_for_more(10)
            assert server.stop() == 0
            server.start()
            writers.wait_for_more(1)
        check_that_all_are_there(server, writers)
    assert "Traceback" not in server.log.read_text()


def test_same_comment_sent_at_once_by_many_is_taken_once(start_server: Callable[..., QuickServer]) -> None:
    server = start_server(workers=2)
    answers = []

    class Same(Writers):
        def _write(self) -> None:
            answers.append(server.comment("Once", idempotency_key="the same"))

    with Same(server, number=8).writing():
        pass
    assert {(answer.status, answer.json["comment"]["id"]) for answer in answers} == {
        (201, whole_thread(server)[0]["id"])
    }
    assert len(answers) == 8
    assert len(whole_thread(server)) == 1
