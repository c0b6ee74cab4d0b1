"""A watch sees what a plugin is made of, also of one that cannot be loaded."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from embedcomments.host.watching import Watch


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A distribution whose package cannot be imported; its folder."""
    package = tmp_path / "site" / "embedcomments_sick"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("def f(:\n")
    ledger = tmp_path / "site" / "embedcomments_sick-1.dist-info"
    ledger.mkdir()
    (ledger / "METADATA").write_text("Metadata-Version: 2.1\nName: embedcomments-sick\nVersion: 1\n")
    (ledger / "entry_points.txt").write_text(
        "[embedcomments]\nsick = embedcomments_sick\nlost = embedcomments_lost.a\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return package


def test_files_that_come_change_and_go_are_seen(tmp_path: Path) -> None:
    file = tmp_path / "one.py"
    watch = Watch(tmp_path)
    assert not watch.has_changed()
    file.write_text("a")
    assert watch.has_changed()
    watch = Watch(tmp_path)
    assert not watch.has_changed()
    os.utime(file, ns=(1, 1))  # as long as before, at another time
    assert watch.has_changed()
    watch = Watch(tmp_path)
    (tmp_path / "notes.txt").write_text("no plugin")
    assert not watch.has_changed()
    file.unlink()
    assert watch.has_changed()


def test_an_installed_plugin_is_watched_without_being_imported(installed: Path) -> None:
    watch = Watch(None)
    (installed / "__pycache__").mkdir()
    (installed / "__pycache__" / "x.pyc").write_bytes(b"")
    assert not watch.has_changed()
    (installed / "page.html").write_text("new")
    assert watch.has_changed()
    assert "embedcomments_sick" not in sys.modules


def test_a_folder_that_is_not_there_is_no_trouble(tmp_path: Path) -> None:
    assert not Watch(tmp_path / "nowhere").has_changed()
