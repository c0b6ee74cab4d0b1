"""What links, words and names lead to."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from marshmallow import ValidationError

import embedcomments_spam as plugin
from embedcomments.api import Action, CommentKind, Draft
from embedcomments_spam.links import read_links
from embedcomments_spam.settings import SpamSettings

WORDS = "one two three four five six seven eight nine ten "


@pytest.mark.parametrize(
    "text, targets",
    [
        ("no link at all, e.g. this one. And file.py, too", []),
        ("[a page](https://a.example/x)", ["https://a.example/x"]),
        ('![alt](https://a.example/x.png "title")', ["https://a.example/x.png"]),
        ("[https://a.example](https://b.example)", ["https://b.example"]),
        ("<https://a.example>", ["https://a.example"]),
        ("see https://a.example/x?y=1#z, and WWW.B.EXAMPLE", ["https://a.example/x?y=1#z", "WWW.B.EXAMPLE"]),
        ('<a class="x" href="https://a.example">https://a.example</a>', ["https://a.example"]),
        ("<A HREF=//a.example>x</A>", ["//a.example"]),
        ("[url=https://a.example]cheap[/url] [url]https://b.example[/url]", ["https://a.example", "https://b.example"]),
        ("[1]: https://a.example", ["https://a.example"]),
        ("buy at cheap-watches.com or pills.shop/now", ["cheap-watches.com", "pills.shop/now"]),
        ("bit.ly/abc", ["bit.ly/abc"]),
        ("write to me@example.com", []),
        ("[above](#c-12) and [about](/about)", []),
        ("https://a.example https://a.example", ["https://a.example", "https://a.example"]),
    ],
)
def test_every_link_counts_once_however_it_is_written(text: str, targets: list[str]) -> None:
    assert list(read_links(text).targets) == targets


@pytest.mark.parametrize(
    "text, settings, expected",
    [
        (WORDS + "https://a.example https://b.example", {}, None),
        (WORDS + "https://a.example " * 3, {}, Action.HOLD),
        (WORDS * 3 + "https://a.example " * 6, {}, Action.HOLD),
        (WORDS * 3 + "https://a.example " * 7, {}, Action.SPAM),
        (WORDS + "https://a.example", {"max_links": 0}, Action.HOLD),
        (WORDS * 2 + "https://a.example " * 4, {"max_links": 0}, Action.SPAM),
        (WORDS * 9 + "https://a.example " * 9, {"max_links": 10}, None),
        ("https://a.example", {}, Action.HOLD),
        ("https://a.example", {"min_words_per_link": 0}, None),
        ("look here now https://a.example", {}, None),
        ("请看这个非常有用的文章，写得很好 https://a.example", {}, None),
        ("plain words", {}, None),
    ],
)
def test_links_decide(
    make_ctx: Callable[..., Any],
    make_draft: Callable[..., Draft],
    text: str,
    settings: dict[str, Any],
    expected: Action | None,
) -> None:
    verdict = plugin.comment_check(ctx=make_ctx(**settings), draft=make_draft(text))

    assert (verdict and verdict.action) == expected


@pytest.mark.parametrize(
    "name, held",
    [
        ("https://a.example", True),
        ("cheap-pills.com", True),
        ("www.pills.example", True),
        ("J. R. R. Tolkien", False),
        ("St. John", False),
    ],
)
def test_a_link_as_a_name_is_held(
    make_ctx: Callable[..., Any], make_draft: Callable[..., Draft], name: str, held: bool
) -> None:
    verdict = plugin.comment_check(ctx=make_ctx(), draft=make_draft(name=name))

    assert (verdict is not None) is held
    assert plugin.comment_check(ctx=make_ctx(hold_links_in_name=False), draft=make_draft(name=name)) is None


def test_all_reasons_are_told_and_the_score_grows_with_them(
    make_ctx: Callable[..., Any], make_draft: Callable[..., Draft]
) -> None:
    verdict = plugin.comment_check(ctx=make_ctx(), draft=make_draft("https://a.example " * 3, name="a.example.com"))

    assert verdict is not None
    assert verdict.reason == (
        "The text has 3 links; 2 are allowed. The text is mostly links: 0 words beside 3 links. "
        "The writer's name has a link."
    )
    assert verdict.score == pytest.approx(0.91)


def test_a_mention_may_be_little_more_than_its_link(
    make_ctx: Callable[..., Any], make_draft: Callable[..., Draft]
) -> None:
    draft = make_draft("https://a.example", kind=CommentKind.PINGBACK)

    assert plugin.comment_check(ctx=make_ctx(), draft=draft) is None


@pytest.mark.parametrize(
    "piece",
    ["[", "[a", "[a](", "<a ", "<a href=", "a.", "a-", "[url", "http://", "[url=a", "![](x ", "<a href=x ", "[a]:"],
)
def test_hostile_text_is_read_in_linear_time(piece: str) -> None:
    for text in (piece * (200_000 // len(piece)), piece + "x" * 200_000, piece + " " * 200_000):
        began = time.thread_time()
        read_links(text)
        assert time.thread_time() - began < 1


@pytest.mark.parametrize(
    "wrong", [{"max_links": -1}, {"min_seconds": 61}, {"honeypot": "perhaps"}, {"min_words_per_link": "x"}]
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SpamSettings().load(wrong)


@pytest.mark.parametrize(
    "published, identity_id, trusted_after, passes",
    [(3, "i" * 24, 3, True), (2, "i" * 24, 3, False), (3, None, 3, False), (99, "i" * 24, 0, False)],
)
def test_trusted_writers_are_not_checked(
    make_ctx: Callable[..., Any],
    make_draft: Callable[..., Draft],
    published: int,
    identity_id: str | None,
    trusted_after: int,
    passes: bool,
) -> None:
    draft = make_draft("https://a.example " * 9, published_before=published, identity_id=identity_id)

    assert (plugin.comment_check(ctx=make_ctx(trusted_after=trusted_after), draft=draft) is None) is passes
