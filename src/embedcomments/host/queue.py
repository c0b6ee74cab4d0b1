"""What plugins get to look through a site's comments as moderators do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from embedcomments.domain.comments import Comment, CommentKind, CommentState
from embedcomments.domain.sites import Site
from embedcomments.services.queue import Around, Found, Looking
from embedcomments.storage.comments import Filter


class Queue(Protocol):
    """The site's comments as moderators look through them. Each call takes milliseconds, however many there are."""

    def find(
        self,
        *,
        states: Sequence[CommentState] = (),
        kinds: Sequence[CommentKind] = (),
        identity_id: str | None = None,
        thread_id: int | None = None,
        search: str = "",
        has_link: bool | None = None,
        judged_by: str = "",
        before: str | None = None,
        limit: int = 25,
    ) -> Found:
        """Like ``ctx.comments.list``, at most 200, but what needs a look at each comment (``search``, ``kinds``,
        ``has_link``, ``judged_by``: a plugin that was against publishing it) looks at no more than the next 3,000 and
        says how far it came; go on with ``before=found.next``."""
        ...

    def counts(self, states: Sequence[CommentState], *, at_most: int = 1_000) -> Mapping[CommentState, int]:
        """How many comments are in each of these states, counted no further than ``at_most``; in one query."""
        ...

    def histories(self, identity_ids: Sequence[str]) -> Mapping[str, Mapping[CommentState, int]]:
        """How many comments each of these writers has on the site by state, in one query; states without any and
        unknown writers are absent."""
        ...

    def by_id(self, comment_ids: Sequence[str]) -> Mapping[str, Comment]:
        """These comments in whatever state, in one query; those that are gone or of another site are absent."""
        ...

    def around(self, comment: Comment) -> Around:
        """What stands around a comment, and the newest others of its writer."""
        ...

    def judges(self) -> Sequence[str]:
        """The names of the site's plugins that say which comments may be published (``comment_check``)."""
        ...


class SiteQueue:
    """Fulfils Queue for one site."""

    def __init__(self, looking: Looking, site: Site, judges: Callable[[Site], Sequence[str]]) -> None:
        self._looking = looking
        self._site = site
        self._judges = judges

    def find(
        self,
        *,
        states: Sequence[CommentState] = (),
        kinds: Sequence[CommentKind] = (),
        identity_id: str | None = None,
        thread_id: int | None = None,
        search: str = "",
        has_link: bool | None = None,
        judged_by: str = "",
        before: str | None = None,
        limit: int = 25,
    ) -> Found:
        """See Queue.find."""
        which = Filter(
            site_id=self._site.id,
            states=tuple(states),
            kinds=tuple(kinds),
            identity_id=identity_id,
            thread_id=thread_id,
            search=search,
            has_link=has_link,
            judged_by=judged_by,
        )
        return self._looking.find(which, before=before, limit=limit)

    def counts(self, states: Sequence[CommentState], *, at_most: int = 1_000) -> Mapping[CommentState, int]:
        """See Queue.counts."""
        return self._looking.counts(self._site.id, states, at_most)

    def histories(self, identity_ids: Sequence[str]) -> Mapping[str, Mapping[CommentState, int]]:
        """See Queue.histories."""
        return self._looking.histories(self._site.id, identity_ids)

    def by_id(self, comment_ids: Sequence[str]) -> Mapping[str, Comment]:
        """See Queue.by_id."""
        return self._looking.by_id(self._site.id, comment_ids)

    def around(self, comment: Comment) -> Around:
        """See Queue.around. Of a comment of another site there is nothing."""
        return self._looking.around(comment) if comment.site_id == self._site.id else Around()

    def judges(self) -> Sequence[str]:
        """See Queue.judges."""
        return self._judges(self._site)
