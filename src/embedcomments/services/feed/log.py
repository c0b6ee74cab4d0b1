"""The log of threads as the hub reads it: each event rendered from the present row, so erasing is complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from embedcomments.domain.comments import Comment, CommentState
from embedcomments.domain.errors import BadToken
from embedcomments.domain.events import Event, EventKind
from embedcomments.domain.identities import ANYBODY, Actor
from embedcomments.domain.protocols import Clock, Extensions
from embedcomments.domain.threads import Thread, normalise_key
from embedcomments.services.feed.desk import Change
from embedcomments.services.feed.source import FeedItem, Position, Topic
from embedcomments.services.sites import Sites
from embedcomments.services.tokens import Tokens
from embedcomments.services.views import own_comment, public_comment, shown_to_author
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import events as event_rows
from embedcomments.storage import identities as identity_rows
from embedcomments.storage import threads as thread_rows
from embedcomments.storage.database import Database
from embedcomments.storage.migrate import epoch
from embedcomments.storage.moving import canonical_key

_MOST_CHANGES = 2_000
_GONE = frozenset({EventKind.HELD, EventKind.SPAMMED, EventKind.DELETED})


class DatabaseLog:
    """Answers FeedSource from the database. ``own_origin``: that of this server's pages, always accepted."""

    def __init__(
        self,
        database: Database,
        sites: Sites,
        tokens: Tokens,
        extensions: Extensions,
        own_origin: str | None,
        clock: Clock,
    ) -> None:
        self._database = database
        self._sites = sites
        self._tokens = tokens
        self._extensions = extensions
        self._own_origin = own_origin
        self._clock = clock

    def topic(self, site: str, key: str, origin: str | None) -> Topic:
        """See FeedSource.topic."""
        found = self._sites.get(site)
        self._sites.require_origin(found, origin, self._own_origin)
        normal = normalise_key(key, strip_parameters=frozenset(found.settings.strip_parameters))
        with self._database.read() as connection:
            return Topic(site_id=found.id, key=canonical_key(connection, found.id, normal))

    def identity(self, topic: Topic, token: str | None) -> str | None:
        """See FeedSource.identity."""
        if not token:
            return None
        try:
            proven = self._tokens.read_edit_token(token)
        except BadToken:
            return None
        with self._database.read() as connection:
            known = identity_rows.get_identity(connection, proven.identity_id)
        return known.id if known is not None and known.site_id == topic.site_id else None

    def position(self, topic: Topic) -> Position:
        """See FeedSource.position."""
        with self._database.read() as connection:
            thread = thread_rows.get_thread(connection, topic.site_id, topic.key)
            history = epoch(connection)
            return Position(epoch=thread.epoch(history), seq=thread.seq) if thread else Position(epoch=history, seq=0)

    def positions(self, topics: Sequence[Topic]) -> dict[Topic, int]:
        """See FeedSource.positions."""
        with self._database.read() as connection:
            found = thread_rows.positions(connection, [(topic.site_id, topic.key) for topic in topics])
        return {topic: found.get((topic.site_id, topic.key), 0) for topic in topics}

    def items(self, topic: Topic, after: int, limit: int = 256) -> Sequence[FeedItem]:
        """See FeedSource.items."""
        with self._database.read() as connection:
            thread = thread_rows.get_thread(connection, topic.site_id, topic.key)
            if thread is None:
                return []
            events = event_rows.events_after(connection, thread.id, after, limit)
            comments = comment_rows.comments_by_id(connection, [e.comment_id for e in events if e.comment_id])
            more = comment_rows.hushed_counts(connection, thread.id)
        site = self._sites.by_id(topic.site_id)
        thread = site.settings.seen(thread, self._clock.now())
        if thread.hidden:
            return [_hidden(event, thread) for event in events]
        shown = [comment for comment in comments.values() if comment.is_public or comment.is_hushed]
        fields = dict(self._extensions.comment_fields(site, shown, ANYBODY)) if shown else {}
        # What its writer alone may read, such as why it waits: few events are about comments that wait.
        for comment in comments.values():
            if comment.told_state is CommentState.HELD and comment.identity_id is not None:
                writer = Actor(identity_id=comment.identity_id)
                fields |= self._extensions.comment_fields(site, [comment], writer)
        items = [_item(event, thread, comments.get(event.comment_id or ""), fields) for event in events]
        return [replace(item, more=more) for item in items] if more else items

    def accepts_origin(self, origin: str) -> bool:
        """See FeedSource.accepts_origin."""
        return origin == self._own_origin or self._sites.any_accepts(origin)


def _hidden(event: Event, seen: Thread) -> FeedItem:
    if event.kind is not EventKind.THREAD_CHANGED:
        return FeedItem(seq=event.seq, public={"op": "skip", "seq": event.seq})
    changed = {"op": "thread", "seq": event.seq, "count": seen.count, "closed": seen.closed, "hidden": True}
    return FeedItem(seq=event.seq, public=changed)


def _item(event: Event, thread: Thread, comment: Comment | None, fields: Any) -> FeedItem:
    changed = {"op": "thread", "seq": event.seq, "count": thread.count, "closed": thread.closed}
    if event.kind is EventKind.THREAD_CHANGED:
        return FeedItem(seq=event.seq, public=changed)
    skip = {"op": "skip", "seq": event.seq}
    if comment is None:
        return FeedItem(seq=event.seq, public=skip)
    if comment.is_apart:
        # It is in no page of the thread: a plugin shows it with the thread's fields, which are to be asked for anew.
        concerns_all = comment.is_public or event.kind in _GONE
        return FeedItem(seq=event.seq, public=changed if concerns_all else skip)
    public = _public(event, thread, comment, fields) or skip
    private = _private(event, thread, comment, fields)
    return FeedItem(seq=event.seq, public=public, private=private, identity_id=comment.identity_id if private else None)


def _public(event: Event, thread: Thread, comment: Comment, fields: Any) -> dict[str, Any] | None:
    frame = {"seq": event.seq, "rev": comment.rev, "count": thread.count}
    if comment.is_public:
        # A later event will tell what this one did not come to; the last event that concerns it is never skipped.
        if event.kind in _GONE or event.kind is EventKind.SUBMITTED:
            return None
        op = "new" if event.kind is EventKind.PUBLISHED else "edit"
        return {"op": op, **frame, "comment": public_comment(comment, fields.get(comment.id))}
    if comment.number is None or event.kind not in _GONE:
        return None  # the public never knew of it, or hears of its end by a later event
    if comment.is_visible:
        return {"op": "remove", **frame, "gone": False, "comment": public_comment(comment)}
    return {"op": "remove", **frame, "gone": True, "comment": {"id": comment.id}}


def _private(event: Event, thread: Thread, comment: Comment, fields: Any) -> dict[str, Any] | None:
    if comment.is_public or comment.identity_id is None:
        return None
    frame = {"seq": event.seq, "rev": comment.rev, "count": thread.count}
    if comment.state is CommentState.DELETED:
        if event.kind is not EventKind.DELETED:
            return None
        gone = not comment.is_visible
        return {
            "op": "remove",
            **frame,
            "gone": gone,
            "comment": {"id": comment.id} if gone else public_comment(comment),
        }
    op = "new" if event.kind is EventKind.SUBMITTED else "edit"
    if comment.is_hushed:  # the same frame as everybody gets of a published one
        return {"op": op, **frame, "comment": shown_to_author(comment, fields.get(comment.id))}
    return {"op": op, **frame, "comment": own_comment(comment, fields.get(comment.id))}


class DatabaseChanges:
    """Answers ChangeSource from the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self) -> datetime | None:
        """See ChangeSource.latest."""
        with self._database.read() as connection:
            return event_rows.newest_moment(connection)

    def changes(self, since: datetime | None) -> Sequence[Change]:
        """See ChangeSource.changes."""
        with self._database.read() as connection:
            rows = event_rows.changes_since(connection, since, _MOST_CHANGES)
        return [
            Change(
                site_id=row.site_id,
                thread_id=row.thread_id,
                seq=row.seq,
                at=row.created_at,
                comment_id=row.comment_id,
                state=row.state,
                event=row.kind,
                by=row.actor,
            )
            for row in rows
        ]
