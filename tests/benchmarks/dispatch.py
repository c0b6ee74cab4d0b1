"""What it costs to ask plugins: 20 are loaded, 10 of them are on for the site, each answers at once."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from embedcomments.api import Author, Draft, PluginInfo, ThreadRef, hookimpl
from embedcomments.domain.configuration import Config
from embedcomments.domain.errors import OutboundError
from embedcomments.wiring import build

LOADED, ON = 20, 10
ROUNDS, CALLS = 15, 300
GOAL_US = 15


class _NoNetwork:
    def get(self, url: str, **_: Any) -> Any:
        raise OutboundError(url)

    post = get


def main() -> None:
    """Print microseconds for a whole dispatch and for each hook that it called."""
    with tempfile.TemporaryDirectory() as folder:
        plugins = [_plugin(number) for number in range(LOADED)]
        instance = build(Config(data_dir=Path(folder)), outbound=_NoNetwork(), plugin_modules=plugins)  # type: ignore[arg-type]
        try:
            parts = instance.parts
            site = parts.sites.get("default")
            author = Author(name="Ani")
            draft = Draft(
                site_id=site.id, thread=ThreadRef(key="/a"), author=author, text="Hi", submitted_at=datetime.now(UTC)
            )
            print(f"{LOADED} plugins, {ON} of them on; wanted: under {GOAL_US} µs a hook call")
            _measure("comment_check", lambda: parts.extensions.check(site, draft))
            _measure("comment_transform", lambda: parts.extensions.transform(site, draft))
            _measure("submission_verify", lambda: parts.extensions.verify(site, draft, {}))
            _measure("nobody's hook", lambda: parts.extensions.discovery_links(site, None), calls_hooks=0)
        finally:
            instance.close()


def _plugin(number: int) -> ModuleType:
    module = ModuleType(f"plugin_{number}")
    made: list[Draft] = []  # once: to make another draft is the plugin's work and not the host's

    def transform(ctx: Any, draft: Draft) -> Draft:
        if not made:
            made.append(replace(draft, text=f"{draft.text}{number}"))
        return made[0]

    setattr(  # noqa: B010 - mypy knows no such attribute
        module, "plugin_info", PluginInfo(name=f"p{number:02d}", title="P", enabled_by_default=number % 2 == 0)
    )
    for hook, function in (
        ("comment_check", lambda ctx, draft: None),
        ("comment_transform", transform),
        ("submission_verify", lambda ctx, draft, proof: None),
    ):
        setattr(module, hook, hookimpl(function))
    return module


def _measure(what: str, call: Callable[[], object], *, calls_hooks: int = ON) -> None:
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(CALLS):
            call()
        times.append((time.perf_counter() - start) / CALLS * 1e6)
    typical, best = statistics.median(times), min(times)
    each = f", {typical / calls_hooks:.1f} µs a hook call (best round {best / calls_hooks:.1f})" if calls_hooks else ""
    print(f"{what:20} {typical:7.1f} µs a dispatch{each}")
