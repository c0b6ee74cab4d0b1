"""Writes a site in our own format, which ``services.importing.own`` reads: nothing of a discussion is lost in between.
Ids, and the numbers that a thread gives its comments, are given anew there.

JSON Lines: a line for the format and the site, then for each thread a line for it and one for each of its comments.
Line by line, because a site may have more comments than fit into memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from embedcomments.domain.comments import Comment
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Thread
from embedcomments.services.importing.own import FORMAT, VERSION
from embedcomments.services.views import moment
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import moving
from embedcomments.storage import threads as thread_rows
from embedcomments.storage.database import Database

PAGE = 500


class Exporting:
    """The core's own exporter."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, site: Site, stream: BinaryIO) -> int:
        """Write the site as it is at this moment, in whatever state its comments are; how many there are.

        E-mail addresses and the texts of held comments are in it: it is for the site's owner.
        """
        count = 0
        stream.write(_line({"format": FORMAT, "version": VERSION, "site": {"name": site.name, "title": site.title}}))
        with self._database.read() as connection:
            for thread in _pages(lambda after: thread_rows.threads_after(connection, site.id, after or 0, PAGE)):
                stream.write(_line({"thread": _thread(thread, moving.aliases_of(connection, thread.id))}))
                for comment, external_id in _pages(
                    lambda after, thread=thread: comment_rows.exported(connection, thread.id, after or "", PAGE)
                ):
                    stream.write(_line({"comment": _comment(comment, external_id)}))
                    count += 1
        return count


def _pages(page: Any) -> Iterator[Any]:
    """All items, asked for page after page by the id of the last one."""
    after: Any = None
    while items := page(after):
        yield from items
        last = items[-1]
        after = last[0].id if isinstance(last, tuple) else last.id


def _line(value: dict[str, Any]) -> bytes:
    return orjson.dumps(value) + b"\n"


def _thread(thread: Thread, old_keys: list[str]) -> dict[str, Any]:
    return {
        "key": thread.key,
        "url": thread.url,
        "title": thread.title,
        "closed": thread.closed,
        **({"hidden": True} if thread.hidden else {}),
        **({"old_keys": old_keys} if old_keys else {}),
    }


def _comment(comment: Comment, external_id: str | None) -> dict[str, Any]:
    return {
        "id": comment.id,
        "external_id": external_id,
        "parent_id": comment.parent_id,
        "kind": comment.kind.value,
        "state": comment.state.value,
        "created_at": moment(comment.created_at),
        "edited_at": comment.edited_at and moment(comment.edited_at),
        "author": {"name": comment.author.name, "email": comment.author.email, "url": comment.author.url},
        "text": comment.source,
        "source_format": comment.source_format.value,
        "link": comment.link and {"url": comment.link.url, "title": comment.link.title},
        "reason": comment.reason,
        **({"pinned": True} if comment.pinned else {}),
        **({"closed": True} if comment.closed else {}),
        "apart": comment.is_apart,
    }
