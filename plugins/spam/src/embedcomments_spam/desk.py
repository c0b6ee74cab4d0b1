"""The page of the desk: what the filter learned, how right it is, and which words weigh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from embedcomments.api import CommentState, Page, PluginContext, PluginRequest, Redirect, Right
from embedcomments_spam import asking
from embedcomments_spam.akismet_words import Unanswered
from embedcomments_spam.features import readable
from embedcomments_spam.filter import DECISIONS_MEASURED, filter_of
from embedcomments_spam.pace import AUTOMATIC, is_flooded, pace_of
from embedcomments_spam.work import difficulty

_COMMENTS_READ = 200
_TRY_S = 5.0  # a page of the desk has ten seconds
_SHOWN = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Weighing:
    """A word or a pair of words, and how it moves the score: above 0 towards spam."""

    words: str
    weight: float


def filter_page(ctx: PluginContext, request: PluginRequest) -> Page | Redirect:
    """Show the site's filter; a form tries the key of Akismet."""
    if request.method == "POST":
        return Redirect(notice=_try_key(ctx))
    present = filter_of(ctx)
    spam, other = _weighing(ctx)
    return Page(
        template="filter.html",
        values={
            "counts": present.counts,
            "authority": present.authority,
            "measured": DECISIONS_MEASURED,
            "learns": ctx.settings["learn"],
            "pace": pace_of(ctx),
            "is_flooded": is_flooded(ctx),
            "difficulty": difficulty(ctx),
            "is_automatic": ctx.settings["under_attack"] == AUTOMATIC,
            "asks": asking.is_on(ctx),
            "akismet": asking.state_of(ctx),
            "may_try": request.moderator is not None and request.moderator.may(Right.MANAGE_SITE, ctx.site.id),
            "spam": spam,
            "other": other,
        },
    )


def _try_key(ctx: PluginContext) -> str:
    if not asking.is_on(ctx):
        return "Akismet is not asked on this site."
    try:
        fault = "" if asking.client_of(ctx, timeout_s=_TRY_S).knows_key() else "Akismet does not accept the key."
    except Unanswered as error:
        fault = error.message
    asking.note_state(ctx, fault)
    return fault or "Akismet accepts the key."


def _weighing(ctx: PluginContext) -> tuple[Sequence[Weighing], Sequence[Weighing]]:
    """What weighs most for spam and against it, among the words and signs of the site's newest comments. The state
    itself holds numbers alone, so that a word is shown only as long as a comment that has it is there."""
    present = filter_of(ctx)
    found: dict[str, float] = {}
    for states in ((CommentState.SPAM,), (CommentState.PUBLISHED,)):
        for comment in ctx.comments.list(states=states, limit=_COMMENTS_READ):
            for words, bucket in readable(comment.source).items():
                found[words] = present.weight(bucket)
    ordered = sorted((Weighing(words=words, weight=weight) for words, weight in found.items()), key=_by_weight)
    other = [item for item in ordered[:_SHOWN] if item.weight < 0]
    return [item for item in reversed(ordered[-_SHOWN:]) if item.weight > 0], other


def _by_weight(item: Weighing) -> tuple[float, str]:
    return item.weight, item.words
