"""A hook, or an argument of one, is deprecated by a warning to those who still use it, as docs/plugin-compatibility.md
promises."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import ModuleType

import pytest

from embedcomments.host import loading
from embedcomments.host.markers import hookspec

ARGUMENT = DeprecationWarning("comment_check: take draft.words instead of words; see the changelog.")
HOOK = DeprecationWarning("comment_score is withdrawn: answer comment_check; see the changelog.")


@pytest.fixture(autouse=True)
def older_hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Specifications of which one hook, and one argument of another, are deprecated."""
    specs = ModuleType("specs")

    @hookspec(warn_on_impl_args={"words": ARGUMENT})
    def comment_check(draft: object, words: int) -> None: ...

    @hookspec(warn_on_impl=HOOK)
    def comment_score(draft: object) -> None: ...

    vars(specs).update(comment_check=comment_check, comment_score=comment_score)
    monkeypatch.setattr(loading, "hookspecs", specs)


def test_who_uses_what_is_deprecated_is_warned_and_works_on(make_plugin: Callable[..., ModuleType]) -> None:
    plugin = make_plugin("old", comment_check=lambda words: None, comment_score=lambda draft: None)
    with pytest.warns(DeprecationWarning, match="see the changelog") as warned:
        found = loading.load_plugins(modules=[plugin])
    assert {str(warning.message) for warning in warned} == {str(ARGUMENT), str(HOOK)}
    assert [item.name for item in found.loaded] == ["old"]


def test_who_does_not_use_it_hears_nothing(make_plugin: Callable[..., ModuleType]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = loading.load_plugins(modules=[make_plugin("new", comment_check=lambda draft: None)])
    assert [item.name for item in found.loaded] == ["new"]
