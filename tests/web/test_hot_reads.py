"""What is answered ahead of Flask is byte for byte what Flask answers."""

from __future__ import annotations

import gc
from collections.abc import Callable
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from site_client import SiteClient, at_path
from werkzeug.test import EnvironBuilder, run_wsgi_app

from embedcomments.api import WidgetAsset
from embedcomments.domain.identities import Actor
from embedcomments.services.snapshots import Kept, Snapshot

OWN, PAGES, FOREIGN = "http://localhost", "https://pages.example", "https://foreign.example"
Answer = tuple[str, list[tuple[str, str]], bytes]


def answer(app: Any, path: str, method: str = "GET", headers: dict[str, str] | None = None) -> Answer:
    """Status, headers in order of name, and body, as they leave the WSGI application."""
    builder = EnvironBuilder(path=path, method=method, headers=headers or {})
    try:
        body, status, found = run_wsgi_app(app, builder.get_environ())
        return status, sorted(found.items()), b"".join(body)
    finally:
        builder.close()


class Counting:
    """Flask's own application, which notes whether it was asked."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.asked = 0

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.asked += 1
        return Flask.wsgi_app(self._app, environ, start_response)


@pytest.fixture
def layers(
    new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType], tmp_path: Path
) -> tuple[SiteClient, Counting]:
    """A client, and the Flask application that stands behind its layer."""
    script = tmp_path / "extra.js"
    script.write_text("export const one = 1\n" * 30)
    plugin = make_plugin(
        "extra",
        register_widget_assets=lambda: [WidgetAsset(file=script)],
        discovery_links=lambda ctx, thread: [("pingback", ctx.public_url)],
    )
    client = new_client(at_path(plugin, script))
    flask = Counting(client.app)
    client.app.wsgi_app._app = flask  # type: ignore[attr-defined]
    return client, flask


def hot_paths(client: SiteClient) -> list[str]:
    return [
        "/api/v1/sites/default/thread?key=page",
        "/api/v1/sites/default/thread?key=page&sort=newest&utm=1",
        "/api/v1/sites/default/thread?key=%D5%B1%20x",
        "/api/v1/sites/default/thread?key=%FF",
        "/api/v1/sites/default/thread.html?key=page",
        "/api/v1/sites/default/thread.html?key=page&part=1",
        "/api/v1/sites/default/counts?key=page&key=other",
        "/api/v1/sites/default/latest",
        "/embed.js",
        client.parts.assets.url("admin.css"),
        next(module.url for module in client.parts.assets.modules("extra")),
    ]


def compare(client: SiteClient, flask: Counting) -> int:
    """Ask for everything in every way, of both; how many answers were compared."""
    compared = 0
    plain = Counting(client.app)
    for path in hot_paths(client):
        tags = {
            value
            for encoding in ("br", "gzip", "identity")
            for name, value in answer(plain, path, headers={"Accept-Encoding": encoding})[1]
            if name == "ETag"
        }
        matches = (None, min(tags), max(tags), f'"x", W/{min(tags)}', "*", "nonsense,,")
        for method, encoding, origin, match in product(
            ("GET", "HEAD"), (None, "br", "gzip;q=1, br;q=0.1"), (None, OWN, PAGES, FOREIGN), matches
        ):
            given = {"Accept-Encoding": encoding, "Origin": origin, "If-None-Match": match}
            headers = {name: value for name, value in given.items() if value is not None}
            asked = flask.asked
            hot = answer(client.app.wsgi_app, path, method, headers)
            assert flask.asked == asked, path
            assert hot == answer(plain, path, method, headers), (path, method, headers)
            compared += 1
    return compared


def warm(client: SiteClient) -> None:
    for path in hot_paths(client):
        assert client.get(path).status_code == 200


def test_layer_answers_as_flask_does(layers: tuple[SiteClient, Counting]) -> None:
    client, flask = layers
    first = client.write("words " * 100)["comment"]["id"]
    warm(client)
    assert compare(client, flask) == 1584
    client.write("An answer", parent_id=first)
    client.parts.sites.add_origin(client.parts.sites.get("default"), PAGES)
    assert "An answer" in answer(client.app.wsgi_app, hot_paths(client)[0])[2].decode()
    granted = dict(answer(client.app.wsgi_app, hot_paths(client)[0], headers={"Origin": PAGES})[1])
    assert granted["Access-Control-Allow-Origin"] == PAGES
    compare(client, flask)


def test_what_is_not_kept_goes_to_flask(layers: tuple[SiteClient, Counting]) -> None:
    client, flask = layers
    warm(client)
    for method, path in (
        ("GET", "/api/v1/sites/default/thread?key=page&x=1"),
        ("GET", "/api/v1/sites/nowhere/thread?key=page"),
        ("POST", "/api/v1/sites/default/thread?key=page"),
        ("OPTIONS", "/api/v1/sites/default/thread?key=page"),
        ("GET", "/embed/old/widget.js"),
        ("GET", "/healthz"),
    ):
        asked = flask.asked
        answer(client.app.wsgi_app, path, method)
        assert flask.asked == asked + 1, path


def test_answer_that_cannot_be_renewed_is_told_by_flask(client: SiteClient) -> None:
    client.write("One")
    branch = client.thread()["comments"][0]["id"]
    address = f"/api/v1/sites/default/thread.html?key=page&branch={branch}"
    assert client.get(address).status_code == 200
    stored = client.row(branch)
    author = Actor(identity_id=stored.identity_id)
    client.parts.commenting.withdraw(client.parts.sites.get("default"), stored, author)
    gone = client.get(address)
    assert (gone.status_code, gone.json["code"]) == (404, "comment_not_found")


def test_spellings_of_one_address_do_not_fill_the_memory(client: SiteClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client.parts.kept, "_kept", Kept(max_entries=4))

    def kept() -> int:
        gc.collect()
        return sum(isinstance(item, Snapshot) for item in gc.get_objects())

    client.write("One")
    before = kept()
    for number in range(40):
        client.get(f"/api/v1/sites/default/thread?key=page&x={number}")
    assert kept() - before <= 4


def test_file_of_an_earlier_version_is_todays_and_is_not_kept(client: SiteClient) -> None:
    present = client.parts.assets.url("widget.js")
    today = client.get(present)
    assert today.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for path in ("/embed/000000000000/widget.js", "/embed/widget.js"):
        old = client.get(path)
        assert (old.status_code, old.data, old.headers["Cache-Control"]) == (200, today.data, "no-cache")
        same = client.get(path, headers={"If-None-Match": today.headers["ETag"]})
        assert (same.status_code, same.headers["Cache-Control"]) == (304, "no-cache")
    for path in (
        "/embed/000000000000/nothing.js",
        "/embed/000000000000/embed.js",
        "/embed/..%2f..%2fapp.py",
        "/embed/",
    ):
        assert client.get(path).status_code == 404, path


def test_files_are_for_everybody_and_keep_their_type(client: SiteClient) -> None:
    everybody = {
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
    }
    for path, kept, kind in (
        ("/embed.js", "public, max-age=300, stale-while-revalidate=86400", "text/javascript; charset=utf-8"),
        (client.parts.assets.url("thread.css"), "public, max-age=31536000, immutable", "text/css; charset=utf-8"),
    ):
        headers = client.get(path, origin=FOREIGN).headers
        expected = {**everybody, "Cache-Control": kept, "Content-Type": kind}
        assert {name: headers.get(name) for name in expected} == expected
