"""The order in which hooks run: what plugins need, then what the site wishes, then the name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from embedcomments.domain.errors import InvalidRequest
from embedcomments.storage.sites import PluginChoice

MakePlugin = Callable[..., ModuleType]


@pytest.fixture
def make_marking(make_plugin: MakePlugin) -> Callable[..., ModuleType]:
    """Plugins that each add their name to the text."""

    def make(name: str, *after: str, **info: Any) -> ModuleType:
        return make_plugin(
            name,
            info={"after": after, **info},
            comment_transform=lambda ctx, draft: replace(draft, text=f"{draft.text}{ctx.plugin}"),
        )

    return make


def order(host: Any, site: str = "default") -> str:
    """The names in the order in which the hooks did run."""
    text: str = host.extensions.transform(host.parts.sites.get(site), host.draft("")).text
    return text


def test_a_site_chooses_the_order_and_another_keeps_its_own(new_host: Any, make_marking: Any) -> None:
    host = new_host(*(make_marking(name) for name in "abcd"))
    host.parts.sites.add("other")
    assert order(host) == "abcd"
    host.parts.choices.set_order(host.site, ["c", "a"])
    assert (order(host), order(host, "other")) == ("cabd", "abcd")
    host.parts.choices.set_order(host.site, ["d"])
    assert order(host) == "dabc"
    host.parts.choices.set_order(host.site, [])
    assert order(host) == "abcd"


@pytest.mark.parametrize(
    "wished, found", [("", "acb"), ("bac", "cba"), ("cab", "cab"), ("abc", "acb"), ("b", "cba"), ("ac", "acb")]
)
def test_what_a_plugin_needs_before_it_stays_before_it(
    new_host: Any, make_marking: Any, wished: str, found: str
) -> None:
    host = new_host(make_marking("a"), make_marking("b", "c"), make_marking("c"))
    host.parts.choices.set_order(host.site, list(wished))
    assert order(host) == found


def test_plugins_that_wait_for_each_other_run_all_the_same(new_host: Any, make_marking: Any) -> None:
    host = new_host(make_marking("a", "b"), make_marking("b", "a"), make_marking("c", "a", "gone"))
    assert order(host) == "abc"
    host.parts.choices.set_order(host.site, ["c"])
    assert order(host) == "bac"


def test_an_order_survives_settings_and_switching(new_host: Any, make_marking: Any) -> None:
    host = new_host(*(make_marking(name) for name in "abc"))
    host.parts.choices.set_order(host.site, ["c", "b", "a"])
    host.parts.choices.save(host.site, "c", PluginChoice(enabled=None, settings={"x": 1}))
    host.parts.lifecycle.switch(host.site, "b", on=False)
    assert order(host) == "ca"
    host.parts.lifecycle.switch(host.site, "b", on=True)
    assert order(host) == "cba"
    assert host.parts.choices.stored(host.site, "c") == PluginChoice(enabled=None, settings={"x": 1}, place=1)


def test_an_order_does_not_switch_anything_on(new_host: Any, make_marking: Any) -> None:
    host = new_host(make_marking("a"), make_marking("b", enabled_by_default=False))
    host.parts.choices.set_order(host.site, ["b", "a"])
    assert order(host) == "a"


def test_a_plugin_changes_places_with_its_neighbour_unless_one_needs_the_other(
    new_host: Any, make_marking: Any
) -> None:
    host = new_host(make_marking("a"), make_marking("b", "a"), make_marking("c"))

    def move(name: str, up: bool) -> tuple[bool, str]:
        return host.parts.choices.move(host.site, name, up=up), order(host)

    assert move("c", True) == (True, "acb")
    assert move("c", True) == (True, "cab")
    assert move("c", True) == (False, "cab")
    assert move("b", True) == (False, "cab")
    assert move("a", False) == (False, "cab")
    assert move("b", False) == (False, "cab")


@pytest.mark.parametrize("names", [["x"], ["a", "a"]])
def test_an_order_of_strangers_or_twins_is_refused(new_host: Any, make_marking: Any, names: list[str]) -> None:
    host = new_host(make_marking("b"), make_marking("a"))
    with pytest.raises(InvalidRequest):
        host.parts.choices.set_order(host.site, names)
    assert order(host) == "ab"


def test_another_process_follows(new_host: Any, make_marking: Any) -> None:
    modules = [make_marking(name) for name in "ab"]
    first, second = new_host(*modules), new_host(*modules)
    assert order(second) == "ab"
    first.parts.choices.set_order(first.site, ["b", "a"])
    assert order(second) == "ba"
