"""The moderating half of ``ctx.comments``, and ``ctx.audit``, for one plugin on one site."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from embedcomments.domain.audit import AuditEntry, AuditFilter, Subject
from embedcomments.domain.comments import Comment, CommentState
from embedcomments.domain.errors import CommentNotFound, PluginError
from embedcomments.domain.identities import Actor, ActorKind
from embedcomments.domain.ids import is_id
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Thread, normalise_key
from embedcomments.domain.verdicts import Verdict
from embedcomments.services.auditing import Auditing
from embedcomments.services.moderating import Batch, Moderating
from embedcomments.services.threads import Threads
from embedcomments.services.undoing import Undoing
from embedcomments.storage import comments as comment_rows
from embedcomments.storage.database import Database

MAX_ENTRY_BYTES = 16_384
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")


class SiteModeration:
    """What moderators do, of host.context.Comments. Comments of other sites are as if they were not there."""

    def __init__(
        self,
        database: Database,
        moderating: Moderating,
        undoing: Undoing,
        threads: Threads,
        site: Site,
        plugin: str,
    ) -> None:
        self._database = database
        self._moderating = moderating
        self._undoing = undoing
        self._threads = threads
        self._site = site
        self._plugin = plugin

    def set_state(
        self,
        comment_id: str,
        state: CommentState,
        *,
        reason: str | None = None,
        actor: str | None = None,
        batch: str | None = None,
    ) -> Comment:
        """See Comments.set_state."""
        self._require(comment_id)
        return self._moderating.set_state(comment_id, state, actor=self._actor(actor), reason=reason, batch=batch)

    def set_states(
        self,
        comment_ids: Sequence[str],
        state: CommentState,
        *,
        reason: str | None = None,
        actor: str | None = None,
        batch: str | None = None,
    ) -> Batch:
        """See Comments.set_states."""
        with self._database.read() as connection:
            known = comment_rows.comments_by_id(connection, [item for item in comment_ids if is_id(item)])
        own = {comment.id for comment in known.values() if comment.site_id == self._site.id}
        done = self._moderating.set_states(
            [item for item in comment_ids if item in own],
            state,
            actor=self._actor(actor),
            reason=reason,
            batch=batch,
        )
        strange = [item for item in dict.fromkeys(comment_ids) if item not in own]
        return Batch(id=done.id, changed=done.changed, refused=[*done.refused, *strange])

    def restore(
        self, comment_id: str, *, reason: str | None = None, actor: str | None = None, batch: str | None = None
    ) -> Comment:
        """See Comments.restore."""
        self._require(comment_id)
        return self._undoing.restore(comment_id, actor=self._actor(actor), reason=reason, batch=batch)

    def edit(
        self,
        comment_id: str,
        text: str,
        *,
        reason: str | None = None,
        actor: str | None = None,
        batch: str | None = None,
    ) -> Comment:
        """See Comments.edit."""
        self._require(comment_id)
        return self._moderating.edit(comment_id, text, actor=self._actor(actor), reason=reason, batch=batch)

    def pin(
        self,
        comment_id: str,
        pinned: bool,
        *,
        reason: str | None = None,
        actor: str | None = None,
        batch: str | None = None,
    ) -> Comment:
        """See Comments.pin."""
        self._require(comment_id)
        return self._moderating.pin(comment_id, pinned, actor=self._actor(actor), reason=reason, batch=batch)

    def close_branch(
        self,
        comment_id: str,
        closed: bool,
        *,
        reason: str | None = None,
        actor: str | None = None,
        batch: str | None = None,
    ) -> Comment:
        """See Comments.close_branch."""
        self._require(comment_id)
        return self._moderating.close_branch(comment_id, closed, actor=self._actor(actor), reason=reason, batch=batch)

    def erase(self, comment_id: str, *, reason: str | None = None, actor: str | None = None) -> Comment:
        """See Comments.erase."""
        self._require(comment_id)
        return self._moderating.erase(comment_id, actor=self._actor(actor), reason=reason)

    def delete_all(
        self, identity_id: str, *, reason: str | None = None, actor: str | None = None, batch: str | None = None
    ) -> Batch:
        """See Comments.delete_all."""
        return self._moderating.delete_all(
            self._site, identity_id, actor=self._actor(actor), reason=reason, batch=batch
        )

    def undo(self, batch: str, *, actor: str | None = None) -> Batch:
        """See Comments.undo."""
        return self._undoing.undo(self._site, batch, actor=self._actor(actor))

    def new_batch(self) -> str:
        """See Comments.new_batch."""
        return self._moderating.new_batch()

    def verdicts(self, comment_ids: Sequence[str]) -> Mapping[str, Sequence[Verdict]]:
        """See Comments.verdicts."""
        return self._moderating.verdicts(self._site, comment_ids)

    def set_closed(self, key: str, closed: bool, *, reason: str | None = None, actor: str | None = None) -> Thread:
        """See Comments.set_closed."""
        return self._moderating.set_closed(self._site, self._key(key), closed, actor=self._actor(actor), reason=reason)

    def set_hidden(self, key: str, hidden: bool, *, reason: str | None = None, actor: str | None = None) -> Thread:
        """See Comments.set_hidden."""
        return self._threads.set_hidden(self._site, self._key(key), hidden, actor=self._actor(actor), reason=reason)

    def move_thread(self, key: str, new_key: str, *, reason: str | None = None, actor: str | None = None) -> Thread:
        """See Comments.move_thread."""
        return self._threads.move(
            self._site, self._key(key), self._key(new_key), actor=self._actor(actor), reason=reason
        )

    def merge_threads(
        self, from_key: str, into_key: str, *, reason: str | None = None, actor: str | None = None
    ) -> Thread:
        """See Comments.merge_threads."""
        return self._threads.merge(
            self._site, self._key(from_key), self._key(into_key), actor=self._actor(actor), reason=reason
        )

    def refresh_thread(self, key: str) -> None:
        """See Comments.refresh_thread."""
        self._threads.refresh(self._site, self._key(key), actor=self._actor(None))

    def _key(self, key: str) -> str:
        return normalise_key(key, strip_parameters=frozenset(self._site.settings.strip_parameters))

    def _require(self, comment_id: str) -> None:
        if is_id(comment_id):
            with self._database.read() as connection:
                found = comment_rows.get_comment(connection, comment_id)
            if found is not None and found.site_id == self._site.id:
                return
        raise CommentNotFound("There is no such comment.")

    def _actor(self, moderator: str | None) -> Actor:
        return actor_of(moderator, self._plugin)


class SiteAudit:
    """The record for one plugin on one site; fulfils host.context.Audit."""

    def __init__(self, auditing: Auditing, site: Site, plugin: str) -> None:
        self._auditing = auditing
        self._site = site
        self._plugin = plugin

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
        """See Audit.record."""
        name = action.removeprefix(f"{self._plugin}.")
        if not _NAME.fullmatch(name) or not _NAME.fullmatch(subject.kind) or len(subject.id) > 1000:
            raise PluginError(f"{self._plugin} gave the record an action or a subject that is no name.")
        try:
            size = len(orjson.dumps([before, after, reason]))
        except TypeError as error:
            raise PluginError(f"{self._plugin} gave the record what is no JSON.") from error
        if size > MAX_ENTRY_BYTES:
            raise PluginError(f"{self._plugin} gave the record more than {MAX_ENTRY_BYTES} bytes for one line.")
        self._auditing.record(
            site_id=self._site.id,
            actor=actor_of(actor, self._plugin),
            action=f"{self._plugin}.{name}",
            subject=subject,
            before=before,
            after=after,
            reason=reason,
            batch=batch,
        )

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
        """See Audit.list."""
        which = AuditFilter(
            site_id=self._site.id,
            action=action,
            actor=actor,
            subject=subject,
            batch=batch,
            since=since,
            until=until,
            before=before,
        )
        return self._auditing.list(which, limit)


def actor_of(moderator: str | None, plugin: str) -> Actor:
    """The moderator of that name, who acts by way of a plugin, or without one the plugin itself."""
    if moderator:
        return Actor(kind=ActorKind.MODERATOR, name=moderator)
    return Actor(kind=ActorKind.PLUGIN, name=plugin)
