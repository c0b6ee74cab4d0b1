"""Checks of a plugin that runs: its addresses, its secrets, and that it goes when it is switched off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import marshmallow

from embedcomments.domain.errors import InvalidRequest
from embedcomments.host.plugins import Plugin
from embedcomments.host.settings import is_instance_wide
from embedcomments.testing.app import App

_CANARY = "canary-9d3f6b"
_BODIES: tuple[dict[str, Any], ...] = (
    {},
    {"data": b""},
    {"data": b"\xff\xfe\x00" * 100, "content_type": "application/octet-stream"},
    {"data": b"[" * 1_000, "content_type": "application/json"},
    {"json": {"id": None, "x": [{}]}},
    {"data": {"a": "\u202e", "b": ""}},
)
_QUERIES: tuple[dict[str, str], ...] = ({}, {"key": "", "id": "\u202e'\"<x>", "page": "-1", "n": "9" * 40})


def secrets(app: App, plugin: Plugin) -> Sequence[str]:
    """Whether what is secret stays on the server: not in the desk's form, not in what readers get."""
    if plugin.settings is None:
        return []
    problems = []
    desk = app.desk()
    for name, field in plugin.settings.schema().fields.items():
        if not field.metadata.get("secret") or is_instance_wide(field):
            continue
        if not isinstance(field, marshmallow.fields.String):
            problems.append(f"{name} is secret, but no text: the desk's form cannot mask it.")
            continue
        try:
            values: dict[str, Any] = {name: _CANARY}
            app.configure(plugin.name, **values)
        except InvalidRequest:
            continue  # it takes texts of one form only, and none of those is known here
        form = desk.get(f"/admin/{app.site.name}/plugins/{plugin.name}")
        if form.status_code != 200 or _CANARY in form.text:
            problems.append(f"The desk's form shows the secret {name}.")
        if _CANARY in app.get(_thread(app)).text:
            problems.append(f"Readers are told the secret {name}.")
    return problems


def routes(app: App, plugin: Plugin) -> Sequence[str]:
    """Whether its public addresses bear whatever strangers send."""
    problems: dict[str, None] = {}
    for path, methods in _addresses(app, plugin):
        for method in methods:
            for query in _QUERIES:
                for body in _BODIES if method != "GET" else _BODIES[:1]:
                    app.failures.clear()
                    app.call(method, path, query_string=query, **body)
                    problems |= dict.fromkeys(f"{method} {path}: {failure.error}" for failure in app.failures)
    return list(problems)


def pages(app: App, plugin: Plugin) -> Sequence[str]:
    """Whether its pages of the desk open, on an empty site and with a comment."""
    problems: dict[str, None] = {}
    desk = app.desk()
    for _ in range(2):
        for page in plugin.admin_pages:
            for query in _QUERIES if "GET" in page.methods else ():
                app.failures.clear()
                desk.get(f"/admin/{app.site.name}/{plugin.name}/{page.path}", query_string=query)
                problems |= dict.fromkeys(f"GET {page.path or '/'}: {failure.error}" for failure in app.failures)
        app.import_comments("Hello")
    return list(problems)


def disabled(app: App, plugin: Plugin) -> Sequence[str]:
    """Whether nothing of it is left on a site that switched it off."""
    problems = []
    app.import_comments("Hello")
    desk = app.desk()
    for job in plugin.jobs.values():
        app.context(plugin.name).jobs.enqueue(job.name, {})
    app.disable(plugin.name)
    app.failures.clear()
    app.run_jobs(periodic=True)
    problems += [f"{failure.hook} ran: {failure.error}" for failure in app.failures]
    page = app.get(_thread(app)).json
    assert isinstance(page, dict), "the thread was there a moment ago"
    if plugin.name in page["extensions"] or any(item["plugin"] == plugin.name for item in page["modules"]):
        problems.append("The thread still has its parts.")
    if any(plugin.name in (item.get("extensions") or {}) for item in page["comments"]):
        problems.append("Comments still have its fields.")
    for path, methods in _addresses(app, plugin):
        problems += [
            f"{method} {path} still answers." for method in methods if app.call(method, path).status_code != 404
        ]
    for declared in plugin.admin_pages:
        path = f"/admin/{app.site.name}/{plugin.name}/{declared.path}"
        if desk.get(path).status_code != 404:
            problems.append(f"{path} still answers.")
    app.enable(plugin.name)
    return problems


def _addresses(app: App, plugin: Plugin) -> list[tuple[str, Sequence[str]]]:
    start = f"/p/{plugin.name}/{app.site.name}/"
    found: list[tuple[str, Sequence[str]]] = [(start + route.path, route.methods) for route in plugin.routes]
    return [*found, *((f"{start}feeds/{feed.name}", ("GET",)) for feed in plugin.feeds)]


def _thread(app: App) -> str:
    return f"/api/v1/sites/{app.site.name}/thread?key=https://example.com/a"
