"""A context for unit tests: the plugin's own settings and signer, and stand-ins that record."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType, ModuleType
from typing import Any

from itsdangerous import URLSafeTimedSerializer

from embedcomments.api import AuditEntry, Clock, MailNotSetUp, Outbound, PluginContext, Site, Subject
from embedcomments.host.loading import load_plugins
from embedcomments.host.settings import resolve, validate_site_settings
from embedcomments.services.fingerprints import Fingerprints
from embedcomments.testing.clock import ManualClock
from embedcomments.testing.makers import make_site
from embedcomments.testing.network import FakeNetwork
from embedcomments.testing.sources import find_plugin


@dataclass
class RecordedMail:
    """Mail that goes nowhere. ``sent``: (to, subject, text, html)."""

    is_set_up: bool = True
    sent: list[tuple[str, str, str, str | None]] = field(default_factory=list)

    def send(self, to: str, subject: str, text: str, html: str | None = None) -> None:
        """See Mail.send."""
        if not self.is_set_up:
            raise MailNotSetUp("Mail is not set up on this server.")
        self.sent.append((to, subject, text, html))


@dataclass
class RecordedJobs:
    """A queue that nobody works off. ``waiting``: (name, payload, after), each ``key`` once."""

    waiting: list[tuple[str, Mapping[str, Any], timedelta]] = field(default_factory=list)
    _keys: set[str] = field(default_factory=set)

    def enqueue(
        self, name: str, payload: Mapping[str, Any], *, after: timedelta = timedelta(0), key: str | None = None
    ) -> None:
        """See Jobs.enqueue."""
        if key is None or key not in self._keys:
            self.waiting.append((name, dict(payload), after))
        if key is not None:
            self._keys.add(key)


@dataclass
class RecordedAudit:
    """A record in memory. ``lines``: what ``record`` was told, in order, each with all its members by name."""

    lines: list[dict[str, Any]] = field(default_factory=list)

    def record(self, action: str, subject: Subject, **members: Any) -> None:
        """See Audit.record."""
        self.lines.append({"action": action, "subject": subject, **members})

    def list(self, **_: Any) -> Sequence[AuditEntry]:
        """See Audit.list. What was recorded here has no ids, so nothing is ever found."""
        return []


class NotHere:
    """Stands where a unit test gave nothing, and says so when it is used."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"This context has no {self._what}. Give make_context({self._what}=…), or use the fixture "
            "embedcomments_app, whose contexts have everything."
        )


def make_context(
    plugin: ModuleType | str,
    *,
    site: Site | None = None,
    clock: Clock | None = None,
    outbound: Outbound | None = None,
    comments: Any = None,
    tables: Any = None,
    jobs: Any = None,
    audit: Any = None,
    mail: Any = None,
    queue: Any = None,
    published: list[tuple[str, Mapping[str, Any]]] | None = None,
    moderators: Sequence[str] = (),
    saved: list[Mapping[str, Any]] | None = None,
    **settings: Any,
) -> PluginContext:
    """A context of that plugin without an app behind it, for tests of single functions.

    ``settings`` are validated by the plugin's schema; what is not given has its default. What ``publish`` was told
    is appended to ``published``, what ``save_settings`` was told to ``saved``; ``moderators`` are names. Without
    ``comments`` or ``tables`` their use raises AttributeError.
    Raises ValueError for a plugin that cannot be loaded and for settings that it does not accept.
    """
    module = find_plugin(plugin) if isinstance(plugin, str) else plugin
    found = load_plugins(modules=[module])
    if found.broken:
        raise ValueError(f"The plugin cannot be loaded: {found.broken[0].error}")
    (loaded,) = found.loaded
    names = set(loaded.settings.schema().fields) if loaded.settings else set()
    if unknown := settings.keys() - names:
        raise ValueError(f"{loaded.name} has no setting {sorted(unknown)[0]!r}.")
    values, problem = resolve(loaded, settings, {})
    if problem is not None:
        raise ValueError(problem)
    told = [] if published is None else published
    kept = [] if saved is None else saved
    return PluginContext(
        plugin=loaded.name,
        site=site or make_site(),
        settings=MappingProxyType(values),
        public_url="http://localhost:8080",
        comments=comments if comments is not None else NotHere("comments"),
        audit=audit if audit is not None else RecordedAudit(),
        mail=mail if mail is not None else RecordedMail(),
        queue=queue if queue is not None else NotHere("queue"),
        jobs=jobs if jobs is not None else RecordedJobs(),
        tables=tables if tables is not None else NotHere("tables"),
        outbound=outbound or FakeNetwork(),
        signer=URLSafeTimedSerializer("a key for tests", salt=f"plugin.{loaded.name}"),
        clock=clock or ManualClock(),
        log=logging.getLogger(f"embedcomments.plugin.{loaded.name}"),
        publish=lambda name, data: told.append((name, data)),
        moderators=lambda: tuple(moderators),
        fingerprint=lambda text: Fingerprints("a key for tests").of((site or make_site()).id, text),
        save_settings=lambda values, *, actor=None: kept.append(validate_site_settings(loaded, values)),
    )
