"""The pages of the desk: what they change, at once and on this site alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from types import ModuleType
from typing import Any

import marshmallow
import pytest
from marshmallow import fields, validate
from site_client import Desk, SiteClient, at_path, csrf_of, notice_of

import embedcomments_moderation
from embedcomments.api import (
    AdminPage,
    FeedDocument,
    Page,
    PluginContext,
    PluginRequest,
    PluginResponse,
    Redirect,
    Rejected,
    Route,
    Settings,
    WidgetAsset,
)
from embedcomments.domain.comments import CommentState
from embedcomments.domain.sites import SiteSettings

SITE, PLUGINS, HEALTH = "/admin/default/site", "/admin/default/plugins", "/admin/default/health"
JOBS = "/admin/default/jobs"


def value_of(html: str, name: str) -> str:
    """What stands in a field of the page's forms."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]* value="([^"]*)"', html) or re.search(
        rf'<textarea[^>]*name="{name}"[^>]*>\n?(.*?)</textarea>', html, re.DOTALL
    )
    assert found is not None, name
    return unescape(found[1])


def wrongs(html: str) -> list[str]:
    return [unescape(text) for text in re.findall(r'<p class="wrong"[^>]*>(.*?)</p>', html)]


# The queue of the moderation plugin


@pytest.fixture
def queue(new_client: Callable[..., SiteClient], holder: ModuleType) -> SiteClient:
    """An instance with the moderation plugin, which lets everybody publish at once unless ``holder`` holds."""
    client = new_client(embedcomments_moderation, holder)
    site = client.parts.sites.get("default")
    choice = client.parts.choices.stored(site, "moderation")
    client.parts.choices.save(site, "moderation", type(choice)(enabled=True, settings={"hold": "nobody"}))
    return client


@pytest.mark.parametrize(
    "action, state, notice",
    [
        ("publish", CommentState.PUBLISHED, "1 comment published."),
        ("reject", CommentState.DELETED, "1 comment rejected."),
        ("spam", CommentState.SPAM, "1 comment marked as spam."),
        ("nonsense", CommentState.HELD, "Nothing was done: the page asked for something unknown."),
    ],
)
def test_button_of_the_queue_decides_a_comment(
    queue: SiteClient, action: str, state: CommentState, notice: str
) -> None:
    chosen, other = (queue.write(f"HOLD {n}")["comment"]["id"] for n in (1, 2))
    desk = queue.sign_in()
    page = desk.get("/admin/default/moderation/").text
    assert "HOLD 1" in page
    assert '<span class="badge">2</span>' in page
    answer = desk.submit("/admin/default/moderation/", {"id": chosen, "action": action})
    path, _, query = answer.headers["Location"].partition("?")
    assert (answer.status_code, path) == (303, "/admin/default/moderation/")
    assert query.startswith("done=") is (action != "nonsense")  # by which it is taken back
    assert notice_of(desk.get("/admin/default/moderation/").text) == notice
    assert notice_of(desk.get("/admin/default/moderation/").text) == ""
    assert (queue.row(chosen).state, queue.row(other).state) == (state, CommentState.HELD)
    assert [item["id"] for item in queue.thread()["comments"]] == ([chosen] if action == "publish" else [])


def test_many_are_decided_at_once_and_those_of_other_sites_are_not(queue: SiteClient) -> None:
    queue.parts.sites.add("press")
    mine = [queue.write(f"HOLD {n}")["comment"]["id"] for n in range(3)]
    theirs = queue.write("HOLD", site="press")["comment"]["id"]
    desk = queue.sign_in(site="default")
    desk.submit("/admin/default/moderation/", {"id": [*mine, theirs, "nonsense"], "action": "publish"})
    assert notice_of(desk.get("/admin/default/moderation/").text) == (
        "3 comments published. 2 comments could not be changed."
    )
    assert [queue.row(comment_id).state for comment_id in (*mine, theirs)] == [CommentState.PUBLISHED] * 3 + [
        CommentState.HELD
    ]
    assert "HOLD" not in desk.get("/admin/press/moderation/").text


def test_desk_is_entered_by_the_queue(queue: SiteClient) -> None:
    assert queue.sign_in().get("/admin/default/").headers["Location"] == "/admin/default/moderation/"


# Plugins, on and off


def test_switching_a_plugin_takes_what_it_adds_away_at_once(
    new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType], tmp_path: Path
) -> None:
    script = tmp_path / "part.js"
    script.write_text("export {}")
    plugin = make_plugin(
        "tool",
        register_routes=lambda: [Route(path="x", handler=lambda ctx, r: {})],
        register_feeds=lambda: [
            FeedDocument(name="all", title="All", content_type="text/plain", build=lambda ctx, r: b"")
        ],
        register_widget_assets=lambda: [WidgetAsset(file=script)],
        register_admin_pages=lambda: [
            AdminPage(path="", title="Tool page", handler=lambda ctx, r: PluginResponse(body="inner"))
        ],
        comment_fields=lambda comments: {comment.id: 1 for comment in comments},
        thread_fields=lambda threads: {thread.id: 2 for thread in threads},
    )
    client = new_client(at_path(plugin, script))
    client.write("Hello")
    desk = client.sign_in()

    def state() -> dict[str, Any]:
        page = client.thread()
        return {
            "route": client.get("/p/tool/default/x").status_code,
            "feed": client.get("/p/tool/default/feeds/all").status_code,
            "page": desk.get("/admin/default/tool/").status_code,
            "entry": "Tool page" in desk.get(SITE).text,
            "modules": [module["plugin"] for module in page["modules"]],
            "thread": page["extensions"],
            "comment": page["comments"][0]["extensions"],
        }

    on = {
        "route": 200,
        "feed": 200,
        "page": 200,
        "entry": True,
        "modules": ["tool"],
        "thread": {"tool": {"thread": 2}},
        "comment": {"tool": 1},
    }
    off = {"route": 404, "feed": 404, "page": 404, "entry": False, "modules": [], "thread": {}, "comment": {}}
    assert state() == on
    for action, word, expected in (("disable", "off", off), ("enable", "on", on)):
        answer = desk.submit(PLUGINS, {"plugin": "tool", "action": action})
        assert (answer.status_code, answer.headers["Location"]) == (303, PLUGINS)
        assert notice_of(desk.get(PLUGINS).text) == f"Tool is {word} now."
        assert state() == expected


@pytest.mark.parametrize("form", [{}, {"plugin": "nothing", "action": "enable"}, {"plugin": "tool", "action": "x"}])
def test_form_that_asks_for_something_unknown_does_nothing(
    new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType], form: dict[str, str]
) -> None:
    desk = new_client(make_plugin("tool")).sign_in()
    for page in (PLUGINS, SITE, JOBS):
        assert desk.submit(page, form).status_code == 303
        assert notice_of(desk.get(page).text) == "Nothing was done: the page asked for something unknown."


def test_broken_plugin_is_shown_and_cannot_be_switched_on(new_client: Callable[..., SiteClient]) -> None:
    desk = new_client(ModuleType("broken")).sign_in()
    for page in (PLUGINS, HEALTH):
        html = desk.get(page).text
        assert '<span class="pill bad">Broken</span>' in html
        assert "It has no plugin_info of type PluginInfo." in html
        assert "Switch on" not in html


# Settings


class EveryKind(marshmallow.Schema):
    """A field of each kind that the form has."""

    name = fields.String(load_default="", metadata={"title": "A <name>", "help": "Say <it>."})
    notes = fields.String(load_default="", metadata={"widget": "textarea"})
    link = fields.Url(load_default=None, allow_none=True)
    least = fields.Integer(load_default=3, strict=True, validate=validate.Range(1, 10))
    any_number = fields.Integer(load_default=0)
    share = fields.Float(load_default=0.5)
    on = fields.Boolean(load_default=True)
    size = fields.Integer(load_default=1, strict=True, validate=validate.OneOf([1, 2], labels=["One", "Two"]))
    words = fields.List(fields.String(validate=validate.Length(max=5)), load_default=["a"])
    ports = fields.List(fields.Integer(), load_default=list)
    key = fields.String(load_default="", metadata={"secret": True})
    whole = fields.String(load_default="default", metadata={"scope": "instance"})

    @marshmallow.validates_schema
    def together(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("name") == "forbidden":
            raise marshmallow.ValidationError("That name goes with nothing.")


FORM = {
    "name": "Ann & <b>",
    "notes": "one\r\ntwo",
    "link": "https://example.com/",
    "least": "7",
    "any_number": "-5",
    "share": "0.25",
    "size": "2",
    "words": " x \r\n\r\ny\r\n",
    "ports": "80\n443",
    "key": "hidden words",
    "action": "save",
}
LOADED = {
    "name": "Ann & <b>",
    "notes": "one\ntwo",
    "link": "https://example.com/",
    "least": 7,
    "any_number": -5,
    "share": 0.25,
    "on": False,
    "size": 2,
    "words": ["x", "y"],
    "ports": [80, 443],
    "key": "hidden words",
    "whole": "default",
}


@pytest.fixture
def tuned(new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType]) -> SiteClient:
    """An instance whose plugin has every kind of setting."""
    return new_client(make_plugin("tuned", register_settings=lambda: Settings(schema=EveryKind)))


def settings_of(client: SiteClient) -> dict[str, Any]:
    item = client.parts.choices.find(client.parts.sites.get("default"), "tuned")
    assert item is not None
    assert item.problem is None
    return dict(item.settings)


def test_settings_are_stored_and_shown_again(tuned: SiteClient) -> None:
    desk = tuned.sign_in()
    page = f"{PLUGINS}/tuned"
    before = settings_of(tuned)
    assert desk.submit(page, FORM).status_code == 303
    assert settings_of(tuned) == LOADED
    html = desk.get(page).text
    assert notice_of(html) == "Saved. It holds from now on."
    shown = {name: value_of(html, name) for name in ("name", "notes", "link", "least", "any_number", "share")}
    assert shown == {
        "name": "Ann & <b>",
        "notes": "one\ntwo",
        "link": "https://example.com/",
        "least": "7",
        "any_number": "-5",
        "share": "0.25",
    }
    assert (value_of(html, "words"), value_of(html, "ports")) == ("x\ny", "80\n443")
    assert '<option value="2" selected>Two</option>' in html
    assert "checked" not in html
    assert "A &lt;name&gt;" in html
    assert "Say &lt;it&gt;." in html
    assert 'name="whole"' not in html
    assert before == {name: EveryKind().load({})[name] for name in before}


def test_secret_is_never_shown_and_is_kept_when_left_empty(tuned: SiteClient) -> None:
    desk = tuned.sign_in()
    page = f"{PLUGINS}/tuned"
    desk.submit(page, FORM)
    html = desk.get(page).text
    assert "hidden words" not in html
    assert 'placeholder="Stored. Leave empty to keep it."' in html
    assert desk.submit(page, {**FORM, "key": "", "name": "Bob"}).status_code == 303
    assert settings_of(tuned) == {**LOADED, "name": "Bob"}
    wrong = desk.submit(page, {**FORM, "key": "other words", "least": "99"})
    assert (wrong.status_code, "other words" in wrong.text) == (422, False)
    assert settings_of(tuned)["key"] == "hidden words"


@pytest.mark.parametrize(
    "change, errors",
    [
        ({"least": "11"}, ["Must be greater than or equal to 1 and less than or equal to 10."]),
        ({"least": "two"}, ["Not a valid integer."]),
        ({"least": ""}, ["Field may not be null."]),
        ({"least": "1.5"}, ["Not a valid integer."]),
        ({"any_number": "9" * 30}, ["This cannot be stored."]),
        ({"any_number": "9" * 5000}, ["Not a valid integer."]),
        ({"share": "nan"}, ["Special numeric values (nan or infinity) are not permitted."]),
        ({"link": "javascript:x"}, ["Not a valid URL."]),
        ({"size": "3"}, ["Not a valid integer."]),
        ({"words": "toolong"}, ["Longer than maximum length 5."]),
        ({"ports": "80\nx"}, ["Not a valid integer."]),
    ],
)
def test_wrong_setting_is_shown_and_nothing_is_saved(
    tuned: SiteClient, change: dict[str, str], errors: list[str]
) -> None:
    desk = tuned.sign_in()
    before = settings_of(tuned)
    answer = desk.submit(f"{PLUGINS}/tuned", {**FORM, **change})
    assert answer.status_code == 422
    assert wrongs(answer.text) == errors
    assert notice_of(answer.text) == "Nothing was saved: please look at the fields marked below."
    assert value_of(answer.text, "name") == "Ann & <b>"
    assert settings_of(tuned) == before


def test_what_is_wrong_with_all_settings_together_is_told_above_them(tuned: SiteClient) -> None:
    before = settings_of(tuned)
    answer = tuned.sign_in().submit(f"{PLUGINS}/tuned", {**FORM, "name": "forbidden"})
    assert (answer.status_code, notice_of(answer.text)) == (422, "Nothing was saved. That name goes with nothing.")
    assert '<p class="notice bad"' in answer.text
    assert settings_of(tuned) == before


def test_setting_of_the_instance_cannot_be_changed_here(tuned: SiteClient) -> None:
    desk = tuned.sign_in()
    assert desk.submit(f"{PLUGINS}/tuned", {**FORM, "whole": "mine"}).status_code == 303
    assert settings_of(tuned)["whole"] == "default"


def test_settings_of_a_site_are_its_own(tuned: SiteClient) -> None:
    tuned.parts.sites.add("press")
    tuned.sign_in().submit(f"{PLUGINS}/tuned", FORM)
    item = tuned.parts.choices.find(tuned.parts.sites.get("press"), "tuned")
    assert item is not None
    assert item.settings["name"] == ""


# The site


def test_site_settings_are_stored_and_shown_again(client: SiteClient) -> None:
    desk = client.sign_in()
    form = {
        "action": "save",
        "title": " My\x00 \u202esite ",
        "policy": "one\r\n<two>",
        "edit_window_min": "1.5",
        "max_length": "500",
    }
    assert desk.submit(SITE, form).status_code == 303
    site = client.parts.sites.get("default")
    assert (site.title, site.settings) == (
        "My site",
        SiteSettings(policy="one\n<two>", edit_window_s=90, max_length=500),
    )
    html = desk.get(SITE).text
    shown = {name: value_of(html, name) for name in ("title", "policy", "edit_window_min", "max_length")}
    assert shown == {"title": "My site", "policy": "one\n<two>", "edit_window_min": "1.5", "max_length": "500"}
    assert client.submit("x" * 501).status_code == 422


@pytest.mark.parametrize(
    "change, errors",
    [
        ({"edit_window_min": "nan"}, ["A number from 0 to 525600."]),
        ({"edit_window_min": "-1"}, ["A number from 0 to 525600."]),
        ({"max_length": "0"}, ["A number from 1 to 100000."]),
        ({"max_length": "1e99", "edit_window_min": ""}, ["A number from 0 to 525600.", "A number from 1 to 100000."]),
        ({"title": "x" * 201}, ["At most 200 characters."]),
        ({"policy": "x" * 20_001}, ["At most 20000 characters."]),
    ],
)
def test_wrong_site_setting_is_shown_and_nothing_is_saved(
    client: SiteClient, change: dict[str, str], errors: list[str]
) -> None:
    before = client.parts.sites.get("default")
    good = {"action": "save", "title": "<T>", "policy": "<P>", "edit_window_min": "1", "max_length": "9"}
    answer = client.sign_in().submit(SITE, {**good, **change})
    assert (answer.status_code, wrongs(answer.text)) == (422, errors)
    kept = {name: value_of(answer.text, name) for name in good if name not in change and name != "action"}
    assert kept == {name: good[name] for name in kept}
    assert client.parts.sites.get("default") == before


def test_origins_are_added_and_removed(client: SiteClient) -> None:
    desk = client.sign_in()
    assert desk.submit(SITE, {"action": "add_origin", "origin": " HTTPS://Example.com:443/ "}).status_code == 303
    assert notice_of(desk.get(SITE).text) == "Pages of https://example.com may use this site now."
    assert client.parts.sites.get("default").origins == ("https://example.com",)
    assert client.submit("Hi", origin="https://example.com").status_code == 201
    for wrong in ("", "example.com", "https://example.com/path", "https://*.example.com", '"><script>'):
        answer = desk.submit(SITE, {"action": "add_origin", "origin": wrong})
        assert answer.status_code == 422
        assert len(wrongs(answer.text)) == 1
        assert "<script>" not in answer.text
    desk.submit(SITE, {"action": "remove_origin", "origin": "https://example.com"})
    assert client.parts.sites.get("default").origins == ()
    assert client.submit("Hi", origin="https://example.com").status_code == 403


@pytest.mark.parametrize("name, attribute", [("default", ""), ("press", ' data-site="press"')])
def test_snippet_is_what_the_owner_pastes(new_client: Callable[..., SiteClient], name: str, attribute: str) -> None:
    client = new_client(public_url="https://comments.example/")
    client.parts.sites.add("press")
    html = client.sign_in().get(f"/admin/{name}/site").text
    snippet = re.findall(r'<pre class="snippet"[^>]*>(.*?)</pre>', html)
    assert unescape(snippet[0]) == f'<script async src="https://comments.example/embed.js"{attribute}></script>'


# Plugins' own pages


@pytest.fixture
def paged(
    new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType], tmp_path: Path
) -> Callable[..., Desk]:
    """``paged(handler, template)`` is the desk of an instance whose plugin has this page."""

    def make(handler: Callable[..., Any], template: str = "", **page: Any) -> Desk:
        (tmp_path / "templates").mkdir()
        (tmp_path / "templates" / "page.html").write_text(template)
        declared = AdminPage(path="", handler=handler, **{"title": "Tool page", **page})
        plugin = make_plugin("tool", register_admin_pages=lambda: [declared])
        return new_client(at_path(plugin, tmp_path / "plugin.py")).sign_in()

    return make


def test_plugins_page_is_drawn_in_the_frame_and_its_forms_work(paged: Callable[..., Desk]) -> None:
    seen: list[PluginRequest] = []

    def handle(ctx: PluginContext, request: PluginRequest) -> Page | Redirect:
        seen.append(request)
        if request.method == "POST":
            return Redirect(path="?a=1", notice=f"Did <{request.form['x']}>.")
        return Page(template="page.html", values={"word": "<b>"}, title="<Today>", status=200)

    desk = paged(handle, "<form method=post>{{ csrf_field }}</form>{{ word }} {{ plugin_url('p', q='a b', r=None) }}")
    html = desk.get("/admin/default/tool/?a=1").text
    assert "&lt;b&gt; /admin/default/tool/p?q=a+b" in html
    assert "<h1>&lt;Today&gt;</h1>" in html
    assert seen[0].query == {"a": "1"}
    assert seen[0].moderator is not None
    assert seen[0].moderator.name == "Anahit"
    answer = desk.send("/admin/default/tool/", {"x": ["1", "2"]}, csrf=csrf_of(html))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/default/tool/?a=1")
    assert seen[1].form_lists["x"] == ["1", "2"]
    assert notice_of(desk.get("/admin/default/tool/").text) == "Did &lt;1&gt;."


def test_page_that_takes_no_post_is_told_so(paged: Callable[..., Desk]) -> None:
    desk = paged(lambda ctx, request: Page(template="page.html"), "inner", methods=("GET",))
    assert desk.http.head("/admin/default/tool/").status_code == 200
    answer = desk.send("/admin/default/tool/", {}, csrf=csrf_of(desk.get("/admin/default/tool/").text))
    assert answer.status_code == 405


def raising(error: BaseException) -> Callable[..., Any]:
    def handle(ctx: PluginContext, request: PluginRequest) -> Any:
        raise error

    return handle


@pytest.mark.parametrize(
    "handler, template",
    [
        (lambda ctx, r: Page(template="missing.html"), ""),
        (lambda ctx, r: Page(template="page.html"), "{% if %}"),
        (lambda ctx, r: Page(template="page.html"), "{{ nothing.at.all }}"),
        (lambda ctx, r: Page(template="page.html"), "{{ 1 / 0 }}"),
        (lambda ctx, r: Page(template="page.html", status="x"), "inner"),  # type: ignore[arg-type]
        (lambda ctx, r: Page(template="../plugin.py"), ""),
        (lambda ctx, r: Redirect(path="a\r\nSet-Cookie: b"), ""),
        (lambda ctx, r: None, ""),
        (lambda ctx, r: PluginResponse(body=5), ""),  # type: ignore[arg-type]
        (raising(ValueError("secret words")), ""),
        (raising(SystemExit(1)), ""),
    ],
)
def test_page_that_fails_is_a_page_that_says_so(
    paged: Callable[..., Desk], handler: Callable[..., Any], template: str
) -> None:
    desk = paged(handler, template)
    answer = desk.get("/admin/default/tool/")
    assert (answer.status_code, answer.content_type) == (503, "text/html; charset=utf-8")
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "Tool cannot answer just now." in answer.text
    assert "secret" not in answer.text
    assert "<p>page : " in desk.get(HEALTH).text


def test_page_that_tells_an_error_is_no_failure(paged: Callable[..., Desk]) -> None:
    desk = paged(raising(Rejected("Not like <this>.")))
    answer = desk.get("/admin/default/tool/")
    assert (answer.status_code, "Not like &lt;this&gt;." in answer.text) == (422, True)
    assert '<span class="pill warn">' not in desk.get(HEALTH).text


@pytest.mark.parametrize("badge, shown", [(lambda ctx: 1 / 0, None), (lambda ctx: "x", None), (lambda ctx: 3, "3")])
def test_badge_that_fails_costs_no_page(
    paged: Callable[..., Desk], badge: Callable[..., Any], shown: str | None
) -> None:
    html = paged(lambda ctx, r: Page(template="page.html"), "inner", badge=badge).get(SITE).text
    assert re.findall(r'<span class="badge">(.*?)</span>', html) == (
        [shown] * 2 if shown else []
    )  # of the menu and the entry


def test_moderator_of_many_sites_may_switch_between_them(client: SiteClient) -> None:
    client.parts.sites.add("press", "The <Press>")
    html = client.sign_in().get(SITE).text
    assert '<a href="/admin/press/"><bdi>The &lt;Press&gt;</bdi></a>' in html
    assert 'class="switcher"' in html
    assert "/admin/default/" not in client.sign_in(site="press").get("/admin/press/site").text


# Light and dark


def test_chosen_colours_are_kept_in_this_browser(client: SiteClient) -> None:
    desk = client.sign_in()
    assert "data-theme" not in desk.get(SITE).text
    for theme in ("dark", "light"):
        answer = desk.send("/admin/theme", {"theme": theme, "here": SITE}, csrf=csrf_of(desk.get(SITE).text))
        assert (answer.status_code, answer.headers["Location"]) == (303, SITE)
        assert f'<html lang="en" data-theme="{theme}">' in desk.get(SITE).text
        assert "data-theme" not in client.sign_in().get(SITE).text
    desk.send("/admin/theme", {"theme": "", "here": SITE}, csrf=csrf_of(desk.get(SITE).text))
    assert "data-theme" not in desk.get(SITE).text


def test_unknown_colours_change_nothing(client: SiteClient) -> None:
    desk = client.sign_in()
    desk.send("/admin/theme", {"theme": "dark", "here": SITE}, csrf=csrf_of(desk.get(SITE).text))
    desk.send("/admin/theme", {"theme": '"><script>', "here": SITE}, csrf=csrf_of(desk.get(SITE).text))
    assert '<html lang="en" data-theme="dark">' in desk.get(SITE).text
    desk.http.set_cookie("embedcomments-theme", '"><b>')
    assert "data-theme" not in desk.get(SITE).text


@pytest.mark.parametrize(
    "here",
    ["", "https://elsewhere.example/", "//elsewhere.example", "/admin/\\..", "/admin/\r\nX: y", "/else", "/adminx"],
)
def test_choosing_colours_never_leads_off_the_desk(client: SiteClient, here: str) -> None:
    desk = client.sign_in()
    answer = desk.send("/admin/theme", {"theme": "dark", "here": here}, csrf=csrf_of(desk.get(SITE).text))
    assert answer.headers["Location"] == "/admin/"
