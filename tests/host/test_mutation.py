"""What a plugin does to what it was handed reaches neither the host nor another plugin, nor its own next call."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from types import ModuleType
from typing import Any

import marshmallow
import pytest

from embedcomments import api
from embedcomments.api import EventType, Job, Moderator, Role, Settings
from embedcomments.domain.identities import ANYBODY

MakePlugin = Callable[..., ModuleType]
HANDED = [
    api.Actor, api.Author, api.Comment, api.CommentEvent, api.Draft, api.Identity, api.Link, api.Moderator,
    api.PluginContext, api.PluginEvent, api.PluginRequest, api.Site, api.SiteSettings, api.Thread, api.ThreadRef,
    api.UploadedFile,
]  # fmt: skip


class ListSettings(marshmallow.Schema):
    words = marshmallow.fields.List(marshmallow.fields.String(), load_default=["a"])
    table = marshmallow.fields.Dict(load_default={"k": [1]})
    kinds = marshmallow.fields.Raw(load_default=frozenset({"x"}))
    name = marshmallow.fields.String(load_default="n", metadata={"public": True})


@pytest.mark.parametrize("kind", HANDED, ids=lambda kind: str(kind.__name__))
def test_what_hooks_are_handed_cannot_be_assigned_to_by_any_way_round(kind: type) -> None:
    parameters: Any = getattr(kind, "__dataclass_params__")  # noqa: B009 - mypy knows no such attribute
    assert parameters.frozen
    assert not hasattr(kind, "__dict__") or "__dict__" not in dir(kind)  # vars(comment)["html"] = … would be one


def test_only_what_is_named_here_holds_anything_that_could_be_changed() -> None:
    """A new field that is a list or a mapping has to be thought of: it is copied for each plugin, or it leaks."""
    thought_of = {
        ("PluginContext", "settings"),  # copied for each call, below
        ("Moderator", "roles"),  # cannot be assigned to, below
        ("PluginEvent", "data"),  # read from each plugin's own job
        # Made for one handler of one plugin:
        ("PluginRequest", "query"), ("PluginRequest", "headers"), ("PluginRequest", "form"),
        ("PluginRequest", "form_lists"), ("PluginRequest", "files"),
    }  # fmt: skip
    found = set()
    for kind in HANDED:
        for field in dataclasses.fields(kind):
            words = str(field.type)
            if not words.startswith("Callable") and any(
                name in words for name in ("Mapping", "dict", "list", "set[", "Sequence", "Any")
            ):
                found.add((kind.__name__, field.name))
    assert found == thought_of


def test_nobody_gives_themselves_a_role() -> None:
    given: dict[int | None, Role] = {1: Role.REVIEWER}
    moderator = Moderator(id=1, name="Bo", roles=given)
    with pytest.raises(TypeError):
        moderator.roles[1] = Role.OWNER  # type: ignore[index]
    given[1] = Role.OWNER
    assert moderator.role_on(1) is Role.REVIEWER
    assert moderator == Moderator(id=1, name="Bo", roles={1: Role.REVIEWER})
    assert moderator != Moderator(id=1, name="Bo", roles={1: Role.OWNER})


def test_lists_in_settings_are_each_calls_own(new_host: Any, make_plugin: MakePlugin) -> None:
    seen: list[Any] = []

    def meddle(ctx: Any, draft: Any) -> None:
        seen.append({name: list(value) if name == "words" else repr(value) for name, value in ctx.settings.items()})
        ctx.settings["words"].append("b")
        ctx.settings["table"]["k"].append(2)
        ctx.settings["table"]["new"] = True

    module = make_plugin("a", comment_check=meddle, register_settings=lambda: Settings(schema=ListSettings))
    host = new_host(module)
    other = host.parts.sites.add("other")
    for _ in range(3):
        host.extensions.check(host.site, host.draft())
    host.extensions.check(other, host.draft())
    first = {"words": ["a"], "table": "{'k': [1]}", "kinds": "frozenset({'x'})", "name": "'n'"}
    assert seen == [first] * 4
    assert host.parts.choices.find(host.site, "a").settings["words"] == ["a"]
    host.parts.sites.add_origin(host.site, "https://a.example")  # settings are read anew
    host.extensions.check(host.site, host.draft())
    assert seen[-1] == first
    assert host.extensions.widget(host.site).config == {"a": {"name": "n"}}


def test_settings_are_whole_and_of_their_types(new_host: Any, make_plugin: MakePlugin) -> None:
    host = new_host(make_plugin("a", register_settings=lambda: Settings(schema=ListSettings)))
    expected = {"words": ["a"], "table": {"k": [1]}, "kinds": frozenset({"x"}), "name": "n"}
    for _ in range(2):
        settings = host.context("a").settings
        assert dict(settings) == expected
        assert isinstance(settings["words"], list)


def test_events_and_payloads_are_each_plugins_own(new_host: Any, make_plugin: MakePlugin, clock: Any) -> None:
    heard: list[Any] = []
    sent = {"list": [1]}

    def listen(ctx: Any, event: Any) -> None:
        heard.append((ctx.plugin, event.data["list"][:]))
        event.data["list"].append(ctx.plugin)

    runs: list[Any] = []

    def run(ctx: Any, payload: Any) -> None:
        runs.append(payload["list"][:])
        payload["list"].append("again")
        if len(runs) < 3:
            raise ValueError("try again")

    host = new_host(
        make_plugin(
            "maker", register_events=lambda: [EventType(name="made")], register_jobs=lambda: [Job(name="j", run=run)]
        ),
        make_plugin("a", on_event=listen),
        make_plugin("b", on_event=listen),
    )
    context = host.context("maker")
    context.publish("made", sent)
    context.jobs.enqueue("j", sent)
    sent["list"].append(99)  # what is queued does not change any more
    for _ in range(4):
        host.instance.jobs.run_due()
        clock.advance(hours=9)
    assert sorted(heard) == [("a", [1]), ("b", [1])]
    assert runs == [[1]] * 3


def test_what_a_plugin_answered_cannot_be_changed_afterwards(new_host: Any, make_plugin: MakePlugin) -> None:
    kept: dict[str, Any] = {}

    def fields(comments: Any) -> dict[str, Any]:
        kept.setdefault("shared", {"n": 1})
        return {comment.id: kept["shared"] for comment in comments}

    def configure() -> dict[str, Any]:
        return kept.setdefault("config", {"x": [1]})

    host = new_host(
        make_plugin("a", comment_fields=fields, widget_config=configure), make_plugin("b", comment_fields=fields)
    )
    comment = host.submit()
    before = host.extensions.comment_fields(host.site, [comment], ANYBODY)
    config = host.extensions.widget(host.site).config
    kept["shared"]["n"] = 2
    kept["config"]["x"].append(2)
    assert config == {"a": {"x": [1]}}
    assert before == {comment.id: {"a": {"n": 1}, "b": {"n": 1}}}
