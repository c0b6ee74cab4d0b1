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

from embedcomments.domain.audit import AuditEntry, Subject
from embedcomments.domain.comments import Author, Comment, CommentKind, CommentState, Link
from embedcomments.domain.protocols import Clock, Outbound
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Thread
from embedcomments.domain.verdicts import Verdict
from embedcomments.host.queue import Queue
from embedcomments.services.moderating import Batch

T = TypeVar("T")


class Comments(Protocol):
    """The comment service, the same that HTTP uses, for the context's site.

    Changes stand in the record (``ctx.audit``) under the plugin's name, or that of the moderator whom ``actor`` names.
    What is done at once may share a ``batch`` (``new_batch``), by which it is undone.
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
        thread_id: int | None = None,
        search: str = "",
        has_link: bool | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        hidden_threads: bool = False,
        before: str | None = None,
        limit: int = 50,
    ) -> Sequence[Comment]:
        """Newest first, at most 500; ``before`` is the id of the last one seen.

        Empty ``states`` and ``kinds`` mean all. ``search`` is part of the text, the writer's name or address, or the
        page's key, title or address; ``since`` and ``until`` bound the time of writing, the end left out.
        Published comments of hidden threads, which no reader may see, come only with ``hidden_threads``."""
        ...

    def count(
        self,
        *,
        states: Sequence[CommentState] = (),
        kinds: Sequence[CommentKind] = (),
        identity_id: str | None = None,
        thread_id: int | None = None,
        search: str = "",
        has_link: bool | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        hidden_threads: bool = False,
    ) -> int:
        """How many there are, by the filters of ``list``."""
        ...

    def find_link(self, key: str, url: str, kind: CommentKind) -> Comment | None:
        """The mention of that kind in the thread ``key`` whose ``link.url`` is ``url``, in whatever state."""
        ...

    def set_state(
        self,
        comment_id: str,
        state: CommentState,
        *,
        reason: str | None = None,
        actor: str | None = None,
        batch: str | None = None,
    ) -> Comment:
        """Publish, hold, mark as spam or delete. The same state again changes nothing. ``actor``: the moderator's
        name, for the record. Raises CommentNotFound; Conflict for one whose words were erased."""
        ...

    def set_states(
        self,
        comment_ids: Sequence[str],
        state: CommentState,
        *,
        reason: str | None = None,
        actor: str | None = None,
        batch: str | None = None,
    ) -> Batch:
        """Many comments in that state at once, under one batch. What cannot be changed stops no other."""
        ...

    def restore(
        self, comment_id: str, *, reason: str | None = None, actor: str | None = None, batch: str | None = None
    ) -> Comment:
        """The state that it had before its present one; held when the record does not say. Raises CommentNotFound;
        Conflict for one whose words were erased."""
        ...

    def edit(
        self,
        comment_id: str,
        text: str,
        *,
        reason: str | None = None,
        actor: str | None = None,
        batch: str | None = None,
    ) -> Comment:
        """Give it another text, with the mark of an edit. No plugin judges what a moderator wrote. Both texts stand
        in the record until the comment's words are erased. Raises CommentNotFound, InvalidRequest; Conflict for one
        that is deleted."""
        ...

    def pin(
        self,
        comment_id: str,
        pinned: bool,
        *,
        reason: str | None = None,
        actor: str | None = None,
        batch: str | None = None,
    ) -> Comment:
        """Have it stand first in its thread in every order, or no longer. Raises CommentNotFound; Conflict for an
        answer, for what is not published, and for a fourth one of a thread."""
        ...

    def close_branch(
        self,
        comment_id: str,
        closed: bool,
        *,
        reason: str | None = None,
        actor: str | None = None,
        batch: str | None = None,
    ) -> Comment:
        """Take no answers to it nor to what stands below it, or take them again. Raises CommentNotFound."""
        ...

    def erase(self, comment_id: str, *, reason: str | None = None, actor: str | None = None) -> Comment:
        """Delete it with its words, name and addresses for good. Raises CommentNotFound."""
        ...

    def delete_all(
        self, identity_id: str, *, reason: str | None = None, actor: str | None = None, batch: str | None = None
    ) -> Batch:
        """Delete all that a writer has on the site, under one batch; moderators still see the words."""
        ...

    def undo(self, batch: str, *, actor: str | None = None) -> Batch:
        """Put back the states, pins and closed branches that a batch changed, but for what was changed since, which
        is ``refused``. Edits and erasures stay. An unknown batch is an empty one."""
        ...

    def new_batch(self) -> str:
        """An id for what is done at once."""
        ...

    def set_closed(self, key: str, closed: bool, *, reason: str | None = None, actor: str | None = None) -> Thread:
        """Take no comments in the thread ``key``, or take them again. Raises ThreadNotFound."""
        ...

    def set_hidden(self, key: str, hidden: bool, *, reason: str | None = None, actor: str | None = None) -> Thread:
        """Show readers nothing of the thread ``key`` but that it is closed, or show it again. Raises ThreadNotFound."""
        ...

    def move_thread(self, key: str, new_key: str, *, reason: str | None = None, actor: str | None = None) -> Thread:
        """Have the thread stand under another key; the old one leads to it from now on. Raises ThreadNotFound;
        Conflict when another thread stands there."""
        ...

    def merge_threads(
        self, from_key: str, into_key: str, *, reason: str | None = None, actor: str | None = None
    ) -> Thread:
        """Make all comments of one thread part of another, or move it when there is no other; the old key leads there
        from now on. Ids stay, numbers go on behind those that are there. Again, it changes nothing. Raises
        ThreadNotFound."""
        ...

    def refresh_thread(self, key: str) -> None:
        """Have everybody who looks at the thread fetch it anew, because what ``thread_fields`` says of it has changed.
        Raises ThreadNotFound."""
        ...

    def verdicts(self, comment_ids: Sequence[str]) -> Mapping[str, Sequence[Verdict]]:
        """What each plugin said when the comment was last judged, by id, in one query; those without are absent."""
        ...

    def set_badge(self, identity_id: str, badge: str | None) -> None:
        """Show a badge (``author``, ``moderator`` or ``staff``; None for none) with all that a writer wrote and will
        write on the site. Open pages show it when they are loaded anew. Raises InvalidRequest for another badge, and
        for a writer who is not known here."""
        ...

    def badges_of(self, identity_ids: Sequence[str]) -> Mapping[str, str]:
        """Badges by identity, in one query; writers without one are absent."""
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
        self,
        *,
        key: str,
        url: str | None,
        title: str | None,
        kind: CommentKind,
        link: Link,
        author: Author,
        text: str,
        apart: bool = False,
    ) -> Comment:
        """Add a mention by another site to the thread, through the same pipeline as comments. ``text`` is plain text.
        The same ``link.url`` again updates the earlier one. ``apart``: it does not stand in the conversation, and the
        plugin shows it (``mentions_apart``). Raises Rejected when a plugin refuses it."""
        ...

    def withdraw_mention(self, comment_id: str) -> Comment:
        """Take a mention off because its page no longer links here. ``submit_mention`` brings it back, by the verdicts
        of that time. Raises CommentNotFound."""
        ...

    def place_mention(self, comment_id: str, *, apart: bool) -> Comment:
        """Put a mention into the conversation, or apart from it (see ``submit_mention``). One that was answered stays
        where it is. Raises CommentNotFound."""
        ...

    def mentions_apart(self, thread_ids: Sequence[int], *, limit: int = 100) -> Mapping[int, Sequence[Comment]]:
        """The published mentions that stand apart, oldest first, by thread id: the first ``limit`` of each thread, in
        one query. Threads without any are absent."""
        ...


class Audit(Protocol):
    """The record of who did what on the site."""

    def record(
        self,
        action: str,
        subject: Subject,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        reason: str | None = None,
        actor: str | None = None,
        batch: str | None = None,
    ) -> None:
        """Write a line for what the plugin, or the moderator whom ``actor`` names, did in the plugin's own tables.

        The line's action is ``PLUGIN.action``. ``before`` and ``after`` are small JSON objects of what changed (16 KB
        in all), without e-mail addresses. Lines about a comment lose them when its words are erased. What changes
        through ``ctx.comments`` is in the record already. Raises PluginError for what is no name or no JSON."""
        ...

    def list(
        self,
        *,
        action: str = "",
        actor: str = "",
        subject: Subject | None = None,
        batch: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> Sequence[AuditEntry]:
        """Lines of the site, the core's and those of all plugins, newest first, at most 500. ``action`` with a dot at
        its end means all that begin so; ``before`` is the id of the last one seen."""
        ...


class Mail(Protocol):
    """Mail of this server."""

    @property
    def is_set_up(self) -> bool:
        """Whether this server can send mail at all."""
        ...

    def send(self, to: str, subject: str, text: str, html: str | None = None) -> None:
        """Have a mail sent to one address by a durable job, which tries again for hours; what cannot be sent is shown
        on the desk. ``html`` is the same as ``text`` for those who read mail that way. The sender is the server's.

        Raises MailNotSetUp; InvalidRequest for what is no e-mail address."""
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


class SaveSettings(Protocol):
    """Changes settings of the plugin on the site."""

    def __call__(self, values: Mapping[str, Any], *, actor: str | None = None) -> None:
        """See PluginContext."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class PluginContext:
    """All that a hook may use. ``settings`` is validated: the schema's fields by name.

    ``public_url`` is this server's own address without a trailing slash. ``publish(name, data)`` sends an event
    that ``register_events`` declared to the plugins that listen (``on_event``). ``moderators()`` is the names of all
    who may moderate the site. ``fingerprint(text)`` is a keyed hash of this site, 43 characters, for what must be
    recognised and not kept; of a network in CIDR spelling it is what ``Sender`` holds. ``save_settings(values, actor)``
    changes some of the plugin's own settings on the site, which the record tells; ``actor`` is a moderator's name, and
    on a page it takes the right to manage the site. The context keeps its ``settings``; the next one has the new.
    Raises InvalidRequest with ``errors`` by field, NotAllowed.
    """

    plugin: str
    site: Site
    settings: Mapping[str, Any]
    public_url: str
    comments: Comments
    audit: Audit
    mail: Mail
    queue: Queue
    jobs: Jobs
    tables: Tables
    outbound: Outbound
    signer: URLSafeTimedSerializer
    clock: Clock
    log: logging.Logger

    publish: Callable[[str, Mapping[str, Any]], None]
    moderators: Callable[[], Sequence[str]]
    fingerprint: Callable[[str], str]
    save_settings: SaveSettings

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return self.clock.now()
