"""The example of a plugin with a table, routes and fields of the thread. Readers meet it in tests/browser."""

from __future__ import annotations

import ast
import importlib
import sys
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest
from databases import new_postgres
from poll_server import EXAMPLE, QUESTION, serving_poll
from running_server import RunningServer

from embedcomments.testing import check_plugin

NOBODY = {"Yes": 0, "No": 0, "Only the small one": 0}
Serve = Callable[..., RunningServer]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    with ExitStack() as running:

        def start(**environment: str) -> RunningServer:
            return running.enter_context(serving_poll(tmp_path, **environment))

        yield start


def test_example_imports_the_api_and_what_it_declares() -> None:
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    declared = {wanted.split(">")[0] for wanted in project["dependencies"]}
    assert len((EXAMPLE / "README.md").read_text().splitlines()) <= 30
    for file in EXAMPLE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                top = name.split(".")[0]
                is_fine = top in sys.stdlib_module_names or top in declared - {"embedcomments"}
                assert is_fine or top == "embedcomments_poll" or name == "embedcomments.api", f"{file}: {name}"


def test_the_poll_keeps_what_plugins_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLE / "src"))
    assert check_plugin(importlib.import_module("embedcomments_poll")).problems == []


def vote(
    server: RunningServer, answer: object, *, key: object = "page", address: str = "192.0.2.1"
) -> tuple[int, object]:
    given = server.post("/p/poll/default/vote", {"key": key, "answer": answer}, X_Forwarded_For=address)
    return given.status, given.json


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_one_vote_counts_for_an_address_page_and_question(
    engine: str, serve: Serve, request: pytest.FixtureRequest
) -> None:
    environment = {"EMBEDCOMMENTS_TRUSTED_PROXIES": "1"}
    if engine == "postgresql":
        environment["EMBEDCOMMENTS_DATABASE_URL"] = new_postgres(request.getfixturevalue("postgres_url"))
    server = serve(**environment)
    assert server.get("/healthz").json["plugins"]["loaded"] == ["poll"]
    with ThreadPoolExecutor(12) as together:
        answers = list(together.map(lambda _: vote(server, "Yes"), range(12)))
    assert sorted(answer["counted"] for _, answer in answers) == [False] * 11 + [True]  # type: ignore[index]
    assert vote(server, "No", address="2001:db8::1")[1] == {"counted": True, "results": {**NOBODY, "Yes": 1, "No": 1}}
    assert vote(server, "Yes", address="2001:db8::2")[1] == {"counted": False, "results": {**NOBODY, "Yes": 1, "No": 1}}
    assert vote(server, "Yes", key="another page")[1] == {"counted": True, "results": {**NOBODY, "Yes": 1}}
    assert vote(server, "Perhaps", address="192.0.2.2")[0] == 422
    assert vote(server, ["Yes"], address="192.0.2.2")[0] == 422
    assert vote(server, "Yes", key=7, address="192.0.2.2")[0] == 422
    assert vote(server, "Yes", key="", address="192.0.2.2")[0] == 422
    # Nobody has written yet, so there is no thread whose fields could tell; afterwards they come with it.
    results = {**NOBODY, "Yes": 1, "No": 1}
    assert server.get(f"/p/poll/default/results?key={quote('page')}").json == {"results": results}
    thread = "/api/v1/sites/default/thread?key=page"
    config = {"question": QUESTION, "answers": list(NOBODY)}
    assert server.get(thread).json["extensions"]["poll"] == {"config": config}
    assert server.comment("First").status == 201
    assert server.get(thread).json["extensions"]["poll"] == {"config": config, "thread": results}
    server.run("plugin", "disable", "poll")
    assert vote(server, "Yes", address="192.0.2.3")[0] == 404
    assert "poll" not in server.get(thread).json["extensions"]
