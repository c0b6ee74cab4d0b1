"""``ctx.comments`` while a plugin's page works for somebody who is signed in: with their rights, under their name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, cast

from embedcomments.domain.audit import AuditFilter
from embedcomments.domain.comments import CommentState
from embedcomments.domain.errors import NotAllowed
from embedcomments.domain.identities import Moderator
from embedcomments.domain.permissions import Right
from embedcomments.host.context import Comments
from embedcomments.services.auditing import Auditing

# What the calls of Comments need. Those by which a plugin only shows its own data anew need no more than to look.
RIGHTS: Mapping[str, Right] = MappingProxyType(
    dict.fromkeys(
        ("get", "thread", "thread_of", "threads_of", "list", "count", "find_link", "verdicts", "new_batch",
         "refresh", "set_score", "badges_of", "mentions_apart"),
        Right.SEE_COMMENTS,
    )
    | dict.fromkeys(("set_state", "set_states", "undo"), Right.DECIDE_HELD)
    | {"set_badge": Right.CHANGE_READERS}
    | dict.fromkeys(
        ("restore", "edit", "pin", "close_branch", "erase", "delete_all", "submit_mention", "set_closed", "set_hidden",
         "move_thread", "merge_threads", "refresh_thread", "withdraw_mention", "place_mention"),
        Right.CHANGE_COMMENTS,
    )
)  # fmt: skip
_TAKES_ACTOR = frozenset(
    {"set_state", "set_states", "restore", "edit", "pin", "close_branch", "erase", "delete_all", "undo", "set_closed",
     "set_hidden", "move_thread", "merge_threads"}
)  # fmt: skip
_DECIDED = (CommentState.HELD, CommentState.PUBLISHED)
_DECISIONS = frozenset({"comment.publish", "comment.hold"})


def for_moderator(comments: Comments, moderator: Moderator, site_id: int, auditing: Auditing) -> Comments:
    """``comments`` for a page that the moderator opened. Calls that their role on the site does not allow raise
    NotAllowed, those that are not in RIGHTS among them unless it is a moderator's."""
    return cast(Comments, _Guarded(comments, moderator, site_id, auditing))


class _Guarded:
    def __init__(self, comments: Comments, moderator: Moderator, site_id: int, auditing: Auditing) -> None:
        self._comments = comments
        self._moderator = moderator
        self._site_id = site_id
        self._auditing = auditing

    def __getattr__(self, name: str) -> Any:
        call: Callable[..., Any] = getattr(self._comments, name)
        return partial(self._call, name, call)

    def _call(self, name: str, call: Callable[..., Any], *args: Any, **named: Any) -> Any:
        self._require(RIGHTS.get(name, Right.CHANGE_COMMENTS))
        if RIGHTS.get(name) is Right.DECIDE_HELD and not self._may(Right.CHANGE_COMMENTS):
            if name == "undo":
                self._require_own(*args[:1], **{key: value for key, value in named.items() if key == "batch"})
            else:
                self._require_decision(name, *args, **named)
        if name in _TAKES_ACTOR:
            named["actor"] = self._moderator.name
        return call(*args, **named)

    def _require_decision(
        self, name: str, which: str | Sequence[str] = (), state: CommentState | None = None, **named: Any
    ) -> None:
        """Who may only decide about what waits changes neither spam nor what was deleted, nor makes any."""
        ids = [which] if isinstance(which, str) else list(which)
        ids += [named["comment_id"]] if "comment_id" in named else list(named.get("comment_ids", ()))
        if (state or named.get("state")) not in _DECIDED:
            self._require(Right.CHANGE_COMMENTS)
        for comment_id in ids:
            found = self._comments.get(comment_id)
            if found is not None and found.state not in _DECIDED:
                self._require(Right.CHANGE_COMMENTS)

    def _require_own(self, batch: str) -> None:
        """They may take back what they decided themselves."""
        entries = self._auditing.list(AuditFilter(site_id=self._site_id, batch=batch), 500)
        if any(entry.actor != self._moderator.name or entry.action not in _DECISIONS for entry in entries):
            self._require(Right.CHANGE_COMMENTS)

    def _may(self, right: Right) -> bool:
        return self._moderator.may(right, self._site_id)

    def _require(self, right: Right) -> None:
        if not self._may(right):
            raise NotAllowed("Your role on this site does not allow that.")
