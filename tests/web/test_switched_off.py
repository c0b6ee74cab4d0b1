"""A plugin that is switched off on a site is gone there, wholly and at once; elsewhere it is as before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from site_client import SiteClient, at_path

from embedcomments.api import AdminPage, FeedDocument, Job, PluginResponse, Route, WidgetAsset
from embedcomments.storage import jobs as job_rows

CALLED = (
    "submission_verify", "comment_transform", "comment_check", "comment_html", "comment_fields", "thread_fields",
    "permissions", "widget_config",
)  # fmt: skip


@pytest.fixture
def called() -> list[str]:
    """Hooks and jobs that ran, in the order in which they did."""
    return []


@pytest.fixture
def client(
    new_client: Callable[..., SiteClient],
    make_plugin: Callable[..., ModuleType],
    tmp_path: Path,
    called: list[str],
) -> SiteClient:
    (tmp_path / "part.js").write_text("export {}")

    def noting(hook: str) -> Callable[[Any], None]:
        return lambda ctx: called.append(f"{hook} {ctx.site.name}")

    def run(ctx: Any, payload: Any) -> None:
        called.append(f"job {ctx.site.name}")

    feed = FeedDocument(name="all", title="All", content_type="text/plain", build=lambda ctx, r: b"f")
    page = AdminPage(path="", title="Tools here", handler=lambda ctx, r: PluginResponse(body="p"))
    plugin = make_plugin(
        "tool",
        register_routes=lambda: [Route(path="x", handler=lambda ctx, r: {})],
        register_feeds=lambda: [feed],
        register_admin_pages=lambda: [page],
        register_widget_assets=lambda: [WidgetAsset(file=tmp_path / "part.js")],
        register_jobs=lambda: [Job(name="once", run=run), Job(name="often", run=run, every_s=3600)],
        discovery_links=lambda: [("pingback", "https://tool.example/ping")],
        on_event=lambda ctx, event: called.append(f"on_event {ctx.site.name}"),
        **{hook: noting(hook) for hook in CALLED},
    )
    client = new_client(at_path(plugin, tmp_path / "tool.py"))
    client.parts.sites.add("press")
    return client


def switch(client: SiteClient, on: bool) -> None:
    client.parts.lifecycle.switch(client.parts.sites.get("default"), "tool", on=on)


def seen(client: SiteClient, site: str) -> dict[str, bool]:
    """What of the plugin can be reached or read on a site."""
    desk = client.sign_in()
    page = client.get(f"/api/v1/sites/{site}/thread.html?key=page").text
    return {
        "route": client.get(f"/p/tool/{site}/x").status_code == 200,
        "feed": client.get(f"/p/tool/{site}/feeds/all").status_code == 200,
        "link to the feed": f"/p/tool/{site}/feeds/all" in page,
        "discovery link": "https://tool.example/ping" in page,
        "admin page": desk.get(f"/admin/{site}/tool/").status_code == 200,
        "way to it": "Tools here" in desk.get(f"/admin/{site}/health").text,
        "asset": "tool-part.js" in client.get(f"/api/v1/sites/{site}/thread?key=page").text,
    }


def test_what_can_be_reached_and_read_goes_and_comes_back(client: SiteClient) -> None:
    for site in ("default", "press"):
        client.write("Hello", site=site)
        assert set(seen(client, site).values()) == {True}
    switch(client, on=False)
    assert [name for name, found in seen(client, "default").items() if found] == []
    assert set(seen(client, "press").values()) == {True}
    switch(client, on=True)
    assert set(seen(client, "default").values()) == {True}


def test_no_hook_is_called(client: SiteClient, called: list[str]) -> None:
    def use(site: str) -> set[str]:
        called.clear()
        first = client.write("Hello", site=site)
        client.write("Hello", site=site, parent_id=first["comment"]["id"])
        client.get(f"/api/v1/sites/{site}/thread?key=page")
        client.instance.jobs.run_due()
        return set(called)

    expected = {f"{hook} {{}}" for hook in (*CALLED, "on_event")}
    assert use("default") == {name.format("default") for name in expected}
    switch(client, on=False)
    assert use("default") == set()
    assert use("press") == {name.format("press") for name in expected}


def test_queued_jobs_and_events_are_dropped_and_none_are_added(
    client: SiteClient, called: list[str], clock: Any
) -> None:
    site = client.parts.sites.get("default")
    context = client.parts.contexts.of(client.parts.choices.find(site, "tool"), site)
    client.write("Hello")
    context.jobs.enqueue("once", {})
    client.instance.jobs._schedule()
    switch(client, on=False)
    client.write("Hello again")
    called.clear()
    while client.instance.jobs.run_due():
        pass
    assert called == ["job press"]  # the periodic one of the other site
    clock.advance(hours=2)
    client.instance.jobs._schedule()
    while client.instance.jobs.run_due():
        pass
    assert called == ["job press"] * 2
    with client.parts.database.read() as connection:
        assert job_rows.queue_length(connection) == {}
