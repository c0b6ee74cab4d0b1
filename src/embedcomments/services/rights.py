"""Rights where things change, whatever page or route asked for it."""

from __future__ import annotations

from embedcomments.domain.comments import Comment, CommentState
from embedcomments.domain.errors import NotAllowed
from embedcomments.domain.identities import Actor
from embedcomments.domain.permissions import Right

_DECIDED = (CommentState.HELD, CommentState.PUBLISHED)


def require(actor: Actor, right: Right, site_id: int | None) -> None:
    """Raise NotAllowed when somebody who is signed in has not that right on the site; None: on all sites, which takes
    an owner of all. Who acts without a session passes: the system, plugins, readers within their own rules."""
    moderator = actor.moderator
    if moderator is None:
        return
    if not (moderator.owns_everything if site_id is None else moderator.may(right, site_id)):
        raise NotAllowed("Your role does not allow that.")


def require_change(actor: Actor, present: Comment, changed: Comment) -> None:
    """Raise NotAllowed when their role does not allow to make ``changed`` of ``present``.

    Who may only decide about what waits publishes what is held and holds what is published, and changes nothing else.
    """
    if actor.moderator is None:
        return
    is_decision = present.state in _DECIDED and changed.state in _DECIDED and present.state is not changed.state
    same_words = (present.source, present.author, present.pinned, present.closed) == (
        changed.source, changed.author, changed.pinned, changed.closed
    )  # fmt: skip
    right = Right.DECIDE_HELD if is_decision and same_words else Right.CHANGE_COMMENTS
    require(actor, right, present.site_id)
