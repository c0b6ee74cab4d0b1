"""Traps that robots step into and people do not: a hidden field, and the time it takes to write."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from itsdangerous import BadData

from embedcomments.api import Action, Draft, PluginContext, PluginRequest, PluginResponse, Proof, Refusal, Verdict
from embedcomments_spam.rules import is_trusted
from embedcomments_spam.work import challenge

STAMP_LIFETIME = timedelta(hours=24)
_MAX_STAMP_LENGTH = 500

SENTENCE_FOR_THE_QUICK = "That was quick! Please wait a moment and send it again; your text is kept."
FILLED = "A field that people do not see was filled: by a robot, or by a program that fills forms for a person."
SENTENCE_WITHOUT_STAMP = "This comment could not be sent. Please reload the page, with scripts allowed, and try again."


def give_stamp(ctx: PluginContext, request: PluginRequest) -> PluginResponse:
    """``{"stamp": …, "challenge": …}``: proof of when the form was first used, for this site, and what the browser is
    to solve (see ``work.challenge``), null where it is nothing."""
    # The time is our own field and not the signer's, so that it comes from the context's clock.
    stamp = ctx.signer.dumps({"site": ctx.site.id, "at": int(ctx.now().timestamp())})
    stamped = stamp if isinstance(stamp, str) else stamp.decode("ascii")
    body = json.dumps({"stamp": stamped, "challenge": challenge(ctx)})
    return PluginResponse(body=body, content_type="application/json", headers={"Cache-Control": "no-store"})


def verify(ctx: PluginContext, proof: Proof) -> Refusal | None:
    """Refuse a stamp that is too young and, where the site wants one, a missing stamp: the writer keeps the text.

    A stamp that is forged, of another site or older than a day counts as missing: a tab may stand open
    for days, and its reader is no robot.
    """
    stamped_at = _read_stamp(ctx, proof.get("stamp"))
    if stamped_at is None:
        return Refusal(message=SENTENCE_WITHOUT_STAMP) if ctx.settings["require_stamp"] else None
    if ctx.now() - stamped_at < timedelta(seconds=ctx.settings["min_seconds"]):
        return Refusal(message=SENTENCE_FOR_THE_QUICK)
    return None


def filled(ctx: PluginContext, draft: Draft, proof: Proof) -> Verdict | None:
    """Hold what came with a filled honeypot, or call it spam where the site wants that. It is not lost: password
    managers fill what no person sees."""
    if not ctx.settings["honeypot"] or is_trusted(draft, ctx.settings) or not _is_filled(proof.get("website")):
        return None
    is_spam = ctx.settings["honeypot_filled"] == Action.SPAM
    return Verdict(action=Action.SPAM if is_spam else Action.HOLD, score=0.9, reason=FILLED)


def _is_filled(value: object) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value is not None


def _read_stamp(ctx: PluginContext, stamp: object) -> datetime | None:
    """When a stamp of ours was given, None when it is missing or not to be believed."""
    if not isinstance(stamp, str) or len(stamp) > _MAX_STAMP_LENGTH:
        return None
    try:
        content = ctx.signer.loads(stamp)
        if content["site"] != ctx.site.id:
            return None
        at = datetime.fromtimestamp(content["at"], UTC)
    except (BadData, KeyError, TypeError, ValueError, OverflowError, OSError):
        return None
    return at if ctx.now() - at <= STAMP_LIFETIME else None
