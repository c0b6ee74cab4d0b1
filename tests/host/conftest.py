"""Instances with small plugins, and drafts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

from embedcomments.domain.comments import Author, Comment
from embedcomments.domain.drafts import Draft
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import ThreadRef
from embedcomments.services.commenting import Submission
from embedcomments.storage.sites import PluginChoice
from embedcomments.wiring import Instance


@dataclass
class Host:
    """An instance with plugins, and short ways to ask them."""

    instance: Instance

    @property
    def parts(self) -> Any:
        return self.instance.parts

    @property
    def extensions(self) -> Any:
        return self.instance.parts.extensions

    @property
    def site(self) -> Site:
        """The default site as it is now."""
        return self.instance.parts.sites.get("default")

    def draft(self, text: str = "Hello", **changes: Any) -> Draft:
        return Draft(
            site_id=self.site.id,
            thread=ThreadRef(key="/a"),
            author=Author(name="Ani"),
            text=text,
            submitted_at=self.parts.clock.now(),
            **changes,
        )

    def submit(self, text: str = "Hello", site: Site | None = None, key: str = "/a") -> Comment:
        submission = Submission(thread=ThreadRef(key=key), author=Author(name="Ani"), text=text)
        comment: Comment = self.parts.commenting.submit(site or self.site, submission).comment
        return comment

    def choose(self, plugin: str, *, enabled: bool | None = None, site: Site | None = None, **settings: Any) -> None:
        self.parts.choices.save(site or self.site, plugin, PluginChoice(enabled=enabled, settings=settings))

    def context(self, plugin: str, site: Site | None = None) -> Any:
        found = site or self.site
        return self.parts.contexts.of(self.parts.choices.find(found, plugin), found)


@pytest.fixture
def new_host(new_instance: Callable[..., Instance]) -> Callable[..., Host]:
    def make(*plugins: ModuleType, **config: Any) -> Host:
        return Host(new_instance(*plugins, **config))

    return make
