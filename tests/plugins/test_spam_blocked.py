"""Lists of domains and words from a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from site_client import SiteClient

import embedcomments_spam as plugin
from embedcomments_spam.blocked import MAX_LINES, read_lines
from embedcomments_spam.commands import block, unblock

LIST = """# a list
0.0.0.0 ads.example # hosts

Pills.example
cheap  pills
viagra
-bad-.example
::1 a.example b.example
127.0.0.1 localhost
"""
TEXT = "Have a look at this and tell me what you think of it: "


@pytest.fixture
def client(new_client: Callable[..., SiteClient], choose: Callable[..., None]) -> SiteClient:
    made = new_client(plugin)
    choose(made, "spam", min_seconds=0, learn=False, max_repeats=0, max_near_repeats=0)
    return made


def test_lines_are_read_and_bad_ones_told_by_number() -> None:
    assert read_lines(LIST.splitlines()) == (
        [("ads.example", True), ("pills.example", True), ("cheap pills", False), ("viagra", False),
         ("a.example", True), ("b.example", True)],
        [7],
    )  # fmt: skip


def test_what_was_imported_is_blocked_until_it_is_unblocked(client: SiteClient, tmp_path: Path, clock: Any) -> None:
    site = client.parts.sites.get("default")
    item = client.parts.choices.find(site, "spam")
    assert item is not None

    def run(command: Any, *arguments: str) -> Any:
        clock.advance(seconds=6)
        found = CliRunner().invoke(command, list(arguments), obj=lambda _: client.parts.contexts.of(item, site))
        clock.advance(seconds=6)
        return found

    def state(text: str) -> str:
        return str(client.write(text)["comment"]["state"])

    file = tmp_path / "list.txt"
    file.write_text(LIST, "utf-8")
    assert state(TEXT + "https://x.ads.example") == "published"
    said = run(block, str(file))
    assert "Read 6 entries; 6 are blocked now." in said.output
    assert "Passed over line 7:" in said.output
    assert state(TEXT + "https://x.ads.example") == "held", "spam is told as held"
    assert client.stored()[0].reason == "spam: It links to ads.example, which an imported list of this site blocks."
    assert (state("So CHEAP, pills"), state("vitamins are cheap")) == ("held", "published")
    assert "6 are blocked now." in run(block, str(file)).output
    few = tmp_path / "few.txt"
    few.write_text("viagra", "utf-8")
    assert run(unblock, str(few)).output == "5 are blocked now.\n"
    assert state("viagra") == "published"
    assert run(unblock, "--all").output == "0 are blocked now.\n"
    assert state(TEXT + "https://x.ads.example") == "published"
    assert run(unblock).exit_code == 2


def test_a_file_that_is_too_long_is_refused(client: SiteClient, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("a\n" * (MAX_LINES + 1), "utf-8")
    said = CliRunner().invoke(block, [str(file)], obj=lambda _: None)
    assert (said.exit_code, said.output) == (1, "Error: The file has more than 200,000 lines.\n")
