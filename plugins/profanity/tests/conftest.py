"""Contexts with settings, and drafts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from embedcomments.api import Author, Draft, ThreadRef
from embedcomments_profanity.settings import ProfanitySettings


@pytest.fixture
def make_ctx() -> Callable[..., Any]:
    def make(**settings: Any) -> Any:
        return SimpleNamespace(plugin="profanity", settings=ProfanitySettings().load(settings))

    return make


@pytest.fixture
def make_draft() -> Callable[..., Draft]:
    def make(text: str = "Hello", *, name: str = "Nshan", **changes: Any) -> Draft:
        draft = Draft(
            site_id=1,
            thread=ThreadRef(key="https://example.com/a"),
            author=Author(name=name),
            text=text,
            submitted_at=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
        )
        return replace(draft, **changes)

    return make
