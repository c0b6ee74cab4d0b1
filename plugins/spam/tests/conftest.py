"""A small world for the plugin: a site, its settings, a signer and a clock that tests set."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from itsdangerous import URLSafeTimedSerializer

from embedcomments.api import Draft, Site
from embedcomments.testing import make_draft as testing_draft
from embedcomments_spam.settings import SpamSettings

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.fixture
def make_ctx() -> Callable[..., Any]:
    def make(*, site_id: int = 1, **settings: Any) -> Any:
        ctx = SimpleNamespace(
            plugin="spam",
            site=Site(id=site_id, name="default", title="", rev=1, created_at=NOW),
            settings=SpamSettings().load({"learn": False, "max_repeats": 0, **settings}),  # these need tables
            signer=URLSafeTimedSerializer("secret", salt="plugin.spam"),
            at=NOW,
        )
        ctx.now = lambda: ctx.at
        return ctx

    return make


@pytest.fixture
def make_draft() -> Callable[..., Draft]:
    return testing_draft
