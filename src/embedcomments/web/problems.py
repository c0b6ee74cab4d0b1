"""Errors as RFC 9457 problems: the one table from our errors to HTTP."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from embedcomments.domain import errors

_log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
STATUS: dict[type[errors.EmbedCommentsError], int] = {
    errors.MalformedRequest: 400,
    errors.BadToken: 401,
    errors.OriginNotAllowed: 403,
    errors.NotAllowed: 403,
    errors.EditWindowOver: 403,
    errors.SiteNotFound: 404,
    errors.ThreadNotFound: 404,
    errors.CommentNotFound: 404,
    errors.ThreadClosed: 409,
    errors.BranchClosed: 409,
    errors.Conflict: 409,
    errors.BodyTooLarge: 413,
    errors.InvalidRequest: 422,
    errors.Rejected: 422,
    errors.IdempotencyKeyReused: 422,
    errors.RateLimited: 429,
    errors.Unavailable: 503,
}
_TITLES = {
    "malformed_request": "The request could not be read",
    "bad_token": "A valid token is needed",
    "origin_not_allowed": "This page may not use the site",
    "not_allowed": "Not allowed",
    "edit_window_over": "Too late to change it",
    "site_not_found": "No such site",
    "thread_not_found": "No such thread",
    "comment_not_found": "No such comment",
    "thread_closed": "The thread is closed",
    "branch_closed": "The branch is closed",
    "conflict": "It is in another state",
    "body_too_large": "The request is too large",
    "invalid_request": "The request is not valid",
    "rejected": "The comment was refused",
    "idempotency_key_reused": "The Idempotency-Key was used before",
    "rate_limited": "Too many requests",
    "unavailable": "Not available just now",
}


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """A problem+json answer. ``more`` are further members; ``title`` among them replaces that of the code."""
    title = more.pop("title", None) or _TITLES.get(code, detail)
    body = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail}
    response = Response(orjson.dumps({**body, **more}), status=status, content_type=CONTENT_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response


def describe(error: errors.EmbedCommentsError | HTTPException) -> tuple[int, str, str]:
    """Status, title and a sentence, for a page that tells of an error."""
    if isinstance(error, HTTPException):
        return error.code or 500, error.name, error.description or ""
    return _status(error), _TITLES.get(error.code, "Something went wrong"), error.message


def problem_of(error: errors.EmbedCommentsError) -> Response:
    """How one of our errors is told."""
    status = _status(error)
    more = {"errors": error.data["errors"]} if "errors" in error.data else {}
    if "plugin" in error.data:
        more["plugin"] = error.data["plugin"]
    response = problem(status, error.code, error.message, **more)
    if isinstance(error, errors.RateLimited):
        response.headers["Retry-After"] = str(error.data["retry_after_s"])
    elif isinstance(error, errors.Unavailable):
        response.headers["Retry-After"] = "2"
    elif isinstance(error, errors.BadToken):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def is_for_clients(error: errors.EmbedCommentsError) -> bool:
    """Whether HTTP has a status for it. What it has none for went wrong here."""
    return any(kind in STATUS for kind in type(error).__mro__)


def _status(error: errors.EmbedCommentsError) -> int:
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def register_problems(app: Flask, desk: str, desk_page: Callable[[HTTPException], Response]) -> None:
    """Answer every error of the app as a problem; what nobody expected is logged and told without details.

    Addresses below ``desk`` that lead nowhere are answered by ``desk_page``: people look at them.
    """

    @app.errorhandler(errors.EmbedCommentsError)
    def ours(error: errors.EmbedCommentsError) -> Response:
        return problem_of(error)

    @app.errorhandler(HTTPException)
    def of_http(error: HTTPException) -> Response:
        status = error.code or 500
        code = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large", 400: "malformed_request"}
        detail = "There is nothing at this address." if status == 404 else error.description or error.name
        if request.path.startswith(desk):
            response = desk_page(error)
        else:
            response = problem(status, code.get(status, f"http_{status}"), detail, title=error.name)
        for name, value in error.get_headers():
            if name.lower() in ("allow", "location", "retry-after"):
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        _log.exception("Unexpected error in %s %s", request.method, request.path)
        return problem(500, "internal_error", "Something went wrong here; it was logged.")
