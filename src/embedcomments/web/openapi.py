"""The HTTP API as OpenAPI 3.1, made from the schemas that read the requests."""

from __future__ import annotations

from functools import cache
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from embedcomments import __version__
from embedcomments.web.schemas import NewCommentSchema, TextSchema

Json = dict[str, Any]

_PROBLEM: Json = {
    "description": "A problem (RFC 9457)",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_NULLABLE = {"type": ["string", "null"]}


@cache
def description() -> Json:
    """The whole document."""
    spec = APISpec(
        title="embedcomments",
        version=__version__,
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin()],
        info={
            "description": "Comments for any site. Errors are RFC 9457 problems with a stable code. "
            "The live feed at /api/v1/feed is a websocket, which OpenAPI has no words for."
        },
    )
    spec.components.security_scheme("EditToken", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", component=_PROBLEM_SCHEMA)
    spec.components.schema("Comment", component=_COMMENT_SCHEMA)
    spec.components.schema("Text", schema=TextSchema)
    spec.components.schema("NewComment", schema=NewCommentSchema)
    site, comment = _path("site"), _path("comment_id")
    spec.path("/api/v1/sites/{site}/thread", operations={"get": _get("A page of a thread", [site, *_THREAD_QUERY])})
    spec.path(
        "/api/v1/sites/{site}/thread.html",
        operations={
            "get": _get("The thread as plain HTML", [site, *_THREAD_QUERY, _BRANCH, _LANG, _PART], "text/html")
        },
    )
    keys: Json = {
        "in": "query",
        "name": "key",
        "schema": {"type": "array", "items": {"type": "string"}, "maxItems": 100},
    }
    spec.path("/api/v1/sites/{site}/counts", operations={"get": _get("Counts by key", [site, keys])})
    few = {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}
    limit: Json = {"in": "query", "name": "limit", "schema": few}
    spec.path("/api/v1/sites/{site}/latest", operations={"get": _get("The newest comments", [site, limit])})
    spec.path(
        "/api/v1/comments/{comment_id}/replies", operations={"get": _get("The rest of a branch", [comment, _AFTER])}
    )
    key = {"in": "header", "name": "Idempotency-Key", "schema": {"type": "string", "minLength": 1, "maxLength": 200}}
    spec.path(
        "/api/v1/sites/{site}/comments",
        operations={
            "post": {
                "summary": "Take a new comment",
                "parameters": [site, key],
                "requestBody": _body("NewComment"),
                "responses": {"201": _json("Published"), "202": _json("Held"), **_ERRORS},
            }
        },
    )
    spec.path(
        "/api/v1/sites/{site}/preview",
        operations={
            "post": {
                "summary": "How a text would look",
                "parameters": [site],
                "requestBody": _body("Text"),
                "responses": {"200": _json("HTML"), **_ERRORS},
            }
        },
    )
    security: list[dict[str, list[str]]] = [{"EditToken": []}]
    spec.path(
        "/api/v1/comments/{comment_id}",
        operations={
            "get": _get("One comment", [comment]),
            "patch": {
                "summary": "Change one's own comment",
                "parameters": [comment],
                "security": security,
                "requestBody": _body("Text"),
                "responses": {"200": _json("Changed"), **_ERRORS},
            },
            "delete": {
                "summary": "Delete one's own comment",
                "parameters": [comment],
                "security": security,
                "responses": {"200": _json("The tombstone, or null"), **_ERRORS},
            },
        },
    )
    spec.path("/api/v1/openapi.json", operations={"get": _get("This document", [])})
    document: Json = spec.to_dict()
    return document


def _path(name: str) -> Json:
    return {"in": "path", "name": name, "required": True, "schema": {"type": "string"}}


def _json(text: str, content_type: str = "application/json") -> Json:
    schema = {"type": "string"} if content_type.startswith("text/") else {"type": "object"}
    return {"description": text, "content": {content_type: {"schema": schema}}}


def _get(summary: str, parameters: list[Json], content_type: str = "application/json") -> Json:
    return {"summary": summary, "parameters": parameters, "responses": {"200": _json(summary, content_type), **_ERRORS}}


def _body(name: str) -> Json:
    return {"required": True, "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}


_AFTER: Json = {"in": "query", "name": "after", "schema": {"type": "string"}}
_LANG: Json = {"in": "query", "name": "lang", "schema": {"type": "string", "default": "en"}}
_PART: Json = {"in": "query", "name": "part", "schema": {"enum": ["1"]}, "description": "What a page may hold of it."}
_BRANCH: Json = {
    "in": "query",
    "name": "branch",
    "description": "Only the rest of the branch below this comment; ``after`` is then of that branch.",
    "schema": {"type": "string"},
}
_THREAD_QUERY: list[Json] = [
    {"in": "query", "name": "key", "required": True, "schema": {"type": "string", "minLength": 1, "maxLength": 1000}},
    {"in": "query", "name": "sort", "schema": {"enum": ["oldest", "newest", "top"], "default": "oldest"}},
    _AFTER,
]
_ERRORS = {"4XX": _PROBLEM, "5XX": _PROBLEM}
_PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
}
_COMMENT_SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "parent_id": _NULLABLE,
        "depth": {"type": "integer"},
        "number": {"type": ["integer", "null"]},
        "kind": {"enum": ["comment", "pingback", "webmention", "trackback"]},
        "state": {"enum": ["published", "held", "spam", "deleted"]},
        "created_at": {"type": "string", "format": "date-time"},
        "edited_at": _NULLABLE,
        "rev": {"type": "integer"},
        "seq": {"type": "integer"},
        "author": {"type": ["object", "null"]},
        "html": {"type": "string"},
        "link": {"type": ["object", "null"]},
        "reply_count": {"type": "integer"},
        "pinned": {"type": "boolean", "description": "Only there when it is true"},
        "closed": {"type": "boolean", "description": "Only there when it is true: nobody may answer"},
        "extensions": {"type": "object"},
    },
}
