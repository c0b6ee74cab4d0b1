"""Where readers' reactions arrive."""

from __future__ import annotations

import json
from typing import Any

from marshmallow import Schema, ValidationError, fields

from embedcomments.api import CommentState, PluginContext, PluginRequest, PluginResponse
from embedcomments_reactions.counting import told
from embedcomments_reactions.people import person_at
from embedcomments_reactions.reacting import TooManyBrowsers, react
from embedcomments_reactions.settings import reactions_of

PATH = "react"
MAX_BODY_BYTES = 2_000


class ReactionBody(Schema):
    """``reaction`` is null to take it back; ``voter`` is the token of an earlier answer, if there was one."""

    comment = fields.String(required=True)
    reaction = fields.String(required=True, allow_none=True)
    voter = fields.String(load_default=None, allow_none=True)


def take_reaction(ctx: PluginContext, request: PluginRequest) -> PluginResponse:
    """``{"comment", "reaction", "rev", "counts", "score"}`` as they are afterwards, with ``"voter"``, the token to send
    along next time, where each browser counts. The same again gives the same answer."""
    try:
        body = ReactionBody().load(json.loads(request.body))
    except ValidationError as error:
        return _problem(422, "invalid_request", "The reaction is not valid.", errors=error.messages_dict)
    except (ValueError, RecursionError):
        return _problem(400, "malformed_request", "The body is no JSON that could be read.")
    wanted = body["reaction"]
    if wanted is not None and wanted not in reactions_of(ctx.settings):
        sentence = "The site has no such reaction."
        return _problem(422, "invalid_request", sentence, errors={"reaction": [sentence]})
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
        sentence = "So many people at your Internet address reacted to this comment that no more are counted."
        return _problem(403, "not_allowed", sentence)
    public = told(ctx, outcome.counts)
    if outcome.changed:
        ctx.publish("reacted", {"comment": comment.id, "reaction": wanted, "before": outcome.before, **public})
    answer = {"comment": comment.id, "reaction": wanted, "rev": outcome.comment.rev, **public}
    if person.token is not None:
        answer["voter"] = person.token
    return _json(200, answer)


def _problem(status: int, code: str, detail: str, **more: Any) -> PluginResponse:
    """As the server's own refusals are: RFC 9457, with a stable code."""
    titles = {
        "invalid_request": "The request is not valid",
        "malformed_request": "The request could not be read",
        "comment_not_found": "No such comment",
        "not_allowed": "Not allowed",
    }
    body = {"type": "about:blank", "title": titles[code], "status": status, "code": code, "detail": detail, **more}
    return _json(status, body, "application/problem+json")


def _json(status: int, body: dict[str, Any], content_type: str = "application/json") -> PluginResponse:
    return PluginResponse(
        body=json.dumps(body), status=status, content_type=content_type, headers={"Cache-Control": "no-store"}
    )
