"""What moderators decide reaches the filter here, and what the filter thinks of a draft."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from embedcomments.api import (
    Action,
    ActorKind,
    Comment,
    CommentEvent,
    CommentState,
    Draft,
    EventKind,
    PluginContext,
    PluginEvent,
)
from embedcomments_spam import asking, lessons, listing, near, pace, repeats, senders
from embedcomments_spam.features import extract
from embedcomments_spam.filter import SURE, filter_of
from embedcomments_spam.learner import probability
from embedcomments_spam.rules import Finding
from embedcomments_spam.tables import SHARED
from embedcomments_spam.work import forget_spent

_DECIDED = {EventKind.PUBLISHED: CommentState.PUBLISHED, EventKind.SPAMMED: CommentState.SPAM}
_PAGE = 200
# No import takes so long.
_HALFWAY = timedelta(days=1)


def opinion(ctx: PluginContext, draft: Draft) -> Finding | None:
    """What the learned filter says, as far as it has earned to be heard on this site."""
    if not ctx.settings["learn"]:
        return None
    present = filter_of(ctx)
    authority = present.authority
    if not (authority.may_hold or authority.may_spam):
        return None
    score = present.score(extract(draft.text))
    if authority.may_spam and score > SURE:
        action = Action.SPAM
    elif score > 0:
        action = Action.HOLD
    else:
        return None
    certainty = probability(score)
    reason = f"It reads like what moderators of this site marked as spam ({certainty:.0%})."
    return Finding(action=action, score=round(certainty, 3), reason=reason)


def hear(ctx: PluginContext, event: CommentEvent | PluginEvent) -> None:
    """Learn what a moderator decided; take back a lesson when a moderator holds the comment again.

    Events come at least once and in no order. So the comment as it stands counts, and one that has gone on
    to another state is left to the event of that.
    """
    if not isinstance(event, CommentEvent) or event.actor_kind is not ActorKind.MODERATOR or not ctx.settings["learn"]:
        return
    comment = ctx.comments.get(event.comment_id)
    if comment is None:
        return
    if event.kind is EventKind.HELD and comment.state is CommentState.HELD:
        filter_of(ctx).forget(ctx.tables, comment.id, ctx.now())
    elif event.kind in _DECIDED and comment.state is _DECIDED[event.kind]:
        features = extract(comment.source)
        filter_of(ctx).decide(ctx.tables, comment.id, features, comment.state is CommentState.SPAM, ctx.now())


def purge(ctx: PluginContext, payload: Mapping[str, Any]) -> None:
    """Delete spam that was kept long enough, counted from its writing or, if later, from a moderator's decision;
    forget lessons that are too many, and texts of long ago."""
    border = ctx.now() - timedelta(days=ctx.settings["keep_spam_days"])
    before: str | None = None
    while page := ctx.comments.list(states=[CommentState.SPAM], before=before, limit=_PAGE):
        before = page[-1].id
        old = [comment for comment in page if _last_touched(comment) < border]
        if not old:
            continue
        with ctx.tables.read() as connection:
            kept = lessons.decided_since(connection, ctx.site.id, [comment.id for comment in old], border)
        for comment in old:
            if comment.id not in kept:
                ctx.comments.erase(comment.id, reason="Spam that was kept long enough.")
    for forget_texts in (repeats.forget_old, near.forget_old):
        ctx.tables.write(partial(forget_texts, now=ctx.now()))
    for forget in (pace.forget_old, senders.forget_old, asking.forget_old):
        ctx.tables.write(partial(forget, site_id=ctx.site.id, now=ctx.now()))
    listing.forget_unready(ctx, older_than=ctx.now() - _HALFWAY)
    ctx.tables.write(partial(forget_spent, site_id=ctx.site.id, now=ctx.now()))
    for site_id in (ctx.site.id, SHARED):
        ctx.tables.write(partial(lessons.forget_old, site_id=site_id))


def _last_touched(comment: Comment) -> datetime:
    return comment.edited_at or comment.created_at
