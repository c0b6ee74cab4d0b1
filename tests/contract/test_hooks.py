"""The hooks are the published contract: documented, with what a failure does and since when."""

from __future__ import annotations

import inspect
import re

import pytest

from embedcomments.host import hookspecs, markers

HOOKS = {
    name: function
    for name, function in vars(hookspecs).items()
    if inspect.isfunction(function) and hasattr(function, f"{markers.PROJECT}_spec")
}
RUN_TIME = [
    "submission_verify", "comment_transform", "comment_check", "comment_html", "comment_fields", "thread_fields",
    "permissions", "on_event", "widget_config", "discovery_links", "page_seen", "site_enabled", "site_disabled",
    "site_deleted",
    "plugin_started", "plugin_stopping", "export_personal_data", "erase_personal_data",
]  # fmt: skip


def test_the_hooks_are_those_of_the_design() -> None:
    assert [name for name in HOOKS if not name.startswith("register_")] == RUN_TIME
    assert len(HOOKS) == len(RUN_TIME) + 14


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_is_documented_since_its_version(name: str) -> None:
    text = " ".join((HOOKS[name].__doc__ or "").split())
    assert len(text) > 30
    assert re.search(r"Since \d+\.$", text)


@pytest.mark.parametrize("name", RUN_TIME)
def test_a_run_time_hook_says_what_its_failure_does(name: str) -> None:
    assert "On error: " in " ".join((HOOKS[name].__doc__ or "").split())


@pytest.mark.parametrize("name", HOOKS)
def test_only_run_time_hooks_of_a_site_get_a_context(name: str) -> None:
    names = list(inspect.signature(HOOKS[name]).parameters)
    without = name.startswith("register_") or name in ("plugin_started", "plugin_stopping")
    assert names[:1] == ([] if without else ["ctx"])


def test_every_hook_has_types() -> None:
    for name, function in HOOKS.items():
        signature = inspect.signature(function)
        assert signature.return_annotation is not inspect.Signature.empty, name
        assert all(p.annotation is not inspect.Parameter.empty for p in signature.parameters.values()), name
