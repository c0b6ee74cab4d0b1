"""The pytest plugin. pytest imports this module at each start of any project that has embedcomments installed, so
nothing of ours is imported before a fixture is used."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from embedcomments.testing.app import App
    from embedcomments.testing.clock import ManualClock
    from embedcomments.testing.network import FakeNetwork

NewApp = Callable[..., "App"]


@pytest.fixture
def embedcomments_clock() -> ManualClock:
    """The clock of the test's apps; it stands still until it is set or moved."""
    # Inside, because projects that do not use the fixtures must not pay for them; so in each of them.
    from embedcomments.testing.clock import ManualClock

    return ManualClock()


@pytest.fixture
def embedcomments_network() -> FakeNetwork:
    """The world outside the test's apps: answers that the test registers, and what was asked."""
    # Inside, as above.
    from embedcomments.testing.network import FakeNetwork

    return FakeNetwork()


@pytest.fixture(scope="session")
def _embedcomments_empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database that is up to date: copying it is faster than to make one for each test."""
    # Inside, as above.
    from embedcomments.storage.database import Database
    from embedcomments.storage.migrate import migrate

    file = tmp_path_factory.mktemp("embedcomments") / "empty.sqlite3"
    database = Database(f"sqlite:///{file}")
    migrate(database)
    database.close()
    return file


@pytest.fixture
def embedcomments_app(
    tmp_path: Path,
    _embedcomments_empty: Path,
    embedcomments_clock: ManualClock,
    embedcomments_network: FakeNetwork,
) -> Iterator[NewApp]:
    """Makes apps: ``embedcomments_app(my_plugin, "spam", strict=True, **config)`` is an ``embedcomments.testing.App``
    with exactly these plugins, closed after the test."""
    # Inside, as above.
    from embedcomments.testing.app import App

    made: list[App] = []
    numbers = itertools.count(1)

    def make(*plugins: Any, **how: Any) -> App:
        folder = tmp_path / f"embedcomments-{next(numbers)}"
        folder.mkdir(mode=0o700)
        shutil.copy(_embedcomments_empty, folder / "embedcomments.sqlite3")
        made.append(App(folder, *plugins, clock=embedcomments_clock, network=embedcomments_network, **how))
        return made[-1]

    yield make
    for app in reversed(made):
        app.close()
