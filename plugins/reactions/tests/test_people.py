"""Fingerprints: the same for a person at a comment, and nothing else in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from embedcomments_reactions.people import person_at

ONE, OTHER = "0" * 24, "1" * 24


def test_a_fingerprint_depends_on_comment_site_secret_and_address(make_ctx: Callable[..., Any]) -> None:
    made = [
        person_at(ctx, comment_id, address, None).voter
        for ctx in (make_ctx(), make_ctx(site_id=2), make_ctx(secret="another"))
        for comment_id in (ONE, OTHER)
        for address in ("203.0.113.1", "2001:db8::1")
    ]
    assert len(set(made)) == len(made) == 12
    assert {len(one) for one in made} == {43}
    assert person_at(make_ctx(), ONE, "203.0.113.1", "whatever").voter == made[0]


def test_an_address_is_the_voter_and_leaves_no_token(make_ctx: Callable[..., Any]) -> None:
    person = person_at(make_ctx(), ONE, "203.0.113.1", None)
    assert (person.voter, person.token) == (person.source, None)


def test_a_browser_is_another_person_than_its_address(make_ctx: Callable[..., Any]) -> None:
    ctx = make_ctx(one_vote_per="browser")
    first = person_at(ctx, ONE, "203.0.113.1", None)
    moved = person_at(ctx, ONE, "203.0.113.2", first.token)
    assert first.voter == moved.voter
    assert len({first.voter, first.source, moved.source}) == 3
    assert person_at(ctx, OTHER, "203.0.113.1", first.token).voter != first.voter


@pytest.mark.parametrize("content", ["text", 7, None, {}, [], [1], [1, 2], [1, "x", "y"], [2, "x"]])
def test_another_thing_that_we_signed_is_no_browser(make_ctx: Callable[..., Any], content: Any) -> None:
    ctx = make_ctx(one_vote_per="browser")
    token = ctx.signer.dumps(content)
    assert person_at(ctx, ONE, "203.0.113.1", token).token != token


@pytest.mark.parametrize("address", ["", "unix:", "\ud800", "203.0.113.1:80", "x" * 5_000])
def test_what_is_no_address_is_somebody_too(make_ctx: Callable[..., Any], address: str) -> None:
    assert len(person_at(make_ctx(), ONE, address, None).voter) == 43
