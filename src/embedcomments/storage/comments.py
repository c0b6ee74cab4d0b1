"""Rows of comments: pages of a thread, single ones, the queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, func, insert, or_, select, update

from embedcomments.domain.comments import Author, Comment, CommentKind, CommentState, Link, SourceFormat
from embedcomments.domain.threads import Sort
from embedcomments.storage.prepared import Prepared
from embedcomments.storage.tables import comment, thread
from embedcomments.storage.types import storable

_BY_ID = Prepared(select(comment).where(comment.c.id == bindparam("comment_id")))
_INSERT = Prepared(insert(comment))
_IS_VISIBLE = or_(comment.c.state == CommentState.PUBLISHED.value, comment.c.replies > 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """Which comments of a site a list is about. Empty sequences and None mean all."""

    site_id: int
    states: Sequence[CommentState] = ()
    kinds: Sequence[CommentKind] = ()
    identity_id: str | None = None
    search: str = ""
    email: str | None = None


def get_comment(connection: Connection, comment_id: str) -> Comment | None:
    """The comment with that id, in whatever state."""
    row = _BY_ID.first(connection, {"comment_id": comment_id})
    return None if row is None else _comment(row)


def comments_by_id(connection: Connection, ids: Sequence[str]) -> dict[str, Comment]:
    """By id; unknown ids are absent."""
    if not ids:
        return {}
    rows = connection.execute(select(comment).where(comment.c.id.in_(set(ids))))
    return {row.id: _comment(row) for row in rows}


def find_link(connection: Connection, thread_id: int, url: str, kind: CommentKind) -> Comment | None:
    """The thread's mention of that kind by the page ``url``, in whatever state."""
    row = connection.execute(
        select(comment)
        .where(comment.c.thread_id == thread_id, comment.c.link_url == url, comment.c.kind == kind.value)
        .limit(1)
    ).one_or_none()
    return None if row is None else _comment(row)


def roots(
    connection: Connection, thread_id: int, sort: Sort, after: tuple[int, int, str] | None, limit: int
) -> Sequence[Comment]:
    """Visible top-level comments after the one with ``after`` = (its score, its replies, its id)."""
    query = select(comment).where(comment.c.thread_id == thread_id, comment.c.depth == 0, _IS_VISIBLE)
    if sort is Sort.TOP:
        query = query.order_by(comment.c.score.desc(), comment.c.replies.desc(), comment.c.id)
        if after is not None:
            score, replies, last = after
            same_score = comment.c.score == score
            query = query.where(
                or_(
                    comment.c.score < score,
                    and_(same_score, comment.c.replies < replies),
                    and_(same_score, comment.c.replies == replies, comment.c.id > last),
                )
            )
    elif sort is Sort.NEWEST:
        query = query.order_by(comment.c.id.desc())
        if after is not None:
            query = query.where(comment.c.id < after[2])
    else:
        query = query.order_by(comment.c.id)
        if after is not None:
            query = query.where(comment.c.id > after[2])
    return _all(connection, query.limit(limit))


def answers_below(connection: Connection, root_ids: Sequence[str]) -> Sequence[Comment]:
    """All visible answers in the branches of these top-level comments, in the order of reading."""
    if not root_ids:
        return []
    query = select(comment).where(comment.c.root_id.in_(root_ids), comment.c.depth > 0, _IS_VISIBLE)
    return _all(connection, query.order_by(comment.c.path))


def answers_of(connection: Connection, above: Comment, after: str | None, limit: int) -> Sequence[Comment]:
    """Visible answers below ``above`` whose path comes after ``after``, in the order of reading."""
    query = select(comment).where(
        comment.c.root_id == above.root_id,
        comment.c.path > (after or above.path),
        comment.c.path < above.path + "~",  # "~" sorts behind every character of an id
        _IS_VISIBLE,
    )
    return _all(connection, query.order_by(comment.c.path).limit(limit))


def latest(connection: Connection, site_id: int, limit: int) -> Sequence[Comment]:
    """The newest published comments of a site, mentions left out."""
    return list_comments(
        connection,
        Filter(site_id=site_id, states=(CommentState.PUBLISHED,), kinds=(CommentKind.COMMENT,)),
        before=None,
        limit=limit,
    )


def list_comments(connection: Connection, which: Filter, *, before: str | None, limit: int) -> Sequence[Comment]:
    """Newest first, older than the id ``before``."""
    query = select(comment).where(*_conditions(which))
    if before is not None:
        query = query.where(comment.c.id < before)
    return _all(connection, query.order_by(comment.c.id.desc()).limit(limit))


def count_comments(connection: Connection, which: Filter) -> int:
    """How many there are."""
    query = select(func.count()).select_from(comment).where(*_conditions(which))
    return connection.execute(query).scalar_one()


def counts_by_kind_and_state(connection: Connection, site_id: int) -> dict[tuple[str, str], int]:
    """How many comments a site has, by (kind, state)."""
    query = (
        select(comment.c.kind, comment.c.state, func.count().label("n"))
        .where(comment.c.site_id == site_id)
        .group_by(comment.c.kind, comment.c.state)
    )
    return {(row.kind, row.state): row.n for row in connection.execute(query)}


def add_comment(connection: Connection, new: Comment, *, external_id: str | None = None) -> None:
    """Insert a row; counts above it are the caller's matter (``count_reply``)."""
    _INSERT.run(connection, comment_row(new, external_id))


def add_comments(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert many rows made by ``comment_row``."""
    if rows:
        connection.execute(insert(comment), list(rows))


def comment_row(new: Comment, external_id: str | None = None) -> dict[str, Any]:
    """The columns of a comment."""
    return {
        "id": new.id,
        "site_id": new.site_id,
        "thread_id": new.thread_id,
        "parent_id": new.parent_id,
        "root_id": new.root_id,
        "path": new.path,
        "depth": new.depth,
        "number": new.number,
        "kind": new.kind.value,
        "state": new.state.value,
        "created_at": new.created_at,
        "edited_at": new.edited_at,
        "rev": new.rev,
        "seq": new.seq,
        "replies": new.replies,
        "score": new.score,
        "identity_id": new.identity_id,
        "author_name": new.author.name,
        "author_email": new.author.email,
        "author_url": new.author.url,
        "source": new.source,
        "source_format": new.source_format.value,
        "html": new.html,
        "link_url": new.link.url if new.link else None,
        "link_title": new.link.title if new.link else None,
        "reason": new.reason,
        "external_id": external_id,
    }


def save_comment(connection: Connection, changed: Comment) -> None:
    """Write what may change of a comment: words, author, state, score and their bookkeeping."""
    row = comment_row(changed)
    names = ("number", "state", "edited_at", "rev", "seq", "score", "author_name", "author_email", "author_url",
             "source", "source_format", "html", "link_url", "link_title", "reason")  # fmt: skip
    connection.execute(update(comment).where(comment.c.id == changed.id).values({name: row[name] for name in names}))


def count_reply(connection: Connection, of: Comment, change: int) -> None:
    """Change the counts of all comments above ``of`` because it was published (+1) or went (-1)."""
    if of.depth:
        connection.execute(
            update(comment).where(comment.c.id.in_(of.ancestor_ids)).values(replies=comment.c.replies + change)
        )


def exported(connection: Connection, thread_id: int, after: str, limit: int) -> Sequence[tuple[Comment, str | None]]:
    """A thread's comments in whatever state, behind the id ``after`` and in the order of ids, each with the name that
    an import gave it."""
    query = select(comment).where(comment.c.thread_id == thread_id, comment.c.id > after)
    return [(_comment(row), row.external_id) for row in connection.execute(query.order_by(comment.c.id).limit(limit))]


def external_ids(connection: Connection, thread_id: int) -> dict[str, str]:
    """Ids by the names that an import gave them, in one thread."""
    query = select(comment.c.external_id, comment.c.id).where(
        comment.c.thread_id == thread_id, comment.c.external_id.is_not(None)
    )
    return {row.external_id: row.id for row in connection.execute(query)}


def _conditions(which: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [comment.c.site_id == which.site_id]
    if which.states:
        conditions.append(comment.c.state.in_([state.value for state in which.states]))
    if which.kinds:
        conditions.append(comment.c.kind.in_([kind.value for kind in which.kinds]))
    if which.identity_id is not None:
        conditions.append(comment.c.identity_id == which.identity_id)
    if which.email is not None:
        conditions.append(func.lower(comment.c.author_email) == which.email.strip().lower())
    search = storable(which.search)
    if search:
        in_thread = select(thread.c.id).where(
            thread.c.site_id == which.site_id,
            or_(
                thread.c.key.icontains(search, autoescape=True),
                thread.c.title.icontains(search, autoescape=True),
            ),
        )
        conditions.append(
            or_(
                comment.c.source.icontains(search, autoescape=True),
                comment.c.author_name.icontains(search, autoescape=True),
                comment.c.author_email.icontains(search, autoescape=True),
                comment.c.thread_id.in_(in_thread),
            )
        )
    return conditions


def _all(connection: Connection, query: Select[Any]) -> list[Comment]:
    return [_comment(row) for row in connection.execute(query)]


def _comment(row: Row[Any]) -> Comment:
    return Comment(
        id=row.id,
        site_id=row.site_id,
        thread_id=row.thread_id,
        parent_id=row.parent_id,
        path=row.path,
        depth=row.depth,
        number=row.number,
        kind=CommentKind(row.kind),
        state=CommentState(row.state),
        created_at=row.created_at,
        edited_at=row.edited_at,
        rev=row.rev,
        seq=row.seq,
        author=Author(name=row.author_name, email=row.author_email, url=row.author_url),
        identity_id=row.identity_id,
        source=row.source,
        source_format=SourceFormat(row.source_format),
        html=row.html,
        link=Link(url=row.link_url, title=row.link_title or "") if row.link_url else None,
        replies=row.replies,
        score=row.score,
        reason=row.reason,
    )
