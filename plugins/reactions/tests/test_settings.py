"""Which reactions a site may offer."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from embedcomments_reactions.settings import DEFAULT_EMOJI, MAX_EMOJI, ReactionsSettings, reactions_of


@pytest.mark.parametrize(
    "settings, expected",
    [
        ({}, {"heart": 1}),
        ({"style": "votes"}, {"up": 1, "down": -1}),
        ({"style": "votes", "downvotes": False}, {"up": 1}),
        ({"style": "emoji", "emoji": ["👍", "🎉"]}, {"👍": 1, "🎉": 1}),
        ({"style": "emoji"}, dict.fromkeys(DEFAULT_EMOJI, 1)),
    ],
)
def test_the_style_says_which_reactions_there_are(settings: dict[str, Any], expected: dict[str, int]) -> None:
    assert reactions_of(ReactionsSettings().load(settings)) == expected


@pytest.mark.parametrize(
    "emoji",
    ["👍", "👍🏽", "❤️", "❤", "🏳️‍🌈", "👩🏽‍💻", "👨‍👩‍👧‍👦", "🇦🇲", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "1️⃣", "#⃣", "©", "™️", "✅", "⭐", "〰️", "🀄", "🪿"],
)
def test_an_emoji_is_whatever_unicode_composes(emoji: str) -> None:
    assert ReactionsSettings().load({"emoji": [emoji]})["emoji"] == [emoji]


@pytest.mark.parametrize(
    "wrong",
    [
        "", " ", "a", "up", "1", "👍👍", "👍 ", "👍\n", "<b>", "\u200d", "\ufe0f", "🇦", "\ud83d", "👍‍", "ա", "\0",
        "👍" + "\u200d👍" * 8, "🏴" + "\U000e0067" * 20,
    ],
)  # fmt: skip
def test_what_is_no_single_emoji_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError):
        ReactionsSettings().load({"emoji": ["🎉", wrong]})


@pytest.mark.parametrize(
    "wrong",
    [
        {"emoji": []},
        {"emoji": ["👍", "👍"]},
        {"emoji": ["❤", "❤️"]},
        {"emoji": [chr(0x1F400 + n) for n in range(MAX_EMOJI + 1)]},
        {"emoji": "👍"},
        {"style": "stars"},
        {"one_vote_per": "cookie"},
        {"page_row": "left"},
        {"downvotes": "perhaps"},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ReactionsSettings().load(wrong)


def test_a_long_text_is_no_emoji_and_is_found_out_in_linear_time() -> None:
    for piece in ("👍\u200d", "👍\U000e0067", "👍", "🇦"):
        with pytest.raises(ValidationError):
            ReactionsSettings().load({"emoji": [piece * 200_000]})


def test_who_is_a_person_is_not_told_to_the_widget() -> None:
    public = {name for name, one in ReactionsSettings().fields.items() if one.metadata["public"]}
    assert public == {"style", "downvotes", "emoji", "page_row"}


def test_defaults_are_not_shared() -> None:
    ReactionsSettings().load({})["emoji"].append("🦆")
    assert ReactionsSettings().load({})["emoji"] == list(DEFAULT_EMOJI)
