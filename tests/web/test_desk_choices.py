"""What a site chooses on the desk of how its plugins run and what their failures cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from types import ModuleType
from typing import Any

import marshmallow
from site_client import SiteClient, notice_of

from embedcomments.api import ActorKind, Settings
from embedcomments.domain.audit import AuditFilter

SITE = "/admin/default/site"


def wrongs(html: str) -> list[str]:
    """The sentences that say what is wrong."""
    return [unescape(found) for found in re.findall(r'<p class="wrong"[^>]*>(.*?)</p>', html)]


def test_plugins_are_moved_in_the_order_in_which_they_run(
    new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType]
) -> None:
    client = new_client(make_plugin("a"), make_plugin("b"), make_plugin("c", info={"after": ("b",)}))
    desk = client.sign_in()

    def act(action: str, plugin: str = "") -> tuple[str, list[str]]:
        desk.submit("/admin/default/plugins", {"action": action, "plugin": plugin})
        html = desk.get("/admin/default/plugins").text
        return notice_of(html), re.findall(r'id="plugin-(\w)"', html)

    assert act("up", "b") == ("B runs earlier now.", ["b", "a", "c"])
    assert act("down", "a") == ("A runs later now.", ["b", "c", "a"])
    stays = "It stays where it is: one of the two has to run behind the other."
    assert act("up", "c") == (stays, ["b", "c", "a"])
    assert act("default_order") == ("Plugins run in their default order now.", ["a", "b", "c"])
    html = desk.get("/admin/default/plugins").text
    assert [html.count(f'value="{action}"') for action in ("up", "down")] == [2, 2]
    stranger = desk.send("/admin/default/plugins", {"action": "default_order"})
    assert stranger.status_code == 403


def test_a_site_chooses_whether_links_from_other_sites_count(client: SiteClient) -> None:
    desk = client.sign_in()
    form = {"action": "save", "title": "", "policy": "", "edit_window_min": "15", "max_length": "9"}
    counted = '<option value="yes" selected>'
    assert counted not in desk.get(SITE).text
    assert desk.submit(SITE, {**form, "count_mentions": "yes"}).status_code == 303
    assert counted in desk.get(SITE).text
    assert desk.submit(SITE, form).status_code == 303  # a form of before that setting leaves it as it is
    assert client.parts.sites.get("default").settings.count_mentions is True
    assert desk.submit(SITE, {**form, "count_mentions": ""}).status_code == 303
    assert client.parts.sites.get("default").settings.count_mentions is False


def test_site_chooses_what_becomes_of_a_submission_that_a_failing_plugin_should_have_verified(
    new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType]
) -> None:
    def verify(draft: Any) -> None:
        raise ValueError

    client = new_client(make_plugin("bad", submission_verify=verify))
    desk = client.sign_in()
    form = {"action": "save", "title": "", "policy": "", "edit_window_min": "15", "max_length": "9"}
    assert '<option value="refuse" selected>' in desk.get(SITE).text
    assert client.submit("Hello").status_code == 422
    assert desk.submit(SITE, {**form, "on_failed_verify": "hold"}).status_code == 303
    assert '<option value="hold" selected>' in desk.get(SITE).text
    assert client.submit("Hello").status_code == 202
    assert desk.submit(SITE, form).status_code == 303  # a form of before that setting leaves it as it is
    answer = desk.submit(SITE, {**form, "on_failed_verify": "publish"})
    assert (answer.status_code, wrongs(answer.text)) == (422, ["One of: refuse, hold."])
    assert client.submit("Hello").status_code == 202


def test_what_is_chosen_stands_in_the_record_and_secrets_do_not(
    new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType]
) -> None:
    class Schema(marshmallow.Schema):
        word = marshmallow.fields.String(load_default="", metadata={"title": "Word"})
        key = marshmallow.fields.String(load_default="", metadata={"title": "Key", "secret": True})

    client = new_client(make_plugin("a", register_settings=lambda: Settings(schema=Schema)), make_plugin("b"))
    desk = client.sign_in(name="Vera")
    plugins = "/admin/default/plugins"
    desk.submit(plugins, {"action": "disable", "plugin": "b"})
    desk.submit(plugins, {"action": "disable", "plugin": "b"})
    desk.submit(plugins, {"action": "up", "plugin": "b"})
    desk.submit(f"{plugins}/a", {"word": "one", "key": "TOPSECRET"})
    desk.submit(SITE, {"action": "add_origin", "origin": "https://a.example"})
    desk.submit(SITE, {"action": "remove_origin", "origin": "https://a.example"})
    desk.submit(SITE, {"action": "remove_origin", "origin": "https://a.example"})
    form = {"title": "News", "policy": "Be kind", "edit_window_min": "15", "max_length": "10000"}
    for _ in range(2):
        desk.submit(SITE, {"action": "save", **form})
    site_id = client.parts.sites.get("default").id
    lines = list(reversed(client.parts.auditing.list(AuditFilter(site_id=site_id), 500)))
    assert {(line.actor_kind, line.actor) for line in lines} == {(ActorKind.MODERATOR, "Vera")}
    assert [(line.action, line.subject.id, line.before, line.after) for line in lines] == [
        ("plugin.disable", "b", {"enabled": True}, {"enabled": False}),
        ("plugin.order", "default", {"order": []}, {"order": ["b", "a"]}),
        ("plugin.settings", "a", {"word": None, "key": None}, {"word": "one", "key": "(secret)"}),
        ("origin.add", "default", None, {"origin": "https://a.example"}),
        ("origin.remove", "default", {"origin": "https://a.example"}, None),
        ("settings.change", "default", {"title": "", "policy": ""}, {"title": "News", "policy": "Be kind"}),
    ]
