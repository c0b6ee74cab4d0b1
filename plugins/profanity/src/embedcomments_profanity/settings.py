"""What a site may choose about profanity."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from embedcomments_profanity.lists import LANGUAGES
from embedcomments_profanity.normalise import LONGEST_WORD, normalise_entry
from embedcomments_profanity.patterns import WILDCARD

PUBLISH = "publish"
NUDGE = "nudge"
MASK = "mask"
HOLD = "hold"
REJECT = "reject"
STRICTNESS = (PUBLISH, NUDGE, MASK, HOLD, REJECT)
SAME = "same"
_MOST_WORDS = 1000
_MOST_WILDCARDS = 2
_LABELS = {
    PUBLISH: "Publish as it is",
    NUDGE: "Ask the writer once more before it is sent",
    MASK: "Mask all but the first letter",
    HOLD: "Hold for a moderator",
    REJECT: "Refuse, and tell the writer",
    SAME: "As in a comment",
}
_IN_TEXT = [PUBLISH, NUDGE, MASK, HOLD, REJECT]
_ELSEWHERE = [SAME, PUBLISH, MASK, HOLD, REJECT]
_NEEDS_ASKING = "“Ask” needs “Ask writers” below."


def _check_word(word: str) -> None:
    bare = normalise_entry(word).replace(WILDCARD, "")
    if len(bare) < 2 or len(word) > LONGEST_WORD or len(word.split()) != 1:
        raise ValidationError(f"“{word}” is not one word of 2 to {LONGEST_WORD} letters; * stands for any letters.")
    if word.count(WILDCARD) > _MOST_WILDCARDS:
        raise ValidationError(f"“{word}” has more than {_MOST_WILDCARDS} wildcards.")


def _metadata(title: str, help_text: str) -> dict[str, Any]:
    return {"title": title, "help": help_text, "scope": "site", "secret": False, "public": False}


def _action(default: str, choices: list[str], title: str, help_text: str) -> fields.String:
    return fields.String(
        load_default=default,
        validate=validate.OneOf(choices, labels=[_LABELS[choice] for choice in choices]),
        metadata=_metadata(title, help_text),
    )


def _words(title: str, help_text: str) -> fields.List[Any]:
    return fields.List(
        fields.String(validate=_check_word),
        load_default=list,
        validate=validate.Length(max=_MOST_WORDS),
        metadata=_metadata(title, help_text),
    )


class ProfanitySettings(Schema):
    """Per site; the host validates before a hook sees the values. ``PLACE_SEVERITY`` is what happens to words of that
    severity in that place."""

    text_strong = _action(MASK, _IN_TEXT, "Strong words in a comment", f"Curses and insults. {_NEEDS_ASKING}")
    text_sexual = _action(MASK, _IN_TEXT, "Sexual words in a comment", "Such as “blow job”.")
    text_slur = _action(HOLD, _IN_TEXT, "Slurs in a comment", "Words that insult people for what they are.")
    text_mild = _action(PUBLISH, _IN_TEXT, "Mild words in a comment", "Such as “damn”.")
    name_strong = _action(SAME, _ELSEWHERE, "Strong words in a name", "The name of whoever writes.")
    name_sexual = _action(SAME, _ELSEWHERE, "Sexual words in a name", "Such as “blow job”.")
    name_slur = _action(SAME, _ELSEWHERE, "Slurs in a name", "Words that insult people for what they are.")
    name_mild = _action(SAME, _ELSEWHERE, "Mild words in a name", "Such as “damn”.")
    title_strong = _action(SAME, _ELSEWHERE, "Strong words in a title", "The title of a page that links here.")
    title_sexual = _action(SAME, _ELSEWHERE, "Sexual words in a title", "Such as “blow job”.")
    title_slur = _action(SAME, _ELSEWHERE, "Slurs in a title", "Words that insult people for what they are.")
    title_mild = _action(SAME, _ELSEWHERE, "Mild words in a title", "Such as “damn”.")
    attacks = _action(
        HOLD,
        [PUBLISH, NUDGE, HOLD],
        "Personal attacks",
        "Also without a curse: “you are an idiot”, threats. Quoted lines do not count. Never more than held, since "
        "patterns understand no irony.",
    )
    ask_writers = fields.Boolean(
        load_default=False,
        metadata=_metadata(
            "Ask writers",
            "While somebody writes, the text goes to this server in pauses, which says below the form what will be "
            "masked, held or refused; and what is set to “ask” is asked once more before it is sent.",
        ),
    )
    languages = fields.List(
        fields.String(validate=validate.OneOf(LANGUAGES)),
        load_default=list,
        metadata=_metadata(
            "Languages",
            "One a line, out of "
            + ", ".join(LANGUAGES)
            + ". Empty: English, and those of other scripts than Latin by the script of the text.",
        ),
    )
    extra_words = _words(
        "Further words", "One a line; * stands for any letters. They count as strong. Try them out on the page Words."
    )
    allowed_words = _words("Allowed words", "One a line; * stands for any letters. They pass whatever the list says.")
