"""Where readers' reactions arrive."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from embedcomments.api import CommentState, PluginContext, PluginRequest, PluginResponse
from embedcomments_reactions.counting import told
from embedcomments_reactions.pages import counts_at, has_row, key_of, page_of, react_to_page
from embedcomments_reactions.people import person_at
from embedcomments_reactions.reacting import TooManyBrowsers, react
from embedcomments_reactions.settings import reactions_of

PATH = "react"
PAGE_PATH = "page"
MAX_BODY_BYTES = 2_000
# A page's key may be long.
MAX_PAGE_BODY_BYTES = 10_000


class ReactionBody(Schema):
    """``reaction`` is null to take it back; ``voter`` is the token of an earlier answer, if there was one."""

    comment = fields.String(required=True)
    reaction = fields.String(required=True, allow_none=True)
    voter = fields.String(load_default=None, allow_none=True)


class PageReactionBody(Schema):
    """The same for a page, named by its thread's key."""

    key = fields.String(required=True)
    reaction = fields.String(required=True, allow_none=True)
    voter = fields.String(load_default=None, allow_none=True)


def take_reaction(ctx: PluginContext, request: PluginRequest) -> PluginResponse:
    """``{"comment", "reaction", "rev", "counts", "score"}`` as they are afterwards, with ``"voter"``, the token to send
    along next time, where each browser counts. The same again gives the same answer."""
    body = _read(ctx, request, ReactionBody())
    if isinstance(body, PluginResponse):
        return body
    wanted = body["reaction"]
    comment = ctx.comments.get(body["comment"])
    # One answer for all that this reader does not see: it must not tell that a comment waits for a moderator. Its
    # author is told another state of a hushed one than it has, and may react to it as to any other.
    is_own = comment is not None and comment.identity_id is not None and comment.identity_id == request.identity_id
    if comment is None or (comment.told_state if is_own else comment.state) is not CommentState.PUBLISHED:
        return _problem(404, "comment_not_found", "There is no such comment.")
    person = person_at(ctx, comment.id, request.address, body["voter"])
    try:
        outcome = react(ctx, comment, person, wanted)
    except TooManyBrowsers:
        return _too_many("comment")
    public = told(ctx, outcome.counts)
    if outcome.changed:
        ctx.publish("reacted", {"comment": comment.id, "reaction": wanted, "before": outcome.before, **public})
    answer = {"comment": comment.id, "reaction": wanted, "rev": outcome.comment.rev, **public}
    if person.token is not None:
        answer["voter"] = person.token
    return _json(200, answer)


def take_page_reaction(ctx: PluginContext, request: PluginRequest) -> PluginResponse:
    """``{"reaction", "counts", "score"}`` as they are afterwards, and ``"voter"`` as above."""
    body = _read(ctx, request, PageReactionBody())
    if isinstance(body, PluginResponse):
        return body
    key = key_of(ctx, body["key"]) if has_row(ctx) else None
    if key is None:
        return _problem(404, "not_found", "There is no row for this page.")
    person = person_at(ctx, page_of(key), request.address, body["voter"])
    try:
        outcome = react_to_page(ctx, key, person, body["reaction"])
    except TooManyBrowsers:
        return _too_many("page")
    public = told(ctx, outcome.counts)
    if outcome.changed:
        data = {"key": key, "reaction": body["reaction"], "before": outcome.before, **public}
        ctx.publish("page_reacted", data)
    answer = {"reaction": body["reaction"], **public}
    if person.token is not None:
        answer["voter"] = person.token
    return _json(200, answer)


def give_page_counts(ctx: PluginContext, request: PluginRequest) -> PluginResponse:
    """``{"counts", "score"}`` of the page ``?key=``: what comes with a thread that somebody wrote in."""
    key = key_of(ctx, request.query.get("key", "")) if has_row(ctx) else None
    if key is None:
        return _problem(404, "not_found", "There is no row for this page.")
    return _json(200, told(ctx, counts_at(ctx, key)))


def _read(ctx: PluginContext, request: PluginRequest, schema: Schema) -> Mapping[str, Any] | PluginResponse:
    """The body, with a reaction that the site has; else what is wrong with it."""
    try:
        body: Mapping[str, Any] = schema.load(json.loads(request.body))
    except ValidationError as error:
        return _problem(422, "invalid_request", "The reaction is not valid.", errors=error.messages_dict)
    except (ValueError, RecursionError):
        return _problem(400, "malformed_request", "The body is no JSON that could be read.")
    if body["reaction"] is not None and body["reaction"] not in reactions_of(ctx.settings):
        sentence = "The site has no such reaction."
        return _problem(422, "invalid_request", sentence, errors={"reaction": [sentence]})
    return body


def _too_many(what: str) -> PluginResponse:
    sentence = f"So many people at your Internet address reacted to this {what} that no more are counted."
    return _problem(403, "not_allowed", sentence)


def _problem(status: int, code: str, detail: str, **more: Any) -> PluginResponse:
    """As the server's own refusals are: RFC 9457, with a stable code."""
    titles = {
        "invalid_request": "The request is not valid",
        "malformed_request": "The request could not be read",
        "comment_not_found": "No such comment",
        "not_found": "Not found",
        "not_allowed": "Not allowed",
    }
    body = {"type": "about:blank", "title": titles[code], "status": status, "code": code, "detail": detail, **more}
    return _json(status, body, "application/problem+json")


def _json(status: int, body: dict[str, Any], content_type: str = "application/json") -> PluginResponse:
    return PluginResponse(
        body=json.dumps(body), status=status, content_type=content_type, headers={"Cache-Control": "no-store"}
    )
