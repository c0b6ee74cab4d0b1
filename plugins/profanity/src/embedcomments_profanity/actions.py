"""What follows from a word in a text or in a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from embedcomments.api import Action, Draft, SourceFormat, Verdict
from embedcomments_profanity.attacks import find_attacks
from embedcomments_profanity.lists import Severity
from embedcomments_profanity.masking import mask, outside_of_addresses
from embedcomments_profanity.matcher import Hit, matcher_for
from embedcomments_profanity.settings import MASK, REJECT

_SCORES = {Severity.MILD: 0.2, Severity.STRONG: 0.5, Severity.SEXUAL: 0.5, Severity.SLUR: 0.9}

Places = Mapping[str, Sequence[tuple[Hit, str]]]
"""By place (text, name, title): each hit with what is to be done about it."""


def hide_words(draft: Draft, settings: Mapping[str, Any]) -> Draft | None:
    """The draft with the words masked that the site wants masked, None when there are none."""
    found = {place: [hit for hit, action in hits if action == MASK] for place, hits in _find(draft, settings).items()}
    if not any(found.values()):
        return None
    return replace(
        draft,
        text=mask(draft.text, found["text"]),
        author=replace(draft.author, name=mask(draft.author.name, found["name"])),
        link=replace(draft.link, title=mask(draft.link.title, found["title"])) if draft.link else None,
    )


def judge(draft: Draft, settings: Mapping[str, Any]) -> Verdict | None:
    """Hold or reject for words that are not to be masked. Positions in the reason count characters from 0."""
    found = [
        (place, hit, action) for place, hits in _find(draft, settings).items() for hit, action in hits if action != MASK
    ]
    if not found:
        return _hold_attacks(draft, settings)
    if any(action == REJECT for _, _, action in found):
        # A rejection is told to the writer, who needs the word and not its place.
        words = ", ".join(f"“{word}”" for word in dict.fromkeys(_written(draft, place, hit) for place, hit, _ in found))
        reason = f"This site does not publish the word {words}. Please say it in another way."
        return Verdict(action=Action.REJECT, score=1.0, reason=reason)
    reasons = [
        f"“{_written(draft, place, hit)}” is {_kind(hit)}, in the {place} at {hit.start}–{hit.end}."
        for place, hit, _ in found
    ]
    return Verdict(
        action=Action.HOLD, score=max(_SCORES[hit.severity] for _, hit, _ in found), reason=" ".join(reasons)
    )


def _hold_attacks(draft: Draft, settings: Mapping[str, Any]) -> Verdict | None:
    attacks = find_attacks(draft.text, tuple(settings["languages"])) if settings["hold_attacks"] else []
    if not attacks:
        return None
    # Patterns understand no irony, so a person decides: never more than hold.
    reasons = [
        f"“{draft.text[attack.start : attack.end]}” may attack somebody, in the text at {attack.start}–{attack.end}."
        for attack in attacks
    ]
    return Verdict(action=Action.HOLD, score=max(attack.score for attack in attacks), reason=" ".join(reasons))


def _find(draft: Draft, settings: Mapping[str, Any]) -> Places:
    matcher = matcher_for(
        tuple(settings["extra_words"]), tuple(settings["allowed_words"]), tuple(settings["languages"])
    )
    in_text = outside_of_addresses(matcher.find(draft.text), draft.text, draft.source_format)
    # In a name even a lower-case "dick" is most often a name.
    in_name = [hit for hit in matcher.find(draft.author.name) if not hit.is_name]
    title = draft.link.title if draft.link else ""
    in_title = outside_of_addresses(matcher.find(title), title, SourceFormat.MARKDOWN)
    return {
        "text": _with_actions(in_text, settings, settings["action_text"]),
        "name": _with_actions(in_name, settings, settings["action_name"]),
        "title": _with_actions(in_title, settings, settings["action_text"]),
    }


def action_for(hit: Hit, settings: Mapping[str, Any], otherwise: str) -> str | None:
    """What is to be done about a word, None when it passes. ``otherwise``: the place's action for what is no slur."""
    if hit.severity is Severity.MILD and not settings["include_mild"]:
        return None
    if hit.severity is Severity.SLUR:
        return str(settings["action_slur"])
    return otherwise


def _with_actions(hits: Sequence[Hit], settings: Mapping[str, Any], otherwise: str) -> Sequence[tuple[Hit, str]]:
    return [(hit, action) for hit in hits if (action := action_for(hit, settings, otherwise)) is not None]


def _written(draft: Draft, place: str, hit: Hit) -> str:
    text = {"text": draft.text, "name": draft.author.name, "title": draft.link.title if draft.link else ""}[place]
    return text[hit.start : hit.end]


def _kind(hit: Hit) -> str:
    return "a slur" if hit.severity is Severity.SLUR else f"{hit.severity.value} language"
