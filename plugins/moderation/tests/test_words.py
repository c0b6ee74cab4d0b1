"""Listed words in texts of any script."""

from __future__ import annotations

import pytest

from embedcomments_moderation.words import find_listed


@pytest.mark.parametrize(
    "text, entry",
    [
        ("Buy Casino chips", "casino"),
        ("CASINO", "casino"),
        ("casino, of course", "Casino"),
        ("ｃａｓｉｎｏ", "casino"),
        ("ca\u200bsi\u00adno", "casino"),
        ("the casinos of old", "casino*"),
        ("megacasino", "*casino"),
        ("uncasinolike", "*casino*"),
        ("Please buy now, friends", "buy now"),
        ("buy\n  NOW", "buy now"),
        ("Это казино.", "казино"),
        ("Սա խաղատուն է", "խաղատուն"),
        ("यह किताब है", "किताब"),
        ("هذا كازينو", "كازينو"),
        ("这是赌场啊", "*赌场*"),
        ("Straße", "STRASSE"),
        ("covid-19 again", "covid 19"),
    ],
)
def test_a_listed_word_is_found(text: str, entry: str) -> None:
    assert find_listed(text, ["nothing of it", entry, "nor this"]) == entry


@pytest.mark.parametrize(
    "text, entry",
    [
        ("Scunthorpe", "cunt"),
        ("casinos", "casino"),
        ("किताबें", "किताब"),  # the vowel sign belongs to the word
        ("buy it now", "buy now"),
        ("", "casino"),
        ("ca.sino", "casino"),
        ("a b", "a*b"),
    ],
)
def test_what_is_not_the_whole_word_is_not_found(text: str, entry: str) -> None:
    assert find_listed(text, [entry]) is None


def test_the_first_of_two_neighbours_leaves_the_second_its_blank() -> None:
    assert find_listed("one two", ["two", "x"]) == "two"
    assert find_listed("one two", ["one", "two"]) == "one"


def test_an_entry_of_signs_alone_finds_nothing() -> None:
    assert find_listed("anything", ["…"]) is None
    assert find_listed("anything", []) is None


def test_a_long_run_of_letters_is_no_work() -> None:
    assert find_listed("a" * 200_000, ["*b*c", "a*b*c"]) is None
