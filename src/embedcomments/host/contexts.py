"""Builds the context of a plugin on a site: adapters that are narrower than what stands behind them."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from types import MappingProxyType, NoneType
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection

from embedcomments.domain.errors import NotAllowed, PluginError
from embedcomments.domain.events import Listener, PluginEvent
from embedcomments.domain.identities import Moderator
from embedcomments.domain.permissions import Right
from embedcomments.domain.protocols import Clock, Outbound
from embedcomments.domain.sites import Site
from embedcomments.host.choices import Choices, SitePlugin
from embedcomments.host.context import PluginContext
from embedcomments.host.moderators_comments import for_moderator
from embedcomments.host.plugins import Plugin
from embedcomments.host.queue import SiteQueue
from embedcomments.host.settings import validate_site_settings
from embedcomments.host.site_comments import SiteComments
from embedcomments.host.site_moderation import SiteAudit, actor_of
from embedcomments.services.auditing import Auditing
from embedcomments.services.commenting import Commenting
from embedcomments.services.event_jobs import plugin_event_job
from embedcomments.services.fingerprints import Fingerprints
from embedcomments.services.mailing.mailing import Mailing
from embedcomments.services.mailing.message import Mail
from embedcomments.services.moderating import Moderating
from embedcomments.services.queue import Looking
from embedcomments.services.threads import Threads
from embedcomments.services.tokens import Tokens
from embedcomments.services.undoing import Undoing
from embedcomments.services.writers import Writers
from embedcomments.storage import jobs as job_rows
from embedcomments.storage.database import Database

T = TypeVar("T")

_LASTING = (str, bytes, int, float, NoneType, Enum, datetime, date, timedelta, Decimal, UUID)


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


class SiteMail:
    """Mail of one site's plugins; fulfils host.context.Mail."""

    def __init__(self, mailing: Mailing, site: Site) -> None:
        self._mailing = mailing
        self._site = site

    @property
    def is_set_up(self) -> bool:
        """See Mail.is_set_up."""
        return self._mailing.is_set_up

    def send(self, to: str, subject: str, text: str, html: str | None = None) -> None:
        """See Mail.send."""
        self._mailing.send(Mail(to=to, subject=subject, text=text, html=html), site_id=self._site.id)


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


class SettingsOfSite:
    """Changes a plugin's settings on a site; fulfils host.context.SaveSettings."""

    def __init__(self, choices: Choices, plugin: Plugin, site: Site, moderator: Moderator | None = None) -> None:
        self._choices = choices
        self._plugin = plugin
        self._site = site
        self._moderator = moderator

    def __call__(self, values: Mapping[str, Any], *, actor: str | None = None) -> None:
        """See PluginContext.save_settings."""
        if self._moderator is not None and not self._moderator.may(Right.MANAGE_SITE, self._site.id):
            raise NotAllowed("Your role on this site does not allow that.")
        name = self._plugin.name
        stored = self._choices.stored(self._site, name)
        settings = validate_site_settings(self._plugin, {**stored.settings, **values})
        by = actor_of(actor or (self._moderator.name if self._moderator else None), name)
        self._choices.save(self._site, name, replace(stored, settings=settings), actor=by)


class Contexts:
    """Makes contexts, and keeps them as long as their site stays as it was."""

    def __init__(
        self,
        *,
        database: Database,
        choices: Choices,
        commenting: Callable[[], Commenting],
        moderating: Callable[[], Moderating],
        undoing: Callable[[], Undoing],
        threads: Callable[[], Threads],
        auditing: Callable[[], Auditing],
        mailing: Mailing,
        listeners: Callable[[Site], Sequence[Listener]],
        judges: Callable[[Site], Sequence[str]],
        outbound: Outbound,
        tokens: Tokens,
        writers: Writers,
        fingerprints: Fingerprints,
        clock: Clock,
        public_url: str,
        wake: Callable[[], None],
    ) -> None:
        self._database = database
        self._choices = choices
        self._commenting = commenting
        self._moderating = moderating
        self._undoing = undoing
        self._threads = threads
        self._auditing = auditing
        self._mailing = mailing
        self._listeners = listeners
        self._judges = judges
        self._outbound = outbound
        self._tokens = tokens
        self._writers = writers
        self._fingerprints = fingerprints
        self._clock = clock
        self._public_url = public_url
        self._wake = wake
        self._kept: dict[tuple[int, str], tuple[int, PluginContext]] = {}

    def of(self, item: SitePlugin, site: Site) -> PluginContext:
        """The context of a plugin on a site."""
        key = (site.id, item.plugin.name)
        kept = self._kept.get(key)
        if kept is not None and kept[0] == site.rev:
            return kept[1]
        name = item.plugin.name
        context = PluginContext(
            plugin=name,
            site=site,
            settings=_settings(item.settings),
            public_url=self._public_url,
            comments=SiteComments(
                self._database,
                self._moderating(),
                self._undoing(),
                self._threads(),
                self._commenting(),
                self._writers,
                site,
                name,
                self._clock,
            ),
            audit=SiteAudit(self._auditing(), site, name),
            mail=SiteMail(self._mailing, site),
            queue=SiteQueue(Looking(self._database), site, self._judges),
            jobs=SiteJobs(self._database, item.plugin, site, self._clock, self._wake),
            tables=OwnTables(self._database),
            outbound=self._outbound,
            signer=self._tokens.plugin_signer(name),
            clock=self._clock,
            log=logging.getLogger(f"embedcomments.plugin.{name}"),
            publish=lambda event, data: self._publish(item.plugin, site, event, data),
            moderators=lambda: self._writers.moderator_names(site),
            fingerprint=lambda text: self._fingerprints.of(site.id, text),
            save_settings=SettingsOfSite(self._choices, item.plugin, site),
        )
        self._kept[key] = (site.rev, context)
        return context

    def for_moderator(self, item: SitePlugin, site: Site, moderator: Moderator) -> PluginContext:
        """The context of a page that somebody opened: its ``comments`` do what their role allows."""
        context = self.of(item, site)
        return replace(
            context,
            comments=for_moderator(context.comments, moderator, site.id, self._auditing()),
            save_settings=SettingsOfSite(self._choices, item.plugin, site, moderator),
        )

    def _publish(self, plugin: Plugin, site: Site, name: str, data: Mapping[str, Any]) -> None:
        if name not in {event.name for event in plugin.events}:
            raise PluginError(f"{plugin.name} did not declare the event {name!r}.")
        event = PluginEvent(name=f"{plugin.name}.{name}", site_id=site.id, data=data, at=self._clock.now())
        rows = [
            plugin_event_job(listener.name, event) for listener in self._listeners(site) if listener.name != plugin.name
        ]
        self._database.write(lambda connection: job_rows.add_jobs(connection, rows))
        self._wake()


class _Settings(Mapping[str, Any]):
    """Settings of which some could be changed, as lists can: of those everybody who asks gets a copy."""

    __slots__ = ("_copies", "_values")

    def __init__(self, values: Mapping[str, Any], copies: Mapping[str, Callable[[Any], Any]]) -> None:
        self._values = values
        self._copies = copies

    def __getitem__(self, name: str) -> Any:
        value = self._values[name]
        make = self._copies.get(name)
        return value if make is None else make(value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(self._values)


def _settings(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a plugin is handed: what it does to it reaches neither the host nor its next call."""
    own = MappingProxyType(_copy(values))
    copies = {name: _copier(value) for name, value in own.items() if _copy(value) is not value}
    return _Settings(own, copies) if copies else own


def _copier(value: Any) -> Callable[[Any], Any]:
    is_flat = type(value) is list and all(isinstance(item, _LASTING) for item in value)
    return list if is_flat else _copy


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
