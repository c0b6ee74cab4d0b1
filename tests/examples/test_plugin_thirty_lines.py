"""The plugin of the example, dropped into the server's folder, works as its README says."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from running_server import RunningServer

EXAMPLE = Path(__file__).parents[2] / "examples" / "plugin-thirty-lines" / "exclaim.py"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    folder = tmp_path / "plugins"
    folder.mkdir()
    shutil.copy(EXAMPLE, folder)
    environment = {
        "EMBEDCOMMENTS_PLUGINS_DIR": str(folder),
        "EMBEDCOMMENTS_DISABLED_PLUGINS": "spam, moderation, profanity, pingback, reactions",
    }
    with RunningServer(tmp_path / "data", environment=environment) as running:
        yield running


def test_shouting_is_held_until_the_plugin_is_switched_off(server: RunningServer) -> None:
    assert server.get("/healthz").json["plugins"]["loaded"] == ["exclaim"]
    answers = [server.comment(text) for text in ("OK, NATO.", "WHO WROTE THIS?! I WANT TO KNOW", "Calm again")]
    assert [(answer.status, answer.json["comment"]["state"]) for answer in answers] == [
        (201, "published"),
        (202, "held"),
        (201, "published"),
    ]
    page = server.get("/api/v1/sites/default/thread?key=page").json
    assert [item["html"] for item in page["comments"]] == ["<p>OK, NATO.</p>", "<p>Calm again</p>"]
    server.run("plugin", "disable", "exclaim")
    assert server.comment("WHO WROTE THIS?! I WANT TO KNOW").status == 201
