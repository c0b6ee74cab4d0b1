"""Instances with services on them, and comments written with little to say."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from embedcomments.domain.comments import Author
from embedcomments.domain.sites import Site, SiteSettings
from embedcomments.domain.threads import ThreadRef
from embedcomments.services.commenting import Accepted, Submission
from embedcomments.wiring import Instance


@dataclass
class Bench:
    """An instance, its default site, and short ways to do the usual."""

    instance: Instance

    @property
    def parts(self) -> Any:
        return self.instance.parts

    @property
    def site(self) -> Site:
        """The default site as it is now."""
        return self.instance.parts.sites.get("default")

    def settings(self, **changes: Any) -> None:
        self.parts.sites.save_settings(self.site, SiteSettings(**changes))

    def submit(
        self,
        text: str = "Hello",
        *,
        to: Accepted | None = None,
        thread: str = "/a",
        author: Author | None = None,
        proofs: dict[str, Any] | None = None,
        **options: Any,
    ) -> Accepted:
        """Write a comment as a reader does."""
        submission = Submission(
            thread=ThreadRef(key=thread),
            author=author or Author(name="Ani", email="ani@a.example", url="https://ani.example/"),
            text=text,
            parent_id=to.comment.id if to else None,
            proofs=proofs or {},
        )
        accepted: Accepted = self.parts.commenting.submit(self.site, submission, **options)
        return accepted

    def now(self, accepted: Accepted) -> Any:
        """The comment as it stands now."""
        return self.parts.reading.comment(accepted.comment.id)

    def author_of(self, accepted: Accepted) -> Any:
        return self.parts.commenting.author_of(accepted.edit_token)

    def page(self, **options: Any) -> Any:
        return self.parts.reading.page(self.site, "/a", **options)


@pytest.fixture
def new_bench(new_instance: Callable[..., Instance]) -> Callable[..., Bench]:
    return lambda *plugins, **config: Bench(new_instance(*plugins, **config))


@pytest.fixture
def bench(new_bench: Callable[..., Bench]) -> Bench:
    """An instance without plugins."""
    return new_bench()


@pytest.fixture
def either(new_bench: Callable[..., Bench], database_url: Any) -> Bench:
    """An instance without plugins, on either engine."""
    return new_bench(database_url=database_url.render_as_string(hide_password=False))


@pytest.fixture
def together() -> Callable[..., list[Any]]:
    """``together(work, n)``: the answers of ``work(0)`` … ``work(n - 1)``, each on a thread of its own."""

    def run(work: Callable[[int], Any], n: int) -> list[Any]:
        with ThreadPoolExecutor(n) as pool:
            return list(pool.map(work, range(n)))

    return run
