"""Getting ready beside the start of the server."""

from __future__ import annotations

from threading import Event

import pytest

import embedcomments_profanity


def test_the_start_does_not_wait_for_the_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    may_end, has_ended = Event(), Event()

    def load_slowly() -> None:
        if may_end.wait(30):
            has_ended.set()

    monkeypatch.setattr(embedcomments_profanity, "load_defaults", load_slowly)
    embedcomments_profanity.plugin_started()
    assert not has_ended.is_set()
    may_end.set()
    assert has_ended.wait(30)
