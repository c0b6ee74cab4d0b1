"""The small world that a plugin's run-time hooks get: this site, this plugin, nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Connection

from embedcomments.domain.comments import Author, Comment, CommentKind, CommentState, Link
from embedcomments.domain.protocols import Clock, Outbound
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Thread

T = TypeVar("T")


class Comments(Protocol):
    """The comment service, the same that HTTP uses, for the context's site.

    Changes are recorded under the plugin's name.
    """

    def get(self, comment_id: str) -> Comment | None:
        """The comment of this site, in whatever state, or None."""
        ...

    def thread(self, key: str) -> Thread | None:
        """The thread with that key (normalised here), or None when nobody wrote there yet."""
        ...

    def thread_of(self, comment: Comment) -> Thread:
        """The thread a comment stands in."""
        ...

    def threads_of(self, comments: Sequence[Comment]) -> Mapping[int, Thread]:
        """The threads of many comments by ``thread_id``, in one query."""
        ...

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
        """Newest first; ``before`` is the id of the last one seen. Empty ``states`` and ``kinds`` mean all."""
        ...

    def count(
        self,
        *,
        states: Sequence[CommentState] = (),
        kinds: Sequence[CommentKind] = (),
        identity_id: str | None = None,
    ) -> int:
        """How many there are."""
        ...

    def find_link(self, key: str, url: str, kind: CommentKind) -> Comment | None:
        """The mention of that kind in the thread ``key`` whose ``link.url`` is ``url``, in whatever state."""
        ...

    def set_state(
        self, comment_id: str, state: CommentState, *, reason: str | None = None, actor: str | None = None
    ) -> Comment:
        """Publish, hold, mark as spam or delete. The same state again changes nothing. ``actor``: the moderator's
        name, for the record. Raises CommentNotFound."""
        ...

    def refresh(self, comment_id: str) -> None:
        """Show a comment anew to all who watch, because what ``comment_fields`` says of it has changed."""
        ...

    def set_score(self, comment_id: str, work: Callable[[Connection], int | None]) -> Comment:
        """The comment with the score that ``work`` answered: ``sort=top`` shows the highest first (it is 0 until a
        plugin sets it).

        ``work`` runs in one transaction with what this records, and may write the plugin's own tables in it; calls for
        comments of the same thread follow one another, so what it counts stays true. The comment is then shown anew,
        as by ``refresh``. None means that nothing changed: nothing is recorded or shown. ``work`` may run more than
        once, always on a clean transaction, and what it raises rolls it back. Keep it short. Raises CommentNotFound;
        PluginError for a score that is no whole number below 2**53."""
        ...

    def submit_mention(
        self, *, key: str, url: str | None, title: str | None, kind: CommentKind, link: Link, author: Author, text: str
    ) -> Comment:
        """Add a mention by another site to the thread, through the same pipeline as comments. ``text`` is plain text.
        The same ``link.url`` again updates the earlier one. Raises Rejected when a plugin refuses it."""
        ...


class Jobs(Protocol):
    """The durable queue."""

    def enqueue(
        self, name: str, payload: Mapping[str, Any], *, after: timedelta = timedelta(0), key: str | None = None
    ) -> None:
        """Run the declared job ``name`` with ``payload`` (JSON) later, for this site. While a job with the same ``key``
        waits, another is not added."""
        ...


class Tables(Protocol):
    """The plugin's own tables. Use SQLAlchemy Core; names begin with the plugin's."""

    def read(self) -> AbstractContextManager[Connection]:
        """A connection in a read transaction."""
        ...

    def write(self, work: Callable[[Connection], T]) -> T:
        """The answer of ``work``, once what it wrote is durable. ``work`` may run more than once, always on a
        clean transaction; what it raises rolls it back. Keep it short: nothing else is written meanwhile."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class PluginContext:
    """All that a hook may use. ``settings`` is validated: the schema's fields by name.

    ``public_url`` is this server's own address without a trailing slash. ``publish(name, data)`` sends an event
    that ``register_events`` declared to the plugins that listen (``on_event``).
    """

    plugin: str
    site: Site
    settings: Mapping[str, Any]
    public_url: str
    comments: Comments
    jobs: Jobs
    tables: Tables
    outbound: Outbound
    signer: URLSafeTimedSerializer
    clock: Clock
    log: logging.Logger

    publish: Callable[[str, Mapping[str, Any]], None]

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return self.clock.now()
