"""Servers to be maltreated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from nursery import Nursery, QuickServer

NO_PLUGINS = 'disabled_plugins = ["moderation", "profanity", "pingback", "spam"]\n'


@pytest.fixture(scope="package")
def nursery() -> Iterator[Nursery]:
    """Where servers come from."""
    made = Nursery()
    yield made
    made.close()


@pytest.fixture
def start_server(nursery: Nursery, tmp_path: Path) -> Iterator[Callable[..., QuickServer]]:
    """Starts a server with a configuration in TOML; without one it has no plugins and publishes at once."""
    with ExitStack() as running:

        def start(config: str = NO_PLUGINS, *, workers: int = 1, **environment: str) -> QuickServer:
            folder = tmp_path / "data"
            folder.mkdir()
            (folder / "embedcomments.toml").write_text(config)
            server = QuickServer(nursery, folder, environment=environment, options=("--workers", str(workers)))
            return running.enter_context(server)

        yield start
