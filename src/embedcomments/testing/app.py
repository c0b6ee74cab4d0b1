"""An instance in this process with exactly the plugins that a test wants, and short ways to use it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from embedcomments.api import (
    Author,
    Comment,
    CommentKind,
    Draft,
    Link,
    PluginContext,
    Role,
    Site,
    ThreadRef,
    normalise_key,
)
from embedcomments.app import create_app
from embedcomments.domain.configuration import Config
from embedcomments.host.fence import Failure
from embedcomments.host.plugins import BrokenPlugin, Plugin
from embedcomments.host.settings import validate_site_settings
from embedcomments.services.commenting import Submission
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import jobs as job_rows
from embedcomments.storage.jobs import JobRow
from embedcomments.storage.sites import PluginChoice
from embedcomments.testing.clock import ManualClock
from embedcomments.testing.desk import Desk
from embedcomments.testing.makers import KEY, make_import
from embedcomments.testing.network import FakeNetwork
from embedcomments.testing.sources import find_plugin
from embedcomments.wiring import build

_log = logging.getLogger(__name__)


class PluginFailed(Exception):
    """A plugin raised, hung or answered nonsense where the server would have gone on. Its cause is what was raised."""

    def __init__(self, plugin: str, hook: str, error: str) -> None:
        super().__init__(f"{plugin} failed in {hook}: {error}")
        self.plugin = plugin
        self.hook = hook
        self.error = error


class App:
    """An instance on a folder of its own, with SQLite. Nothing of it runs by itself: jobs wait for ``run_jobs``.

    ``plugins``: modules, names of installed plugins, or paths of files; their hooks run in the order of the instance.
    ``strict``: what the server would swallow is raised as PluginFailed, at once or at the end of the call of this
    object during which it happened. Set it to False to see what readers would; ``failures`` has everything.
    ``config`` is the instance's (see docs/configuration.md); no limit on posts unless it says so, and hooks have ten
    seconds, so that a busy machine fails no test.
    Raises PluginFailed for a plugin that cannot be loaded, when strict.
    """

    def __init__(
        self,
        data_dir: Path,
        *plugins: ModuleType | str | Path,
        clock: ManualClock | None = None,
        network: FakeNetwork | None = None,
        strict: bool = True,
        **config: Any,
    ) -> None:
        self.clock = clock or ManualClock()
        self.network = network or FakeNetwork()
        self.strict = strict
        self.failures: list[PluginFailed] = []
        self._unraised: list[PluginFailed] = []
        modules = [item if isinstance(item, ModuleType) else find_plugin(item) for item in plugins]
        settings = {"data_dir": data_dir, "posts_per_minute": 0, "hook_timeout_s": 10.0, **config}
        self.instance = build(Config(**settings), clock=self.clock, outbound=self.network, plugin_modules=modules)
        self._parts = self.instance.parts
        self._parts.dispatch.on_failure = self._failed
        try:
            for broken in self.broken if strict else ():
                raise PluginFailed(broken.name, "loading", broken.error)
            self._flask = create_app(self.instance)
            self.http: FlaskClient = self._flask.test_client()
            with self.watched():
                self._parts.lifecycle.started()
        except BaseException:
            self.instance.close()
            raise

    def close(self) -> None:
        """Stop it. Raises PluginFailed for what failed since the last call, when strict."""
        try:
            with self.watched():
                self._parts.lifecycle.stopping()
        finally:
            self.instance.close()

    @property
    def plugins(self) -> Sequence[Plugin]:
        """Those that were loaded, in the order in which their hooks run."""
        return self._parts.plugins.loaded

    @property
    def broken(self) -> Sequence[BrokenPlugin]:
        """Those that could not be loaded, or whose migrations failed."""
        return self._parts.plugins.broken

    @property
    def site(self) -> Site:
        """The site ``default`` as it is now."""
        return self._parts.sites.get("default")

    def add_site(self, name: str, *, origins: Sequence[str] = ()) -> Site:
        """Another site, which pages of ``origins`` may embed."""
        site = self._parts.sites.add(name)
        for origin in origins:
            self._parts.sites.add_origin(site, origin)
        return self._parts.sites.get(name)

    def context(self, plugin: str | None = None, *, site: Site | None = None) -> PluginContext:
        """The context that its hooks get now. Raises LookupError when the plugin is off on the site."""
        where = self._parts.sites.by_id((site or self.site).id)
        name = self._name(plugin)
        item = self._parts.choices.find(where, name)
        if item is None:
            raise LookupError(f"{name} is off on {where.name}.")
        return self._parts.contexts.of(item, where)

    def configure(self, plugin: str | None = None, *, site: Site | None = None, **settings: Any) -> None:
        """Save settings of the site, as the desk's form does. Raises InvalidRequest with ``data["errors"]``."""
        where, name = site or self.site, self._name(plugin)
        found = next(item for item in self.plugins if item.name == name)
        stored = self._parts.choices.stored(where, name)
        valid = validate_site_settings(found, {**stored.settings, **settings})
        self._parts.choices.save(where, name, PluginChoice(enabled=stored.enabled, settings=valid))

    def enable(self, plugin: str | None = None, *, site: Site | None = None) -> None:
        """Switch a plugin on for the site, as the desk does: ``site_enabled`` is called."""
        with self.watched():
            self._parts.lifecycle.switch(site or self.site, self._name(plugin), on=True)

    def disable(self, plugin: str | None = None, *, site: Site | None = None) -> None:
        """Switch a plugin off for the site, as the desk does: ``site_disabled`` is called."""
        with self.watched():
            self._parts.lifecycle.switch(site or self.site, self._name(plugin), on=False)

    def draft(self, text: str = "Hello", *, name: str = "Nshan", key: str = KEY, **changes: Any) -> Draft:
        """A draft of this moment for the site, of which nothing is stored."""
        given = {"site_id": self.site.id, "thread": ThreadRef(key=key), "submitted_at": self.clock.now(), **changes}
        return Draft(author=Author(name=name), text=text, **given)

    def comment(
        self,
        text: str = "Hello",
        *,
        name: str = "Nshan",
        key: str = KEY,
        site: Site | None = None,
        parent: Comment | None = None,
        proof: Mapping[str, Any] | None = None,
    ) -> Comment:
        """A reader's comment that went through the whole pipeline, as it is stored. A second passes afterwards, because
        comments of one moment have no order.

        ``proof``: what plugins' widget parts sent, by plugin. Raises Rejected when a plugin refuses it.
        """
        where = site or self.site
        thread = ThreadRef(key=normalise_key(key), url=key if key.startswith("http") else None)
        submission = Submission(
            thread=thread,
            author=Author(name=name),
            text=text,
            parent_id=parent.id if parent else None,
            proofs=proof or {},
            address="192.0.2.1",
        )
        with self.watched():
            comment = self._parts.commenting.submit(where, submission).comment
        self.clock.advance(seconds=1)
        return comment

    def mention(self, url: str, *, title: str = "Elsewhere", text: str = "An excerpt.", key: str = KEY) -> Comment:
        """A pingback of the page ``url``, through the pipeline as well."""
        draft = self.draft(
            text, name=title, key=key, kind=CommentKind.PINGBACK, link=Link(url=url, title=title)
        )  # fmt: skip
        with self.watched():
            return self._parts.commenting.mention(self.site, draft)

    def import_comments(self, *texts: str, key: str = KEY) -> Sequence[Comment]:
        """Published top-level comments that no plugin was asked about, a second apart, as an import adds them."""
        thread = make_import(*texts, key=normalise_key(key), start=self.clock.now())
        with self.watched():
            self.instance.import_writer.write(self.site, [thread])
        found = comment_rows.Filter(site_id=self.site.id)
        with self._parts.database.read() as connection:
            newest = comment_rows.list_comments(connection, found, before=None, limit=len(texts))
        return list(reversed(newest))

    def stored(self, comment: Comment) -> Comment:
        """The same comment as it is now. Raises LookupError when it is gone."""
        with self._parts.database.read() as connection:
            found = comment_rows.get_comment(connection, comment.id)
        if found is None:
            raise LookupError(f"There is no comment {comment.id}.")
        return found

    def call(self, method: str, path: str, **how: Any) -> TestResponse:
        """An answer to an HTTP request; ``how`` is what werkzeug's test client takes (``json=``, ``headers=``, …)."""
        with self.watched():
            return self.http.open(path, method=method, **how)

    def get(self, path: str, **how: Any) -> TestResponse:
        """GET."""
        return self.call("GET", path, **how)

    def post(self, path: str, **how: Any) -> TestResponse:
        """POST."""
        return self.call("POST", path, **how)

    def thread(self, key: str = KEY, *, site: Site | None = None) -> Any:
        """The JSON of a page of the thread, as readers get it."""
        name = (site or self.site).name
        answer = self.get(f"/api/v1/sites/{name}/thread", query_string={"key": key})
        if answer.status_code != 200:
            raise LookupError(answer.text)
        return answer.json

    def desk(self, *, name: str = "Anahit", site: Site | None = None, role: Role = Role.OWNER) -> Desk:
        """A browser in which somebody with that role (on ``site``, or on all) is signed in."""
        desk = Desk(self._flask.test_client(), self.watched)
        site_id = site.id if site else None
        desk.sign_in(self._parts.signing_in.one_time_token(name=name, site_id=site_id, role=role))
        return desk

    def run_jobs(self, *, periodic: bool = False) -> int:
        """Work off all jobs and events that are due, and those that they enqueue; how many ran.

        What waits for later (retries too) is due once the clock was moved. ``periodic``: those that run every so
        often are enqueued first, unless their period had its job.
        """
        with self.watched():
            if periodic:
                self.instance.jobs.enqueue_periodic()
            return self.instance.jobs.run_due()

    def dead_letters(self, *, site: Site | None = None) -> Sequence[JobRow]:
        """Jobs of the site that were given up, newest first."""
        with self._parts.database.read() as connection:
            return job_rows.dead_letters(connection, (site or self.site).id)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Raise, at the end of the block, the first failure of a plugin that was swallowed in it; nothing if not
        strict. What the block raises itself goes on, with the failure as its cause."""
        try:
            yield
        except PluginFailed:
            self._unraised.clear()
            raise
        except Exception as error:
            if self.strict and self._unraised:
                raise self._next_unraised() from error
            raise
        if self.strict and self._unraised:
            raise self._next_unraised()

    def _next_unraised(self) -> PluginFailed:
        first = self._unraised[0]
        self._unraised.clear()
        return first

    def _failed(self, plugin: str, hook: str, failure: Failure) -> None:
        told = PluginFailed(plugin, hook, failure.error)
        told.__cause__ = failure.exception
        self.failures.append(told)
        if self.strict:
            self._unraised.append(told)
            raise told

    def _name(self, plugin: str | None) -> str:
        if plugin is not None:
            return plugin
        if len(self.plugins) != 1:
            raise LookupError("There is not exactly one plugin here: say which one is meant.")
        return self.plugins[0].name
