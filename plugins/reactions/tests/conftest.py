"""What the plugin's parts need of a context: a site, its settings and a signer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from itsdangerous import URLSafeTimedSerializer

from embedcomments.api import Site
from embedcomments_reactions.settings import ReactionsSettings

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.fixture
def make_ctx() -> Callable[..., Any]:
    def make(*, site_id: int = 1, secret: str = "secret", **settings: Any) -> Any:
        return SimpleNamespace(
            plugin="reactions",
            site=Site(id=site_id, name="default", title="", rev=1, created_at=NOW),
            settings=ReactionsSettings().load(settings),
            signer=URLSafeTimedSerializer(
                secret, salt="plugin.reactions", signer_kwargs={"digest_method": hashlib.sha256}
            ),
        )

    return make
