"""A hundred people, or one with a hundred hands, at a real server of two processes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from databases import new_postgres
from running_server import RunningServer
from sqlalchemy import create_engine, select

from embedcomments_reactions.tables import reaction as reaction_table

CONFIG = """
disabled_plugins = ["moderation", "profanity", "pingback", "spam"]
trusted_proxies = 1
[plugins.reactions]
style = "votes"
"""
PARALLEL = 100


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningServer]:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "embedcomments.toml").write_text(CONFIG)
    environment = {}
    if request.param == "postgresql":
        environment["EMBEDCOMMENTS_DATABASE_URL"] = new_postgres(request.getfixturevalue("postgres_url"))
    server = RunningServer(folder, environment=environment, options=("--workers", "2"))
    server.run("plugin", "enable", "reactions")
    with server:
        server.database_url = environment.get(  # type: ignore[attr-defined]
            "EMBEDCOMMENTS_DATABASE_URL", f"sqlite:///{folder / 'embedcomments.sqlite3'}"
        )
        yield server
        assert server.stop() == 0


def stored(server: Any) -> list[Any]:
    engine = create_engine(server.database_url)
    with engine.connect() as connection:
        found = list(connection.execute(select(reaction_table)))
    engine.dispose()
    return found


def at_once(server: RunningServer, comment_id: str, wanted: Callable[[int], tuple[str | None, str]]) -> list[Any]:
    """The answers to 100 requests that are on their way together; ``wanted`` gives the reaction and the address."""

    def send(number: int) -> Any:
        reaction, address = wanted(number)
        body = {"comment": comment_id, "reaction": reaction}
        return server.post("/p/reactions/default/react", body, X_Forwarded_For=address)

    with ThreadPoolExecutor(PARALLEL) as pool:
        answers = list(pool.map(send, range(PARALLEL)))
    assert Counter(answer.status for answer in answers) == {200: PARALLEL}
    return [json.loads(answer.body) for answer in answers]


def shown(server: RunningServer) -> Any:
    (comment,) = server.get("/api/v1/sites/default/thread?key=page").json["comments"]
    return comment["extensions"].get("reactions")


@pytest.mark.slow
def test_a_hundred_requests_of_one_person_are_one_vote_and_those_of_a_hundred_are_all_counted(
    server: RunningServer,
) -> None:
    comment_id = server.comment("Vote!").json["comment"]["id"]
    answers = at_once(server, comment_id, lambda number: (("up", "down")[number % 2], "203.0.113.1"))
    assert {sum(answer["counts"].values()) for answer in answers} == {1}
    (row,) = stored(server)
    score = {"up": 1, "down": -1}[row.reaction]
    assert shown(server) == {"counts": {row.reaction: 1}, "score": score}

    answers = at_once(server, comment_id, lambda number: ("up", f"198.51.100.{number}"))
    counts = Counter(row.reaction for row in stored(server))
    assert sum(counts.values()) == PARALLEL + 1
    assert shown(server) == {"counts": dict(counts), "score": PARALLEL + score}
    # Each saw those that were counted before its own, and no two of them at the same moment.
    assert sorted(answer["score"] - score for answer in answers) == list(range(1, PARALLEL + 1))
    assert len({answer["rev"] for answer in answers}) == PARALLEL

    at_once(server, comment_id, lambda number: (None, f"198.51.100.{number}"))
    assert shown(server) == {"counts": {row.reaction: 1}, "score": score}
