"""Threads from the command line, and the record of what was done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import pytest
from click.testing import Result
from site_client import SiteClient

from embedcomments.domain.configuration import Config
from embedcomments.wiring import build

Run = Callable[..., Result]


@pytest.fixture
def client(data_dir: Path, no_plugins: list[ModuleType], run: Run) -> Any:
    """The instance that the commands work on, as a server beside them has it."""
    instance = build(Config(data_dir=data_dir, posts_per_minute=0), plugin_modules=no_plugins)
    yield SiteClient(instance)
    instance.close()


def record(run: Run, *options: str) -> list[Any]:
    return [orjson.loads(line) for line in run("audit", "export", *options).stdout.splitlines()]


def test_a_thread_is_merged_moved_and_hidden(run: Run, client: SiteClient) -> None:
    for key in ("https://a.example/old", "https://a.example/new"):
        client.write(f"Words of {key}", key=key)
    merged = run("thread", "merge", "HTTPS://A.example/old#x", "https://a.example/new", "--reason", "It moved")
    assert merged.stdout == "2 comments stand under https://a.example/new now.\n"
    again = run("thread", "merge", "https://a.example/old", "https://a.example/new")
    assert again.stdout == merged.stdout
    assert client.thread("https://a.example/old")["thread"]["count"] == 2
    run("thread", "move", "https://a.example/new", "https://a.example/third")
    assert client.thread("https://a.example/new")["thread"]["count"] == 2
    assert run("thread", "hide", "https://a.example/old").stdout == "https://a.example/old is hidden.\n"
    assert client.thread("https://a.example/third")["comments"] == []
    run("thread", "show", "https://a.example/third")
    assert client.thread("https://a.example/third")["thread"]["count"] == 2
    missing = run("thread", "merge", "nothing", "https://a.example/third", fails=True)
    assert missing.stderr == "Error: There is no thread with that key.\n"
    lines = [(line["actor"], line["action"], line["before"], line["after"], line["reason"]) for line in record(run)]
    old, new, third = (f"https://a.example/{name}" for name in ("old", "new", "third"))
    assert lines == [
        ("command line", "thread.merge", {"key": old}, {"key": new}, "It moved"),
        ("command line", "thread.move", {"key": new}, {"key": third}, None),
        ("command line", "thread.hide", {"hidden": False}, {"hidden": True}, None),
        ("command line", "thread.show", {"hidden": True}, {"hidden": False}, None),
    ]


def test_open_has_its_old_name_too(run: Run, client: SiteClient) -> None:
    client.write("Words", key="a")
    for name in ("open", "reopen"):
        run("thread", "close", "a")
        assert client.thread("a")["thread"]["closed"] is True
        assert run("thread", name, "a").stdout == "a is open.\n"
        assert client.thread("a")["thread"]["closed"] is False
    assert "reopen" not in run("thread", "--help").stdout


def test_a_comment_is_pinned(run: Run, client: SiteClient) -> None:
    client.write("First")
    second = client.write("Second")["comment"]["id"]
    assert run("thread", "pin", second).stdout == f"{second} is pinned.\n"
    assert client.thread()["comments"][0]["id"] == second
    run("thread", "pin", second, "--off")
    assert client.thread()["comments"][1]["id"] == second
    assert run("thread", "pin", "0" * 24, fails=True).stderr == "Error: There is no such comment.\n"


def test_the_record_is_written_out_by_site_time_and_action(run: Run, client: SiteClient, tmp_path: Path) -> None:
    run("site", "add", "other", "--origin", "https://other.example", "--title", "Other")
    client.write("Words", key="a")
    run("thread", "close", "a")
    everything = record(run)
    assert [(line["site"], line["actor_kind"], line["action"], line["after"]) for line in everything] == [
        ("other", "system", "site.add", {"name": "other", "title": "Other"}),
        ("other", "system", "origin.add", {"origin": "https://other.example"}),
        ("default", "system", "thread.close", {"closed": True}),
    ]
    assert record(run, "--site", "default") == everything[2:]
    assert record(run, "--action", "origin.") == everything[1:2]
    assert record(run, "--since", "2999-01-01") == []
    file = tmp_path / "record.jsonl"
    run("audit", "export", str(file))
    assert [orjson.loads(line) for line in file.read_bytes().splitlines()] == everything
