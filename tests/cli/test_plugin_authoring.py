"""``embedcomments plugin new``, ``check`` and ``list``: what is written installs, passes its tests and checks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import marshmallow
import pytest
from click.testing import Result

from embedcomments.api import Job, Settings
from embedcomments.testing import App, ManualClock

Run = Callable[..., Result]


def done(*command: str, cwd: Path, **environment: str) -> str:
    """What the command printed. Fails the test when the command does."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("EMBEDCOMMENTS_", "PYTEST_"))}
    found = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env={**kept, **environment})
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", ["word-limit", "a", "x" + "-y" * 19])
def test_what_it_writes_is_clean(run: Run, no_plugins: list[ModuleType], tmp_path: Path, name: str) -> None:
    run("plugin", "new", name, "--directory", str(tmp_path))
    folder = tmp_path / f"embedcomments-{name}"
    python = sys.executable
    done(python, "-m", "ruff", "check", "--no-cache", ".", cwd=folder)
    done(python, "-m", "ruff", "format", "--no-cache", "--check", ".", cwd=folder)
    if name == "word-limit":  # the types do not depend on the name
        done(python, "-m", "mypy", "--cache-dir", str(tmp_path / "types"), cwd=folder, MYPYPATH="src")


@pytest.mark.slow
def test_what_it_writes_can_be_installed_tested_checked_and_used(
    run: Run, no_plugins: list[ModuleType], tmp_path: Path
) -> None:
    said = run("plugin", "new", "word-limit", "--directory", str(tmp_path)).stdout
    folder, target = tmp_path / "embedcomments-word-limit", tmp_path / "site"
    assert said.splitlines() == [
        f"Wrote {folder}. Next:",
        f"  cd {folder}",
        "  pip install --editable .",
        "  pytest",
        "  embedcomments plugin check word-limit",
    ]
    python = sys.executable
    pip = (python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation")
    done(*pip, "--target", str(target), str(folder), cwd=tmp_path)
    installed = {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()}
    assert {
        "embedcomments_word_limit/__init__.py",
        "embedcomments_word_limit/py.typed",
        "embedcomments_word_limit/settings.py",
        "embedcomments_word_limit/widget/form.js",
    } <= installed
    tested = done(python, "-m", "pytest", "-p", "no:cacheprovider", cwd=folder, PYTHONPATH=str(target))
    assert "5 passed" in tested

    def command(*arguments: str) -> str:
        whole = (python, "-m", "embedcomments", "--data-dir", str(tmp_path / "own-data"), *arguments)
        return done(*whole, cwd=tmp_path, PYTHONPATH=str(target), COLUMNS="200")

    checked = command("plugin", "check", "word-limit").splitlines()
    assert {line.split()[0] for line in checked} == {"ok"}
    assert "ok      comment_check" in checked
    (line,) = [line for line in command("plugin", "list").splitlines() if line.startswith("word-limit")]
    assert line.split() == ["word-limit", "0.1.0", "embedcomments-word-limit", "0.1.0", "everywhere", "comment_check"]


@pytest.mark.parametrize(
    "name", ["", "Word", "wörter", "1st", "a_b", "a--b", "a-", "../a", "a/b", "x" * 41, "settings", "a b", "core"]
)
def test_a_bad_name_is_refused_and_nothing_is_written(
    run: Run, no_plugins: list[ModuleType], tmp_path: Path, name: str
) -> None:
    refused = run("plugin", "new", "--directory", str(tmp_path), "--", name, fails=True)
    assert refused.stderr.startswith(f"Error: {name!r} cannot be a plugin's name: lower case letters")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(run: Run, no_plugins: list[ModuleType], tmp_path: Path) -> None:
    folder = tmp_path / "embedcomments-mine"
    folder.mkdir()
    refused = run("plugin", "new", "mine", "--directory", str(tmp_path), fails=True)
    assert refused.stderr == f"Error: {folder} is there already; nothing was written.\n"
    assert list(folder.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told(run: Run, no_plugins: list[ModuleType], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused = run("plugin", "new", "mine", "--directory", str(tmp_path / "file" / "x"), fails=True)
    assert refused.stderr.startswith(f"Error: {tmp_path / 'file' / 'x' / 'embedcomments-mine'} cannot be written: ")


# plugin check


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    def write(body: str) -> Path:
        made = tmp_path / "mine.py"
        made.write_text(
            "from embedcomments.api import PluginInfo, hookimpl\n"
            'plugin_info = PluginInfo(name="mine", title="Mine", description="A plugin.")\n' + body
        )
        return made

    return write


def test_check_says_a_line_for_each_check_and_what_fails(run: Run, file: Callable[[str], Path], data_dir: Path) -> None:
    good = [
        "loads",
        "name card",
        "hook signatures",
        "imports",
        "declarations",
        "settings",
        "widget assets",
        "migrations",
    ]
    good = [f"ok      {name}" for name in [*good, "secrets"]]
    passed = run("plugin", "check", str(file("")))
    assert passed.stdout.splitlines() == [*good, "ok      disabled means gone"]
    failed = run("plugin", "check", str(file("@hookimpl\ndef comment_check(draft): 1 / 0\n")), fails=True)
    assert failed.exit_code == 1
    assert failed.stdout.splitlines() == [
        *good,
        "failed  comment_check",
        "        ZeroDivisionError: division by zero (with an ordinary text)",
        "ok      disabled means gone",
    ]
    assert not data_dir.exists()


def test_check_finds_a_file_of_the_plugins_folder_by_its_name(
    run: Run, file: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEDCOMMENTS_PLUGINS_DIR", str(file("").parent))
    assert run("plugin", "check", "mine").stdout.startswith("ok      loads\n")
    unknown = run("plugin", "check", "nobody", fails=True)
    assert unknown.stdout == "failed  loads\n        No plugin named 'nobody' is installed.\n"


# plugin list


def test_list_tells_what_is_wrong_and_gives_json(
    run: Run, no_plugins: list[ModuleType], make_plugin: Callable[..., ModuleType], data_dir: Path
) -> None:
    class Mine(marshmallow.Schema):
        n = marshmallow.fields.Integer(load_default=1, validate=marshmallow.validate.Range(0, 9))

    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    plugin = make_plugin(
        "mine",
        register_settings=lambda: Settings(schema=Mine),
        register_jobs=lambda: [Job(name="work", run=fail, max_attempts=1)],
        comment_check=lambda: None,
    )
    no_plugins.append(plugin)
    app = App(data_dir, plugin, strict=False, clock=ManualClock(datetime.now(UTC)))
    app.context().jobs.enqueue("work", {})
    app.run_jobs()
    app.instance.reports.write()  # as a server does each minute
    app.close()
    no_plugins.append(ModuleType("odd"))
    (data_dir / "embedcomments.toml").write_text("[plugins.mine]\nn = 10\n")
    assert [line.rstrip() for line in run("plugin", "list").stdout.splitlines()[1:]] == [
        "mine  0.0.0    module plugin_mine  everywhere  comment_check",
        "mine failed within a day: job work (1)",
        "mine on default: Settings that are not valid have their default: n",
        "mine on default gave up jobs: work (1); see Health on the desk.",
        "odd (module odd) is disabled: It has no plugin_info of type PluginInfo.",
    ]
    assert json.loads(run("plugin", "list", "--json").stdout) == {
        "plugins": [
            {
                "name": "mine",
                "title": "Mine",
                "version": "0.0.0",
                "api": 1,
                "origin": "module plugin_mine",
                "hooks": ["comment_check"],
                "declares": {"jobs": 1, "settings": 1},
                "failures": {"job work": 1},
                "sites": {
                    "default": {
                        "enabled": True,
                        "problem": "Settings that are not valid have their default: n",
                        "dead_letters": {"work": 1},
                    }
                },
            }
        ],
        "broken": [{"name": "odd", "origin": "module odd", "error": "It has no plugin_info of type PluginInfo."}],
    }
