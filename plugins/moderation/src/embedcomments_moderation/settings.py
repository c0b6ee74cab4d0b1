"""What a site may choose about moderation."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

NOBODY = "nobody"
FIRST_TIMERS = "first-timers"
EVERYBODY = "everybody"


def _metadata(title: str, help_text: str) -> dict[str, Any]:
    return {"title": title, "help": help_text, "scope": "site", "secret": False, "public": False}


class ModerationSettings(Schema):
    """Per site; the host validates before a hook sees the values."""

    hold = fields.String(
        load_default=FIRST_TIMERS,
        validate=validate.OneOf(
            [NOBODY, FIRST_TIMERS, EVERYBODY],
            labels=[
                "Nobody: publish at once",
                "First-timers: until they are trusted",
                "Everybody: read before it is published",
            ],
        ),
        metadata=_metadata(
            "Who waits for a moderator", "Other plugins, such as the spam filter, may hold comments beyond this."
        ),
    )
    trusted_after = fields.Integer(
        load_default=1,
        strict=True,
        validate=validate.Range(min=1, max=1000),
        metadata=_metadata(
            "Trusted after", "For first-timers: how many published comments a writer needs to be published at once."
        ),
    )
    hold_mentions = fields.Boolean(
        load_default=True,
        metadata=_metadata(
            "Hold mentions by other sites",
            "Pingbacks, webmentions and trackbacks wait for a moderator, whoever sent them.",
        ),
    )
