"""What writers are told before they send."""

from __future__ import annotations

import json
from typing import Any

import pytest

import embedcomments_profanity
from embedcomments.testing import make_context, make_request
from embedcomments_profanity.asking import look
from embedcomments_profanity.asking_words import _KEYS, _SENTENCES


def told(text: str, lang: str = "en", **settings: Any) -> dict[str, Any]:
    ctx = make_context(embedcomments_profanity, **settings)
    body = json.dumps({"text": text, "lang": lang}).encode()
    answer: dict[str, Any] = json.loads(look(ctx, make_request("POST", body=body)).body)
    return answer


@pytest.mark.parametrize(
    "text, settings, note, ask",
    [
        ("a fine day", {}, None, None),
        ("Oh 5h1t", {}, "Readers will see “5h1t” masked.", None),
        (
            "you wogs, shit",
            {},
            "With “wogs” a moderator will read the comment first. Readers will see “shit” masked.",
            None,
        ),
        ("shit", {"text_strong": "reject"}, "This site does not publish “shit”. Please say it in another way.", None),
        ("shit", {"text_strong": "publish"}, None, None),
        (
            "shit, shit, SHIT",
            {"text_strong": "nudge"},
            None,
            "“shit”, “SHIT” may hurt somebody. Press the button once more to post it all the same.",
        ),
        (
            "You are such an idiot",
            {},
            "This may attack somebody: “You are such an idiot”. A moderator will read the comment first.",
            None,
        ),
        (
            "You are such an idiot",
            {"attacks": "nudge"},
            None,
            "“You are such an idiot” may hurt somebody. Press the button once more to post it all the same.",
        ),
        ("> you wogs\n\nNot nice.", {}, "Readers will see “wogs” masked.", None),
    ],
)
def test_a_writer_is_told_what_will_happen(
    text: str, settings: dict[str, Any], note: str | None, ask: str | None
) -> None:
    assert told(text, **settings) == {"note": note, "ask": ask}


def test_in_the_writers_language() -> None:
    assert told("shit", "de-AT")["note"] == "Wer liest, sieht “shit” verdeckt."
    assert told("shit", "xx")["note"] == told("shit")["note"]
    for sentences in _SENTENCES.values():
        assert len(sentences) == len(_KEYS)
        assert all(each.count("{words}") == 1 for each in sentences)


@pytest.mark.parametrize(
    "body, status",
    [
        (b"", 400),
        (b"[" * 50_000, 400),
        (b"\xff", 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"text": 5}', 422),
        (b'{"text": "x", "lang": 5}', 422),
        (json.dumps({"text": "x" * 20_001}).encode(), 422),
    ],
)
def test_nonsense_is_refused(body: bytes, status: int) -> None:
    answer = look(make_context(embedcomments_profanity), make_request("POST", body=body))
    assert (answer.status, answer.content_type, json.loads(answer.body)["status"]) == (
        status,
        "application/problem+json",
        status,
    )


def test_half_a_letter_is_answered() -> None:
    assert told("shit \ud800")["note"] == "Readers will see “shit” masked."
