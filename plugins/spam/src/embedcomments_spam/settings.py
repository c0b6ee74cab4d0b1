"""What a site may choose about spam."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from embedcomments.api import Action
from embedcomments_spam.akismet_words import is_installed
from embedcomments_spam.lists import SCRIPTS, unknown_scripts
from embedcomments_spam.pace import AUTOMATIC, OFF, ON, addresses_in
from embedcomments_spam.work import ALWAYS, NEVER, WHEN_FLOODED

_MAX_ADDRESSES = 10
_MAX_KEY = 64


def _metadata(title: str, help_text: str) -> dict[str, Any]:
    return {"title": title, "help": help_text, "scope": "site", "secret": False, "public": False}


def _often(default: int, title: str, help_text: str) -> fields.Integer:
    return fields.Integer(
        load_default=default,
        strict=True,
        validate=validate.Range(min=0, max=100_000),
        metadata=_metadata(f"{title} in ten minutes", f"{help_text} More are held. 0 switches it off."),
    )


def _known_scripts(listed: str) -> None:
    if unknown := unknown_scripts(listed):
        raise ValidationError(f"Not known: {', '.join(unknown)}. Known: {', '.join(sorted(SCRIPTS))}.")


def _addresses(listed: str) -> None:
    found = addresses_in(listed)
    if len(found) > _MAX_ADDRESSES:
        raise ValidationError(f"At most {_MAX_ADDRESSES} addresses.")
    for address in found:
        validate.Email()(address)


def _usable_key(key: str) -> None:
    if not key:
        return
    if not key.isascii() or not key.isalnum() or len(key) > _MAX_KEY:
        raise ValidationError("A key of Akismet has letters and numbers alone.")
    if not is_installed():
        raise ValidationError("Akismet's library is missing: pip install 'embedcomments-spam[akismet]'.")


class SpamSettings(Schema):
    """Per site; the host validates before a hook sees the values."""

    honeypot = fields.Boolean(
        load_default=True,
        metadata=_metadata("Honeypot", "A field that people do not see: robots fill it, seldom a password manager."),
    )
    honeypot_filled = fields.String(
        load_default=Action.HOLD.value,
        validate=validate.OneOf([Action.HOLD.value, Action.SPAM.value], labels=["Wait for a moderator", "Are spam"]),
        metadata=_metadata("Comments that fill the honeypot", "They are never lost. Trusted writers' are let through."),
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
    proof_of_work = fields.String(
        load_default=WHEN_FLOODED,
        validate=validate.OneOf(
            [NEVER, WHEN_FLOODED, ALWAYS],
            labels=["Off", "Wanted while the site is flooded", "Always wanted"],
        ),
        metadata=_metadata(
            "Proof of work",
            "The widget computes for a moment, unseen, while its reader writes. Comments that come without it where it "
            "is wanted are held; those of trusted writers are not.",
        ),
    )
    under_attack = fields.String(
        load_default=AUTOMATIC,
        validate=validate.OneOf([AUTOMATIC, ON, OFF], labels=["By the number of comments", "Yes", "No"]),
        metadata=_metadata(
            "Is the site flooded",
            "While it is, writers without a published comment wait for a moderator, and proofs of work are harder. It "
            "begins with four times as many comments in ten minutes as the busiest moments of three days had, and at "
            "least 30, and ends by itself.",
        ),
    )
    flood_mail_to = fields.String(
        load_default="",
        validate=_addresses,
        metadata=_metadata(
            "Tell of floods by mail",
            "Up to ten e-mail addresses with commas between them; each gets one mail when a flood begins.",
        ),
    )
    max_from_address = _often(20, "Comments of one address", "Of IPv6, of the /64 that one subscriber has.")
    max_from_writer = _often(20, "Comments of one writer", "As their browser is known, wherever they go.")
    max_in_thread = _often(200, "Comments in one discussion", "A page that all the world talks about may need more.")
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
    max_near_repeats = fields.Integer(
        load_default=3,
        strict=True,
        validate=validate.Range(min=0, max=1000),
        metadata=_metadata(
            "Near-repeats of a text",
            "What is nearly the same as so many texts within a day, on any page, is held: some words swapped, another "
            "link. Texts of fewer than 40 letters do not count. 0 switches it off.",
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
    akismet = fields.Boolean(
        load_default=False,
        metadata=_metadata(
            "Ask Akismet",
            "Sends the words, name, e-mail address, Internet address and browser of writers who are not trusted to "
            "akismet.com. Their comments wait for its answer, as a rule for a second; without an answer they wait for "
            "a moderator. While this is off nothing leaves this server.",
        ),
    )
    akismet_key = fields.String(
        load_default="",
        validate=_usable_key,
        metadata={
            **_metadata("Key of Akismet", "One of your own, from akismet.com. The page Spam filter can try it."),
            "secret": True,
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
