"""A site's own lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from marshmallow import ValidationError

import embedcomments_spam as plugin
from embedcomments.api import Action, Author, Draft
from embedcomments_spam.settings import SpamSettings

DOMAINS = "# bad ones\npills.example\n\n https://Casino.Example/ \n"
WORDS = "viagra\ncheap  pills\nC++\n# wine"
TEXT = "Have a look at this and tell me what you think of it: "


def judged(make_ctx: Callable[..., Any], draft: Draft, **settings: Any) -> tuple[Action, str] | None:
    verdict = plugin.comment_check(ctx=make_ctx(**settings), draft=draft)
    return (verdict.action, verdict.reason) if verdict else None


@pytest.mark.parametrize(
    "link, domain",
    [
        ("https://pills.example/buy", "pills.example"),
        ("http://WWW.Pills.example.", "pills.example"),
        ("[x](//a.b.casino.example:8080/?x)", "casino.example"),
        ("https://notpills.example", None),
        ("https://pills.example.org", None),
        ("https://[pills.example", None),
        ("https://user@pills.example/", "pills.example"),
    ],
)
def test_a_link_to_a_blocked_domain_is_spam(
    make_ctx: Callable[..., Any], make_draft: Callable[..., Draft], link: str, domain: str | None
) -> None:
    expected = domain and (Action.SPAM, f"It links to {domain}, which this site blocks.")

    assert judged(make_ctx, make_draft(TEXT + link), blocked_domains=DOMAINS) == expected
    assert judged(make_ctx, make_draft(TEXT + link)) is None


def test_the_writers_own_address_counts_too(make_ctx: Callable[..., Any], make_draft: Callable[..., Draft]) -> None:
    draft = make_draft(TEXT, author=Author(name="Ani", url="https://pills.example"))

    assert judged(make_ctx, draft, blocked_domains=DOMAINS) == (
        Action.SPAM,
        "It links to pills.example, which this site blocks.",
    )


@pytest.mark.parametrize(
    "text, word",
    [
        ("Buy VIAGRA today", "viagra"),
        ("ｖｉａｇｒａ!", "viagra"),
        ("so cheap\n pills", "cheap pills"),
        ("I like C++.", "c++"),
        ("viagras", None),
        ("a glass of wine", None),
        ("pills are cheap", None),
    ],
)
def test_a_blocked_word_is_held(
    make_ctx: Callable[..., Any], make_draft: Callable[..., Draft], text: str, word: str | None
) -> None:
    expected = word and (Action.HOLD, f"It has “{word}”, which this site blocks.")

    assert judged(make_ctx, make_draft(text), blocked_words=WORDS) == expected
    assert judged(make_ctx, make_draft(text)) is None


def test_a_blocked_word_counts_in_the_name(make_ctx: Callable[..., Any], make_draft: Callable[..., Draft]) -> None:
    assert judged(make_ctx, make_draft(name="Viagra Man"), blocked_words=WORDS) is not None


@pytest.mark.parametrize(
    "text, scripts, held",
    [
        ("Купите дешёвые таблетки", "latin", True),
        ("Купите дешёвые таблетки", "Latin, Cyrillic", False),
        ("Купите дешёвые таблетки", "", False),
        ("The word привет means hello", "latin", False),
        ("请看这个非常有用的文章", "latin", True),
        ("日本語を話します", "cjk hiragana", False),
        ("👍 123", "latin", False),
        ("żółć", "latin", False),
    ],
)
def test_text_in_another_script_is_held(
    make_ctx: Callable[..., Any], make_draft: Callable[..., Draft], text: str, scripts: str, held: bool
) -> None:
    expected = (Action.HOLD, "It is written in a script that this site does not expect.") if held else None

    assert judged(make_ctx, make_draft(text), scripts=scripts) == expected


def test_an_unknown_script_is_refused() -> None:
    with pytest.raises(ValidationError, match="klingon"):
        SpamSettings().load({"scripts": "latin, klingon"})
