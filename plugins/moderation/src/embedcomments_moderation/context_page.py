"""What was said around a comment, and what else its author wrote: a page, or a fragment unfolded in the queue."""

from __future__ import annotations

from embedcomments.api import Page, PluginContext, PluginRequest, Redirect
from embedcomments_moderation.actions import ACTIONS, rights_on
from embedcomments_moderation.listing import STATE_LOOKS, make_items
from embedcomments_moderation.view import View


def context_page(ctx: PluginContext, request: PluginRequest) -> Page | Redirect:
    """The surroundings of the comment ``id``."""
    comment = ctx.comments.get(request.query.get("id", ""))
    found = [comment] if comment is not None else []
    items = make_items(ctx, found, rights_on(ctx, request.moderator), with_reports=True)
    if comment is None or not items:
        return Redirect(notice="That comment is gone.")
    around = ctx.queue.around(comment)
    history = ctx.queue.histories([comment.identity_id]) if comment.identity_id else {}
    return Page(
        template="context.html",
        title="In context",
        values={
            "fragment": request.fragment,
            "item": items[0],
            "above": around.above,
            "before": around.before,
            "below": around.below,
            "others": around.others,
            "states": {state.value: number for state, number in history.get(comment.identity_id or "", {}).items()},
            "view": View(),
            "select": False,
            "show_state": True,
            "actions": ACTIONS,
            "looks": STATE_LOOKS,
        },
    )
