"""Settings: defaults, then the instance's, then the site's."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import marshmallow
import pytest
from marshmallow import fields, validate

from embedcomments.api import Settings
from embedcomments.domain.errors import InvalidRequest
from embedcomments.host.loading import load_plugins
from embedcomments.host.plugins import Plugin
from embedcomments.host.settings import public_settings, resolve, validate_site_settings


class Schema(marshmallow.Schema):
    greeting = fields.String(load_default="Hi", metadata={"public": True})
    limit = fields.Integer(load_default=5, validate=validate.Range(0, 10))
    least = fields.Integer(load_default=0)
    words = fields.List(fields.String(), load_default=list)
    api_key = fields.String(load_default="", metadata={"scope": "instance", "secret": True, "public": True})
    server = fields.String(load_default="local", metadata={"scope": "instance", "public": True})

    @marshmallow.validates_schema
    def order(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("least", 0) > data.get("limit", 10):
            raise marshmallow.ValidationError("least is more than limit")

    @marshmallow.validates("greeting")
    def careful(self, value: str, **_: Any) -> None:
        if value == "boom":
            raise ZeroDivisionError("a validator that breaks")


DEFAULTS = {"greeting": "Hi", "limit": 5, "least": 0, "words": [], "api_key": "", "server": "local"}


@pytest.fixture
def plugin(make_plugin: Callable[..., ModuleType]) -> Plugin:
    (found,) = load_plugins(modules=[make_plugin(register_settings=lambda: Settings(schema=Schema))]).loaded
    return found


@pytest.mark.parametrize(
    "instance, site, changed, wrong",
    [
        ({}, {}, {}, None),
        ({"limit": 3, "server": "x"}, {}, {"limit": 3, "server": "x"}, None),
        ({"limit": 3}, {"limit": 4, "words": ["a"]}, {"limit": 4, "words": ["a"]}, None),
        ({"server": "x"}, {"server": "y", "api_key": "z"}, {"server": "x"}, None),
        ({"unknown": 1}, {"of another version": 2}, {}, None),
        ({"limit": 3}, {"limit": 99}, {"limit": 3}, "limit"),
        ({"limit": "many"}, {"greeting": "Ho"}, {"greeting": "Ho"}, "limit"),
        ({"limit": 11}, {"limit": "x", "words": 5, "greeting": "Ho"}, {"greeting": "Ho"}, "limit, words"),
        ({"limit": 3}, {"least": 4}, {"limit": 3}, "least"),
        ({"limit": 1, "least": 2}, {"greeting": "Ho"}, {}, "greeting, least, limit"),
        ({"limit": 3}, {"greeting": "boom"}, {"limit": 3}, "greeting"),
        ({}, {"greeting": None}, {}, "greeting"),
    ],
)
def test_what_is_not_valid_falls_back_a_step_and_is_told(
    plugin: Plugin, instance: dict[str, Any], site: dict[str, Any], changed: dict[str, Any], wrong: str | None
) -> None:
    problem = None if wrong is None else f"Settings that are not valid have their default: {wrong}"
    given = (dict(instance), dict(site))
    assert resolve(plugin, instance, site) == ({**DEFAULTS, **changed}, problem)
    assert (instance, site) == given


def test_a_plugin_without_settings_has_none(make_plugin: Callable[..., ModuleType]) -> None:
    (plugin,) = load_plugins(modules=[make_plugin()]).loaded
    assert resolve(plugin, {"x": 1}, {"y": 2}) == ({}, None)
    assert validate_site_settings(plugin, {"x": 1}) == {}
    assert public_settings(plugin, {}) == {}


def test_a_form_is_stored_as_it_may_be_loaded_again(plugin: Plugin) -> None:
    stored = validate_site_settings(plugin, {"limit": "7", "words": ["a"], "server": "mine", "api_key": "mine"})
    assert stored == {"limit": 7, "words": ["a"]}
    assert resolve(plugin, {}, stored) == ({**DEFAULTS, "limit": 7, "words": ["a"]}, None)


@pytest.mark.parametrize("values, wrong", [({"limit": 99}, ["limit"]), ({"nonsense": 1}, ["nonsense"])])
def test_a_form_that_is_not_valid_is_refused_by_field(plugin: Plugin, values: Any, wrong: list[str]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        validate_site_settings(plugin, values)
    assert list(caught.value.data["errors"]) == wrong


def test_only_public_settings_that_are_no_secrets_reach_the_widget(plugin: Plugin) -> None:
    settings, _ = resolve(plugin, {"api_key": "s3cret"}, {})
    assert public_settings(plugin, settings) == {"greeting": "Hi", "server": "local"}


def test_a_site_reads_what_it_and_the_instance_chose(new_host: Any, make_plugin: Callable[..., ModuleType]) -> None:
    module = make_plugin("sample", register_settings=lambda: Settings(schema=Schema))
    host = new_host(module, plugins={"sample": {"server": "shared", "limit": 3}})
    other = host.parts.sites.add("other")
    host.choose("sample", greeting="Ho", limit=99)
    seen = {site.name: host.context("sample", site).settings for site in (host.site, other)}
    assert seen == {
        "default": {**DEFAULTS, "server": "shared", "limit": 3, "greeting": "Ho"},
        "other": {**DEFAULTS, "server": "shared", "limit": 3},
    }
    (item,) = host.parts.choices.all(host.site)
    assert item.problem == "Settings that are not valid have their default: limit"
    assert host.extensions.widget(host.site).config == {"sample": {"greeting": "Ho", "server": "shared"}}


def test_a_new_choice_is_read_at_once(new_host: Any, make_plugin: Callable[..., ModuleType]) -> None:
    host = new_host(make_plugin("sample", register_settings=lambda: Settings(schema=Schema)))
    for greeting in ("One", "Two"):
        host.choose("sample", greeting=greeting)
        assert host.context("sample").settings["greeting"] == greeting
    assert host.parts.choices.stored(host.site, "sample").settings == {"greeting": "Two"}


def test_what_a_plugin_does_to_its_settings_reaches_nobody(
    new_host: Any, make_plugin: Callable[..., ModuleType]
) -> None:
    host = new_host(make_plugin("sample", register_settings=lambda: Settings(schema=Schema)))
    context = host.context("sample")
    context.settings["words"].append("mutated")
    (item,) = host.parts.choices.enabled(host.site)
    assert item.settings == DEFAULTS
    with pytest.raises(TypeError):
        context.settings["limit"] = 9
