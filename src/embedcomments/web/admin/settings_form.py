"""A plugin's marshmallow schema as the fields of a form, and the form's answer back as values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate
from werkzeug.datastructures import MultiDict

from embedcomments.host.plugins import Plugin
from embedcomments.host.settings import is_instance_wide

Field = fields.Field[Any]


def fields_of(
    plugin: Plugin, values: Mapping[str, Any], errors: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """What ``admin/plugin_settings.html`` draws, in the schema's order, without what only the instance may set."""
    if plugin.settings is None:
        return []
    return [
        _field(name, field, values.get(name), (errors or {}).get(name, []))
        for name, field in plugin.settings.schema().fields.items()
        if not is_instance_wide(field)
    ]


def read_form(plugin: Plugin, form: MultiDict[str, str], stored: Mapping[str, Any]) -> dict[str, Any]:
    """The form's values by field, ready for the schema. An empty secret keeps the stored one."""
    if plugin.settings is None:
        return {}
    values: dict[str, Any] = {}
    for name, field in plugin.settings.schema().fields.items():
        if is_instance_wide(field):
            continue
        text = form.get(name, "").replace("\r\n", "\n")
        match _kind(field):
            case "checkbox":
                values[name] = name in form
            case "list":
                values[name] = [line.strip() for line in text.split("\n") if line.strip()]
            case "password":
                if text:
                    values[name] = text
                elif name in stored:
                    values[name] = stored[name]
            case "number":
                values[name] = _number(field, text)
            case "select":
                values[name] = next((choice for choice in _one_of(field) if str(choice) == text), text)
            case _ if not text and field.allow_none:
                values[name] = None
            case _:
                values[name] = text
    return values


def _number(field: Field, text: str) -> Any:
    """A number for a schema that may be strict about its type; what is none stays text, and the schema says so."""
    text = text.strip()
    try:
        return int(text) if isinstance(field, fields.Integer) else float(text)
    except ValueError:
        return text or None


def _field(name: str, field: Field, value: Any, errors: Any) -> dict[str, Any]:
    kind = _kind(field)
    least, most = _bounds(field)
    if kind == "password":
        value = bool(value)
    return {
        "name": name,
        "title": field.metadata.get("title") or name.replace("_", " ").capitalize(),
        "help": field.metadata.get("help", ""),
        "kind": kind,
        "value": value,
        "choices": _choices(field),
        "errors": sentences(errors),
        "required": field.required,
        "scope": "site",
        "group": field.metadata.get("group", ""),
        "min": least,
        "max": most,
    }


def _kind(field: Field) -> str:
    if field.metadata.get("secret"):
        return "password"
    if isinstance(field, fields.Boolean):
        return "checkbox"
    if _choices(field):
        return "select"
    if isinstance(field, (fields.Integer, fields.Float)):
        return "number"
    if isinstance(field, fields.List):
        return "list"
    return "textarea" if field.metadata.get("widget") == "textarea" else "text"


def _one_of(field: Field) -> list[Any]:
    return [choice for one in field.validators if isinstance(one, validate.OneOf) for choice in one.choices]


def _choices(field: Field) -> list[tuple[str, str]]:
    for validator in field.validators:
        if isinstance(validator, validate.OneOf):
            labels = list(validator.labels) + [""] * len(list(validator.choices))
            return [
                (str(choice), label or str(choice)) for choice, label in zip(validator.choices, labels, strict=False)
            ]
    return []


def _bounds(field: Field) -> tuple[Any, Any]:
    for validator in field.validators:
        if isinstance(validator, validate.Range):
            return validator.min, validator.max
    return None, None


def sentences(errors: Any) -> list[str]:
    """marshmallow names the places within a list; for a person the sentences do."""
    if isinstance(errors, Mapping):
        return [sentence for inner in errors.values() for sentence in sentences(inner)]
    return [str(errors)] if isinstance(errors, str) else [str(error) for error in errors]
