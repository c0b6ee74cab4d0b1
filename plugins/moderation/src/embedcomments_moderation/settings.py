"""What a site may choose about moderation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

NOBODY = "nobody"
FIRST_TIMERS = "first-timers"
EVERYBODY = "everybody"

MAX_ENTRIES = 2000
MAX_ENTRY_LENGTH = 100
# Each star doubles what a word is compared with; more of them say nothing more.
MAX_STARS = 2

LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "es": "Español",
    "fa": "فارسی",
    "fr": "Français",
    "hy": "Հայերեն",
    "ru": "Русский",
    "tr": "Türkçe",
    "zh-Hans": "简体中文",
}

WHO = "Who waits for a moderator"
WHAT = "What waits, whoever wrote it"
NAMES = "Names"
REPORTS = "Readers' reports"


def _metadata(group: str, title: str, help_text: str, *, public: bool = False) -> dict[str, Any]:
    return {
        "group": group, "title": title, "help": help_text, "scope": "site", "secret": False, "public": public,
    }  # fmt: skip


def _are_words(entries: Sequence[str]) -> None:
    for entry in entries:
        if entry.count("*") > MAX_STARS * len(entry.split()):
            raise ValidationError(f"“{entry}”: a word has at most {MAX_STARS} stars.")
        if not any(character.isalnum() for character in entry):
            raise ValidationError(f"“{entry}” has no letter and no digit.")


def _number(default: int | None, least: int, most: int, metadata: dict[str, Any]) -> fields.Integer:
    return fields.Integer(
        load_default=default, allow_none=default is None, strict=True, validate=validate.Range(min=least, max=most),
        metadata=metadata,
    )  # fmt: skip


def _lines(metadata: dict[str, Any], *more: Any, default: Sequence[str] = ()) -> fields.List[Any]:
    return fields.List(
        fields.String(validate=validate.Length(1, MAX_ENTRY_LENGTH)),
        load_default=lambda: list(default),
        validate=[validate.Length(max=MAX_ENTRIES), *more],
        metadata=metadata,
    )


class ModerationSettings(Schema):
    """Per site; the host validates before a hook sees the values. None of a number means: not at all."""

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
            WHO, "Whose comments wait", "Other plugins, such as the spam filter, may hold comments beyond this."
        ),
    )
    trusted_after = _number(
        1, 1, 1000,
        _metadata(
            WHO,
            "Trusted after",
            "How many published comments a writer needs to be no first-timer. Trusted writers are also harder to have "
            "held by reports.",
        ),
    )  # fmt: skip
    hold_without_email = fields.Boolean(
        load_default=False,
        metadata=_metadata(
            WHO, "Hold who gives no e-mail address", "An address is not verified by this; it is a first hurdle."
        ),
    )
    hold_unverified_email = fields.Boolean(
        load_default=False,
        metadata=_metadata(
            WHO,
            "Hold until the e-mail address is verified",
            "The writer gets a mail with a link; what waited for nothing else is published once they press the button "
            "behind it. It counts for that address on their device. Where this server cannot send mail, such comments "
            "wait for a moderator.",
        ),
    )
    language = fields.String(
        load_default="en",
        validate=validate.OneOf(list(LANGUAGES), labels=list(LANGUAGES.values())),
        metadata=_metadata(WHO, "Language of that mail", "And of the page behind its link."),
    )
    hold_mentions = fields.Boolean(
        load_default=True,
        metadata=_metadata(
            WHO,
            "Hold mentions by other sites",
            "Pingbacks, webmentions and trackbacks wait for a moderator, whoever sent them.",
        ),
    )
    hold_links = _number(
        None, 0, 1000,
        _metadata(WHAT, "More links than", "Empty: links hold nothing here. 0: every link does."),
    )  # fmt: skip
    hold_images = fields.Boolean(
        load_default=False, metadata=_metadata(WHAT, "Images", "Hold comments that show an image.")
    )
    hold_words = _lines(
        _metadata(
            WHAT,
            "Words",
            "One word or phrase on each line, in any script. Whole words, upper and lower case alike; * stands for any "
            "letters. In scripts without blanks between words, put * around it.",
        ),
        _are_words,
    )
    hold_old_threads = _number(
        None, 1, 36_500,
        _metadata(
            WHAT,
            "Threads older than, in days",
            "Old pages are where spam goes. Counted from the first comment of a page. Empty: age holds nothing.",
        ),
    )  # fmt: skip
    protect_names = fields.Boolean(
        load_default=True,
        metadata=_metadata(
            NAMES,
            "Protect the site's and the moderators' names",
            "Comments signed with one wait, until a moderator marks their writer as the one who bears it. Look-alikes "
            "of other alphabets, upper and lower case, blanks and invisible characters make no difference.",
        ),
    )
    reserved_names = _lines(
        _metadata(NAMES, "Further protected names", "One on each line."),
        default=("Admin", "Administrator", "Moderator"),
    )
    reports = fields.Boolean(
        load_default=True,
        metadata=_metadata(REPORTS, "Readers may report comments", "From the menu of each comment.", public=True),
    )
    reports_to_hold = _number(
        3, 1, 100,
        _metadata(
            REPORTS,
            "Reports that hold a comment",
            "So many different readers. Twice as many for trusted writers. Readers whose reports were dismissed lately "
            "count for less; a comment that a moderator approved is not held again.",
        ),
    )  # fmt: skip
