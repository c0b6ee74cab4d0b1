"""Builds the context of a plugin on a site: adapters that are narrower than what stands behind them."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from types import MappingProxyType, NoneType
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection

from embedcomments.domain.comments import Author, Comment, CommentKind, CommentState, Link
from embedcomments.domain.drafts import Draft
from embedcomments.domain.errors import CommentNotFound, PluginError
from embedcomments.domain.events import PluginEvent
from embedcomments.domain.ids import is_id
from embedcomments.domain.protocols import Clock, Outbound
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Thread, ThreadRef, normalise_key
from embedcomments.host.choices import SitePlugin
from embedcomments.host.context import PluginContext
from embedcomments.host.plugins import Plugin
from embedcomments.services.commenting import Commenting
from embedcomments.services.moderating import Moderating
from embedcomments.services.recording import plugin_event_job
from embedcomments.services.tokens import Tokens
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import jobs as job_rows
from embedcomments.storage import threads as thread_rows
from embedcomments.storage.database import Database

T = TypeVar("T")

MAX_SCORE = 2**53  # what JavaScript counts exactly
_LASTING = (str, bytes, int, float, NoneType, Enum, datetime, date, timedelta, Decimal, UUID)


class SiteComments:
    """The comment service for one plugin on one site; fulfils host.context.Comments."""

    def __init__(
        self, database: Database, moderating: Moderating, commenting: Commenting, site: Site, plugin: str, clock: Clock
    ) -> None:
        self._database = database
        self._moderating = moderating
        self._commenting = commenting
        self._site = site
        self._plugin = plugin
        self._clock = clock

    def get(self, comment_id: str) -> Comment | None:
        """See Comments.get."""
        if not is_id(comment_id):
            return None
        with self._database.read() as connection:
            found = comment_rows.get_comment(connection, comment_id)
        return found if found is not None and found.site_id == self._site.id else None

    def thread(self, key: str) -> Thread | None:
        """See Comments.thread."""
        with self._database.read() as connection:
            return thread_rows.get_thread(connection, self._site.id, self._key(key))

    def thread_of(self, comment: Comment) -> Thread:
        """See Comments.thread_of."""
        with self._database.read() as connection:
            thread = thread_rows.get_thread_by_id(connection, comment.thread_id)
        if thread is None or thread.site_id != self._site.id:
            raise CommentNotFound("There is no such comment.")
        return thread

    def threads_of(self, comments: Sequence[Comment]) -> Mapping[int, Thread]:
        """See Comments.threads_of."""
        with self._database.read() as connection:
            found = thread_rows.threads_by_id(connection, [comment.thread_id for comment in comments])
        return {thread.id: thread for thread in found.values() if thread.site_id == self._site.id}

    def list(
        self,
        *,
        states: Sequence[CommentState] = (),
        kinds: Sequence[CommentKind] = (),
        identity_id: str | None = None,
        search: str = "",
        before: str | None = None,
        limit: int = 50,
    ) -> Sequence[Comment]:
        """See Comments.list."""
        return self._moderating.list(self._filter(states, kinds, identity_id, search), before=before, limit=limit)

    def count(
        self,
        *,
        states: Sequence[CommentState] = (),
        kinds: Sequence[CommentKind] = (),
        identity_id: str | None = None,
    ) -> int:
        """See Comments.count."""
        return self._moderating.count(self._filter(states, kinds, identity_id, ""))

    def find_link(self, key: str, url: str, kind: CommentKind) -> Comment | None:
        """See Comments.find_link."""
        with self._database.read() as connection:
            thread = thread_rows.get_thread(connection, self._site.id, self._key(key))
            return thread and comment_rows.find_link(connection, thread.id, url, kind)  # type: ignore[return-value]

    def set_state(
        self, comment_id: str, state: CommentState, *, reason: str | None = None, actor: str | None = None
    ) -> Comment:
        """See Comments.set_state."""
        if self.get(comment_id) is None:
            raise CommentNotFound("There is no such comment.")
        return self._moderating.set_state(comment_id, state, actor=actor or self._plugin, reason=reason)

    def refresh(self, comment_id: str) -> None:
        """See Comments.refresh."""
        if self.get(comment_id) is None:
            raise CommentNotFound("There is no such comment.")
        self._moderating.refresh(comment_id, self._plugin)

    def set_score(self, comment_id: str, work: Callable[[Connection], int | None]) -> Comment:
        """See Comments.set_score."""
        if self.get(comment_id) is None:
            raise CommentNotFound("There is no such comment.")

        def checked(connection: Connection) -> int | None:
            score = work(connection)
            if score is not None and (type(score) is not int or abs(score) >= MAX_SCORE):
                raise PluginError(f"{self._plugin} gave a comment a score that is no whole number below 2**53.")
            return score

        return self._moderating.set_score(comment_id, checked, self._plugin)

    def submit_mention(
        self, *, key: str, url: str | None, title: str | None, kind: CommentKind, link: Link, author: Author, text: str
    ) -> Comment:
        """See Comments.submit_mention."""
        draft = Draft(
            site_id=self._site.id,
            thread=ThreadRef(key=self._key(key), url=url, title=title),
            author=author,
            text=text,
            submitted_at=self._clock.now(),
            kind=kind,
            link=link,
        )
        return self._commenting.mention(self._site, draft)

    def _key(self, key: str) -> str:
        return normalise_key(key, strip_parameters=frozenset(self._site.settings.strip_parameters))

    def _filter(
        self, states: Sequence[CommentState], kinds: Sequence[CommentKind], identity_id: str | None, search: str
    ) -> comment_rows.Filter:
        return comment_rows.Filter(
            site_id=self._site.id, states=states, kinds=kinds, identity_id=identity_id, search=search
        )


class SiteJobs:
    """The queue for one plugin on one site; fulfils host.context.Jobs."""

    def __init__(self, database: Database, plugin: Plugin, site: Site, clock: Clock, wake: Callable[[], None]) -> None:
        self._database = database
        self._plugin = plugin
        self._site = site
        self._clock = clock
        self._wake = wake

    def enqueue(
        self, name: str, payload: Mapping[str, Any], *, after: timedelta = timedelta(0), key: str | None = None
    ) -> None:
        """See Jobs.enqueue. Raises PluginError for a job that was not declared."""
        if name not in self._plugin.jobs:
            raise PluginError(f"{self._plugin.name} has no job {name!r}.")
        now = self._clock.now()
        self._database.write(
            lambda connection: job_rows.add_job(
                connection,
                plugin=self._plugin.name,
                name=name,
                site_id=self._site.id,
                payload=payload,
                run_at=now + after,
                at=now,
                key=key,
            )
        )
        self._wake()


class OwnTables:
    """Fulfils host.context.Tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self) -> AbstractContextManager[Connection]:
        """See Tables.read."""
        return self._database.read()

    def write(self, work: Callable[[Connection], T]) -> T:
        """See Tables.write."""
        return self._database.write(work)


class Contexts:
    """Makes contexts, and keeps them as long as their site stays as it was."""

    def __init__(
        self,
        *,
        database: Database,
        commenting: Callable[[], Commenting],
        moderating: Callable[[], Moderating],
        listeners: Callable[[Site], Sequence[str]],
        outbound: Outbound,
        tokens: Tokens,
        clock: Clock,
        public_url: str,
        wake: Callable[[], None],
    ) -> None:
        self._database = database
        self._commenting = commenting
        self._moderating = moderating
        self._listeners = listeners
        self._outbound = outbound
        self._tokens = tokens
        self._clock = clock
        self._public_url = public_url
        self._wake = wake
        self._kept: dict[tuple[int, str], tuple[int, PluginContext, bool]] = {}

    def of(self, item: SitePlugin, site: Site) -> PluginContext:
        """The context of a plugin on a site."""
        key = (site.id, item.plugin.name)
        kept = self._kept.get(key)
        if kept is not None and kept[0] == site.rev:
            context = kept[1]
            # Lists within could be changed: each call gets its own. Most settings have none, which is found out once.
            return replace(context, settings=MappingProxyType(_copy(item.settings))) if kept[2] else context
        name = item.plugin.name
        context = PluginContext(
            plugin=name,
            site=site,
            # A copy that cannot be assigned to: what a plugin does to it reaches neither the host nor its next call.
            settings=MappingProxyType(_copy(item.settings)),
            public_url=self._public_url,
            comments=SiteComments(self._database, self._moderating(), self._commenting(), site, name, self._clock),
            jobs=SiteJobs(self._database, item.plugin, site, self._clock, self._wake),
            tables=OwnTables(self._database),
            outbound=self._outbound,
            signer=self._tokens.plugin_signer(name),
            clock=self._clock,
            log=logging.getLogger(f"embedcomments.plugin.{name}"),
            publish=lambda event, data: self._publish(item.plugin, site, event, data),
        )
        self._kept[key] = (site.rev, context, any(_copy(value) is not value for value in item.settings.values()))
        return context

    def _publish(self, plugin: Plugin, site: Site, name: str, data: Mapping[str, Any]) -> None:
        if name not in {event.name for event in plugin.events}:
            raise PluginError(f"{plugin.name} did not declare the event {name!r}.")
        event = PluginEvent(name=f"{plugin.name}.{name}", site_id=site.id, data=data, at=self._clock.now())
        rows = [plugin_event_job(listener, event) for listener in self._listeners(site) if listener != plugin.name]
        self._database.write(lambda connection: job_rows.add_jobs(connection, rows))
        self._wake()


def _copy(value: Any) -> Any:
    """``value``, or an equal one that shares nothing with it which could be changed.

    The usual ones by hand: ``copy.deepcopy`` takes ten times as long.
    """
    if isinstance(value, _LASTING):
        return value
    if type(value) is list:
        return [_copy(item) for item in value]
    if isinstance(value, Mapping):
        return {name: _copy(item) for name, item in value.items()}
    return copy.deepcopy(value)
