"""Who and what waits for a moderator, and why."""

from __future__ import annotations

import re
from datetime import timedelta

from embedcomments.api import Action, CommentKind, Draft, PluginContext, Verdict
from embedcomments_moderation.bans import ban_on, verdict_on
from embedcomments_moderation.names import name_taken
from embedcomments_moderation.settings import EVERYBODY, FIRST_TIMERS
from embedcomments_moderation.verifying import reason_against
from embedcomments_moderation.words import find_listed

_LINK = re.compile(r"(?:https?://|\bwww\.)[^\s<>\"]", re.IGNORECASE)
_IMAGE = re.compile(r"!\[[^\]\n]{0,1000}\][(\[]|!\[[^\]\n]{1,1000}\]|<img\b", re.IGNORECASE)


def judge(ctx: PluginContext, draft: Draft) -> Verdict | None:
    """Hold with every reason that there is, refuse or hush a banned writer, or no opinion. Edits are judged as new
    comments are: who was never published waits with the edit too."""
    if draft.kind is not CommentKind.COMMENT:
        return _hold(_about_mention(ctx, draft))
    banned = ban_on(ctx, draft)
    if banned is not None:
        return verdict_on(banned)
    return _hold([*_about_writer(ctx, draft), *_about_words(ctx, draft), *_about_thread(ctx, draft)])


def _about_mention(ctx: PluginContext, draft: Draft) -> list[str]:
    if ctx.settings["hold_mentions"]:
        return [f"Every {draft.kind.value} waits for a moderator on this site."]
    if ctx.settings["hold"] == EVERYBODY:
        return ["Every comment waits for a moderator on this site."]
    return _about_words(ctx, draft)


def _about_writer(ctx: PluginContext, draft: Draft) -> list[str]:
    settings = ctx.settings
    reasons = []
    taken = name_taken(ctx, draft)
    if taken is not None:
        reasons.append(f"It is signed with a name that is protected here (“{taken}”).")
    if settings["hold"] == EVERYBODY:
        reasons.append("Every comment waits for a moderator on this site.")
    elif settings["hold"] == FIRST_TIMERS and draft.published_before < settings["trusted_after"]:
        reasons.append(_newcomer(draft.published_before, settings["trusted_after"]))
    about_address = reason_against(ctx, draft)
    if about_address is not None:
        reasons.append(about_address)
    return reasons


def _about_words(ctx: PluginContext, draft: Draft) -> list[str]:
    settings = ctx.settings
    reasons = []
    allowed = settings["hold_links"]
    if allowed is not None and (links := len(_LINK.findall(draft.text))) > allowed:
        reasons.append(f"It has {_counted(links, 'link')}; {allowed or 'none'} would be let through.")
    if settings["hold_images"] and _IMAGE.search(draft.text):
        reasons.append("It shows an image.")
    listed = find_listed(f"{draft.author.name}\n{draft.text}", settings["hold_words"])
    if listed is not None:
        reasons.append(f"It has “{listed}”, which is on this site's list of words.")
    return reasons


def _about_thread(ctx: PluginContext, draft: Draft) -> list[str]:
    days = ctx.settings["hold_old_threads"]
    thread = ctx.comments.thread(draft.thread.key) if days is not None else None
    if thread is None or draft.submitted_at - thread.created_at <= timedelta(days=days):
        return []
    return [f"The thread is older than {_counted(days, 'day')}."]


def _newcomer(published: int, needed: int) -> str:
    if published == 0:
        return "The writer has no published comment yet."
    return f"The writer has {_counted(published, 'published comment')}; {needed} are needed to be trusted."


def _counted(number: int, thing: str) -> str:
    return f"1 {thing}" if number == 1 else f"{number} {thing}s"


def _hold(reasons: list[str]) -> Verdict | None:
    # The score is about harm, and waiting says nothing of that.
    return Verdict(action=Action.HOLD, score=0.0, reason=" ".join(reasons)) if reasons else None
