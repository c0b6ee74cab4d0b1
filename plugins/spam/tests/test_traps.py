"""The honeypot and the stamp."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

import embedcomments_spam as plugin
from embedcomments.api import Action, Draft, PluginRequest, Refusal, Verdict
from embedcomments_spam import traps

REQUEST = PluginRequest(method="GET", path="stamp", url="", query={}, headers={}, body=b"", address="")


def stamp_of(ctx: Any) -> str:
    (route,) = plugin.register_routes()
    answer = route.handler(ctx, REQUEST)
    assert answer.headers["Cache-Control"] == "no-store"  # type: ignore[union-attr]
    return str(json.loads(answer.body)["stamp"])  # type: ignore[union-attr]


def refused(ctx: Any, draft: Draft, proof: dict[str, Any]) -> str | None:
    answer = plugin.submission_verify(ctx=ctx, draft=draft, proof=proof)
    return answer.message if isinstance(answer, Refusal) else None


@pytest.mark.parametrize(
    "after_s, settings, expected",
    [
        (0, {}, traps.SENTENCE_FOR_THE_QUICK),
        (2, {}, traps.SENTENCE_FOR_THE_QUICK),
        (3, {}, None),
        (2, {"min_seconds": 0}, None),
        (9, {"min_seconds": 10}, traps.SENTENCE_FOR_THE_QUICK),
        (86_400, {"require_stamp": True}, None),
        (86_401, {"require_stamp": True}, traps.SENTENCE_WITHOUT_STAMP),
        (86_401, {}, None),
    ],
)
def test_a_stamp_counts_by_its_age(
    make_ctx: Callable[..., Any],
    make_draft: Callable[..., Draft],
    after_s: int,
    settings: dict[str, Any],
    expected: str | None,
) -> None:
    ctx = make_ctx(**settings)
    stamp = stamp_of(ctx)
    ctx.at += timedelta(seconds=after_s)

    assert refused(ctx, make_draft(), {"stamp": stamp}) == expected


@pytest.mark.parametrize("stamp", [None, "", "forged", 7, [], {}, "x" * 10_000, "é.ü.ß"])
def test_a_stamp_that_is_not_ours_counts_as_missing(
    make_ctx: Callable[..., Any], make_draft: Callable[..., Draft], stamp: Any
) -> None:
    assert refused(make_ctx(), make_draft(), {"stamp": stamp}) is None
    assert refused(make_ctx(require_stamp=True), make_draft(), {"stamp": stamp}) == traps.SENTENCE_WITHOUT_STAMP


@pytest.mark.parametrize(
    "content", ["text", 7, None, {}, {"site": 1}, {"site": 1, "at": "x"}, {"site": 1, "at": 10**30}]
)
def test_another_thing_that_we_signed_is_no_stamp(
    make_ctx: Callable[..., Any], make_draft: Callable[..., Draft], content: Any
) -> None:
    ctx = make_ctx(require_stamp=True)

    assert refused(ctx, make_draft(), {"stamp": ctx.signer.dumps(content)}) == traps.SENTENCE_WITHOUT_STAMP


def test_a_stamp_of_another_site_counts_as_missing(
    make_ctx: Callable[..., Any], make_draft: Callable[..., Draft]
) -> None:
    ctx = make_ctx(require_stamp=True)

    assert refused(ctx, make_draft(), {"stamp": stamp_of(make_ctx(site_id=2))}) == traps.SENTENCE_WITHOUT_STAMP


def test_nothing_sent_along_passes(make_ctx: Callable[..., Any], make_draft: Callable[..., Draft]) -> None:
    assert refused(make_ctx(), make_draft(), {}) is None


@pytest.mark.parametrize(
    "value, caught", [("http://x.example", True), (1, True), ([], True), ("", False), ("  ", False), (None, False)]
)
def test_a_filled_honeypot_is_held_and_spam_where_the_site_wants_that(
    make_ctx: Callable[..., Any], make_draft: Callable[..., Draft], value: Any, caught: bool
) -> None:
    def said(draft: Draft, **settings: Any) -> Any:
        return plugin.submission_verify(ctx=make_ctx(**settings), draft=draft, proof={"website": value})

    held = Verdict(action=Action.HOLD, score=0.9, reason=traps.FILLED)
    assert said(make_draft()) == (held if caught else None)
    assert said(make_draft(), honeypot_filled="spam") == (replace(held, action=Action.SPAM) if caught else None)
    assert said(make_draft(), honeypot=False) is None
    assert said(make_draft(published_before=3, identity_id="i" * 24)) is None
