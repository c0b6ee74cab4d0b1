"""The commands that write a site, or what is known of a person, to a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import pytest
from click.testing import Result
from site_client import SiteClient

from embedcomments.api import Exporter
from embedcomments.domain.configuration import Config
from embedcomments.wiring import build

Run = Callable[..., Result]
NewClient = Callable[..., SiteClient]


@pytest.fixture
def new_client(data_dir: Path, no_plugins: list[ModuleType], run: Run) -> Any:
    """The instance that the commands work on, with these plugins, as a server beside them has it."""
    built = []

    def make(*plugins: ModuleType) -> SiteClient:
        no_plugins.extend(plugins)
        built.append(build(Config(data_dir=data_dir, posts_per_minute=0), plugin_modules=no_plugins))
        return SiteClient(built[-1])

    yield make
    for instance in built:
        instance.close()


def test_a_site_is_written_and_comes_back_in_another(run: Run, new_client: NewClient, tmp_path: Path) -> None:
    client = new_client()
    client.write("One")
    file = tmp_path / "site.jsonl"
    assert run("export", "embedcomments", str(file)).stderr == "1 comments of default are written.\n"
    assert file.stat().st_mode & 0o077 == 0
    run("site", "add", "copy")
    run("import", "embedcomments", str(file), "--site", "copy")
    assert [comment["html"] for comment in client.thread(site="copy")["comments"]] == ["<p>One</p>"]
    printed = run("export")
    assert printed.stdout.encode() == file.read_bytes()


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(0), OSError("full")])
def test_an_exporter_that_fails_leaves_no_half_file(
    run: Run, new_client: NewClient, make_plugin: Callable[..., ModuleType], tmp_path: Path, error: BaseException
) -> None:
    def write(ctx: Any, stream: Any) -> None:
        stream.write(b"half")
        raise error

    exporter = Exporter(name="bad", title="Bad", write=write)
    new_client(make_plugin("p", register_exporters=lambda: [exporter]))
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "kept").write_text("earlier")
    for target in ("kept", "fresh"):
        result = run("export", "bad", str(folder / target), fails=True)
        assert "The plugin p failed, and nothing was written: " in result.stderr
        assert type(error).__name__ in result.stderr
    assert [(file.name, file.read_text()) for file in folder.iterdir()] == [("kept", "earlier")]
    assert run("export", "bad", fails=True).stdout == ""


def test_what_cannot_be_exported_is_told(
    run: Run, new_client: NewClient, make_plugin: Callable[..., ModuleType], tmp_path: Path
) -> None:
    exporter = Exporter(name="new", title="New", write=lambda ctx, stream: stream.write(b"x"))
    new_client(make_plugin("p", register_exporters=lambda: [exporter]))
    wrong = run("export", "other", "-", fails=True)
    assert "There is no exporter 'other'. There are: embedcomments, new." in wrong.stderr
    assert "no site named 'nowhere'" in run("export", "--site", "nowhere", fails=True).stderr
    assert "cannot be written" in run("export", "new", str(tmp_path / "no" / "such"), fails=True).stderr
    assert run("export", "new").stdout == "x"
    run("plugin", "disable", "p")
    assert "The plugin p is off on the site default." in run("export", "new", fails=True).stderr


def test_personal_data_are_written_and_forgotten(run: Run, new_client: NewClient, tmp_path: Path) -> None:
    client = new_client()
    comment = client.write("One", author={"name": "Ani", "email": "ani@example.com"})["comment"]
    client.write("Two")
    file = tmp_path / "ani.json"
    run("privacy", "export", str(file), "--email", "ani@example.com")
    found = orjson.loads(file.read_bytes())
    assert [item["text"] for item in found["comments"]] == ["One"]
    assert "Aborted" in run("privacy", "erase", "--email", "ani@example.com", fails=True).stderr
    assert client.row(comment["id"]).source == "One"
    done = run("privacy", "erase", "--email", "ani@example.com", "--yes")
    assert done.stdout == "Forgotten: 1 comments of 1 writers on default.\n"
    assert [item.source for item in client.stored()] == ["Two", ""]
    assert "Say who is meant" in run("privacy", "erase", "--yes", fails=True).stderr


def test_what_a_plugin_could_not_do_ends_with_1_and_a_sentence(
    run: Run, new_client: NewClient, make_plugin: Callable[..., ModuleType]
) -> None:
    def fail(identity: Any) -> None:
        raise ValueError("no")

    client = new_client(make_plugin("bad", export_personal_data=fail, erase_personal_data=fail))
    comment_id = client.write("One", author={"name": "Ani", "email": "ani@example.com"})["comment"]["id"]
    person = client.row(comment_id).identity_id
    told = run("privacy", "export", "--email", "ani@example.com", fails=True)
    assert (told.exit_code, orjson.loads(told.stdout)["incomplete"]) == (1, {person: ["bad"]})
    assert "The export is incomplete: bad failed" in told.stderr
    erased = run("privacy", "erase", "--email", "ani@example.com", "--yes", fails=True)
    assert erased.exit_code == 1
    assert "The erasure is incomplete: bad failed, or is switched off here" in erased.stderr
    assert f"run this again with --identity {person}." in erased.stderr
    assert client.row(comment_id).source == ""
