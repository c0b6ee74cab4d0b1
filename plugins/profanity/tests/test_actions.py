"""What masking leaves, and what holds or rejects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from marshmallow import ValidationError

import embedcomments_profanity as plugin
from embedcomments.api import Action, CommentKind, Draft, Link, SourceFormat
from embedcomments_profanity.settings import ProfanitySettings


def masked(ctx: Any, draft: Draft) -> Draft:
    return plugin.comment_transform(ctx=ctx, draft=draft) or draft


@pytest.mark.parametrize(
    "text, settings, expected",
    [
        ("Oh shit, no.", {}, "Oh s•••, no."),
        ("SHIT and **Fucking** great", {}, "S••• and **F••••••** great"),
        ("s.h.i.t", {}, "s••••••"),
        ("see https://shit.example/fuck ok", {}, "see https://shit.example/fuck ok"),
        ("[shit](/a/shit) and [x]: /shit", {}, "[s•••](/a/shit) and [x]: /shit"),
        ("damn", {}, "damn"),
        ("damn", {"include_mild": True}, "d•••"),
        ("shit", {"action_text": "hold"}, "shit"),
        ("shit", {"allowed_words": ["shit"]}, "shit"),
        ("my widget", {"extra_words": ["widget"]}, "my w•••••"),
        ("wogs", {}, "wogs"),
        ("wogs", {"action_slur": "mask"}, "w•••"),
        ("Scunthorpe is fine", {}, "Scunthorpe is fine"),
    ],
)
def test_masking_keeps_the_first_letter_the_length_and_the_links(
    make_ctx: Callable[..., Any], make_draft: Callable[..., Draft], text: str, settings: dict[str, Any], expected: str
) -> None:
    assert masked(make_ctx(**settings), make_draft(text)).text == expected


def test_what_needs_no_mask_is_left_alone(make_ctx: Callable[..., Any], make_draft: Callable[..., Draft]) -> None:
    assert plugin.comment_transform(ctx=make_ctx(), draft=make_draft("fine", name="Dick")) is None


def test_html_keeps_its_tags(make_ctx: Callable[..., Any], make_draft: Callable[..., Draft]) -> None:
    draft = make_draft('<a title="shit" href="/shit">shit</a>', source_format=SourceFormat.HTML)

    assert masked(make_ctx(), draft).text == '<a title="shit" href="/shit">s•••</a>'


def test_names_and_titles_of_mentions_are_masked_too(
    make_ctx: Callable[..., Any], make_draft: Callable[..., Draft]
) -> None:
    link = Link(url="https://a.example/shit", title="Shit happens")
    draft = masked(make_ctx(), make_draft("x", name="Fuckface", kind=CommentKind.PINGBACK, link=link))

    assert (draft.author.name, draft.link) == ("F•••••••", Link(url="https://a.example/shit", title="S••• happens"))


@pytest.mark.parametrize(
    "text, name, settings, action",
    [
        ("shit", "x", {}, None),
        ("shit", "x", {"action_text": "hold"}, Action.HOLD),
        ("you wogs", "x", {}, Action.HOLD),
        ("you wogs", "x", {"action_slur": "reject"}, Action.REJECT),
        ("you wogs", "x", {"action_slur": "mask"}, None),
        ("hello", "Fuckface", {"action_name": "hold"}, Action.HOLD),
        ("hello", "Fuckface", {"action_name": "reject"}, Action.REJECT),
        ("hello", "wog hunter", {}, Action.HOLD),
        ("hello", "dick cheney", {"action_name": "reject"}, None),
        ("hello", "Dick", {"action_name": "reject"}, None),
        ("damn", "damn", {"action_text": "hold", "action_name": "reject"}, None),
        ("damn", "x", {"action_text": "hold", "include_mild": True}, Action.HOLD),
    ],
)
def test_the_settings_decide_what_holds_and_rejects(
    make_ctx: Callable[..., Any],
    make_draft: Callable[..., Draft],
    text: str,
    name: str,
    settings: dict[str, Any],
    action: Action | None,
) -> None:
    ctx = make_ctx(**settings)
    verdict = plugin.comment_check(ctx=ctx, draft=masked(ctx, make_draft(text, name=name)))

    assert (verdict and verdict.action) == action


def test_the_reason_names_word_kind_and_place(make_ctx: Callable[..., Any], make_draft: Callable[..., Draft]) -> None:
    verdict = plugin.comment_check(ctx=make_ctx(action_text="hold"), draft=make_draft("Oh 5h1t, you wogs"))

    assert verdict is not None
    assert verdict.reason == "“5h1t” is strong language, in the text at 3–7. “wogs” is a slur, in the text at 13–17."


def test_a_rejection_tells_the_writer_which_word(
    make_ctx: Callable[..., Any], make_draft: Callable[..., Draft]
) -> None:
    verdict = plugin.comment_check(ctx=make_ctx(action_slur="reject"), draft=make_draft("wogs, wogs"))

    assert verdict is not None
    assert verdict.reason == "This site does not publish the word “wogs”. Please say it in another way."


def test_masking_twice_changes_nothing_more(make_ctx: Callable[..., Any], make_draft: Callable[..., Draft]) -> None:
    once = masked(make_ctx(), make_draft("Oh shit, fuck this"))

    assert plugin.comment_transform(ctx=make_ctx(), draft=once) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"action_text": "reject"},
        {"action_slur": "publish"},
        {"extra_words": ["*"]},
        {"extra_words": ["two words"]},
        {"extra_words": ["a*b*c*d"]},
        {"extra_words": ["x" * 61]},
        {"extra_words": ["..."]},
        {"allowed_words": "shit"},
        {"allowed_words": ["ok"] * 1001},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ProfanitySettings().load(wrong)
