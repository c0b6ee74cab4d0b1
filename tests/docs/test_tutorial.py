"""The tutorial is followed to the letter: its files are written, its commands run, and what they print compared."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from running_server import free_port

PAGE = Path(__file__).parents[2] / "docs" / "plugin-tutorial.md"
PATIENCE_S = 30.0
FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Step:
    """A file to write, or a command to run and what it prints."""

    file: str = ""
    text: str = ""
    command: str = ""


def steps(page: str) -> list[Step]:
    found: list[Step] = []
    for language, file, text in FENCE.findall(page):
        if file:
            found.append(Step(file=file, text=text))
        elif language == "console":
            assert text.startswith("$ "), text
            for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
                command, _, output = part.partition("\n")
                found.append(Step(command=command, text=output))
    return found


def is_like(printed: str, shown: str) -> bool:
    """Whether ``printed`` is what the page shows: ``...`` on a line of its own is any lines, at its end any text."""
    pattern = ""
    for line in shown.rstrip("\n").split("\n"):
        if line == "...":
            pattern += r"(?:.*\n)*?"
        elif line.endswith("..."):
            pattern += re.escape(line.removesuffix("...")) + r".*\n"
        else:
            pattern += re.escape(line) + r" *\n"
    return (
        re.fullmatch(
            pattern if shown.strip() else "", printed if printed.endswith("\n") else f"{printed}\n" * bool(printed)
        )
        is not None
    )


class Reader:
    """Somebody who follows the page in a folder and a virtual environment of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "work"
        self.folder.mkdir()
        self.port = free_port()
        self.server: subprocess.Popen[bytes] | None = None
        self._environment = _environment(folder / "venv")

    def follow(self, step: Step) -> None:
        if step.file:
            file = self.folder / step.file
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(step.text)
        elif step.command.startswith("cd "):
            self.folder = self.folder / step.command.removeprefix("cd ")
        elif step.command.endswith(" &"):
            self._serve(step.command.removesuffix(" &"))
        elif step.command == "kill %1":
            self.stop()
        else:
            self._run(step)

    def stop(self) -> None:
        server, self.server = self.server, None
        if server is not None:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(PATIENCE_S)

    def _run(self, step: Step) -> None:
        until = time.monotonic() + PATIENCE_S
        while True:
            done = subprocess.run(
                ["bash", "-c", step.command.replace(":8080", f":{self.port}")],
                cwd=self.folder,
                env=self._environment,
                capture_output=True,
                text=True,
            )
            if is_like(done.stdout, step.text):
                return
            # A reader asks again when the server has not yet seen the new file; anything else is wrong at once.
            if self.server is None or time.monotonic() > until:
                pytest.fail(f"$ {step.command}\n{done.stdout}{done.stderr}\nThe page shows:\n{step.text}")
            time.sleep(0.2)

    def _serve(self, command: str) -> None:
        environment = {**self._environment, "EMBEDCOMMENTS_PORT": str(self.port)}
        with (self.folder / "server.log").open("wb") as log:
            self.server = subprocess.Popen(
                command.split(), cwd=self.folder, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        until = time.monotonic() + 2 * PATIENCE_S
        while time.monotonic() < until:
            with suppress(OSError), urllib.request.urlopen(f"http://localhost:{self.port}/readyz", timeout=5):
                return
            time.sleep(0.05)
        pytest.fail((self.folder / "server.log").read_text())


def _environment(venv: Path) -> dict[str, str]:
    """A virtual environment that sees our packages and takes what the page installs, with our plugins off."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    python = venv / "bin" / "python"
    asked = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], capture_output=True, text=True
    )
    ours = sysconfig.get_path("purelib")
    (Path(asked.stdout.strip()) / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    for name in ("pip", "pytest", "embedcomments"):
        script = venv / "bin" / name
        script.write_text(f'#!/bin/sh\nexec "{python}" -m {name} "$@"\n')
        script.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("EMBEDCOMMENTS_", "PYTEST_"))}
    return {
        **kept,
        "PATH": f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "EMBEDCOMMENTS_DISABLED_PLUGINS": ",".join(entry.name for entry in entry_points(group="embedcomments")),
        "EMBEDCOMMENTS_POSTS_PER_MINUTE": "0",
        # What a reader's pip would fetch is here already.
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "false",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    reader = Reader(tmp_path)
    yield reader
    reader.stop()


@pytest.mark.slow
def test_the_tutorial_works_to_the_letter(reader: Reader) -> None:
    if shutil.which("curl") is None:
        pytest.fail("The tutorial uses curl, which is not installed.")
    todo = steps(PAGE.read_text())
    assert [len([step for step in todo if step.file]), len([step for step in todo if step.command])] == [6, 17]
    for step in todo:
        reader.follow(step)


@pytest.mark.parametrize(
    "printed, shown, alike",
    [
        ("a\n", "a\n", True),
        ("a  \nb\n", "a\nb\n", True),
        ("a\n", "b\n", False),
        ("a\nb\n", "a\n", False),
        ("x\ny\n3 passed in 0.1s\n", "...\n3 passed in ...\n", True),
        ("x\n13 passed in 0.1s\n", "...\n3 passed in ...\n", False),
        ("", "", True),
        ("a\n", "", False),
        ("", "a\n", False),
    ],
)
def test_what_is_printed_is_compared(printed: str, shown: str, alike: bool) -> None:
    assert is_like(printed, shown) is alike
