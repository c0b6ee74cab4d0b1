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
from embedcomments.domain.permissions import Role
from embedcomments.domain.sites import Site
from embedcomments.web.admin.frame import query_of

TEMPLATES = Path(embedcomments.web.__file__).parent / "templates"
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
SITE = Site(id=1, name="default", title="<Letters>", rev=1, created_at=NOW)
FRAME: dict[str, Any] = {
    "site": SITE,
    "sites": [SITE, Site(id=2, name="press", title="", rev=1, created_at=NOW)],
    "moderator": Moderator(id=1, name="Anahit", roles={None: Role.OWNER}),
    "nav": [{"title": "<D>", "entries": [{"title": "Queue", "href": "#", "current": True, "badge": 3}]}],
    "notice": "",
    "csrf_field": Markup('<input type="hidden" name="csrf_token" value="t">'),
    "admin_url": lambda path="", site=None: f"/admin/{site or 'default'}/{path}",
    "asset_url": lambda name: f"/static/{name}",
    "sign_out_url": "/admin/sign-out",
    "theme_url": "/admin/theme",
    "theme": "",
    "here": "/admin/default/?a=<t>",
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
ACCOUNT = {"email": "<e>@a.example", "password_hash": "h", "totp_secret": "s", "recovery_codes": 3}
PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "sign in": ("sign_in.html", {**ALONE, "state": "ready", "token": "<t>", "site_name": "default", "providers": []}),
    "link over": ("sign_in.html", {**ALONE, "state": "over", "site_name": "default", "providers": []}),
    "no link": ("sign_in.html", {**ALONE, "state": "none", "site_name": "", "providers": PROVIDERS}),
    "sign in wrong": (
        "sign_in.html",
        {**ALONE, "state": "wrong", "wrong": "<wrong>", "email": "<e>", "next": "/admin/?<t>", "site_name": "",
         "mail_is_set_up": True, "providers": PROVIDERS},
    ),
    "mail sent": ("sign_in.html", {**ALONE, "state": "sent", "email": "<e>", "site_name": "", "providers": []}),
    "second step": ("second_step.html", {**ALONE, "wrong": "<wrong>", "next": "/admin/?<t>"}),
    "confirm": (
        "confirm.html", {"wrong": "<wrong>", "next": "/admin/?<t>", "has_password": True, "has_totp": True}
    ),
    "confirm without password": (
        "confirm.html", {"wrong": "", "next": "/admin/", "has_password": False, "has_totp": False}
    ),
    "account": (
        "account.html",
        {
            "account": ACCOUNT, "name": "<X>", "errors": {"name": ["<wrong>"]}, "mail_is_set_up": True,
            "sessions": [
                {"id": "a", "device": "<X>", "is_this": True, "same_network": True, "network": "n", "created_at": NOW,
                 "seen_at": NOW},
                {"id": "b", "device": "<X>", "is_this": False, "same_network": False, "network": "n",
                 "created_at": NOW, "seen_at": NOW},
            ],
            "desks": [{"site": SITE, "role": "owner", "pace": "daily"}],
        },
    ),
    "own address": ("account_email.html", {"email": "<e>", "errors": {"email": ["<wrong>"]}}),
    "own password": (
        "account_password.html",
        {"has_password": True, "email": "<e>", "least": 12, "errors": {"password": ["<wrong>"], "again": ["<wrong>"]}},
    ),
    "new second step": (
        "account_second_new.html",
        {"picture": Markup("<svg></svg>"), "secret": "A", "sealed": "<t>", "errors": {"code": ["<wrong>"]},
         "has_password": False, "mail_is_set_up": False},
    ),
    "own second step": ("account_second.html", {"account": ACCOUNT, "codes": ()}),
    "recovery codes": ("account_second.html", {"account": ACCOUNT, "codes": ["aaaa-bbbb"]}),
    "people": (
        "people.html",
        {
            "people": [
                {"id": 1, "name": "<X>", "email": "<e>", "is_me": True, "role": "owner", "everywhere": everywhere,
                 "may_change": everywhere, "has_totp": True, "seen_at": NOW if everywhere else None}
                for everywhere in (True, False)
            ],
            "invitations": [
                {"may_change": True, "item": {"id": 1, "site_id": site_id, "role": "owner", "email": "<e>",
                                              "invited_by": "<X>", "created_at": NOW, "expires_at": NOW}}
                for site_id in (None, 1)
            ],
            "roles": [("owner", "Owner", "<X>")], "link": "http://a.example/?<t>", "mail_is_set_up": True,
            "owns_everything": True, "email": "<e>", "errors": {"email": ["<wrong>"]},
        },
    ),
    "invitation": (
        "invitation.html",
        {**ALONE, "invitation": {"role": "owner", "email": None, "invited_by": "<X>"}, "where": "<Letters>", "me": "",
         "is_known": False, "name": "<X>", "email": "<e>", "errors": {"name": ["<wrong>"], "email": ["<wrong>"]},
         "token": "<t>", "least": 12},
    ),
    "invitation of somebody known": (
        "invitation.html",
        {**ALONE, "invitation": {"role": "owner", "email": "<e>", "invited_by": ""}, "where": "", "me": "",
         "is_known": True, "token": "<t>"},
    ),
    "invitation over": ("invitation.html", {**ALONE, "invitation": None}),
    "decide": (
        "decide.html",
        {**ALONE, "state": "open", "decision": "delete", "now": "held", "name": "<X>", "html": Markup("<p>Hi</p>"),
         "created_at": NOW, "where": "<T>", "site_title": "<Letters>", "token": "<t>", "desk_url": "/admin/"},
    ),
    "decided": (
        "decide.html",
        {**ALONE, "state": "over", "decision": "publish", "now": "published", "desk_url": "/admin/"},
    ),
    "unsubscribe": (
        "unsubscribe.html", {**ALONE, "done": False, "name": "<X>", "site_title": "<Letters>", "token": "<t>"}
    ),
    "error": ("error.html", {**ALONE, "status": 404, "title": "<E>", "detail": "d", "back_url": "/"}),
    "plugin page": (
        "plugin_page.html",
        {
            "title": "<Queue>",
            "content": Markup("<p>inner</p>"),
            "notice": "<done>",
            "scripts": [],
            "styles": [],
            "live_url": "",
        },
    ),
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
            "placed": "<embed-comments></embed-comments>",
            "counted": "<span></span>",
            "chosen": {"key": "<t>", "lang": "hy"},
            "languages": {"hy": "Հայերեն"},
            "name": "<t>",
            "may_delete": True,
            "may_insist": True,
            "origins": ["https://a.example"],
            "origin": "<o>",
            "values": {"title": "<t>", "policy": "<p>", "edit_window_min": 15, "max_length": 10, "nesting": 4},
            "errors": {"origin": ["<wrong>"]},
        },
    ),
    "sites": (
        "sites.html",
        {
            "rows": [
                {"name": "default", "title": "<T>", "origins": ["<o>"], "threads": 1, "published": 2, "held": 3,
                 "desk_url": "#", "settings_url": "#"},
            ],
            "may_add": True,
            "values": {"name": "<t>", "title": "<T>", "origin": "<o>"},
            "errors": {"name": ["<wrong>"]},
        },
    ),
    "threads": (
        "threads.html",
        {
            "rows": [
                {"key": "<t>", "page": "threads/one", "title": "<T>", "url": "https://a.example/", "is_url": False,
                 "count": 1, "closed": True, "hidden": True, "created_at": NOW},
            ],
            "may_change": True, "search": "<t>", "state": "open", "before": 1, "following": 2,
        },
    ),
    "thread": (
        "thread_one.html",
        {
            "thread": {"key": "<t>", "title": "<T>", "url": "https://a.example/", "count": 1, "closed": True,
                       "hidden": True, "created_at": NOW},
            "aliases": ["<o>"], "wrong": "<wrong>", "new_key": "<t>", "may_merge": True,
        },
    ),
    "health": (
        "health.html",
        {
            "plugins": [{**PLUGIN, "elsewhere": 2, "resting": ["<o>"]}],
            "jobs": {"waiting": 1, "running": 2, "dead": 3},
            "due_since": NOW,
            "jobs_url": "#",
            "server": [{"title": "<T>", "value": "<t>", "note": "<o>", "state": "warn"}],
        },
    ),
    "jobs": (
        "jobs.html",
        {
            "tabs": [{"state": "dead", "title": "Given up", "number": 1}],
            "state": "dead",
            "plugin": "<o>",
            "plugins": [{"name": "<o>", "title": "<T>"}, {"name": "b", "title": "B"}],
            "number": 1,
            "jobs": [
                {"id": 1, "plugin": "<T>", "name": "<t>", "attempts": 8, "error": "<e>", "run_at": NOW, "is_due": True,
                 "created_at": NOW},
            ],
            "before": 3,
            "following": 2,
        },
    ),
}  # fmt: skip


def drawn(page: str) -> str:
    template, values = PAGES[page]
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    environment.filters["query"] = query_of
    return environment.get_template(f"admin/{template}").render({**FRAME, **values})


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_no_inline_script_and_no_inline_style(page: str) -> None:
    html = drawn(page).replace('<script type="module" src="/static/desk.js"></script>', "", 1)
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", html)


@pytest.mark.parametrize("page", PAGES)
def test_every_form_that_changes_something_carries_the_token(page: str) -> None:
    forms = re.findall(r"<form\b[^>]*>.*?</form>", drawn(page), re.S)

    changing = [form for form in forms if 'method="get"' not in form]
    assert all('method="post"' in form and "csrf_token" in form for form in changing)
    assert not any("csrf_token" in form for form in forms if form not in changing)


@pytest.mark.parametrize("page", PAGES)
def test_what_people_wrote_is_escaped(page: str) -> None:
    assert not re.search(r"<(?:Letters|D|X|T|t|P|E|e|A|o|wrong|broken|done|Queue)>", drawn(page))


def test_the_sign_in_link_is_used_by_a_button_only() -> None:
    html = drawn("sign in")

    assert html.count("<button") == 1
    assert '<input type="hidden" name="token" value="&lt;t&gt;">' in html
    assert '<form method="post" action="/admin/sign-in"' not in drawn("link over")
    assert "embedcomments moderator link --site default" in drawn("link over")


def test_a_stored_secret_is_never_drawn() -> None:
    field = {**FIELD, "name": "key", "kind": "password", "value": True}
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    html = environment.get_template("admin/plugin_settings.html").render(
        {**FRAME, "plugin": PLUGIN, "plugins_url": "#", "fields": [field]}
    )

    assert re.search(r'<input type="password"(?![^>]*value=)[^>]*>', html)
    assert "Leave empty to keep it" in html
