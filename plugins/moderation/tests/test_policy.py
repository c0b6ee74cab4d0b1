"""Whose comments wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from marshmallow import ValidationError

import embedcomments_moderation as plugin
from embedcomments.api import Action, CommentKind, Draft
from embedcomments_moderation.settings import ModerationSettings

HOLD = Action.HOLD


@pytest.mark.parametrize(
    "settings, draft, expected",
    [
        ({}, {"published_before": 0}, HOLD),
        ({}, {"published_before": 1}, None),
        ({"trusted_after": 3}, {"published_before": 2}, HOLD),
        ({"trusted_after": 3}, {"published_before": 3}, None),
        ({"hold": "nobody"}, {"published_before": 0}, None),
        ({"hold": "everybody"}, {"published_before": 50}, HOLD),
        ({}, {"kind": CommentKind.PINGBACK, "published_before": 9}, HOLD),
        ({"hold": "nobody"}, {"kind": CommentKind.WEBMENTION}, HOLD),
        ({"hold_mentions": False}, {"kind": CommentKind.WEBMENTION}, None),
        ({"hold_mentions": False, "hold": "everybody"}, {"kind": CommentKind.TRACKBACK}, HOLD),
    ],
)
def test_the_settings_decide_who_waits(
    make_ctx: Callable[..., Any],
    make_draft: Callable[..., Draft],
    settings: dict[str, Any],
    draft: dict[str, Any],
    expected: Action | None,
) -> None:
    verdict = plugin.comment_check(ctx=make_ctx(**settings), draft=make_draft(**draft))

    assert (verdict and verdict.action) == expected
    if verdict:
        assert verdict.reason.endswith(".")


def test_an_edit_of_somebody_never_published_waits_again(
    make_ctx: Callable[..., Any], make_draft: Callable[..., Draft], comment: Callable[..., Any]
) -> None:
    verdict = plugin.comment_check(ctx=make_ctx(), draft=make_draft(previous=comment(1)))

    assert verdict is not None
    assert verdict.action is HOLD


@pytest.mark.parametrize(
    "wrong", [{"hold": "some"}, {"trusted_after": 0}, {"trusted_after": "x"}, {"hold_mentions": "perhaps"}]
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ModerationSettings().load(wrong)


def test_every_setting_has_a_default_and_words_for_the_form() -> None:
    assert ModerationSettings().load({}) == {"hold": "first-timers", "trusted_after": 1, "hold_mentions": True}
    for field in ModerationSettings().fields.values():
        assert {"title", "help", "scope", "secret", "public"} <= field.metadata.keys()
