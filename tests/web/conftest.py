"""Instances in this process, with the plugins that a test makes, and clients that call them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from comment_requests import LONGEST, PAGES, PRESS
from site_client import SiteClient

from embedcomments.api import Action, Verdict
from embedcomments.domain.comments import Author, CommentKind, Link
from embedcomments.domain.configuration import Config
from embedcomments.domain.drafts import Draft
from embedcomments.domain.errors import OutboundForbidden
from embedcomments.domain.threads import ThreadRef
from embedcomments.wiring import build

NewClient = Callable[..., SiteClient]


class NoNetwork:
    """An Outbound that reaches nobody."""

    def get(self, url: str, **_: Any) -> Any:
        raise OutboundForbidden("There is no network here.")

    def post(self, url: str, body: bytes, **_: Any) -> Any:
        raise OutboundForbidden("There is no network here.")


def _new_client(folder: Path, migrated: Path, plugins: tuple[ModuleType, ...], **config: Any) -> SiteClient:
    clock = config.pop("clock", None)
    folder.mkdir(exist_ok=True)
    settings = {"data_dir": folder, "posts_per_minute": 0, "hook_timeout_s": 20.0, **config}
    if not (folder / "embedcomments.sqlite3").exists() and "database_url" not in settings:
        shutil.copy(migrated, folder / "embedcomments.sqlite3")
    return SiteClient(build(Config(**settings), clock=clock, outbound=NoNetwork(), plugin_modules=list(plugins)))


@pytest.fixture(autouse=True)
def nothing_is_refined(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that is compared with itself must not be compressed anew in between."""
    monkeypatch.setattr("embedcomments.services.snapshots.POPULAR", -1)


@pytest.fixture
def new_client(tmp_path: Path, _migrated_sqlite: Path, clock: Any) -> Iterator[NewClient]:
    """``new_client(plugin, …, **config)`` is a SiteClient of a new instance, without a limit on posts."""
    made: list[SiteClient] = []

    def make(*plugins: ModuleType, **config: Any) -> SiteClient:
        made.append(_new_client(tmp_path / "data", _migrated_sqlite, plugins, **{"clock": clock, **config}))
        return made[-1]

    yield make
    for client in made:
        client.instance.close()


@pytest.fixture
def client(new_client: NewClient) -> SiteClient:
    """An instance without plugins."""
    return new_client()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, _migrated_sqlite: Path) -> Iterator[SiteClient]:
    """An instance without plugins for a whole module: for tests that leave nothing behind which matters to another."""
    client = _new_client(tmp_path_factory.mktemp("shared"), _migrated_sqlite, ())
    yield client
    client.instance.close()


@pytest.fixture
def holder(make_plugin: Callable[..., ModuleType]) -> ModuleType:
    """A plugin that holds texts beginning with HOLD, takes those with SPAM for spam and rejects REJECT."""

    def judge(draft: Draft) -> Verdict | None:
        for word, action in (("HOLD", Action.HOLD), ("SPAM", Action.SPAM), ("REJECT", Action.REJECT)):
            if draft.text.startswith(word):
                return Verdict(action=action, score=0.5, reason=f"It says {word}.")
        return None

    return make_plugin("holder", comment_check=lambda draft: judge(draft))


@pytest.fixture
def mention(clock: Any) -> Callable[..., Any]:
    """``mention(client, url)`` adds a pingback of that page to the client's thread; the stored comment."""

    def add(client: SiteClient, url: str, title: str = "Elsewhere", text: str = "An excerpt.") -> Any:
        site = client.parts.sites.get(client.site)
        draft = Draft(
            site_id=site.id,
            thread=ThreadRef(key=client.key),
            author=Author(name=title),
            text=text,
            submitted_at=clock.now(),
            kind=CommentKind.PINGBACK,
            link=Link(url=url, title=title),
        )
        return client.parts.commenting.mention(site, draft)

    return add


@pytest.fixture
def judged(new_client: Callable[..., SiteClient], make_plugin: Callable[..., ModuleType]) -> SiteClient:
    """A site with an origin and a plugin that holds, rejects or fails as the text asks."""

    def check(ctx: Any, draft: Any) -> Verdict | None:
        if "refuse" in draft.text:
            return Verdict(action=Action.REJECT, reason="Not this.")
        return Verdict(action=Action.HOLD, reason="Look.") if "hold" in draft.text else None

    client = new_client(make_plugin("judge", comment_check=check), max_body_bytes=LONGEST)
    client.parts.sites.add_origin(client.parts.sites.get("default"), PAGES)
    client.parts.sites.add_origin(client.parts.sites.add("press"), PRESS)
    return client
