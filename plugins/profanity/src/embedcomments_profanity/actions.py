"""What follows from a word in a text, in a name or in the title of a page that links here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from embedcomments.api import Action, CommentKind, Draft, SourceFormat, Verdict
from embedcomments_profanity.attacks import Attack, find_attacks
from embedcomments_profanity.lists import Severity
from embedcomments_profanity.masking import mask, mask_html, outside_of_addresses
from embedcomments_profanity.matcher import Hit, Matcher, matcher_for
from embedcomments_profanity.settings import HOLD, MASK, NUDGE, PUBLISH, REJECT, SAME, STRICTNESS

_SCORES = {Severity.MILD: 0.2, Severity.STRONG: 0.5, Severity.SEXUAL: 0.5, Severity.SLUR: 0.9}
# A line that quotes another's words says nothing of its writer's.
_QUOTED_LINES = re.compile(r"^ {0,3}>.*$", re.M)

Place = Literal["text", "name", "title"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A word, as it stands in ``place``, and what is to be done about it: an action of the settings."""

    place: Place
    hit: Hit
    written: str
    action: str


def matcher_of(settings: Mapping[str, Any]) -> Matcher:
    """What a site with these settings reads with."""
    return matcher_for(tuple(settings["extra_words"]), tuple(settings["allowed_words"]), tuple(settings["languages"]))


def hide_words(draft: Draft, settings: Mapping[str, Any]) -> Draft | None:
    """The draft with the words masked in its name and title that the site wants masked there, None when there are
    none. The text is masked where it is shown (``hide_in_html``), so that moderators read what was written."""
    found = [finding for finding in (*_in_name(draft, settings), *_in_title(draft, settings)) if finding.action == MASK]
    text = draft.text
    if draft.kind is not CommentKind.COMMENT and draft.source_format is SourceFormat.MARKDOWN:
        # An excerpt of another page is shown as it stands, without any HTML that could be changed.
        text = mask(text, [finding.hit for finding in _in_text(draft, settings) if finding.action == MASK])
    if not found and text == draft.text:
        return None
    names = [finding.hit for finding in found if finding.place == "name"]
    titles = [finding.hit for finding in found if finding.place == "title"]
    return replace(
        draft,
        text=text,
        author=replace(draft.author, name=mask(draft.author.name, names)),
        link=replace(draft.link, title=mask(draft.link.title, titles)) if draft.link else None,
    )


def hide_in_html(html: str, settings: Mapping[str, Any]) -> str | None:
    """``html`` with the words masked that the site wants masked, and all that it does not publish in quotations, None
    when there are none."""
    matcher = matcher_of(settings)

    def hidden(text: str, quoted: Sequence[tuple[int, int]]) -> list[Hit]:
        hits = outside_of_addresses(matcher.find(text), text, SourceFormat.MARKDOWN)
        return [
            hit
            for hit in hits
            if (action := action_for(hit, settings, "text")) == MASK
            or (action in (HOLD, REJECT) and any(start <= hit.start < end for start, end in quoted))
        ]

    masked = mask_html(html, hidden)
    return None if masked == html else masked


def judge(draft: Draft, settings: Mapping[str, Any]) -> Verdict | None:
    """Hold or reject for words that are not to be masked. Positions in the reason count characters from 0."""
    found = [finding for finding in find(draft, settings) if finding.action in (HOLD, REJECT)]
    refused = [finding for finding in found if finding.action == REJECT]
    if refused:
        return Verdict(action=Action.REJECT, score=1.0, reason=refusal(refused))
    if found:
        reasons = [
            f"“{it.written}” is {_kind(it.hit)}, in the {it.place} at {it.hit.start}–{it.hit.end}." for it in found
        ]
        return Verdict(
            action=Action.HOLD, score=max(_SCORES[it.hit.severity] for it in found), reason=" ".join(reasons)
        )
    attacks = attacks_in(draft.text, settings) if settings["attacks"] == HOLD else []
    if not attacks:
        return _masked(draft, settings)
    # Patterns understand no irony, so a person decides: never more than hold.
    reasons = [
        f"“{draft.text[it.start : it.end]}” may attack somebody, in the text at {it.start}–{it.end}." for it in attacks
    ]
    return Verdict(action=Action.HOLD, score=max(attack.score for attack in attacks), reason=" ".join(reasons))


def _held(reasons: Sequence[str], score: float) -> Verdict:
    return Verdict(action=Action.HOLD, score=score, reason=" ".join(reasons))


def _masked(draft: Draft, settings: Mapping[str, Any]) -> Verdict | None:
    """What moderators are told of words that readers do not see."""
    masked = [finding for finding in _in_text(draft, settings) if finding.action == MASK]
    if not masked:
        return None
    words = ", ".join(f"“{word}”" for word in dict.fromkeys(finding.written for finding in masked))
    score = max(_SCORES[finding.hit.severity] for finding in masked)
    return Verdict(action=Action.PUBLISH, score=score, reason=f"Masked for readers: {words}.")


def refusal(refused: Sequence[Finding]) -> str:
    """What a writer is told whose words are refused: which, by which rule, and what to do."""
    words = ", ".join(f"“{word}”" for word in dict.fromkeys(finding.written for finding in refused))
    rules = " or ".join(dict.fromkeys(_rule(finding.hit) for finding in refused))
    where = " in names" if all(finding.place == "name" for finding in refused) else ""
    return f"This site does not publish {rules}{where}: {words}. Please say it in another way; what you wrote is kept."


def find(draft: Draft, settings: Mapping[str, Any]) -> list[Finding]:
    """All words that the settings care about, by place."""
    return [*_in_text(draft, settings), *_in_name(draft, settings), *_in_title(draft, settings)]


def find_in_text(text: str, settings: Mapping[str, Any], source_format: SourceFormat) -> list[Finding]:
    """The words of a text that the settings care about. In quoted lines, which are another's words, no word holds or
    refuses: it is masked."""
    hits = outside_of_addresses(matcher_of(settings).find(text), text, source_format)
    is_markdown = source_format is SourceFormat.MARKDOWN
    quoted = [match.span() for match in _QUOTED_LINES.finditer(text)] if hits and is_markdown else []
    findings = []
    for hit in hits:
        action = action_for(hit, settings, "text")
        if action != PUBLISH and any(start <= hit.start < end for start, end in quoted):
            action = MASK
        findings.append(Finding(place="text", hit=hit, written=text[hit.start : hit.end], action=action))
    return [finding for finding in findings if finding.action != PUBLISH]


def attacks_in(text: str, settings: Mapping[str, Any]) -> list[Attack]:
    """The attacks on persons in a text, by the site's languages."""
    return find_attacks(text, tuple(settings["languages"]))


def action_for(hit: Hit, settings: Mapping[str, Any], place: Place) -> str:
    """What is to be done about a word in that place."""
    action = str(settings[f"{place}_{hit.severity.value}"])
    if action != SAME:
        return action
    action = str(settings[f"text_{hit.severity.value}"])
    return PUBLISH if action == NUDGE else action


def strictest(actions: Sequence[str]) -> str:
    """The strictest of publish, nudge, mask, hold and reject."""
    return max(actions, key=STRICTNESS.index, default=PUBLISH)


def _in_text(draft: Draft, settings: Mapping[str, Any]) -> list[Finding]:
    return find_in_text(draft.text, settings, draft.source_format)


def _in_name(draft: Draft, settings: Mapping[str, Any]) -> list[Finding]:
    # In a name even a lower-case "dick" is most often a name.
    hits = [hit for hit in matcher_of(settings).find(draft.author.name) if not hit.is_name]
    return _findings("name", draft.author.name, hits, settings)


def _in_title(draft: Draft, settings: Mapping[str, Any]) -> list[Finding]:
    title = draft.link.title if draft.link else ""
    hits = outside_of_addresses(matcher_of(settings).find(title), title, SourceFormat.MARKDOWN)
    return _findings("title", title, hits, settings)


def _findings(place: Place, text: str, hits: Sequence[Hit], settings: Mapping[str, Any]) -> list[Finding]:
    return [
        Finding(place=place, hit=hit, written=text[hit.start : hit.end], action=action)
        for hit in hits
        if (action := action_for(hit, settings, place)) != PUBLISH
    ]


def _kind(hit: Hit) -> str:
    return "a slur" if hit.severity is Severity.SLUR else f"{hit.severity.value} language"


def _rule(hit: Hit) -> str:
    return "slurs" if hit.severity is Severity.SLUR else f"{hit.severity.value} language"
