"""A server with the example of a poll, which is there as an installed distribution is."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from running_server import RunningServer

EXAMPLE = Path(__file__).parents[2] / "examples" / "plugin-poll"
QUESTION = "Should the presses run on Sundays?"
CONFIG = f"""
disabled_plugins = ["spam", "moderation", "profanity", "pingback", "reactions"]
[plugins.poll]
question = "{QUESTION}"
answers = ["Yes", "No", "Only the small one"]
"""


def serving_poll(folder: Path, **environment: str) -> RunningServer:
    """The server, not started yet, with its data and the record of the distribution in ``folder``."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    record = folder / "site" / f"embedcomments_poll-{project['version']}.dist-info"
    record.mkdir(parents=True)
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    points = [f"{name} = {value}\n" for name, value in project["entry-points"]["embedcomments"].items()]
    (record / "entry_points.txt").write_text("".join(["[embedcomments]\n", *points]))
    data = folder / "data"
    data.mkdir()
    (data / "embedcomments.toml").write_text(CONFIG)
    paths = [str(record.parent), str(EXAMPLE / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
    return RunningServer(data, environment={"PYTHONPATH": os.pathsep.join(paths), **environment})
