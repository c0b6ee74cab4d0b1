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
from embedcomments_spam import blocked, listing
from embedcomments_spam.settings import SpamSettings

LIMITS = {"max_from_address": 0, "max_from_writer": 0, "max_in_thread": 0}
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


class NoTables:
    """Stands for tables of which nothing is asked."""


@pytest.fixture
def make_ctx() -> Callable[..., Any]:
    def make(*, site_id: int = 1, **settings: Any) -> Any:
        ctx = SimpleNamespace(
            plugin="spam",
            site=Site(id=site_id, name="default", title="", rev=1, created_at=NOW),
            settings=SpamSettings().load(
                {"learn": False, "max_repeats": 0, "max_near_repeats": 0, "under_attack": "off", **LIMITS, **settings}
            ),  # these need tables
            signer=URLSafeTimedSerializer("secret", salt="plugin.spam"),
            at=NOW,
            fingerprint=lambda text: f"of {site_id}: {text}",
        )
        ctx.now = lambda: ctx.at
        ctx.tables = NoTables()
        blocked._kept[ctx.tables] = (NOW, blocked.Blocked())
        listing._kept[ctx.tables] = (NOW, ())
        return ctx

    return make


@pytest.fixture
def make_draft() -> Callable[..., Draft]:
    return testing_draft
