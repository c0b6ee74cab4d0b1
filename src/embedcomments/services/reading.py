"""Reading threads: pages, branches, counts. Everything here is what the public may see, unless it says otherwise."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection

from embedcomments.domain.comments import Comment
from embedcomments.domain.errors import CommentNotFound, InvalidRequest
from embedcomments.domain.identities import ANYBODY, Actor
from embedcomments.domain.ids import ID_LENGTH, is_id
from embedcomments.domain.protocols import Clock, Extensions
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Sort, Thread, normalise_key
from embedcomments.services.excerpts import excerpt
from embedcomments.services.rendering import TextRenderer
from embedcomments.services.views import Json, public_comment
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import threads as thread_rows
from embedcomments.storage.database import Database
from embedcomments.storage.migrate import epoch

PAGE_SIZE = 100
BRANCH_SIZE = 30
MAX_COUNTS = 100
_EXCERPT_LENGTH = 200
_KEYS_AT_ONCE = 500
_PINNED = "pinned"


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadPage:
    """One page of a thread: whole branches in order, of long ones the beginning.

    ``thread`` is None when nobody wrote there yet. ``more``: by the id of a top-level comment, the cursor to the rest
    of its branch. ``next``: the cursor to the next page. ``cursor``: where the feed goes on, of the same transaction.
    """

    key: str
    thread: Thread | None
    comments: Sequence[Comment]
    more: dict[str, str]
    next: str | None
    cursor: str


class Reading:
    """The reading side of the comment service."""

    def __init__(self, database: Database, extensions: Extensions, renderer: TextRenderer, clock: Clock) -> None:
        self._database = database
        self._extensions = extensions
        self._renderer = renderer
        self._clock = clock

    def key(self, site: Site, key: str) -> str:
        """The one spelling of a key on this site. Raises InvalidRequest."""
        return normalise_key(key, strip_parameters=frozenset(site.settings.strip_parameters))

    def page(self, site: Site, key: str, sort: Sort = Sort.OLDEST, after: str | None = None) -> ThreadPage:
        """A page of the thread ``key`` (normalised). At most 100 comments and eight queries, however long it is.

        Pinned comments stand first on the first page, in every order, and on no other. Of a hidden thread there is
        nothing but that it is closed.
        """
        position = _read_cursor(after) if after else None
        now = self._clock.now()
        with self._database.read() as connection:
            history = epoch(connection)
            thread = thread_rows.get_thread(connection, site.id, key)
            if thread is None:
                return ThreadPage(key=key, thread=None, comments=(), more={}, next=None, cursor=f"1.{history}.0")
            cursor = f"1.{thread.epoch(history)}.{thread.seq}"
            thread = site.settings.seen(thread, now)
            if thread.hidden:
                return ThreadPage(key=key, thread=thread, comments=(), more={}, next=None, cursor=cursor)
            first = [] if after else comment_rows.pinned(connection, thread.id, sort)
            roots = [*first, *comment_rows.roots(connection, thread.id, sort, position, PAGE_SIZE + 1)]
            shown: list[Comment] = []
            room = PAGE_SIZE
            for root in roots:
                # The counts of answers leave tombstones out; what is too much for a page is taken off below.
                room -= 1 + min(root.replies, BRANCH_SIZE)
                if (room < 0 and shown) or len(shown) == PAGE_SIZE:
                    break
                shown.append(root)
            branches, more = _branches(connection, shown)
        comments: list[Comment] = []
        for place, branch in enumerate(branches):
            if place and len(comments) + len(branch) > PAGE_SIZE:  # tombstones that were not counted take room too
                shown = shown[:place]
                break
            comments += branch
        more = {root.id: more[root.id] for root in shown if root.id in more}
        following = _write_cursor(shown[-1]) if shown and len(roots) > len(shown) else None
        return ThreadPage(key=key, thread=thread, comments=comments, more=more, next=following, cursor=cursor)

    def apart(self, page: ThreadPage) -> Sequence[Comment]:
        """The mentions that stand apart from the conversation, the first hundred; part of a thread's first page."""
        if page.thread is None or page.thread.hidden:
            return ()
        with self._database.read() as connection:
            return comment_rows.apart(connection, [page.thread.id], PAGE_SIZE)

    def page_json(self, site: Site, page: ThreadPage, modules_prefix: str = "") -> Json:
        """The body of ``GET thread``."""
        fields = self._extensions.comment_fields(site, [c for c in page.comments if c.is_public], ANYBODY)
        comments = []
        for comment in page.comments:
            item = public_comment(comment, fields.get(comment.id))
            if comment.id in page.more:
                item["replies_next"] = page.more[comment.id]
            comments.append(item)
        parts = self._extensions.widget(site)
        extensions: dict[str, dict[str, Any]] = {name: {"config": config} for name, config in parts.config.items()}
        if page.thread is not None and not page.thread.hidden:
            for name, value in (
                self._extensions.thread_fields(site, [page.thread], ANYBODY).get(page.thread.id, {}).items()
            ):
                extensions.setdefault(name, {})["thread"] = value
        thread = page.thread
        return {
            "site": site.name,
            "thread": {
                "key": page.key,
                "url": thread.url if thread else None,
                "title": thread.title if thread else None,
                "count": thread.count if thread else 0,
                "closed": thread.closed if thread else False,
                "cursor": page.cursor,
                **({"hidden": True} if thread and thread.hidden else {}),
            },
            "comments": comments,
            "next": page.next,
            "policy": {
                "html": self._renderer.render(site.settings.policy) if site.settings.policy else "",
                "edit_window_s": site.settings.edit_window_s,
                "max_length": site.settings.max_length,
                "nesting": site.settings.nesting,
            },
            "modules": [
                {
                    "plugin": module.plugin,
                    "url": modules_prefix + module.url,
                    "when": "thread" if module.when == "fields" else module.when,
                }
                for module in parts.modules
                if module.when != "fields" or "thread" in extensions.get(module.plugin, {})
            ],
            "extensions": extensions,
        }

    def comment(self, comment_id: str) -> Comment:
        """The comment in whatever state: the caller decides who may see it. Raises CommentNotFound."""
        if is_id(comment_id):
            with self._database.read() as connection:
                found = comment_rows.get_comment(connection, comment_id)
            if found is not None:
                return found
        raise CommentNotFound("There is no such comment.")

    def is_shown(self, site: Site, comment: Comment) -> bool:
        """Whether readers may see it, be it as a tombstone."""
        return comment.is_visible and not site.settings.hides(self.thread_of(comment), self._clock.now())

    def is_in(self, comment: Comment, site: Site, key: str) -> bool:
        """Whether it stands in the thread ``key`` (normalised) names, or once named."""
        with self._database.read() as connection:
            thread = thread_rows.get_thread(connection, site.id, key)
        return thread is not None and thread.id == comment.thread_id

    def closes(self, site: Site, key: str) -> bool:
        """Whether the thread ``key`` (normalised) takes no comments for its age, which no event tells of."""
        if not site.settings.close_after_days:
            return False
        with self._database.read() as connection:
            thread = thread_rows.get_thread(connection, site.id, key)
        return thread is not None and site.settings.closes(thread, self._clock.now())

    def thread_of(self, comment: Comment) -> Thread:
        """The thread a comment stands in."""
        with self._database.read() as connection:
            thread = thread_rows.get_thread_by_id(connection, comment.thread_id)
        if thread is None:
            raise CommentNotFound("There is no such comment.")
        return thread

    def public_json(self, site: Site, comments: Sequence[Comment], viewer: Actor = ANYBODY) -> list[Json]:
        """Comments as everybody may see them, with plugins' fields."""
        fields = self._extensions.comment_fields(site, [c for c in comments if c.is_public], viewer)
        return [public_comment(comment, fields.get(comment.id)) for comment in comments]

    def replies(self, above: Comment, after: str | None) -> tuple[Sequence[Comment], str | None]:
        """Up to 100 visible answers below a comment after the cursor, in the order of reading, and the next cursor."""
        start = None
        if after:
            start = _decode(after)
            if not isinstance(start, str) or not start.startswith(above.path) or not _is_path(start):
                raise _bad_cursor()
        with self._database.read() as connection:
            found = comment_rows.answers_of(connection, above, start, PAGE_SIZE + 1)
        shown = found[:PAGE_SIZE]
        return shown, _encode(shown[-1].path) if len(found) > PAGE_SIZE else None

    def counts(self, site: Site, keys: Sequence[str]) -> dict[str, int]:
        """Published comments by the keys as asked. At most 100."""
        if len(keys) > MAX_COUNTS:
            sentence = f"Ask for at most {MAX_COUNTS} keys at once."
            raise InvalidRequest(sentence, errors={"key": [sentence]})
        normal = {key: self.key(site, key) for key in keys}
        with self._database.read() as connection:
            found = thread_rows.counts(connection, site.id, list(set(normal.values())))
            if site.settings.closed_threads == "hide":
                now = self._clock.now()
                hidden = thread_rows.threads_by_key(connection, site.id, list(found))
                found = {key: n for key, n in found.items() if not site.settings.hides(hidden[key], now)}
        return {key: found.get(spelt, 0) for key, spelt in normal.items()}

    def keys(self, site: Site) -> Iterator[str]:
        """The keys of all threads that readers may see, in the order of their beginnings. Asked for page by page, each
        in a transaction of its own."""
        after = 0
        while True:
            with self._database.read() as connection:
                threads = thread_rows.threads_after(connection, site.id, after, _KEYS_AT_ONCE)
            if not threads:
                return
            after = threads[-1].id
            now = self._clock.now()
            yield from (thread.key for thread in threads if not site.settings.seen(thread, now).hidden)

    def latest(self, site: Site, limit: int) -> list[Json]:
        """The newest published comments of the site with their threads and first words."""
        with self._database.read() as connection:
            comments = comment_rows.latest(connection, site.id, limit)
            threads = thread_rows.threads_by_id(connection, [comment.thread_id for comment in comments])
        now = self._clock.now()
        comments = [comment for comment in comments if not site.settings.hides(threads[comment.thread_id], now)]
        items = self.public_json(site, comments)
        for item, comment in zip(items, comments, strict=True):
            ref = threads[comment.thread_id]
            item["thread"] = {"key": ref.key, "url": ref.url, "title": ref.title}
            item["text"] = excerpt(item["html"], _EXCERPT_LENGTH)
        return items


def _branches(connection: Connection, roots: Sequence[Comment]) -> tuple[list[list[Comment]], dict[str, str]]:
    """Each root with the answers below it, and by root cursors for what is left out of long branches."""
    below: dict[str, list[Comment]] = {root.id: [] for root in roots}
    short = [root.id for root in roots if 0 < root.replies <= BRANCH_SIZE]
    for answer in comment_rows.answers_below(connection, short):
        below[answer.root_id].append(answer)
    for root in roots:
        if root.replies > BRANCH_SIZE:  # at most three of these fit on a page
            below[root.id].extend(comment_rows.answers_of(connection, root, None, BRANCH_SIZE + 1))
    more = {
        root_id: _encode(found[BRANCH_SIZE - 1].path) for root_id, found in below.items() if len(found) > BRANCH_SIZE
    }
    return [[root, *below[root.id][:BRANCH_SIZE]] for root in roots], more


def _is_path(text: str) -> bool:
    return all(is_id(text[at : at + ID_LENGTH]) for at in range(0, len(text), ID_LENGTH))


def _write_cursor(last: Comment) -> str:
    # Behind a pinned one, which filled the page, come all that are not.
    return _encode(_PINNED if last.pinned and last.is_public else [last.score, last.replies, last.id])


def _read_cursor(cursor: str) -> tuple[int, int, str] | None:
    value = _decode(cursor)
    if value == _PINNED:
        return None
    if isinstance(value, list) and len(value) == 3 and type(value[0]) is type(value[1]) is int and is_id(value[2]):
        return _storable(value[0]), _storable(value[1]), value[2]
    raise _bad_cursor()


def _storable(number: int) -> int:
    return max(-(2**62), min(number, 2**62))


def _encode(value: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


def _decode(cursor: str) -> Any:
    try:
        return orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        raise _bad_cursor() from None


def _bad_cursor() -> InvalidRequest:
    return InvalidRequest("The cursor is not one of ours.", errors={"after": ["unknown cursor"]})
