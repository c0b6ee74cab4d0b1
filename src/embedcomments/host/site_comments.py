"""The comment service as a plugin has it on one site: fulfils host.context.Comments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from embedcomments.domain.comments import Author, Comment, CommentKind, CommentState, Link
from embedcomments.domain.drafts import Draft
from embedcomments.domain.errors import CommentNotFound, PluginError
from embedcomments.domain.ids import is_id
from embedcomments.domain.protocols import Clock
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Thread, ThreadRef
from embedcomments.host.site_moderation import SiteModeration
from embedcomments.services.commenting import Commenting
from embedcomments.services.moderating import Moderating
from embedcomments.services.threads import Threads
from embedcomments.services.undoing import Undoing
from embedcomments.services.writers import Writers
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import threads as thread_rows
from embedcomments.storage.database import Database

MAX_SCORE = 2**53  # what JavaScript counts exactly


class SiteComments(SiteModeration):
    """The comment service for one plugin on one site; fulfils host.context.Comments."""

    def __init__(
        self,
        database: Database,
        moderating: Moderating,
        undoing: Undoing,
        threads: Threads,
        commenting: Commenting,
        writers: Writers,
        site: Site,
        plugin: str,
        clock: Clock,
    ) -> None:
        super().__init__(database, moderating, undoing, threads, site, plugin)
        self._commenting = commenting
        self._writers = writers
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
        thread_id: int | None = None,
        search: str = "",
        has_link: bool | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        hidden_threads: bool = False,
        before: str | None = None,
        limit: int = 50,
    ) -> Sequence[Comment]:
        """See Comments.list."""
        which = comment_rows.Filter(
            site_id=self._site.id,
            states=states,
            kinds=kinds,
            identity_id=identity_id,
            thread_id=thread_id,
            search=search,
            has_link=has_link,
            since=since,
            until=until,
            hidden_threads=hidden_threads,
        )
        return self._moderating.list(which, before=before, limit=limit)

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
        """See Comments.count."""
        which = comment_rows.Filter(
            site_id=self._site.id,
            states=states,
            kinds=kinds,
            identity_id=identity_id,
            thread_id=thread_id,
            search=search,
            has_link=has_link,
            since=since,
            until=until,
            hidden_threads=hidden_threads,
        )
        return self._moderating.count(which)

    def find_link(self, key: str, url: str, kind: CommentKind) -> Comment | None:
        """See Comments.find_link."""
        with self._database.read() as connection:
            thread = thread_rows.get_thread(connection, self._site.id, self._key(key))
            return thread and comment_rows.find_link(connection, thread.id, url, kind)  # type: ignore[return-value]

    def set_badge(self, identity_id: str, badge: str | None) -> None:
        """See Comments.set_badge."""
        self._writers.set_badge(self._site, identity_id, badge)

    def badges_of(self, identity_ids: Sequence[str]) -> Mapping[str, str]:
        """See Comments.badges_of."""
        return self._writers.badges_of(self._site, identity_ids)

    def refresh(self, comment_id: str) -> None:
        """See Comments.refresh."""
        self._require(comment_id)
        self._moderating.refresh(comment_id, self._actor(None))

    def set_score(self, comment_id: str, work: Callable[[Connection], int | None]) -> Comment:
        """See Comments.set_score."""
        self._require(comment_id)

        def checked(connection: Connection) -> int | None:
            score = work(connection)
            if score is not None and (type(score) is not int or abs(score) >= MAX_SCORE):
                raise PluginError(f"{self._plugin} gave a comment a score that is no whole number below 2**53.")
            return score

        return self._moderating.set_score(comment_id, checked, self._actor(None))

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
        """See Comments.submit_mention."""
        draft = Draft(
            site_id=self._site.id,
            thread=ThreadRef(key=self._key(key), url=url, title=title),
            author=author,
            text=text,
            submitted_at=self._clock.now(),
            kind=kind,
            link=link,
            apart=apart,
        )
        return self._commenting.mention(self._site, draft)

    def place_mention(self, comment_id: str, *, apart: bool) -> Comment:
        """See Comments.place_mention."""
        found = self.get(comment_id)
        if found is None or found.kind is CommentKind.COMMENT:
            raise CommentNotFound("There is no such mention.")
        return self._commenting.place_mention(found, apart)

    def withdraw_mention(self, comment_id: str) -> Comment:
        """See Comments.withdraw_mention."""
        found = self.get(comment_id)
        if found is None or found.link is None:
            raise CommentNotFound("There is no such mention.")
        return self._commenting.withdraw_mention(found)

    def mentions_apart(self, thread_ids: Sequence[int], *, limit: int = 100) -> Mapping[int, Sequence[Comment]]:
        """See Comments.mentions_apart."""
        with self._database.read() as connection:
            found = comment_rows.apart(connection, thread_ids, max(0, min(limit, 500)))
        by_thread: dict[int, list[Comment]] = {}
        for comment in found:
            if comment.site_id == self._site.id:
                by_thread.setdefault(comment.thread_id, []).append(comment)
        return by_thread
