"""The command line in this process, on a data directory of the test's own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result

from embedcomments.cli import main
from embedcomments.host.loading import load_plugins

Run = Callable[..., Result]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def run(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``run("site", "list")`` is what the command printed and how it ended; what it raised fails the test."""
    for name in os.environ:
        if name.startswith("EMBEDCOMMENTS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: str, fails: bool = False) -> Result:
        result = CliRunner().invoke(main, ["--data-dir", str(data_dir), *arguments], prog_name="embedcomments")
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert (result.exit_code != 0) == fails, result.output
        return result

    return call


@pytest.fixture
def no_plugins(monkeypatch: pytest.MonkeyPatch) -> list[ModuleType]:
    """The plugins that are found, instead of those that happen to be installed: none, unless a test adds some."""
    found: list[ModuleType] = []
    for place in ("embedcomments.wiring.load_plugins", "embedcomments.cli.running.load_plugins"):
        monkeypatch.setattr(place, lambda **_: load_plugins(modules=found))
    return found
