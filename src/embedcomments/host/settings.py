"""Plugins' settings: defaults, then the instance's file, then the site's, validated by the plugin's schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow

from embedcomments.domain.errors import InvalidRequest
from embedcomments.host.plugins import Plugin


def is_instance_wide(field: marshmallow.fields.Field[Any]) -> bool:
    """Whether a setting belongs to the instance and not to a site."""
    return bool(field.metadata.get("scope") == "instance")


def resolve(plugin: Plugin, instance: Mapping[str, Any], site: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """The plugin's settings on a site, and a sentence when something stored is not valid (then it has its default)."""
    if plugin.settings is None:
        return {}, None
    schema = plugin.settings.schema(unknown=marshmallow.EXCLUDE)
    own = {
        name: value
        for name, value in site.items()
        if name in schema.fields and not is_instance_wide(schema.fields[name])
    }
    general = dict(instance)
    wrong: set[str] = set()
    while True:
        try:
            loaded: dict[str, Any] = schema.load({**general, **own})
        except Exception as error:
            if not own and not general:
                raise  # its own defaults do not do; loading refuses such a plugin
            wrong |= _drop_wrong(error, own, general)
        else:
            break
    if not wrong:
        return loaded, None
    return loaded, f"Settings that are not valid have their default: {', '.join(sorted(wrong))}"


def _drop_wrong(error: Exception, own: dict[str, Any], general: dict[str, Any]) -> set[str]:
    """Take what is not valid out of the site's values, or else out of the instance's; what was named. When nothing
    is named (a rule over several fields, or a validator that broke) the site's values go as a whole, then the rest."""
    named = set(error.messages_dict) if isinstance(error, marshmallow.ValidationError) else set()
    named &= own.keys() | general.keys()
    if not named:
        layer = own or general
        named = set(layer)
        layer.clear()
        return named
    for name in named:
        (own if name in own else general).pop(name)
    return named


def validate_site_settings(plugin: Plugin, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a site's form sent, as it may be stored. Raises InvalidRequest with ``errors`` by field."""
    if plugin.settings is None:
        return {}
    schema = plugin.settings.schema(unknown=marshmallow.RAISE)
    instance_wide = [name for name, field in schema.fields.items() if is_instance_wide(field)]
    try:
        loaded = schema.load({name: value for name, value in values.items() if name not in instance_wide}, partial=True)
    except marshmallow.ValidationError as error:
        raise InvalidRequest("Some settings are not valid.", errors=error.messages_dict) from error
    stored = schema.dump(loaded)
    return {name: stored[name] for name in loaded if name in stored}


def public_settings(plugin: Plugin, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Those that the widget may know."""
    if plugin.settings is None:
        return {}
    fields = plugin.settings.schema().fields
    return {
        name: settings[name]
        for name, field in fields.items()
        if field.metadata.get("public") and not field.metadata.get("secret") and name in settings
    }


def secret_settings(plugin: Plugin) -> frozenset[str]:
    """The names of those that nobody may read."""
    if plugin.settings is None:
        return frozenset()
    fields = plugin.settings.schema().fields
    return frozenset(name for name, field in fields.items() if field.metadata.get("secret"))
