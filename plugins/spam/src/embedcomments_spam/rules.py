"""Rules on links, words and scripts: each finds something and says how sure it is and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from embedcomments.api import Action, CommentKind, Draft, Verdict
from embedcomments_spam.links import read_links
from embedcomments_spam.lists import blocked_domain, blocked_word, foreign_share

# So many times the links that are allowed leave no doubt.
_SPAM_FACTOR = 3
# A quoted word or a name in another script is no text in it.
_FOREIGN_SHARE = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What one rule saw. ``score`` 0 to 1; ``reason`` is a sentence for moderators."""

    action: Action
    score: float
    reason: str


def is_trusted(draft: Draft, settings: Mapping[str, Any]) -> bool:
    """Whether the writer, proven by a token, has so many published comments that nothing is checked."""
    return 0 < settings["trusted_after"] <= draft.published_before and draft.identity_id is not None


def judge(draft: Draft, settings: Mapping[str, Any], *others: Finding | None) -> Verdict | None:
    """All findings as one verdict, None when no rule saw anything. Edits are judged as new comments are.

    ``others``: what was found elsewhere.
    """
    findings = list(_findings(draft, settings))
    findings.extend(finding for finding in others if finding is not None)
    return _combined(findings)


def together(*verdicts: Finding | Verdict | None) -> Verdict | None:
    """Several verdicts as one, None when there is none."""
    return _combined([verdict for verdict in verdicts if verdict is not None])


def _combined(findings: Sequence[Finding | Verdict]) -> Verdict | None:
    if not findings:
        return None
    is_spam = any(finding.action is Action.SPAM for finding in findings)
    return Verdict(
        action=Action.SPAM if is_spam else Action.HOLD,
        # Independent hints add up and never reach certainty.
        score=round(1 - prod(1 - finding.score for finding in findings), 3),
        reason=" ".join(finding.reason for finding in findings),
    )


def _findings(draft: Draft, settings: Mapping[str, Any]) -> Iterator[Finding]:
    linked = read_links(draft.text)
    count, allowed = len(linked.targets), settings["max_links"]
    if count > _SPAM_FACTOR * max(allowed, 1):
        yield Finding(action=Action.SPAM, score=0.95, reason=f"The text has {_links(count)}; {allowed} are allowed.")
    elif count > allowed:
        yield Finding(action=Action.HOLD, score=0.5, reason=f"The text has {_links(count)}; {allowed} are allowed.")
    # A mention's text is an excerpt that the other site chose, often little more than its link.
    if draft.kind is CommentKind.COMMENT and count and linked.words < settings["min_words_per_link"] * count:
        reason = f"The text is mostly links: {_words(linked.words)} beside {_links(count)}."
        yield Finding(action=Action.HOLD, score=0.4, reason=reason)
    if settings["hold_links_in_name"] and read_links(draft.author.name).targets:
        yield Finding(action=Action.HOLD, score=0.7, reason="The writer's name has a link.")
    own = (draft.author.url,) if draft.author.url else ()
    if domain := blocked_domain((*linked.targets, *own), settings["blocked_domains"]):
        yield Finding(action=Action.SPAM, score=0.95, reason=f"It links to {domain}, which this site blocks.")
    if word := blocked_word(f"{draft.author.name}\n{draft.text}", settings["blocked_words"]):
        yield Finding(action=Action.HOLD, score=0.7, reason=f"It has “{word}”, which this site blocks.")
    if foreign_share(draft.text, settings["scripts"]) > _FOREIGN_SHARE:
        reason = "It is written in a script that this site does not expect."
        yield Finding(action=Action.HOLD, score=0.6, reason=reason)


def _links(count: int) -> str:
    return "1 link" if count == 1 else f"{count} links"


def _words(count: int) -> str:
    return "1 word" if count == 1 else f"{count} words"
