"""What a moderator may do to comments, one or many, and how it is taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from itsdangerous import BadData

from embedcomments.api import CommentState, Moderator, PluginContext, Right
from embedcomments_moderation.reports import accept, dismiss, reopen

MAX_AT_ONCE = 200
# The page offers it for ten seconds; a page without a script stays as it is, and its moderator may have been away.
UNDO_WITHIN_S = 600


@dataclass(frozen=True, kw_only=True, slots=True)
class ModeratorAction:
    """A button: the state it leads to, its words, what the notice says was done, its key and its looks (a class)."""

    state: CommentState
    title: str
    done: str
    key: str
    look: str = ""


ACTIONS: Mapping[str, ModeratorAction] = {
    "publish": ModeratorAction(state=CommentState.PUBLISHED, title="Approve", done="published", key="a", look="go"),
    "keep": ModeratorAction(state=CommentState.PUBLISHED, title="Keep", done="kept", key="a", look="go"),
    "hold": ModeratorAction(state=CommentState.HELD, title="Hold", done="held", key="h"),
    "reject": ModeratorAction(state=CommentState.DELETED, title="Reject", done="rejected", key="r", look="danger"),
    "spam": ModeratorAction(state=CommentState.SPAM, title="Spam", done="marked as spam", key="s"),
}

# By the state a comment is in: the buttons beside it, the likeliest first.
OFFERED: Mapping[CommentState, Sequence[str]] = {
    CommentState.HELD: ("publish", "reject", "spam"),
    CommentState.SPAM: ("publish", "reject", "hold"),
    CommentState.PUBLISHED: ("hold", "reject", "spam"),
    CommentState.DELETED: ("publish", "hold"),
}
OFFERED_FOR_REPORTED = ("keep", "reject", "spam")
# The states between which everybody at the desk may move comments.
_DECIDED = (CommentState.HELD, CommentState.PUBLISHED)
NOT_YOURS = "Your role on this site does not allow that."


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of it: a sentence, the ids that were not changed though they should have been, and the token by which
    it can be taken back, "" when nothing can."""

    notice: str
    refused: Sequence[str] = field(default_factory=tuple)
    undo: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rights:
    """What somebody may do here: ``change`` comments in every way, and not only decide what waits; ``ban`` people."""

    change: bool = True
    ban: bool = True

    def of(self, names: Sequence[str]) -> list[str]:
        """Those of the actions that these rights allow."""
        return [name for name in names if self.change or ACTIONS[name].state in _DECIDED]


def rights_on(ctx: PluginContext, moderator: Moderator | None) -> Rights:
    """Those of whoever looks at the page."""
    if moderator is None:
        return Rights(change=False, ban=False)
    return Rights(
        change=moderator.may(Right.CHANGE_COMMENTS, ctx.site.id), ban=moderator.may(Right.CHANGE_READERS, ctx.site.id)
    )


def offered_for(state: CommentState, rights: Rights, *, is_reported: bool = False) -> Sequence[str]:
    """Names of the actions for a comment in that state."""
    if state not in _DECIDED and not rights.change:
        return ()
    return rights.of(OFFERED_FOR_REPORTED if is_reported and state in _DECIDED else OFFERED[state])


def perform(ctx: PluginContext, action: str, ids: Sequence[str], *, actor: str) -> Outcome:
    """Do ``action`` to each comment. ``actor`` is the moderator's name, for the record.

    A decision about a comment also settles the reports of it. Comments that are gone, or that the service refuses to
    change, are counted in the sentence and do not stop the others.
    """
    chosen = ACTIONS.get(action)
    wanted = list(dict.fromkeys(ids))[:MAX_AT_ONCE]
    if chosen is None:
        return Outcome(notice="Nothing was done: the page asked for something unknown.")
    if not wanted:
        return Outcome(notice="Nothing was done: no comment was selected.")
    batch = ctx.comments.new_batch()
    done = ctx.comments.set_states(wanted, chosen.state, actor=actor, batch=batch)
    refused = set(done.refused)
    decided = [comment_id for comment_id in wanted if comment_id not in refused]
    settled = settle(ctx, action, decided, actor=actor)
    notice = f"{counted(len(decided))} {chosen.done}."
    if refused:
        notice = f"{notice} {counted(len(refused))} could not be changed."
    can_undo = bool(done.changed or settled)
    undo = sign_undo(ctx, batch, reported=decided if settled else ()) if can_undo else ""
    return Outcome(notice=notice, refused=tuple(done.refused), undo=undo)


def settle(ctx: PluginContext, action: str, ids: Sequence[str], *, actor: str) -> int:
    """Settle the readers' reports of comments that were decided about; how many. Holding one decides nothing."""
    if action in ("publish", "keep"):
        return dismiss(ctx, ids, actor=actor)
    if action in ("reject", "spam"):
        return accept(ctx, ids, actor=actor)
    return 0


def sign_undo(ctx: PluginContext, batch: str, *, reported: Sequence[str] = (), is_job: bool = False) -> str:
    """The token by which a batch can be taken back for a while. ``reported``: comments whose reports it settled."""
    return _text(ctx.signer.dumps([ctx.site.id, batch, list(reported), is_job], salt="undo"))


def read_undo(ctx: PluginContext, token: str) -> tuple[str, Sequence[str], bool] | None:
    """The batch, the comments whose reports it settled, and whether a job did it; None for a token that is over, of
    another site, or no token."""
    try:
        site_id, batch, reported, is_job = ctx.signer.loads(token, salt="undo", max_age=UNDO_WITHIN_S)
    except (BadData, ValueError, TypeError):
        return None
    return (batch, reported, is_job) if site_id == ctx.site.id else None


def undo(ctx: PluginContext, token: str, rights: Rights, *, actor: str) -> Outcome:
    """Put back what a batch changed, but for what was changed since, and open the reports again that it settled."""
    found = read_undo(ctx, token)
    if found is None:
        return Outcome(notice="That can no longer be taken back.")
    batch, reported, is_job = found
    if is_job and not rights.change:
        return Outcome(notice=NOT_YOURS)
    if is_job:
        ctx.jobs.enqueue("undo", {"batch": batch, "actor": actor}, key=batch)
        return Outcome(notice="It is being taken back.")
    done = ctx.comments.undo(batch, actor=actor)
    opened = reopen(ctx, reported, actor=actor) if reported else 0
    if not done.changed and not opened:
        return Outcome(notice="There was nothing left to take back.", refused=tuple(done.refused))
    notice = f"Taken back: {counted(len(done.changed) or len(reported))}."
    if done.refused:
        notice = f"{notice} {counted(len(done.refused))} changed since and stay as they are."
    return Outcome(notice=notice, refused=tuple(done.refused))


def counted(number: int) -> str:
    """In words."""
    return "1 comment" if number == 1 else f"{number:,} comments"


def _text(token: str | bytes) -> str:
    return token if isinstance(token, str) else token.decode("ascii")
