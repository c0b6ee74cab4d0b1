"""What masking leaves, and what holds or rejects."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from marshmallow import ValidationError

import embedcomments_profanity as plugin
from embedcomments.api import Action, CommentKind, Draft, Link
from embedcomments.testing import make_context
from embedcomments.testing import make_draft as new_draft
from embedcomments_profanity.settings import ProfanitySettings


def masked(ctx: Any, draft: Draft) -> Draft:
    return plugin.comment_transform(ctx=ctx, draft=draft) or draft


def shown(ctx: Any, html: str) -> str:
    return plugin.comment_html(ctx=ctx, html=html, draft=new_draft(html)) or html


@pytest.mark.parametrize(
    "html, settings, expected",
    [
        ("<p>Oh shit, no.</p>", {}, "<p>Oh s•••, no.</p>"),
        ("<p>SHIT and <strong>Fucking</strong> great</p>", {}, "<p>S••• and <strong>F••••••</strong> great</p>"),
        ("<p>s.h.i.t</p>", {}, "<p>s••••••</p>"),
        ("<p>f<strong>u</strong>ck</p>", {}, "<p>f<strong>•</strong>••</p>"),
        ("<p>f&#117;ck &amp; sh&lt;t</p>", {}, "<p>f••• &amp; sh&lt;t</p>"),
        ("<p>bull</p><p>shit</p>", {}, "<p>bull</p><p>s•••</p>"),
        ("<p>see https://shit.example/fuck ok</p>", {}, "<p>see https://shit.example/fuck ok</p>"),
        ('<a href="/a/shit" title="shit">shit</a>', {}, '<a href="/a/shit" title="shit">s•••</a>'),
        ("<pre><code>shit()</code></pre>", {}, "<pre><code>s•••()</code></pre>"),
        ("<p>damn</p>", {}, "<p>damn</p>"),
        ("<p>damn</p>", {"text_mild": "mask"}, "<p>d•••</p>"),
        ("<p>shit</p>", {"text_strong": "hold"}, "<p>shit</p>"),
        ("<p>blowjob, shit</p>", {"text_sexual": "publish"}, "<p>blowjob, s•••</p>"),
        ("<p>shit</p>", {"allowed_words": ["shit"]}, "<p>shit</p>"),
        ("<p>my widget</p>", {"extra_words": ["widget"]}, "<p>my w•••••</p>"),
        ("<p>wogs</p>", {}, "<p>wogs</p>"),
        ("<blockquote><p>wogs</p></blockquote><p>wogs?</p>", {}, "<blockquote><p>w•••</p></blockquote><p>wogs?</p>"),
        ("<p>wogs</p>", {"text_slur": "mask"}, "<p>w•••</p>"),
        ("<p>Scunthorpe is fine</p>", {}, "<p>Scunthorpe is fine</p>"),
        ("<p>խոզ, քունեմ</p>", {}, "<p>խոզ, ք•••••</p>"),
        ("shit <b", {}, "s••• <b"),
        ("<p>傻<br />逼</p>", {}, "<p>傻<br />•</p>"),
        ("", {}, ""),
    ],
)
def test_masking_keeps_the_first_letter_the_length_and_the_markup(
    make_ctx: Callable[..., Any], html: str, settings: dict[str, Any], expected: str
) -> None:
    assert shown(make_ctx(**settings), html) == expected


def test_masking_html_is_linear() -> None:
    ctx = make_context(plugin)

    def cost_s(piece: str, length: int) -> float:
        costs = []
        for _ in range(3):
            began = time.thread_time()
            shown(ctx, piece * (length // len(piece)))
            costs.append(time.thread_time() - began)
        return max(min(costs), 0.01)

    for piece in ("<", "&", "<p>a", "f<b>u", "&#x", "<blockquote>", "shit "):
        assert cost_s(piece, 40_000) < 12 * cost_s(piece, 10_000), piece


def test_the_text_itself_stays_for_moderators(make_ctx: Callable[..., Any], make_draft: Callable[..., Draft]) -> None:
    verdict = plugin.comment_check(ctx=make_ctx(), draft=make_draft("Oh shit, SHIT, shit"))

    assert plugin.comment_transform(ctx=make_ctx(), draft=make_draft("Oh shit")) is None
    assert verdict is not None
    assert (verdict.action, verdict.reason) == (Action.PUBLISH, "Masked for readers: “shit”, “SHIT”.")


def test_what_needs_no_mask_is_left_alone(make_ctx: Callable[..., Any], make_draft: Callable[..., Draft]) -> None:
    assert plugin.comment_transform(ctx=make_ctx(), draft=make_draft("fine", name="Dick")) is None


def test_names_and_titles_of_mentions_are_masked_too(
    make_ctx: Callable[..., Any], make_draft: Callable[..., Draft]
) -> None:
    link = Link(url="https://a.example/shit", title="Shit happens")
    draft = masked(make_ctx(), make_draft("bull shit", name="Fuckface", kind=CommentKind.PINGBACK, link=link))

    assert (draft.author.name, draft.link) == ("F•••••••", Link(url="https://a.example/shit", title="S••• happens"))
    assert draft.text == "bull s•••"


def test_places_have_actions_of_their_own(make_ctx: Callable[..., Any], make_draft: Callable[..., Draft]) -> None:
    ctx = make_ctx(text_strong="publish", name_strong="reject", title_strong="hold", title_slur="publish")
    mention = {"kind": CommentKind.PINGBACK, "link": Link(url="https://a.example/", title="Shit happens to wogs")}

    def action(draft: Draft) -> Action | None:
        verdict = plugin.comment_check(ctx=ctx, draft=masked(ctx, draft))
        return verdict and verdict.action

    assert action(make_draft("shit")) is None
    assert action(make_draft("x", name="Fuckface")) is Action.REJECT
    assert action(make_draft("x", **mention)) is Action.HOLD
    ctx = make_ctx(title_strong="publish", title_slur="publish")
    assert action(make_draft("x", **mention)) is None


@pytest.mark.parametrize("action", ["hold", "reject"])
def test_quoted_lines_are_anothers_words(
    make_ctx: Callable[..., Any], make_draft: Callable[..., Draft], action: str
) -> None:
    ctx = make_ctx(text_strong=action, text_slur=action)
    quoting = plugin.comment_check(ctx=ctx, draft=make_draft("> you shit, you wogs\n\nPlease do not say so."))
    own = plugin.comment_check(ctx=ctx, draft=make_draft("> hello\n\nshit"))

    assert quoting is not None
    assert own is not None
    assert (quoting.action, own.action.value) == (Action.PUBLISH, action)


@pytest.mark.parametrize(
    "text, name, settings, action",
    [
        ("shit", "x", {}, Action.PUBLISH),
        ("shit", "x", {"text_strong": "hold"}, Action.HOLD),
        ("you wogs", "x", {}, Action.HOLD),
        ("you wogs", "x", {"text_slur": "reject"}, Action.REJECT),
        ("you wogs", "x", {"text_slur": "mask"}, Action.PUBLISH),
        ("hello", "Fuckface", {"name_strong": "hold"}, Action.HOLD),
        ("hello", "Fuckface", {"name_strong": "reject"}, Action.REJECT),
        ("hello", "wog hunter", {}, Action.HOLD),
        ("hello", "dick cheney", {"name_strong": "reject"}, None),
        ("hello", "Dick", {"name_strong": "reject"}, None),
        ("damn", "damn", {"text_strong": "hold", "name_strong": "reject"}, None),
        ("damn", "x", {"text_mild": "hold"}, Action.HOLD),
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
    verdict = plugin.comment_check(ctx=make_ctx(text_strong="hold"), draft=make_draft("Oh 5h1t, you wogs"))

    assert verdict is not None
    assert verdict.reason == "“5h1t” is strong language, in the text at 3–7. “wogs” is a slur, in the text at 13–17."


def test_a_rejection_tells_the_writer_which_word(
    make_ctx: Callable[..., Any], make_draft: Callable[..., Draft]
) -> None:
    verdict = plugin.comment_check(ctx=make_ctx(text_slur="reject"), draft=make_draft("wogs, wogs"))

    assert verdict is not None
    assert (
        verdict.reason
        == "This site does not publish slurs: “wogs”. Please say it in another way; what you wrote is kept."
    )


def test_masking_twice_changes_nothing_more(make_ctx: Callable[..., Any], make_draft: Callable[..., Draft]) -> None:
    once = shown(make_ctx(), "<p>Oh shit, fuck this</p>")

    assert shown(make_ctx(), once) == once


@pytest.mark.parametrize(
    "wrong",
    [
        {"text_strong": "same"},
        {"name_slur": "nudge"},
        {"attacks": "reject"},
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
