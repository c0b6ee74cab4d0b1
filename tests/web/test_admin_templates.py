"""The desk's templates draw with the variables that their heads promise, and pass the strictest policy."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

import embedcomments.web
from embedcomments.domain.identities import Moderator
from embedcomments.domain.sites import Site

TEMPLATES = Path(embedcomments.web.__file__).parent / "templates"
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
SITE = Site(id=1, name="default", title="<Letters>", rev=1, created_at=NOW)
FRAME: dict[str, Any] = {
    "site": SITE,
    "sites": [SITE, Site(id=2, name="press", title="", rev=1, created_at=NOW)],
    "moderator": Moderator(id=1, name="Anahit", site_id=None),
    "nav": [{"title": "Queue", "href": "#", "current": True, "badge": 3}],
    "notice": "",
    "csrf_field": Markup('<input type="hidden" name="csrf_token" value="t">'),
    "admin_url": lambda path="", site=None: f"/admin/{site or 'default'}/{path}",
    "asset_url": lambda name: f"/static/{name}",
    "sign_out_url": "/admin/sign-out",
    "localtime": lambda at: Markup(f"<time>{at:%H:%M}</time>"),
}
ALONE: dict[str, Any] = {"site": None, "sites": [], "moderator": None, "nav": []}
PLUGIN = {
    "name": "x",
    "title": "<X>",
    "description": "",
    "version": "1",
    "failures": 2,
    "state": "failing",
    "detail": "e",
}
PROVIDERS = [{"title": "<P>", "href": "#"}]
FIELD = {"title": "<T>", "help": "h", "value": None, "choices": [], "errors": [], "required": False, "scope": "site"}
PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "sign in": ("sign_in.html", {**ALONE, "state": "ready", "token": "<t>", "site_name": "default", "providers": []}),
    "link over": ("sign_in.html", {**ALONE, "state": "over", "site_name": "default", "providers": []}),
    "no link": ("sign_in.html", {**ALONE, "state": "none", "site_name": "", "providers": PROVIDERS}),
    "error": ("error.html", {**ALONE, "status": 404, "title": "<E>", "detail": "d", "back_url": "/"}),
    "plugin page": ("plugin_page.html", {"title": "<Queue>", "content": Markup("<p>inner</p>"), "notice": "<done>"}),
    "plugins": (
        "plugins.html",
        {
            "plugins": [
                {**PLUGIN, "enabled": True, "problem": "", "settings_url": "#"},
                {**PLUGIN, "enabled": False, "problem": "", "settings_url": None},
                {**PLUGIN, "enabled": False, "problem": "<broken>", "settings_url": None},
            ]
        },
    ),
    "settings": (
        "plugin_settings.html",
        {
            "plugin": PLUGIN,
            "plugins_url": "#",
            "fields": [
                {**FIELD, "name": kind, "kind": kind, "errors": ["<wrong>"], "choices": [("a", "<A>")]}
                for kind in ("text", "number", "checkbox", "select", "textarea", "password", "list")
            ],
        },
    ),
    "site": (
        "site.html",
        {
            "snippet": "<script src=x></script>",
            "origins": ["https://a.example"],
            "origin": "<o>",
            "values": {"title": "<t>", "policy": "<p>", "edit_window_min": 15, "max_length": 10},
            "errors": {"origin": ["<wrong>"]},
        },
    ),
    "health": (
        "health.html",
        {
            "plugins": [PLUGIN],
            "dead_letters": [
                {"id": 1, "plugin": "x", "name": "j", "attempts": 8, "error": "<e>", "failed_at": NOW},
            ],
        },
    ),
}  # fmt: skip


def drawn(page: str) -> str:
    template, values = PAGES[page]
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    return environment.get_template(f"admin/{template}").render({**FRAME, **values})


@pytest.mark.parametrize("page", PAGES)
def test_a_page_needs_no_script_and_no_inline_style(page: str) -> None:
    assert not re.search(r"<script|\sstyle=|\son[a-z]+=|javascript:", drawn(page))


@pytest.mark.parametrize("page", PAGES)
def test_every_form_that_changes_something_carries_the_token(page: str) -> None:
    forms = re.findall(r"<form\b[^>]*>.*?</form>", drawn(page), re.S)

    assert all('method="post"' in form and "csrf_token" in form for form in forms)


@pytest.mark.parametrize("page", PAGES)
def test_what_people_wrote_is_escaped(page: str) -> None:
    assert not re.search(r"<(?:Letters|X|T|t|P|E|e|A|o|wrong|broken|done|Queue)>", drawn(page))


def test_the_sign_in_link_is_used_by_a_button_only() -> None:
    html = drawn("sign in")

    assert html.count("<button") == 1
    assert '<input type="hidden" name="token" value="&lt;t&gt;">' in html
    assert "<button" not in drawn("link over")
    assert "embedcomments moderator link --site default" in drawn("link over")


def test_a_stored_secret_is_never_drawn() -> None:
    field = {**FIELD, "name": "key", "kind": "password", "value": True}
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    html = environment.get_template("admin/plugin_settings.html").render(
        {**FRAME, "plugin": PLUGIN, "plugins_url": "#", "fields": [field]}
    )

    assert re.search(r'<input type="password"(?![^>]*value=)[^>]*>', html)
    assert "Leave empty to keep it" in html
