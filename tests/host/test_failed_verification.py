"""A site chooses what becomes of a submission when a plugin that should have verified it fails."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from embedcomments.domain.comments import CommentState
from embedcomments.domain.drafts import Draft
from embedcomments.domain.errors import Rejected
from embedcomments.domain.verdicts import Action, Refusal, Verdict
from embedcomments.host.dispatch import Dispatch

MakePlugin = Callable[..., ModuleType]
NewHost = Callable[..., Any]


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Let go at the end; hooks that wait for it have half a second."""
    defaults = Dispatch.call.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "timeout_s", 0.5)
    event = threading.Event()
    yield event
    event.set()


def hold_on_failed_verify(host: Any) -> None:
    host.parts.sites.save_settings(host.site, replace(host.site.settings, on_failed_verify="hold"))


def fails() -> Any:
    raise ValueError("no")


@pytest.mark.parametrize("how", ["raises", "exits", "hangs", "answers nonsense"])
def test_it_is_held_on_sites_that_chose_so(
    new_host: NewHost, make_plugin: MakePlugin, gate: threading.Event, how: str
) -> None:
    ways: dict[str, Callable[[], Any]] = {
        "raises": fails,
        "exits": lambda: sys.exit("bye"),
        "hangs": lambda: gate.wait(30),
        "answers nonsense": lambda: True,
    }
    host = new_host(make_plugin("b", submission_verify=lambda draft: ways[how]()))
    with pytest.raises(Rejected, match="could not be checked"):
        host.submit()
    hold_on_failed_verify(host)
    comment = host.submit()
    assert (comment.state, comment.reason) == (CommentState.HELD, "b: The verification failed.")
    assert host.parts.dispatch.health.records()["b"].failures == {"submission_verify": 2}


def test_what_another_plugin_refuses_or_finds_worse_stays_so(new_host: NewHost, make_plugin: MakePlugin) -> None:
    def verify(draft: Draft) -> Refusal | None:
        return Refusal(message="No robots.") if "bot" in draft.text else None

    def check(draft: Draft) -> Verdict | None:
        return Verdict(action=Action.SPAM, reason="s") if "pill" in draft.text else None

    host = new_host(
        make_plugin("a", submission_verify=lambda draft: fails()),
        make_plugin("b", submission_verify=verify, comment_check=check),
    )
    hold_on_failed_verify(host)
    with pytest.raises(Rejected, match=r"No robots\."):
        host.submit("bot")
    assert [host.submit(words).state for words in ("words", "pill")] == [CommentState.HELD, CommentState.SPAM]


def test_a_plugin_that_rests_goes_by_the_same_rule(new_host: NewHost, make_plugin: MakePlugin) -> None:
    calls: list[str] = []

    def verify(draft: Draft) -> None:
        calls.append(draft.text)
        raise ValueError("no")

    host = new_host(make_plugin("a", submission_verify=verify))
    for _ in range(7):
        with pytest.raises(Rejected, match="could not be checked"):
            host.submit()
    hold_on_failed_verify(host)
    assert host.submit().state is CommentState.HELD
    assert len(calls) == 5
