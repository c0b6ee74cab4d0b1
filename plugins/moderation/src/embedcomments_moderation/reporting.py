"""Where readers' reports arrive, and when they hold a comment."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from embedcomments.api import (
    ActorKind,
    Comment,
    CommentState,
    EmbedCommentsError,
    PluginContext,
    PluginRequest,
    PluginResponse,
    Subject,
    network_around,
)
from embedcomments_moderation.bans import is_banned_at
from embedcomments_moderation.forms import plain
from embedcomments_moderation.reports import (
    FULL_WEIGHT,
    MAX_WORDS,
    REASONS,
    Reporter,
    TooManyReports,
    dismiss,
    file_report,
    open_reports,
)

PATH = "report"
MAX_BODY_BYTES = 8_000
PER_MINUTE = 10
# Approved by hand: what a moderator let stand, readers do not hold again.
_APPROVALS = frozenset({"comment.publish", "comment.restore"})
_TITLES = {
    "invalid_request": "The request is not valid",
    "malformed_request": "The request could not be read",
    "comment_not_found": "No such comment",
    "rate_limited": "Too many requests",
}


class ReportBody(Schema):
    """``words`` are the reader's own, and needed where the reason is another one."""

    comment = fields.String(required=True, validate=validate.Length(max=64))
    reason = fields.String(required=True, validate=validate.OneOf(list(REASONS)))
    words = fields.String(load_default="", allow_none=True, validate=validate.Length(max=MAX_WORDS))


def take_report(ctx: PluginContext, request: PluginRequest) -> PluginResponse:
    """``{"reported": true}``, whatever becomes of it: nobody learns what others reported, or that they are banned."""
    if not ctx.settings["reports"]:
        return _problem(404, "comment_not_found", "Comments cannot be reported here.")
    try:
        body = ReportBody().load(json.loads(request.body))
    except ValidationError as error:
        return _problem(422, "invalid_request", "The report is not valid.", errors=error.messages_dict)
    except (ValueError, RecursionError):
        return _problem(400, "malformed_request", "The body is no JSON that could be read.")
    words = plain(body["words"] or "", MAX_WORDS)
    if body["reason"] == "other" and not words:
        sentence = "Say in a few words what is wrong."
        return _problem(422, "invalid_request", sentence, errors={"words": [sentence]})
    comment = ctx.comments.get(body["comment"])
    is_own = comment is not None and comment.identity_id is not None and comment.identity_id == request.identity_id
    # One answer for all that this reader does not see: it must not tell that a comment waits for a moderator.
    shown = comment is not None and (
        comment.told_state is CommentState.PUBLISHED if is_own else comment.state is CommentState.PUBLISHED
    )
    if comment is None or not shown:
        return _problem(404, "comment_not_found", "There is no such comment.")
    # Reports of one's own comment and of those who are banned are taken and mean nothing.
    if not is_own and not is_banned_at(ctx, request.address, request.identity_id):
        try:
            _report(ctx, comment, reporter_at(ctx, request), body["reason"], words)
        except TooManyReports:
            return _problem(
                429, "rate_limited", "You have reported a great deal today. Please leave the rest to others."
            )
    return _json(200, {"reported": True})


def reporter_at(ctx: PluginContext, request: PluginRequest) -> Reporter:
    """Who calls: an address (of IPv6 the /64 that one subscriber has) counts as one reader."""
    near = network_around(request.address)
    return Reporter(mark=ctx.fingerprint(f"reporter:{near or request.address}"), identity_id=request.identity_id)


def _report(ctx: PluginContext, comment: Comment, reporter: Reporter, reason: str, words: str) -> None:
    tally = file_report(ctx, comment, reporter, reason, words)
    if not tally.is_new or tally.is_reviewed or comment.badge is not None or tally.weight < _needed(ctx, comment):
        return
    if _was_approved(ctx, comment):
        dismiss(ctx, [comment.id], actor="an earlier approval")
        return
    try:
        ctx.comments.set_state(comment.id, CommentState.HELD, reason=f"{ctx.plugin}: {_because(ctx, comment)}")
    except EmbedCommentsError:
        return  # its author took it back at this very moment


def _needed(ctx: PluginContext, comment: Comment) -> int:
    """What the reports of a comment must weigh to hold it: twice as much when its writer is trusted."""
    needed: int = ctx.settings["reports_to_hold"] * FULL_WEIGHT
    if comment.identity_id is None:
        return needed
    published = ctx.comments.count(states=[CommentState.PUBLISHED], identity_id=comment.identity_id)
    return needed * 2 if published > ctx.settings["trusted_after"] else needed


def _was_approved(ctx: PluginContext, comment: Comment) -> bool:
    lines = ctx.audit.list(subject=Subject(kind="comment", id=comment.id), limit=100)
    return any(line.actor_kind is ActorKind.MODERATOR and line.action in _APPROVALS for line in lines)


def _because(ctx: PluginContext, comment: Comment) -> str:
    counts = Counter(one.title for one in open_reports(ctx, [comment.id]).get(comment.id, ()))
    said = ", ".join(f"{title} ({count})" for title, count in counts.most_common())
    return f"Readers reported it: {said}."


def _problem(status: int, code: str, detail: str, **more: Any) -> PluginResponse:
    """As the server's own refusals are: RFC 9457, with a stable code."""
    body = {"type": "about:blank", "title": _TITLES[code], "status": status, "code": code, "detail": detail, **more}
    return _json(status, body, "application/problem+json")


def _json(status: int, body: dict[str, Any], content_type: str = "application/json") -> PluginResponse:
    return PluginResponse(
        body=json.dumps(body), status=status, content_type=content_type, headers={"Cache-Control": "no-store"}
    )
