"""Texts that are nearly the same."""

from __future__ import annotations

import doctest
import statistics
import subprocess
import tarfile

import pytest

from embedcomments_spam import near

TEXT = "Hello everybody, come and have a look at my brand new channel, there are many songs that you will like"


def like(one: str, other: str) -> float:
    sketches = near.sketch_of(one), near.sketch_of(other)
    assert sketches[0] is not None
    assert sketches[1] is not None
    return near.similarity(*sketches)


@pytest.mark.parametrize(
    "other, is_near",
    [
        (TEXT.upper() + " 17!", True),
        (TEXT + " https://other.example/x", True),
        (TEXT.replace("brand new", "very own").replace("songs", "films"), True),
        ("Does anybody know which camera was used for the second half of it? The colours look wonderful to me", False),
        ("I have listened to that one for many years, and like it more each time that they play it to us", False),
    ],
)
def test_swapped_words_numbers_and_links_make_little_difference(other: str, is_near: bool) -> None:
    assert (like(TEXT, other) >= near.SIMILAR) is is_near


@pytest.mark.parametrize(
    "text", ["Thank you", "Thank you very much!", "x " * 10, "https://a.example/" + "x" * 99, "1" * 99]
)
def test_what_many_say_is_not_looked_at(text: str) -> None:
    assert near.sketch_of(text) is None


def test_long_texts_of_one_language_are_not_near() -> None:
    one, other = (
        f"{subprocess.__doc__} {tarfile.TarFile.open.__doc__}",
        f"{statistics.__doc__} {doctest.testmod.__doc__}",
    )
    assert min(len(one), len(other)) > 1_500
    assert like(one, one) == 1.0
    assert like(one, other) < 0.2


def test_the_index_keeps_the_newest_and_each_once() -> None:
    index = near.Index()
    sketch = near.sketch_of(TEXT)
    assert sketch is not None
    for _ in range(2):
        index.add("first", 1, sketch)
    index.add("second", 5, sketch)
    assert (index.times(sketch, 0), index.times(sketch, 1), index.times(sketch, 5)) == (2, 1, 0)
    for number in range(near._MAX_KEPT):
        index.add(str(number), 9, (number,))
    assert index.times(sketch, 0) == 0
    assert len(index._with) == near._MAX_KEPT
