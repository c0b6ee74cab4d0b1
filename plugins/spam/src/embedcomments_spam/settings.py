"""What a site may choose about spam."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from embedcomments_spam.lists import SCRIPTS, unknown_scripts


def _metadata(title: str, help_text: str) -> dict[str, Any]:
    return {"title": title, "help": help_text, "scope": "site", "secret": False, "public": False}


def _known_scripts(listed: str) -> None:
    if unknown := unknown_scripts(listed):
        raise ValidationError(f"Not known: {', '.join(unknown)}. Known: {', '.join(sorted(SCRIPTS))}.")


class SpamSettings(Schema):
    """Per site; the host validates before a hook sees the values."""

    honeypot = fields.Boolean(
        load_default=True,
        metadata=_metadata("Honeypot", "A field that people do not see. Whoever fills it is a robot and is refused."),
    )
    min_seconds = fields.Integer(
        load_default=3,
        strict=True,
        validate=validate.Range(min=0, max=60),
        metadata=_metadata(
            "Shortest time to write, in seconds",
            "Who sends sooner after first touching the form is asked to wait a moment. 0 switches it off.",
        ),
    )
    require_stamp = fields.Boolean(
        load_default=False,
        metadata=_metadata(
            "Only comments from the widget",
            "Refuses programs that call the API by themselves, and readers whose browser blocked the widget's part.",
        ),
    )
    max_links = fields.Integer(
        load_default=2,
        strict=True,
        validate=validate.Range(min=0, max=100),
        metadata=_metadata(
            "Links that a comment may have", "More are held for a moderator; more than three times as many are spam."
        ),
    )
    min_words_per_link = fields.Integer(
        load_default=3,
        strict=True,
        validate=validate.Range(min=0, max=100),
        metadata=_metadata(
            "Words for each link", "Comments with fewer words of their own for each link are held. 0 switches it off."
        ),
    )
    hold_links_in_name = fields.Boolean(
        load_default=True,
        metadata=_metadata("Hold links in the name", "A writer whose name is an address waits for a moderator."),
    )
    learn = fields.Boolean(
        load_default=True,
        metadata=_metadata(
            "Learn from moderators",
            "Each comment that a moderator publishes or marks as spam teaches the filter. What it thinks counts only "
            "once it was right often enough on this site.",
        ),
    )
    trusted_after = fields.Integer(
        load_default=3,
        strict=True,
        validate=validate.Range(min=0, max=1000),
        metadata=_metadata(
            "Trusted after",
            "Writers with so many published comments pass without being checked for spam. 0 checks everybody.",
        ),
    )
    keep_spam_days = fields.Integer(
        load_default=30,
        strict=True,
        validate=validate.Range(min=1, max=3650),
        metadata=_metadata("Days that spam is kept", "Until then it can be restored; afterwards it is deleted."),
    )
    max_repeats = fields.Integer(
        load_default=2,
        strict=True,
        validate=validate.Range(min=0, max=1000),
        metadata=_metadata(
            "Repeats of a text",
            "What was written so often within a day, on any page, is held; three times as often is spam. "
            "0 switches it off.",
        ),
    )
    blocked_domains = fields.String(
        load_default="",
        validate=validate.Length(max=200_000),
        metadata={
            **_metadata(
                "Blocked domains",
                "One a line, with all below it. A comment or a writer's address that leads there is spam.",
            ),
            "widget": "textarea",
        },
    )
    blocked_words = fields.String(
        load_default="",
        validate=validate.Length(max=200_000),
        metadata={
            **_metadata("Blocked words", "Words and phrases, one a line. A comment or a name that has one is held."),
            "widget": "textarea",
        },
    )
    scripts = fields.String(
        load_default="",
        validate=_known_scripts,
        metadata=_metadata(
            "Scripts",
            "Such as: latin, cyrillic. Comments written mostly in another one are held. Empty allows all.",
        ),
    )
