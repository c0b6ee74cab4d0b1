"""What plugins rely on: names, fields and signatures. A change here is a change for every plugin author, and the
changelog names it. ``python tests/support/api_snapshot.py`` writes the snapshot anew."""

from __future__ import annotations

from types import SimpleNamespace

from api_snapshot import CHANGELOG, GONE, SNAPSHOT, Entry, present, read, renewed, unnamed, write

from embedcomments import api


def test_the_api_is_what_was_promised() -> None:
    promised = {name: entry.lines for name, entry in read(SNAPSHOT.read_text("utf-8")).items()}
    assert {name: lines for name, lines in promised.items() if lines != (GONE,)} == present()


def test_the_changelog_names_what_changed() -> None:
    assert unnamed(read(SNAPSHOT.read_text("utf-8")), CHANGELOG.read_text("utf-8")) == []


def test_every_name_is_there_documented_and_listed_once() -> None:
    assert sorted(api.__all__) == list(dict.fromkeys(sorted(api.__all__)))
    assert [name for name in api.__all__ if not (getattr(api, name).__doc__ or "").strip()] == []


def test_nothing_public_is_left_out_of_the_list() -> None:
    # pytest adds "@py_builtins" and the like to the modules of a package that brings fixtures.
    assert {name for name in vars(api) if name.isidentifier() and not name.startswith("_")} == set(api.__all__)


def test_the_snapshot_knows_fields_defaults_members_and_signatures() -> None:
    now = present()
    assert "  seq: int" in now["Comment"]
    assert "  action: Action" in now["Verdict"]
    assert "  score: float = 0.0" in now["Verdict"]
    assert "  REJECT = 'reject'" in now["Action"]
    assert "  refresh(self, comment_id: 'str') -> 'None'" in now["Comments"]
    assert "  is_edit: property bool" in now["Draft"]
    assert now["normalise_key"][0].startswith("  def (key: 'str'")


def test_a_change_is_marked_and_asked_for_in_the_changelog() -> None:
    first = SimpleNamespace(__all__=["kept", "other", "old"], kept=5, other=lambda a: a, old=1)
    earlier = renewed({}, present(first), "1.0.0")
    assert {entry.changed_in for entry in earlier.values()} == {None}
    second = SimpleNamespace(__all__=["kept", "other", "new"], kept=5, other=lambda a, b: a, new=1)
    entries = renewed(read(write(earlier)), present(second), "1.1.0")
    assert entries == {
        "kept": Entry(("  5",)),
        "other": Entry(("  def (a, b)",), "1.1.0"),
        "new": Entry(("  1",), "1.1.0"),
        "old": Entry((GONE,), "1.1.0"),
    }
    assert read(write(entries)) == entries
    changelog = "# Changes\n\n## 1.1.0, not released yet\n\n`other(a, b)` takes two.\n\n## 1.0.0\n\n`new`, `old`\n"
    assert unnamed(entries, changelog) == ["new (changed in 1.1.0)", "old (changed in 1.1.0)"]
    assert renewed(entries, present(second), "1.2.0") == entries
