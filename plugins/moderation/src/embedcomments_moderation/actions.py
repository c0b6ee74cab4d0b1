"""What a moderator may do to comments, one or many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from embedcomments.api import Comments, CommentState, EmbedCommentsError

MAX_AT_ONCE = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class ModeratorAction:
    """A button: the state it leads to, its words, what the notice says was done, and its looks (a CSS class)."""

    state: CommentState
    title: str
    done: str
    look: str = ""


ACTIONS: Mapping[str, ModeratorAction] = {
    "publish": ModeratorAction(state=CommentState.PUBLISHED, title="Publish", done="published", look="go"),
    "hold": ModeratorAction(state=CommentState.HELD, title="Hold", done="held"),
    "spam": ModeratorAction(state=CommentState.SPAM, title="Spam", done="marked as spam"),
    "reject": ModeratorAction(state=CommentState.DELETED, title="Reject", done="rejected", look="danger"),
}

# By the state a comment is in: the buttons beside it, the likeliest first.
OFFERED: Mapping[CommentState, Sequence[str]] = {
    CommentState.HELD: ("publish", "reject", "spam"),
    CommentState.SPAM: ("publish", "reject"),
    CommentState.PUBLISHED: ("hold", "reject", "spam"),
    CommentState.DELETED: ("publish", "hold"),
}


def perform(comments: Comments, action: str, ids: Sequence[str], *, actor: str | None) -> str:
    """Do ``action`` to each comment and return the sentence to show.

    ``actor`` is the moderator's name, for the record. Comments that are gone, or that the service refuses
    to change, are counted in the sentence and do not stop the others.
    """
    chosen = ACTIONS.get(action)
    wanted = list(dict.fromkeys(ids))[:MAX_AT_ONCE]
    if chosen is None:
        return "Nothing was done: the page asked for something unknown."
    if not wanted:
        return "Nothing was done: no comment was selected."
    done = 0
    for comment_id in wanted:
        try:
            comments.set_state(comment_id, chosen.state, actor=actor)
        except EmbedCommentsError:
            continue
        done += 1
    sentence = f"{_counted(done)} {chosen.done}."
    missed = len(wanted) - done
    return f"{sentence} {_counted(missed)} could not be changed." if missed else sentence


def _counted(number: int) -> str:
    return "1 comment" if number == 1 else f"{number} comments"
