"""What a site may choose about profanity."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from embedcomments_profanity.lists import LANGUAGES
from embedcomments_profanity.normalise import LONGEST_WORD, normalise_entry
from embedcomments_profanity.patterns import WILDCARD

MASK = "mask"
HOLD = "hold"
REJECT = "reject"
_MOST_WORDS = 1000
_MOST_WILDCARDS = 2
_LABELS = {
    MASK: "Mask all but the first letter",
    HOLD: "Hold for a moderator",
    REJECT: "Refuse, and tell the writer",
}


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
    """Per site; the host validates before a hook sees the values."""

    action_text = _action(MASK, [MASK, HOLD], "Strong and sexual words", "What happens to them in a comment.")
    action_slur = _action(
        HOLD, [HOLD, REJECT, MASK], "Slurs", "Words that insult people for what they are, in a comment or a name."
    )
    action_name = _action(
        MASK, [MASK, HOLD, REJECT], "Strong and sexual words in names", "What happens to a writer's name."
    )
    include_mild = fields.Boolean(
        load_default=False,
        metadata=_metadata("Mild words too", "Treats words such as “damn” as strong ones. Off, they pass."),
    )
    hold_attacks = fields.Boolean(
        load_default=True,
        metadata=_metadata(
            "Hold personal attacks", "Also without a curse: “you are an idiot”, threats. Quoted lines do not count."
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
    extra_words = _words("Further words", "One a line; * stands for any letters. They count as strong.")
    allowed_words = _words("Allowed words", "One a line; * stands for any letters. They pass whatever the list says.")
