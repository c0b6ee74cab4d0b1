"""Ids of comments."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from embedcomments.domain.ids import is_id, new_id

MOMENT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def test_ids_of_one_moment_are_in_the_order_of_their_making() -> None:
    made = [new_id(MOMENT) for _ in range(2000)]
    assert made == sorted(set(made))
    assert all(map(is_id, made))


def test_ids_of_one_moment_are_different_in_all_threads() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: new_id(MOMENT), range(4000)))
    assert len(set(made)) == 4000
    assert {one[:9] for one in made} == {made[0][:9]}  # the first 45 bits are of the moment


def test_ids_sort_by_time_whenever_they_were_made() -> None:
    moments = [MOMENT + timedelta(milliseconds=step) for step in (5, 0, 3, 1, 4, 2, 5, 0)]
    made = [(new_id(at), at) for at in moments]
    assert [at for _, at in sorted(made)] == sorted(moments)


def test_an_id_does_not_tell_the_next_one() -> None:
    steps = [int_of(new_id(MOMENT)) for _ in range(100)]
    distances = [after - before for before, after in itertools.pairwise(steps)]
    assert len(set(distances)) == len(distances)
    assert max(distances) > 2**40


def int_of(text: str) -> int:
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    number = 0
    for letter in text:
        number = number * 32 + alphabet.index(letter)
    return number
