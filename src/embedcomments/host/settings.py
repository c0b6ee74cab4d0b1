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
    values = {**instance, **own}
    try:
        loaded: dict[str, Any] = schema.load(values)
    except marshmallow.ValidationError as error:
        wrong = set(error.normalized_messages())
        loaded = schema.load({name: value for name, value in values.items() if name not in wrong})
        return loaded, f"Settings that are not valid have their default: {', '.join(sorted(wrong))}"
    return loaded, None


def validate_site_settings(plugin: Plugin, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a site's form sent, as it may be stored. Raises InvalidRequest with ``errors`` by field."""
    if plugin.settings is None:
        return {}
    schema = plugin.settings.schema(unknown=marshmallow.RAISE)
    instance_wide = [name for name, field in schema.fields.items() if is_instance_wide(field)]
    try:
        loaded = schema.load({name: value for name, value in values.items() if name not in instance_wide}, partial=True)
    except marshmallow.ValidationError as error:
        raise InvalidRequest("Some settings are not valid.", errors=error.normalized_messages()) from error
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
