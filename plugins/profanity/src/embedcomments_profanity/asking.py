"""What a writer is told of a text before it is sent: no list of words goes to readers, their text comes here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from embedcomments.api import PluginContext, PluginRequest, PluginResponse, SourceFormat
from embedcomments_profanity.actions import attacks_in, find_in_text
from embedcomments_profanity.asking_words import sentence
from embedcomments_profanity.settings import HOLD, MASK, NUDGE, REJECT

_MOST_CHARACTERS = 20_000
_MOST_WORDS = 5


def look(ctx: PluginContext, request: PluginRequest) -> PluginResponse:
    """``{"text", "lang"}`` → ``{"note", "ask"}``: sentences in that language, null where there is nothing to say.
    ``note`` says what will be masked, held or refused, ``ask`` asks whether to post it all the same. Nothing is kept.
    Else a problem (RFC 9457), 400 or 422."""
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return _problem(400, "malformed_request", "The body is no JSON that could be read.")
    text, lang = (body.get("text"), body.get("lang", "en")) if isinstance(body, dict) else (None, None)
    if not isinstance(text, str) or not isinstance(lang, str) or len(text) > _MOST_CHARACTERS:
        sentence = f"This takes a text of at most {_MOST_CHARACTERS:,} characters, and the tag of a language."
        return _problem(422, "invalid_request", sentence)
    return _json(200, tell(text, lang, ctx.settings), "application/json")


def tell(text: str, lang: str, settings: Mapping[str, Any]) -> dict[str, str | None]:
    """See ``look``."""
    findings = find_in_text(text, settings, SourceFormat.MARKDOWN)
    by_action = {
        action: [finding.written for finding in findings if finding.action == action]
        for action in (REJECT, HOLD, MASK, NUDGE)
    }
    attacks = [text[attack.start : attack.end] for attack in attacks_in(text, settings)]
    notes = [(action, by_action[action]) for action in (REJECT, HOLD, MASK)]
    asked = by_action[NUDGE] + (attacks if settings["attacks"] == NUDGE else [])
    if settings["attacks"] == HOLD:
        notes.append(("attack", attacks))
    note = " ".join(sentence(lang, action, _listed(words)) for action, words in notes if words)
    return {"note": note or None, "ask": sentence(lang, NUDGE, _listed(asked)) if asked else None}


def _problem(status: int, code: str, detail: str) -> PluginResponse:
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail}
    return _json(status, body, "application/problem+json")


def _json(status: int, body: Mapping[str, Any], content_type: str) -> PluginResponse:
    told = json.dumps(body, ensure_ascii=False).encode(errors="replace")
    return PluginResponse(status=status, body=told, content_type=content_type, headers={"Cache-Control": "no-store"})


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"“{word}”" for word in _first(dict.fromkeys(words)))


def _first(words: Iterable[str]) -> list[str]:
    return [" ".join(word.split()) for word in list(words)[:_MOST_WORDS]]
