"""The names that plugins rely on. A change here is a change for every plugin author: it belongs in the changelog."""

from __future__ import annotations

from pathlib import Path

from embedcomments import api

SNAPSHOT = Path(__file__).with_name("api.txt")


def test_the_api_has_exactly_the_names_that_were_promised() -> None:
    assert api.__all__ == SNAPSHOT.read_text().split()


def test_every_name_is_there_documented_and_listed_once() -> None:
    assert sorted(api.__all__) == list(dict.fromkeys(sorted(api.__all__)))
    assert [name for name in api.__all__ if not (getattr(api, name).__doc__ or "").strip()] == []


def test_nothing_public_is_left_out_of_the_list() -> None:
    # pytest adds "@py_builtins" and the like to the modules of a package that brings fixtures.
    assert {name for name in vars(api) if name.isidentifier() and not name.startswith("_")} == set(api.__all__)
