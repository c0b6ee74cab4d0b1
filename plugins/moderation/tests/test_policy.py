"""Whose comments wait."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from marshmallow import ValidationError

import embedcomments_moderation as plugin
from embedcomments.api import Action, Author, CommentKind, Draft
from embedcomments.testing import make_site
from embedcomments.testing.clock import START
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
    assert ModerationSettings().load({}) == {
        "hold": "first-timers", "trusted_after": 1, "hold_without_email": False, "hold_mentions": True,
        "hold_unverified_email": False, "language": "en",
        "hold_links": None, "hold_images": False, "hold_words": [], "hold_old_threads": None, "protect_names": True,
        "reserved_names": ["Admin", "Administrator", "Moderator"], "reports": True, "reports_to_hold": 3,
    }  # fmt: skip
    for field in ModerationSettings().fields.values():
        assert {"group", "title", "help", "scope", "secret", "public"} <= field.metadata.keys()


@pytest.mark.parametrize(
    "settings, draft, reason",
    [
        (
            {"hold_links": 1},
            {"text": "See https://a.example and www.b.example"},
            "It has 2 links; 1 would be let through.",
        ),
        ({"hold_links": 0}, {"text": "HTTP://a.example"}, "It has 1 link; none would be let through."),
        ({"hold_links": 2}, {"text": "See https://a.example and [b](https://b.example)"}, None),
        ({"hold_links": 0}, {"text": "wwww. is no link, http:// neither"}, None),
        ({"hold_images": True}, {"text": "![a cat](https://a.example/cat.png)"}, "It shows an image."),
        ({"hold_images": True}, {"text": "![cat][1]"}, "It shows an image."),
        ({"hold_images": True}, {"text": "<IMG src=x>"}, "It shows an image."),
        ({"hold_images": True}, {"text": "Wow! [not an image](https://a.example)"}, None),
        ({"hold_words": ["casino*"]}, {"text": "Casinos!"}, "It has “casino*”, which is on this site's list of words."),
        ({"hold_words": ["casino"]}, {"name": "Casino"}, "It has “casino”, which is on this site's list of words."),
        ({"hold_without_email": True}, {}, "The writer gave no e-mail address."),
        ({"hold_without_email": True}, {"author": Author(name="Ani", email="ani@a.example")}, None),
        ({"hold_old_threads": 30}, {"submitted_at": START + timedelta(days=31)}, "The thread is older than 30 days."),
        ({"hold_old_threads": 30}, {"submitted_at": START + timedelta(days=30)}, None),
        ({}, {"name": "Аdmin"}, "It is signed with a name that is protected here (“Admin”)."),
        ({}, {"name": "the daily news"}, "It is signed with a name that is protected here (“The Daily News”)."),
        ({}, {"name": "Vera"}, "It is signed with a name that is protected here (“Vera”)."),
        ({"protect_names": False}, {"name": "Vera"}, None),
        ({"reserved_names": []}, {"name": "Admin"}, None),
    ],
)
def test_each_rule_holds_and_names_its_reason(
    make_ctx: Callable[..., Any],
    make_draft: Callable[..., Draft],
    settings: dict[str, Any],
    draft: dict[str, Any],
    reason: str | None,
) -> None:
    ctx = make_ctx(hold="nobody", site=make_site(title="The Daily News"), moderators=["Vera"], **settings)

    verdict = plugin.comment_check(ctx=ctx, draft=make_draft(**{"name": "Nshan", **draft}))

    assert (verdict and (verdict.action, verdict.reason)) == (reason and (HOLD, reason))


def test_all_reasons_are_named(make_ctx: Callable[..., Any], make_draft: Callable[..., Draft]) -> None:
    ctx = make_ctx(hold_links=0, hold_words=["casino"])

    verdict = plugin.comment_check(ctx=ctx, draft=make_draft("A casino: https://a.example"))

    assert verdict is not None
    assert verdict.reason == (
        "The writer has no published comment yet. It has 1 link; none would be let through. "
        "It has “casino”, which is on this site's list of words."
    )


@pytest.mark.parametrize("wrong", [["a*b*c*d"], ["…"], [""], ["x" * 101], [3]])
def test_a_list_of_words_is_looked_at_before_it_is_stored(wrong: list[Any]) -> None:
    with pytest.raises(ValidationError):
        ModerationSettings().load({"hold_words": wrong})
