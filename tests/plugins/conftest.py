"""Our plugins in a whole application, on either engine."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from site_client import SiteClient

from embedcomments.storage.sites import PluginChoice
from embedcomments.wiring import Instance


@pytest.fixture
def new_client(new_instance: Callable[..., Instance], database_url: Any) -> Callable[..., SiteClient]:
    """``new_client(plugin, …)`` is a client of an instance on a new database, without a limit on posts."""

    def make(*plugins: ModuleType, **config: Any) -> SiteClient:
        url = database_url.render_as_string(hide_password=False)
        return SiteClient(new_instance(*plugins, database_url=url, posts_per_minute=0, **config))

    return make


@pytest.fixture
def choose() -> Callable[..., None]:
    """``choose(client, "plugin", enabled=True, **settings)`` on a site."""

    def save(
        client: SiteClient, plugin: str, *, site: str = "default", enabled: bool | None = True, **settings: Any
    ) -> None:
        found = client.parts.sites.get(site)
        client.parts.choices.save(found, plugin, PluginChoice(enabled=enabled, settings=settings))

    return save
