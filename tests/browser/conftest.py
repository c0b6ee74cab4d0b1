"""A real Chromium, real servers, and pages of another origin."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from find_browser import HOW_TO
from host_pages import HostPages, served
from nursery import Nursery, QuickServer
from playwright.sync_api import Browser, Error
from readers import Reader, running_browser

EXAMPLES = Path(__file__).parents[2] / "examples"
OPEN_DOORS = """
disabled_plugins = ["profanity", "pingback"]
[plugins.moderation]
hold = "nobody"
[plugins.spam]
min_seconds = 0
max_links = 100
min_words_per_link = 0
hold_links_in_name = false
under_attack = "off"
max_from_address = 0
max_from_writer = 0
max_in_thread = 0
max_near_repeats = 0
"""


def pytest_itemcollected(item: pytest.Item) -> None:
    """All of this folder is about a browser."""
    if Path(__file__).parent in item.path.parents:
        item.add_marker(pytest.mark.browser)


# Of this folder, not of the session: Playwright keeps an event loop running in this thread, which others cannot bear.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium. Without one these tests are skipped, except where they are required."""
    with ExitStack() as running:
        try:
            found = running.enter_context(running_browser())
        except Error as error:
            if os.environ.get("CI") == "true" or os.environ.get("EMBEDCOMMENTS_REQUIRE_BROWSER") == "1":
                raise
            pytest.skip(f"There is no browser to test with. {HOW_TO}. ({str(error).splitlines()[0]})")
        yield found


@pytest.fixture(scope="package")
def nursery() -> Iterator[Nursery]:
    """Where servers come from."""
    made = Nursery()
    yield made
    made.close()


@pytest.fixture(scope="package")
def _idle_readers(browser: Browser) -> Iterator[list[Reader]]:
    """Those who wait for the next test: a new context costs more than most tests."""
    idle: list[Reader] = []
    yield idle
    for reader in idle:
        reader.close()


@pytest.fixture
def new_reader(browser: Browser, _idle_readers: list[Reader]) -> Iterator[Callable[..., Reader]]:
    """Makes readers; see Reader for what may be said. Fails when any of them had to complain."""
    readers: list[Reader] = []

    def make(**how: Any) -> Reader:
        readers.append(_idle_readers.pop() if _idle_readers and not how else Reader(browser, **how))
        return readers[-1]

    yield make
    complaints = [reader.complaints[:] for reader in readers if reader.complaints]
    for reader in readers:
        if reader.is_plain:
            reader.start_over()
            _idle_readers.append(reader)
        else:
            reader.close()
    assert complaints == []


@pytest.fixture(scope="package")
def host() -> Iterator[HostPages]:
    """A site of another origin."""
    with served(HostPages()) as site:
        yield site


@pytest.fixture(scope="module")
def start_server(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., QuickServer]]:
    """Starts a server with a configuration in TOML, which lasts for the module."""
    with ExitStack() as running:

        def start(config: str = OPEN_DOORS, **how: Any) -> QuickServer:
            folder = tmp_path_factory.mktemp("server") / "data"
            folder.mkdir()
            (folder / "embedcomments.toml").write_text(config)
            return running.enter_context(QuickServer(nursery, folder, **how))

        yield start


@pytest.fixture(scope="package")
def open_server(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuickServer]:
    """A server for all tests of this folder that need no other: whatever is written there is published at once."""
    folder = tmp_path_factory.mktemp("open") / "data"
    folder.mkdir()
    (folder / "embedcomments.toml").write_text(OPEN_DOORS)
    with QuickServer(nursery, folder) as server:
        yield server


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    """A thread of the test's own."""
    return request.node.name


@pytest.fixture
def page_url(host: HostPages, open_server: QuickServer, key: str) -> str:
    """A page with that thread."""
    return host.embed(open_server.url, key)
