"""What plugins say of a draft, and how their answers combine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from embedcomments.domain.comments import CommentState


class Action(StrEnum):
    """What to do with a draft, from mild to strict."""

    PUBLISH = "publish"
    HOLD = "hold"
    SPAM = "spam"
    REJECT = "reject"


_STRICTNESS = {action: rank for rank, action in enumerate(Action)}
_STATES = {Action.PUBLISH: CommentState.PUBLISHED, Action.HOLD: CommentState.HELD, Action.SPAM: CommentState.SPAM}


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """One plugin's opinion. ``score`` 0 (harmless) to 1; ``reason`` is a sentence for moderators,
    and for the writer when ``action`` is reject. ``plugin`` is filled in by the host.
    ``is_hushed``, with hold or spam: the writer is told that the comment is published, and sees it by their token;
    nobody else does."""

    action: Action
    score: float = 0.0
    reason: str = ""
    plugin: str = ""
    is_hushed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """A submission that fails verification. ``message`` is a sentence for the writer."""

    message: str
    plugin: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """The strictest of all verdicts, and all of them for the record."""

    action: Action = Action.PUBLISH
    verdicts: tuple[Verdict, ...] = ()

    @property
    def state(self) -> CommentState:
        """The state a comment gets by it. A rejected one gets none: KeyError."""
        return _STATES[self.action]

    @property
    def is_hushed(self) -> bool:
        """Whether the writer shall think that the comment is published."""
        return self.action in (Action.HOLD, Action.SPAM) and any(verdict.is_hushed for verdict in self.verdicts)

    @property
    def reasons(self) -> str:
        """The reasons of all who did not say publish, one a line."""
        return "\n".join(
            f"{verdict.plugin}: {verdict.reason}" for verdict in self.verdicts if verdict.action is not Action.PUBLISH
        )


def strictest(verdicts: Iterable[Verdict]) -> Decision:
    """The decision that follows: publish < hold < spam < reject; publish when nobody spoke."""
    everyone = tuple(verdicts)
    action = max((verdict.action for verdict in everyone), key=_STRICTNESS.__getitem__, default=Action.PUBLISH)
    return Decision(action=action, verdicts=everyone)
