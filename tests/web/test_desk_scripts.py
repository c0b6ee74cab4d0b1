"""Scripts and styles of plugins on their own pages of the desk, and what those scripts are answered."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from site_client import SiteClient, at_path, csrf_of, notice_of

from embedcomments.api import AdminPage, Page, PluginContext, PluginRequest, Redirect, Rejected
from embedcomments.host.loading import load_plugins

PAGE = "/admin/default/paints/"
FRAGMENT = {"Embedcomments-Fragment": "1"}


def answer(_ctx: PluginContext, request: PluginRequest) -> Any:
    """Whatever the query or the form asks for."""
    match request.query.get("answer") or request.form.get("answer"):
        case "json":
            return {"fragment": request.fragment}
        case "redirect":
            return Redirect(path="?state=spam", notice="Done <so>.")
        case "refusal":
            raise Rejected("Not today.")
        case "failure":
            raise ValueError("secret details")
    return Page(template="paint.html", values={"fragment": request.fragment})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files of a plugin."""
    for name, text in {
        "templates/paint.html": "<p>Fragment: {{ fragment }}</p><form method=post>{{ csrf_field }}</form>",
        "paint.js": "document.title = 'painted';",
        "paint.css": "p { color: teal }",
        "bare.html": "",
    }.items():
        file = tmp_path / "plugin" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "plugin"


@pytest.fixture
def paints(make_plugin: Callable[..., ModuleType], folder: Path) -> ModuleType:
    page = AdminPage(
        path="", handler=answer, title="Paints", scripts=(folder / "paint.js",), styles=(folder / "paint.css",)
    )
    pages = [page, replace(page, path="bare", title="", scripts=(), styles=())]
    return at_path(make_plugin("paints", register_admin_pages=lambda: pages), folder / "plugin.py")


@pytest.fixture
def client(new_client: Callable[..., SiteClient], paints: ModuleType) -> SiteClient:
    return new_client(paints)


def files_of(html: str) -> list[str]:
    """The plugin's files that a page asks for."""
    return re.findall(r'(?:src|href)="(/embed/[0-9a-f]+/paints-[^"]+)"', html)


def test_page_loads_its_plugin_s_files_under_the_hash_of_their_bytes(client: SiteClient, folder: Path) -> None:
    style, script = files_of(client.sign_in().get(PAGE).text)
    for path, file, content_type in (
        (style, folder / "paint.css", "text/css; charset=utf-8"),
        (script, folder / "paint.js", "text/javascript; charset=utf-8"),
    ):
        found = client.get(path)
        assert (found.status_code, found.content_type) == (200, content_type)
        assert found.get_data() == file.read_bytes()
        assert found.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert found.headers["X-Content-Type-Options"] == "nosniff"


def test_other_pages_do_not_load_them(client: SiteClient) -> None:
    desk = client.sign_in()
    assert [files_of(desk.get(path).text) for path in (PAGE + "bare", "/admin/default/site")] == [[], []]


def test_page_and_its_fragments_go_with_the_plugin(client: SiteClient) -> None:
    desk = client.sign_in()
    assert desk.get(PAGE, headers=FRAGMENT).status_code == 200
    client.parts.lifecycle.switch(client.parts.sites.get("default"), "paints", on=False)
    assert [desk.get(PAGE, headers=headers).status_code for headers in ({}, FRAGMENT)] == [404, 404]


def test_page_listens_only_when_it_says_so(
    new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType], folder: Path
) -> None:
    pages = [AdminPage(path="", handler=answer, live=True), AdminPage(path="deaf", handler=answer)]
    plugin = at_path(make_plugin("paints", register_admin_pages=lambda: pages), folder / "plugin.py")
    desk = new_client(plugin).sign_in()
    script = re.search(r'<script[^>]*id="deskfeed"[^>]*>', desk.get(PAGE).text)
    assert script is not None
    assert 'data-url="/admin/default/live"' in script[0]
    assert "deskfeed" not in desk.get(PAGE + "deaf").text


def test_script_gets_the_page_without_its_frame(client: SiteClient) -> None:
    desk = client.sign_in()
    whole, fragment = desk.get(PAGE), desk.get(PAGE, headers=FRAGMENT)
    assert fragment.text.startswith("<p>Fragment: True</p><form")
    assert fragment.content_type == "text/html; charset=utf-8"
    assert "<p>Fragment: False</p>" in whole.text
    assert "<html" in whole.text
    assert "<html" not in fragment.text
    assert fragment.headers["Content-Security-Policy"] == whole.headers["Content-Security-Policy"]
    assert fragment.headers["Cache-Control"] == "no-store"


def test_script_is_told_where_a_form_would_have_led(client: SiteClient) -> None:
    desk = client.sign_in()
    csrf = csrf_of(desk.get(PAGE).text)
    told = desk.send(PAGE, {"answer": "redirect"}, csrf=csrf, headers=FRAGMENT)
    assert (told.status_code, told.json) == (200, {"location": PAGE + "?state=spam", "notice": "Done <so>."})
    assert notice_of(desk.get(PAGE).text) == ""  # it was told already
    led = desk.send(PAGE, {"answer": "redirect"}, csrf=csrf)
    assert (led.status_code, led.headers["Location"]) == (303, PAGE + "?state=spam")
    assert notice_of(desk.get(PAGE).text) == "Done &lt;so&gt;."


def test_mapping_is_json_for_whoever_asks(client: SiteClient) -> None:
    desk = client.sign_in()
    answers = [desk.get(PAGE, query_string={"answer": "json"}, headers=headers).json for headers in ({}, FRAGMENT)]
    assert answers == [{"fragment": False}, {"fragment": True}]


def test_script_has_no_more_rights_than_the_page(client: SiteClient) -> None:
    client.parts.sites.add("other")
    strangers = (client.app.test_client(), client.sign_in(site="other").http)
    for http in strangers:
        refused = http.get(PAGE, headers=FRAGMENT)
        assert (refused.status_code, refused.content_type) == (401, "application/problem+json")
        assert refused.json["code"] == "sign_in_needed"
    desk = client.sign_in()
    without_token = desk.send(PAGE, {"answer": "redirect"}, headers=FRAGMENT)
    assert (without_token.status_code, without_token.json["code"]) == (403, "not_allowed")
    abroad = desk.get(PAGE), desk.send(PAGE, {}, headers={**FRAGMENT, "Origin": "https://elsewhere.example"})
    assert [found.status_code for found in abroad] == [200, 403]


@pytest.mark.parametrize(
    "what, status, code", [("refusal", 422, "rejected"), ("failure", 503, "unavailable"), ("lost", 404, "http_404")]
)
def test_script_is_told_of_errors_as_problems(client: SiteClient, what: str, status: int, code: str) -> None:
    path = PAGE + "nothing" if what == "lost" else PAGE
    told = client.sign_in().get(path, query_string={"answer": what}, headers=FRAGMENT)
    assert (told.status_code, told.content_type) == (status, "application/problem+json")
    assert told.json["code"] == code
    assert "secret" not in told.text


@pytest.mark.parametrize(
    "files",
    [{"scripts": ("gone.js",)}, {"scripts": ("paint.css",)}, {"styles": ("paint.js",)}, {"styles": ("bare.html",)}],
)
def test_plugin_whose_files_are_not_there_is_not_loaded(
    make_plugin: Callable[..., ModuleType], folder: Path, files: dict[str, tuple[str, ...]]
) -> None:
    given: Any = {what: tuple(folder / name for name in names) for what, names in files.items()}
    plugin = make_plugin("paints", register_admin_pages=lambda: [AdminPage(path="", handler=answer, **given)])
    (broken,) = load_plugins(modules=[plugin]).broken
    (name,) = next(iter(files.values()))
    assert name in broken.error
