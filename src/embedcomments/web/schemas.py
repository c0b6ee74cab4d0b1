"""The forms of request bodies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from embedcomments.domain.comments import Author
from embedcomments.domain.errors import InvalidRequest

MAX_NAME, MAX_EMAIL, MAX_URL, MAX_TITLE = 100, 254, 1000, 500
# Control characters, and the marks that reverse the direction of what follows outside of the field.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufff9-\ufffb]")
_BREAKS = re.compile(r"\r\n?|[\u2028\u2029]")
_OVERRIDES = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_EMAIL = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\"]+")


def one_line(text: str) -> str:
    """``text`` on one line, without control characters and marks of direction, blanks trimmed."""
    return " ".join(_OVERRIDES.sub("", _CONTROLS.sub("", text)).split())


class Line(fields.String):
    """One line of text without control characters, blanks trimmed."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        return one_line(super()._deserialize(value, attr, data, **kwargs))


class Prose(fields.String):
    """Text of many lines without control characters; every line break is a ``\\n``."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        return _CONTROLS.sub("", _BREAKS.sub("\n", text)).strip("\n")


class WebAddress(Line):
    """An absolute http(s) URL, or empty; one without a scheme gets https."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text and "://" not in text and ":" not in text.split("/", 1)[0]:
            text = f"https://{text}"
        try:
            parts = urlsplit(text)
            good = not text or (parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0)
        except ValueError:
            good = False
        if not good or any(character in text for character in "<>\"' \\"):
            raise ValidationError("This is not a web address.")
        return text


class _Body(Schema):
    class Meta:
        unknown = EXCLUDE  # a newer widget may say more


class ThreadSchema(_Body):
    """Which page the comment belongs to."""

    key = fields.String(required=True, validate=validate.Length(1, 1000))
    url = WebAddress(load_default=None, allow_none=True, validate=validate.Length(max=MAX_URL))
    title = Line(load_default=None, allow_none=True)


class AuthorSchema(_Body):
    """Who signs."""

    name = Line(load_default="", allow_none=True, validate=validate.Length(max=MAX_NAME))
    email = Line(load_default=None, allow_none=True, validate=validate.Length(max=MAX_EMAIL))
    url = WebAddress(load_default=None, allow_none=True, validate=validate.Length(max=MAX_URL))

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Author:
        """The Author."""
        email = data["email"] or None
        if email is not None and not _EMAIL.fullmatch(email):
            raise ValidationError("This is not an e-mail address.", "email")
        return Author(name=data["name"] or "", email=email, url=data["url"] or None)


class NewCommentSchema(_Body):
    """The body of ``POST /sites/{site}/comments``."""

    thread = fields.Nested(ThreadSchema, required=True)
    parent_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=64))
    author = fields.Nested(AuthorSchema, load_default=Author, allow_none=True)
    text = Prose(required=True)
    extensions = fields.Dict(keys=fields.String(), load_default=dict, allow_none=True)


class TextSchema(_Body):
    """The body of an edit or a preview."""

    text = Prose(required=True)


def load(schema: Schema, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body in its form. Raises InvalidRequest with ``errors`` by field (nested ones joined with a dot)."""
    try:
        loaded: dict[str, Any] = schema.load(body)
    except ValidationError as error:
        raise InvalidRequest("Some fields are not valid.", errors=_flat(error.messages)) from error
    return loaded


def _flat(messages: Any, prefix: str = "") -> dict[str, list[str]]:
    if isinstance(messages, dict):
        flat: dict[str, list[str]] = {}
        for name, inner in messages.items():
            flat.update(_flat(inner, f"{prefix}.{name}" if prefix else str(name)))
        return flat
    return {prefix: [str(message) for message in messages]}
