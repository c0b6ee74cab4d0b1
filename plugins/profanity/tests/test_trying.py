"""Words that are tried out on the site's comments before they are saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import embedcomments_profanity
from embedcomments.api import Page, Redirect
from embedcomments.testing import make_comment as new_comment
from embedcomments.testing import make_context, make_request
from embedcomments_profanity.trying import words_page


class Comments:
    """The newest first, in pages."""

    def __init__(self, texts: list[str]) -> None:
        self._all = [new_comment(9999 - number, source=text) for number, text in enumerate(texts)]

    def list(self, *, before: str | None = None, limit: int = 50, **_: Any) -> Any:
        return [comment for comment in self._all if before is None or comment.id < before][:limit]


def page_of(texts: list[str], form: Mapping[str, str], **settings: Any) -> tuple[Page | Redirect, list[Any]]:
    saved: list[Any] = []
    ctx = make_context(embedcomments_profanity, comments=Comments(texts), saved=saved, **settings)
    return words_page(ctx, make_request("POST", form=form)), saved


def test_a_trial_shows_what_would_change_and_saves_nothing() -> None:
    texts = ["My W1DGET broke.", "shit, my widgets!", "nothing here"]
    page, saved = page_of(texts, {"action": "try", "extra_words": "widget*\n", "allowed_words": "shit"})

    assert isinstance(page, Page)
    trial = page.values["trial"]
    assert (trial.read, trial.n_found, trial.n_passed) == (3, 2, 1)
    assert [(it.before, it.written, it.after, it.action) for it in trial.found] == [
        ("My ", "W1DGET", " broke.", "mask"),
        ("shit, my ", "widgets", "!", "mask"),
    ]
    assert [it.written for it in trial.passed] == ["shit"]
    assert saved == []


def test_a_thousand_comments_are_read_and_fifty_changes_shown() -> None:
    page, _ = page_of(["a widget"] * 1200, {"action": "try", "extra_words": "widget"})

    assert isinstance(page, Page)
    trial = page.values["trial"]
    assert (trial.read, trial.n_found, len(trial.found)) == (1000, 1000, 50)


def test_saving_saves_both() -> None:
    page, saved = page_of([], {"action": "save", "extra_words": " widget \r\n\r\ngadget", "allowed_words": ""})

    assert isinstance(page, Redirect)
    assert saved == [{"extra_words": ["widget", "gadget"], "allowed_words": []}]


@pytest.mark.parametrize("action", ["try", "save"])
def test_what_is_no_word_is_told_and_kept_in_its_field(action: str) -> None:
    page, saved = page_of([], {"action": action, "extra_words": "two words\n*", "allowed_words": "fine"})

    assert isinstance(page, Page)
    assert (page.status, saved) == (422, [])
    assert "“two words” is not one word" in page.values["wrong"]["extra_words"]
    assert page.values["typed"] == {"extra_words": "two words\n*", "allowed_words": "fine"}
