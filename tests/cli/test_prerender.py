"""``embedcomments prerender``: threads for a static build."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import orjson
import pytest
from click.testing import Result
from site_client import SiteClient

from embedcomments.cli.prerender import file_name
from embedcomments.domain.configuration import Config
from embedcomments.wiring import build

Run = Callable[..., Result]
A, B = "https://example.com/blog/a-post/", "https://example.com/b?x=1"


@pytest.fixture
def client(data_dir: Path, no_plugins: list[ModuleType]) -> Iterator[SiteClient]:
    """A server beside the commands."""
    built = build(Config(data_dir=data_dir, posts_per_minute=0), plugin_modules=no_plugins)
    yield SiteClient(built)
    built.close()


def files(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text("utf-8") for file in folder.iterdir()}


def test_one_thread_is_printed_as_the_server_gives_it(run: Run, client: SiteClient) -> None:
    client.write("Նա ասաց", key=A, author={"name": "Ann"})
    assert run("prerender", A).stdout == client.get(f"/api/v1/sites/default/thread.html?key={A}&part=1").text
    german = client.get(f"/api/v1/sites/default/thread.html?key={A}&part=1&lang=de&sort=newest").text
    assert run("prerender", A, "--lang", "de", "--sort", "newest").stdout == german
    # Another spelling of the address names the same thread.
    assert run("prerender", f"{A}?utm_source=x#y").stdout == run("prerender", A).stdout


def test_all_threads_go_into_a_folder_with_an_index(run: Run, client: SiteClient, tmp_path: Path) -> None:
    client.write("one", key=A, thread={"key": A, "url": A, "title": "A post"})
    client.write("two", key=B)
    client.write("hidden", key="hidden")
    client.parts.threads.set_hidden(client.parts.sites.get("default"), "hidden", True, actor="test")
    gone = client.write("gone", key="gone")
    client.call("DELETE", f"/api/v1/comments/{gone['comment']['id']}", token=gone["edit_token"])
    folder = tmp_path / "new" / "comments"
    assert run("prerender", "--all", "--into", str(folder)).stderr == f"2 threads of default are in {folder}.\n"
    found = files(folder)
    assert orjson.loads(found.pop("index.json")) == {
        A: {"file": file_name(A), "title": "A post", "count": 1},
        B: {"file": file_name(B), "title": B, "count": 1},
    }
    assert found == {
        file_name(A): run("prerender", A).stdout,
        file_name(B): run("prerender", B).stdout,
    }


def test_listed_threads_stand_under_the_spelling_of_the_list(run: Run, client: SiteClient, tmp_path: Path) -> None:
    client.write("one", key=B)
    listed = tmp_path / "list.txt"
    listed.write_text(f"{B}&utm_source=x\n\n  https://example.com/nobody-wrote\n")
    run("prerender", "--from", str(listed), "--into", str(tmp_path / "out"))
    index = orjson.loads((tmp_path / "out" / "index.json").read_bytes())
    assert {key: entry["count"] for key, entry in index.items()} == {
        f"{B}&utm_source=x": 1,
        "https://example.com/nobody-wrote": 0,
    }
    assert "Nobody has written here yet." in files(tmp_path / "out")[index["https://example.com/nobody-wrote"]["file"]]


def test_another_run_removes_what_is_gone_touches_nothing_that_stayed_and_no_file_of_others(
    run: Run, client: SiteClient, tmp_path: Path
) -> None:
    client.write("stays", key=A)
    gone = client.write("goes", key=B)
    folder = tmp_path / "out"
    run("prerender", "--all", "--into", str(folder))
    (folder / "mine.html").write_text("mine")
    outside = tmp_path / "victim.html"
    outside.write_text("victim")
    index = orjson.loads((folder / "index.json").read_bytes())
    index["x"] = {"file": "../victim.html"}
    index["y"] = {"file": "mine.html"}
    (folder / "index.json").write_bytes(orjson.dumps(index))
    stayed = folder / index[A]["file"]
    before = stayed.stat().st_mtime_ns, stayed.stat().st_ino
    client.call("DELETE", f"/api/v1/comments/{gone['comment']['id']}", token=gone["edit_token"])
    run("prerender", "--all", "--into", str(folder))
    assert set(files(folder)) == {"index.json", "mine.html", stayed.name}
    assert (stayed.stat().st_mtime_ns, stayed.stat().st_ino) == before
    assert outside.read_text() == "victim"


def test_what_is_not_clear_is_asked_for(run: Run, client: SiteClient, tmp_path: Path) -> None:
    for arguments, sentence in (
        ((), "Name a KEY"),
        (("--all", A), "Name a KEY"),
        (("--all",), "--into"),
        ((A, B), "--into"),
        ((A, "--lang", "tlh"), "There are no words in 'tlh'."),
        ((A, "--site", "nowhere"), "no site named 'nowhere'"),
        (("--from", str(tmp_path / "missing"), "--into", str(tmp_path)), "cannot be read"),
    ):
        assert sentence in run("prerender", *arguments, fails=True).stderr, arguments
    (tmp_path / "file").write_text("")
    assert "could not be written" in run("prerender", A, "--into", str(tmp_path / "file" / "x"), fails=True).stderr


@pytest.mark.parametrize(
    "key", ["../../etc/passwd", "a/b", "", "\ud800", "https://[", "Ü" * 500, "https://example.com/"]
)
def test_name_of_a_file_is_one_for_each_thread_and_leads_nowhere(key: str) -> None:
    name = file_name(key)
    assert Path(name).name == name
    assert not name.startswith(".")
    assert len(name) <= 82
    assert name != file_name(f"{key}x")
