"""What a site may choose about reactions, and which reactions that makes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

MAX_EMOJI = 24
MAX_EMOJI_LENGTH = 16
DEFAULT_EMOJI = ("👍", "❤️", "😄", "🎉", "🤔", "😢")

# One emoji as Unicode composes them: a keycap, a flag of two letters, or pictures joined by U+200D, each with its tone
# of skin, its form and, for the flags of regions, its tags.
_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55"
    "\u3030\u303d\u3297\u3299\U0001f004-\U0001f1e5\U0001f201-\U0001faff]"
    "\ufe0f?[\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*"
)
_EMOJI = re.compile(
    f"(?:[0-9#*]\ufe0f?\u20e3|[\U0001f1e6-\U0001f1ff]{{2}}|{_PICTURE}(?:\u200d{_PICTURE})*)",
)


def _metadata(title: str, help_text: str, *, public: bool = True) -> dict[str, Any]:
    return {"title": title, "help": help_text, "scope": "site", "secret": False, "public": public}


def _is_emoji(text: str) -> None:
    if len(text) > MAX_EMOJI_LENGTH or not _EMOJI.fullmatch(text):
        raise ValidationError("Each line holds one emoji and nothing else.")


def _are_different(emoji: Sequence[str]) -> None:
    # U+FE0F only asks for colour: with and without it a reader sees the same.
    if len({one.replace("\ufe0f", "") for one in emoji}) < len(emoji):
        raise ValidationError("An emoji stands there twice.")


class ReactionsSettings(Schema):
    """Per site; the host validates before a hook sees the values."""

    style = fields.String(
        load_default="hearts",
        validate=validate.OneOf(
            ["hearts", "votes", "emoji"], labels=["One heart", "Votes, up and down", "Emoji, from the list below"]
        ),
        metadata=_metadata("What readers give", "Reactions of another style are kept and do not count meanwhile."),
    )
    downvotes = fields.Boolean(
        load_default=True,
        metadata=_metadata("Votes against", "With votes: whether one may also vote a comment down."),
    )
    emoji = fields.List(
        fields.String(validate=_is_emoji),
        load_default=lambda: list(DEFAULT_EMOJI),
        validate=[validate.Length(min=1, max=MAX_EMOJI), _are_different],
        metadata=_metadata("Emoji", f"With emoji: which ones, one on each line, at most {MAX_EMOJI}."),
    )
    page_row = fields.String(
        load_default="off",
        validate=validate.OneOf(["off", "above", "below"], labels=["None", "Above the comments", "Below the comments"]),
        metadata=_metadata("Reactions to the page", "A row for the page itself, with what readers give to comments."),
    )
    one_vote_per = fields.String(
        load_default="address",
        validate=validate.OneOf(
            ["address", "browser"], labels=["Internet address", "Browser, a few for each Internet address"]
        ),
        metadata=_metadata(
            "One reaction per comment or page for each",
            "Readers behind one address, such as a household's or a company's, share one reaction, or each browser "
            "has its own and can be emptied to have another.",
            public=False,
        ),
    )


def reactions_of(settings: Mapping[str, Any]) -> Mapping[str, int]:
    """The reactions that a reader may give, with what each adds to the comment's score."""
    match settings["style"]:
        case "votes":
            return {"up": 1, "down": -1} if settings["downvotes"] else {"up": 1}
        case "emoji":
            return dict.fromkeys(settings["emoji"], 1)
        case _:
            return {"heart": 1}
