"""Who waits for a moderator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from embedcomments.api import Action, CommentKind, Draft, Verdict
from embedcomments_moderation.settings import EVERYBODY, FIRST_TIMERS


def judge(draft: Draft, settings: Mapping[str, Any]) -> Verdict | None:
    """Hold, with the reason, or no opinion. Edits are judged as new comments are: who was never published
    waits with the edit too."""
    if draft.kind is not CommentKind.COMMENT:
        if settings["hold_mentions"]:
            return _hold(f"Every {draft.kind.value} waits for a moderator on this site.")
        if settings["hold"] != EVERYBODY:
            return None
    if settings["hold"] == EVERYBODY:
        return _hold("Every comment waits for a moderator on this site.")
    if settings["hold"] == FIRST_TIMERS and draft.published_before < settings["trusted_after"]:
        return _hold(_newcomer(draft.published_before, settings["trusted_after"]))
    return None


def _newcomer(published: int, needed: int) -> str:
    if published == 0:
        return "The writer has no published comment yet."
    comments = "1 published comment" if published == 1 else f"{published} published comments"
    return f"The writer has {comments}; {needed} are needed to be trusted."


def _hold(reason: str) -> Verdict:
    # The score is about harm, and waiting says nothing of that.
    return Verdict(action=Action.HOLD, score=0.0, reason=reason)
