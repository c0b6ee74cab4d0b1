"""Excerpts hold whole words in any script."""

from __future__ import annotations

import time

import pytest

from embedcomments_pingback.excerpts import clean_text, cut_end, cut_start, excerpt_around

ARMENIAN = "Բոլոր մարդիկ ծնվում են ազատ ու հավասար իրենց արժանապատվությամբ ու իրավունքներով։ "
PERSIAN = "تمام افراد بشر آزاد به دنیا می‌آیند و از لحاظ حیثیت و حقوق با هم برابرند. "
CHINESE = "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。"
ENGLISH = "All human beings are born free and equal in dignity and rights. "


@pytest.mark.parametrize("text", [ARMENIAN, PERSIAN, ENGLISH])
@pytest.mark.parametrize("length", [40, 77, 200])
def test_words_stay_whole_where_words_are_parted(text: str, length: int) -> None:
    excerpt = excerpt_around(text * 9, "LINK", " " + text * 9, length)
    assert excerpt.startswith("[…] ")
    assert excerpt.endswith(" […]")
    words = excerpt.split()[1:-1]
    assert "LINK" in words
    assert set(words) <= {*text.split(), "LINK"}
    assert length * 0.5 <= len(excerpt) - 8 <= length


def test_scripts_without_blanks_are_cut_between_characters() -> None:
    excerpt = excerpt_around(CHINESE * 9, "连接", CHINESE * 9, 60)
    assert excerpt == f"[…] {(CHINESE * 9)[-29:]}连接{CHINESE[:29]} […]"


@pytest.mark.parametrize("cluster", ["é", "की", "👍🏽", "👩‍👩‍👧", "ש֣", "❤️"])
def test_marks_stay_with_their_letters(cluster: str) -> None:
    text = cluster * 100
    for length in range(1, 40):
        end = cut_end(text, length).removesuffix(" […]")
        start = cut_start(text, length).removeprefix("[…] ")
        assert end == cluster * (len(end) // len(cluster))
        assert start == cluster * (len(start) // len(cluster))


@pytest.mark.parametrize(
    "parts, expected",
    [
        (("See ", "this", " please."), "See this please."),
        (("", "this", ""), "this"),
        (("(", "this", ")"), "(this)"),
        (("a\n\t b", " c ", "d\xa0e"), "a b c d e"),
        (("", "", ""), ""),
        (("word " * 50, "x", ""), "[…] " + "word " * 7 + "x"),
        (("", "x", " word" * 50), "x" + " word" * 7 + " […]"),
        (("before ", "long " * 20, "after"), "[…] long long long long long long long long […]"),
    ],
)
def test_each_side_uses_what_the_other_leaves(parts: tuple[str, str, str], expected: str) -> None:
    assert excerpt_around(*parts, 40) == expected


def test_text_is_one_line_without_control_characters() -> None:
    assert clean_text(" a\x00b\x1b[31m\u0085c\r\nd می‌آیند ") == "a b [31m c d می‌آیند"


def test_long_text_is_cut_quickly() -> None:
    start = time.thread_time()
    for text in ("x" * 4_000, "\u0301" * 4_000, " " * 4_000, "\u200d" * 4_000):
        assert len(excerpt_around(text, text, text, 200)) <= 230
    assert time.thread_time() - start < 0.2
