"""``embedcomments serve --reload``: who writes a plugin sees each change without doing anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from running_server import Answer, RunningServer

PLUGIN = """
from embedcomments.api import PluginInfo, PluginResponse, Route, hookimpl

plugin_info = PluginInfo(name="%(name)s", title="Greeter", description="Says a word.")


@hookimpl
def register_routes():
    return [Route(path="word", handler=lambda ctx, request: PluginResponse(body="%(word)s"))]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "plugins"
    folder.mkdir()
    return folder


@pytest.fixture(params=[1, 2], ids=["one worker", "two workers"])
def server(request: pytest.FixtureRequest, tmp_path: Path, folder: Path) -> Iterator[RunningServer]:
    (folder / "greeter.py").write_text(PLUGIN % {"name": "greeter", "word": "one"})
    environment = {"EMBEDCOMMENTS_PLUGINS_DIR": str(folder)}
    options = ("--reload", "--workers", str(request.param))
    with RunningServer(tmp_path / "data", environment=environment, options=options) as running:
        yield running


def test_a_changed_broken_mended_new_and_removed_file_shows(
    server: RunningServer, folder: Path, wait_for: Callable[..., Any]
) -> None:
    def ask(path: str) -> Answer | None:
        try:
            return server.get(path)
        except OSError:  # a worker that ends may hang up on who just came; browsers ask again, and so do we
            return None

    def word(name: str = "greeter") -> str:
        answer = ask(f"/p/{name}/default/word")
        return answer.body.decode() if answer is not None and answer.status == 200 else ""

    def plugins() -> Any:
        answer = ask("/healthz")
        return answer.json["plugins"] if answer is not None else {"loaded": [], "broken": []}

    def write(word: str, name: str = "greeter") -> None:
        (folder / f"{name}.py").write_text(PLUGIN % {"name": name, "word": word})

    assert word() == "one"
    first = {process.pid for process in server.processes()}
    write("two")  # as long as before: the time and the size of the file alone would not tell within one second
    wait_for(lambda: word() == "two", "the changed answer")
    (folder / "greeter.py").write_text("def f(:\n")
    wait_for(lambda: "greeter" in plugins()["broken"], "the broken plugin")
    wait_for(lambda: (page := ask("/embed.js")) is not None and page.status == 200, "an answer in spite of it")
    write("six")
    wait_for(lambda: word() == "six", "the mended plugin")
    write("new", name="other")
    wait_for(lambda: word("other") == "new", "the new plugin")
    (folder / "greeter.py").unlink()
    wait_for(lambda: "greeter" not in plugins()["loaded"] + plugins()["broken"], "the end of the plugin")
    now = {process.pid for process in server.processes()}
    assert len(first & now) == 1  # the first process is still the same, and so is its port
    assert "Traceback" not in server.log.read_text()
