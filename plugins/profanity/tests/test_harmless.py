"""What is not looked at word by word, because all its parts are known, has no hits."""

from __future__ import annotations

import json
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedcomments_profanity.matcher import Hit, Matcher, matcher_for

TRAPS = json.loads((Path(__file__).parent / "traps.json").read_text(encoding="utf-8"))
PARTS = [
    *"aIfuckshit-*!хуй妈的シ",
    *(
        "f.",
        "u.c",
        "f!u",
        "c*k",
        "fuck",
        "f**k",
        "f<b>u",
        "ck</b>",
        "ｆｕｃｋ",
        "kcuf",
        "fu\u200bck",
        "\u202ekcuf\u202c",
    ),
    *("blue", "tit", "cum", "laude", "the", "house", "of", "Dick", "dick", "\u0301", "\u0301k", "k\u0301", "🅵🆄🅲🅺"),
    *("cyka", "дом", "քունեմ", "տուն", "傻逼", "他妈"),
]
BLANKS = [" ", "  ", "\n", "\t", "\u00a0", "\u3000", "\u2028", "", ".", "-", " - "]


def both(matcher: Matcher, text: str) -> tuple[tuple[Hit, ...], tuple[Hit, ...]]:
    """The hits, and those of looking at each word."""
    with patch.object(Matcher, "_is_harmless", return_value=False):
        thoroughly = matcher._find(text)
    return matcher._find(text), thoroughly


@settings(max_examples=600, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PARTS), st.sampled_from(BLANKS)), max_size=14))
def test_parts_in_any_order_have_the_same_hits(parts: list[tuple[str, str]]) -> None:
    short, thorough = both(matcher_for((), ()), "".join(part + blank for part, blank in parts))
    assert short == thorough


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="fuckshitасука \u0301\u200b*!.-\n", max_size=40))
def test_any_letters_have_the_same_hits(text: str) -> None:
    short, thorough = both(matcher_for((), ()), text)
    assert short == thorough


def test_traps_have_the_same_hits() -> None:
    matcher = matcher_for((), ())
    texts = [text for group in TRAPS.values() for text in group]
    assert len(texts) > 1000
    for text in texts:
        short, thorough = both(matcher, f"{text} and {text}")
        assert short == thorough


def test_most_texts_are_harmless_at_sight() -> None:
    matcher = matcher_for((), ())
    assert matcher._is_harmless("I walked to a house by the river, and it was a quiet morning.")
    assert matcher._is_harmless("Сегодня утром я шёл к дому у реки.")
    assert not matcher._is_harmless("What the fuck")
    assert not matcher._is_harmless("Say f u c k")


@pytest.mark.parametrize("own", ["house", "hous*", "*ous*"])
def test_words_of_a_site_are_looked_for_too(own: str) -> None:
    text = "I walked to the house."
    assert matcher_for((), ())._is_harmless(text)
    assert [text[hit.start : hit.end] for hit in matcher_for((own,), ()).find(text)] == ["house"]
