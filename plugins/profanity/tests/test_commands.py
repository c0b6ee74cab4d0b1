"""``embedcomments profanity check`` and ``scan``, through the real command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from embedcomments.cli import main


@pytest.fixture
def run(tmp_path: Path) -> Any:
    def run(*arguments: str, text: bytes = b"") -> str:
        outcome = CliRunner().invoke(main, ["--data-dir", str(tmp_path / "data"), "profanity", *arguments], input=text)
        assert outcome.exit_code == 0, outcome.output
        return outcome.stdout

    return run


def test_scan_prints_a_line_of_json_for_each_line_of_text(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "texts"
    file.write_bytes("Oh 5h1t\u2028x\r\n\nyou wogs\ndamn\n\xa0Kacke".encode() + b"\xff\n")

    assert [json.loads(line) for line in run("scan", str(file)).split("\n")[:-1]] == [
        {
            "hits": [{"span": [3, 7], "word": "shit", "lang": "en", "severity": "strong", "kind": "vulgar"}],
            "verdict": "mask",
        },
        {"hits": [], "verdict": "publish"},
        {
            "hits": [{"span": [4, 8], "word": "wog", "lang": "en", "severity": "slur", "kind": "hate"}],
            "verdict": "hold",
        },
        {
            "hits": [{"span": [0, 4], "word": "damn", "lang": "en", "severity": "mild", "kind": "vulgar"}],
            "verdict": "publish",
        },
        {"hits": [], "verdict": "publish"},
    ]


@pytest.mark.parametrize("choice", [("--lang", "de", "--lang", "fr"), ("--lang", "de", "fr")])
def test_scan_reads_with_the_languages_that_are_named(run: Any, choice: tuple[str, ...]) -> None:
    lines = run("scan", "-", *choice, text="Scheiße, merde, shit\n".encode()).splitlines()

    assert [[hit["lang"] for hit in json.loads(line)["hits"]] for line in lines] == [["de", "fr"]]


def test_check_explains_place_spelling_rule_severity_and_language(run: Any) -> None:
    assert run("check", "Oh 5h1t") == (
        "3–7 “5h1t” was read as “sh1t”.\n"
        "    rule shit, language en, severity strong, kind vulgar\n"
        "In a comment: mask.\n"
    )


def test_check_tells_that_nothing_was_found(run: Any) -> None:
    assert run("check", "Scunthorpe") == "Nothing was found.\nIn a comment: publish.\n"


def test_check_tells_of_attacks_and_the_verdict_counts_them(run: Any) -> None:
    explained = run("check", "You are such an idiot")

    assert "0–21 “You are such an idiot” may attack somebody." in explained
    assert explained.endswith("In a comment: hold.\n")
    scanned = run("scan", "-", text=b"You are such a parasite\n> wogs\n").splitlines()
    assert json.loads(scanned[0]) == {"hits": [], "verdict": "hold"}
    assert json.loads(scanned[1])["verdict"] == "mask"  # another's words, in a quoted line
