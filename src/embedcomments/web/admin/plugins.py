"""The plugins of a site: on, off, and their settings by a form made from the schema."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from embedcomments.domain.errors import InvalidRequest
from embedcomments.domain.permissions import Right
from embedcomments.host.settings import validate_site_settings
from embedcomments.storage.sites import PluginChoice
from embedcomments.web.admin import session
from embedcomments.web.admin.access import needs
from embedcomments.web.admin.frame import admin_url, draw, go, open_site
from embedcomments.web.admin.settings_form import fields_of, read_form, sentences
from embedcomments.web.parts import parts

blueprint = Blueprint("admin_plugins", __name__)


@blueprint.get("/admin/<site>/plugins")
@needs(Right.MANAGE_SITE)
def show(site: str) -> Response:
    """All loaded plugins, and those that could not be loaded."""
    found, _ = open_site(site)
    own = parts()
    records = own.dispatch.health.records()
    items = own.choices.all(found)
    rows = [
        {
            "name": item.plugin.name,
            "title": item.plugin.info.title,
            "description": item.plugin.info.description,
            "version": item.plugin.info.version,
            "enabled": item.enabled,
            "failures": records[item.plugin.name].failures.total() if item.plugin.name in records else 0,
            "problem": "",
            "settings_url": admin_url(f"plugins/{item.plugin.name}", found.name) if item.plugin.settings else None,
            "may_rise": number > 0,
            "may_sink": number < len(items) - 1,
        }
        for number, item in enumerate(items)
    ]
    rows += [
        {"name": broken.name, "title": broken.name, "description": broken.origin, "version": "", "enabled": False,
         "failures": 0, "problem": broken.error, "settings_url": None, "may_rise": False, "may_sink": False}
        for broken in own.plugins.broken
    ]  # fmt: skip
    return draw("plugins.html", found, plugins=rows)


@blueprint.post("/admin/<site>/plugins")
@needs(Right.MANAGE_SITE)
def switch(site: str) -> Response:
    """Switch a plugin on or off, or have it run earlier or later."""
    found, _ = open_site(site)
    session.check_csrf()
    own = parts()
    if request.form.get("action") == "default_order":
        own.choices.set_order(found, (), actor=session.acting())
        return go("plugins", found, "Plugins run in their default order now.")
    plugin = own.plugins.named(request.form.get("plugin", ""))
    action = request.form.get("action")
    if plugin is not None and action in ("up", "down"):
        if own.choices.move(found, plugin.name, up=action == "up", actor=session.acting()):
            return go("plugins", found, f"{plugin.info.title} runs {'earlier' if action == 'up' else 'later'} now.")
        return go("plugins", found, "It stays where it is: one of the two has to run behind the other.", bad=True)
    if plugin is None or action not in ("enable", "disable"):
        return go("plugins", found, "Nothing was done: the page asked for something unknown.", bad=True)
    went_well = own.lifecycle.switch(found, plugin.name, on=action == "enable", actor=session.acting())
    words = f"{plugin.info.title} is {'on' if action == 'enable' else 'off'} now."
    if not went_well:
        words += " It reported an error; see Health."
    return go("plugins", found, words, bad=not went_well)


@blueprint.get("/admin/<site>/plugins/<plugin>")
@needs(Right.MANAGE_SITE)
def settings(site: str, plugin: str) -> Response:
    """The settings of one plugin."""
    found, _ = open_site(site)
    item = next((item for item in parts().choices.all(found) if item.plugin.name == plugin), None)
    if item is None:
        raise NotFound("There is no such plugin here.")
    return draw(
        "plugin_settings.html",
        found,
        plugin={"name": plugin, "title": item.plugin.info.title, "description": item.plugin.info.description},
        fields=fields_of(item.plugin, item.settings),
        plugins_url=admin_url("plugins", found.name),
        notice=item.problem,
        notice_kind="bad" if item.problem else "good",
    )


@blueprint.post("/admin/<site>/plugins/<plugin>")
@needs(Right.MANAGE_SITE)
def save(site: str, plugin: str) -> Response:
    """Store the settings, or show what is wrong with them and store nothing."""
    found, _ = open_site(site)
    session.check_csrf()
    own = parts()
    item = next((item for item in own.choices.all(found) if item.plugin.name == plugin), None)
    if item is None:
        raise NotFound("There is no such plugin here.")
    stored = own.choices.stored(found, plugin)
    values = read_form(item.plugin, request.form, stored.settings)
    try:
        valid = _storable(validate_site_settings(item.plugin, values))
    except InvalidRequest as error:
        of_all = sentences(error.data["errors"].get("_schema", []))
        return draw(
            "plugin_settings.html",
            found,
            status=422,
            plugin={"name": plugin, "title": item.plugin.info.title, "description": item.plugin.info.description},
            fields=fields_of(item.plugin, {**item.settings, **values}, error.data["errors"]),
            plugins_url=admin_url("plugins", found.name),
            notice=" ".join(["Nothing was saved.", *of_all]) if of_all else "",
            notice_kind="bad",
        )
    choice = PluginChoice(enabled=stored.enabled, settings=valid)
    own.choices.save(found, plugin, choice, actor=session.acting())
    return go(f"plugins/{plugin}", found, "Saved. It holds from now on.")


def _storable(values: dict[str, Any]) -> dict[str, Any]:
    """The same values, which are JSON. Raises InvalidRequest for what no JSON holds, such as a number of 30 digits."""
    errors = {}
    for name, value in values.items():
        try:
            orjson.dumps(value)
        except TypeError:
            errors[name] = ["This cannot be stored."]
    if errors:
        raise InvalidRequest("Some settings are not valid.", errors=errors)
    return values
