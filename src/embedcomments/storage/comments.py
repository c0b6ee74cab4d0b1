"""Rows of comments: pages of a thread, single ones, the queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Row,
    Select,
    String,
    Text,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    or_,
    select,
    type_coerce,
    update,
)

from embedcomments.domain.comments import APART, Author, Comment, CommentKind, CommentState, Link, Sender, SourceFormat
from embedcomments.domain.ids import first_id
from embedcomments.domain.threads import Sort
from embedcomments.domain.verdicts import Action, Verdict
from embedcomments.storage.prepared import Prepared
from embedcomments.storage.tables import comment, thread
from embedcomments.storage.types import storable

# What plugins thought is not for readers, and only moderators' pages ask for it (``verdicts_of``).
COLUMNS = tuple(column for column in comment.c if column is not comment.c.verdicts)
_BY_ID = Prepared(select(*COLUMNS).where(comment.c.id == bindparam("comment_id")))
_INSERT = Prepared(insert(comment))
_AGAINST = (Action.HOLD, Action.SPAM, Action.REJECT)
_IS_PINNED = comment.c.pinned.is_(True)
_IS_PUBLISHED = comment.c.state == CommentState.PUBLISHED.value
_ORDERS = {
    Sort.OLDEST: (comment.c.id,),
    Sort.NEWEST: (comment.c.id.desc(),),
    Sort.TOP: (comment.c.score.desc(), comment.c.replies.desc(), comment.c.id),
}
_CLOSED_ABOVE = Prepared(
    select(comment.c.id)
    .where(
        comment.c.root_id == bindparam("root_id"),
        comment.c.closed.is_(True),
        comment.c.path == func.substr(bindparam("path", type_=String), 1, func.length(comment.c.path)),
    )
    .limit(1)
)
# Of PostgreSQL: whether the locale of the database knows capitals beyond ASCII.
_LOWERS_LETTERS = literal_column("lower('Ä') = 'ä'", Boolean)
_IS_VISIBLE = or_(comment.c.state == CommentState.PUBLISHED.value, comment.c.replies > 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """Which comments of a site a list is about. Empty sequences, None and "" mean all.

    ``search`` is part of the text, the name, the e-mail address, or the key, title or address of the page; ``has_link``
    whether the text links anywhere; without ``hidden_threads`` the published comments of threads that readers do not
    see are left out; ``since`` and ``until`` bound ``created_at``, the end left out; ``judged_by`` names a plugin that
    was against publishing it.
    """

    site_id: int
    states: Sequence[CommentState] = ()
    kinds: Sequence[CommentKind] = ()
    identity_id: str | None = None
    search: str = ""
    email: str | None = None
    thread_id: int | None = None
    has_link: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    hidden_threads: bool = True
    judged_by: str = ""


def get_comment(connection: Connection, comment_id: str) -> Comment | None:
    """The comment with that id, in whatever state."""
    row = _BY_ID.first(connection, {"comment_id": comment_id})
    return None if row is None else _comment(row)


def comments_by_id(connection: Connection, ids: Sequence[str]) -> dict[str, Comment]:
    """By id; unknown ids are absent."""
    if not ids:
        return {}
    rows = connection.execute(select(*COLUMNS).where(comment.c.id.in_(set(ids))))
    return {row.id: _comment(row) for row in rows}


def find_link(connection: Connection, thread_id: int, url: str, kind: CommentKind) -> Comment | None:
    """The thread's mention of that kind by the page ``url``, in whatever state."""
    row = connection.execute(
        select(*COLUMNS)
        .where(comment.c.thread_id == thread_id, comment.c.link_url == url, comment.c.kind == kind.value)
        .limit(1)
    ).one_or_none()
    return None if row is None else _comment(row)


def is_in_closed_branch(connection: Connection, parent: Comment) -> bool:
    """Whether a comment, or one above it, takes no answers."""
    return _CLOSED_ABOVE.first(connection, {"root_id": parent.root_id, "path": parent.path}) is not None


def pinned(connection: Connection, thread_id: int, sort: Sort) -> Sequence[Comment]:
    """The published comments that stand first in a thread, in the order of ``sort``."""
    query = select(*COLUMNS).where(comment.c.thread_id == thread_id, _IS_PINNED, _IS_PUBLISHED)
    return comments_of(connection, query.order_by(*_ORDERS[sort]))


def roots(
    connection: Connection, thread_id: int, sort: Sort, after: tuple[int, int, str] | None, limit: int
) -> Sequence[Comment]:
    """Visible top-level comments after the one with ``after`` = (its score, its replies, its id), but for those that
    ``pinned`` has."""
    query = select(*COLUMNS).where(
        comment.c.thread_id == thread_id, comment.c.depth == 0, _IS_VISIBLE, ~and_(_IS_PINNED, _IS_PUBLISHED)
    )
    query = query.order_by(*_ORDERS[sort])
    if sort is Sort.TOP:
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
        if after is not None:
            query = query.where(comment.c.id < after[2])
    elif after is not None:
        query = query.where(comment.c.id > after[2])
    return comments_of(connection, query.limit(limit))


def answers_below(connection: Connection, root_ids: Sequence[str]) -> Sequence[Comment]:
    """All visible answers in the branches of these top-level comments, in the order of reading."""
    if not root_ids:
        return []
    query = select(*COLUMNS).where(comment.c.root_id.in_(root_ids), comment.c.depth > 0, _IS_VISIBLE)
    return comments_of(connection, query.order_by(comment.c.path))


def answers_of(connection: Connection, above: Comment, after: str | None, limit: int) -> Sequence[Comment]:
    """Visible answers below ``above`` whose path comes after ``after``, in the order of reading."""
    query = select(*COLUMNS).where(
        comment.c.root_id == above.root_id,
        comment.c.path > (after or above.path),
        comment.c.path < above.path + "~",  # "~" sorts behind every character of an id
        _IS_VISIBLE,
    )
    return comments_of(connection, query.order_by(comment.c.path).limit(limit))


def apart(connection: Connection, thread_ids: Sequence[int], limit: int) -> Sequence[Comment]:
    """The published mentions that stand apart in these threads, the first ``limit`` of each, oldest first."""
    if not thread_ids:
        return []
    place = func.row_number().over(partition_by=comment.c.thread_id, order_by=comment.c.id)
    ranked = (
        select(comment.c.id, place.label("place"))
        .where(
            comment.c.thread_id.in_(set(thread_ids)),
            comment.c.depth == APART,
            _IS_PUBLISHED,
        )
        .subquery()
    )
    query = select(*COLUMNS).join(ranked, ranked.c.id == comment.c.id).where(ranked.c.place <= limit)
    return comments_of(connection, query.order_by(comment.c.thread_id, comment.c.id))


def latest(connection: Connection, site_id: int, limit: int) -> Sequence[Comment]:
    """The newest published comments of a site, mentions and hidden threads left out."""
    published = (CommentState.PUBLISHED,)
    which = Filter(site_id=site_id, states=published, kinds=(CommentKind.COMMENT,), hidden_threads=False)
    return list_comments(connection, which, before=None, limit=limit)


def list_comments(connection: Connection, which: Filter, *, before: str | None, limit: int) -> Sequence[Comment]:
    """Newest first, older than the id ``before``."""
    query = select(*COLUMNS).where(*conditions(connection, which))
    if before is not None:
        query = query.where(comment.c.id < before)
    return comments_of(connection, query.order_by(comment.c.id.desc()).limit(limit))


def count_comments(connection: Connection, which: Filter) -> int:
    """How many there are."""
    query = select(func.count()).select_from(comment).where(*conditions(connection, which))
    return connection.execute(query).scalar_one()


def counts_by_kind_and_state(connection: Connection, site_id: int) -> dict[tuple[str, str], int]:
    """How many comments a site has, by (kind, state)."""
    query = (
        select(comment.c.kind, comment.c.state, func.count().label("n"))
        .where(comment.c.site_id == site_id)
        .group_by(comment.c.kind, comment.c.state)
    )
    return {(row.kind, row.state): row.n for row in connection.execute(query)}


def add_comment(
    connection: Connection, new: Comment, *, external_id: str | None = None, verdicts: Sequence[Verdict] = ()
) -> None:
    """Insert a row; counts above it are the caller's matter (``count_reply``)."""
    _INSERT.run(connection, {**comment_row(new, external_id), "verdicts": verdict_rows(verdicts)})


def add_comments(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert many rows made by ``comment_row``."""
    if rows:
        connection.execute(insert(comment), [{"verdicts": None, **row} for row in rows])


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
        "sender_address": new.sender.address if new.sender else None,
        "sender_network": new.sender.network if new.sender else None,
        "badge": new.badge,
        "is_hushed": new.is_hushed,
        "told_number": new.told_number,
        "state_changed_at": new.state_changed_at,
        "pinned": new.pinned,
        "closed": new.closed,
    }


def save_comment(connection: Connection, changed: Comment, verdicts: Sequence[Verdict] | None = None) -> None:
    """Write what may change of a comment: words, author, state, score and their bookkeeping.

    ``verdicts`` replace those that are kept, None keeps them. Of a comment whose words are gone none is kept.
    """
    row = comment_row(changed)
    names = ("number", "state", "state_changed_at", "pinned", "closed", "edited_at", "rev", "seq", "score",
             "author_name", "author_email", "author_url", "source", "source_format", "html", "link_url", "link_title",
             "reason", "sender_address", "sender_network", "is_hushed", "told_number")  # fmt: skip
    values = {name: row[name] for name in names}
    if changed.is_erased:
        values["verdicts"] = None
    elif verdicts is not None:
        values["verdicts"] = verdict_rows(verdicts)
    connection.execute(update(comment).where(comment.c.id == changed.id).values(values))


def verdicts_of(connection: Connection, site_id: int, ids: Sequence[str]) -> dict[str, tuple[Verdict, ...]]:
    """By id: what plugins said of the comment as it was last judged; comments without verdicts are absent."""
    if not ids:
        return {}
    query = select(comment.c.id, comment.c.verdicts).where(
        # Without statistics SQLite would go by the site and look at all of its comments.
        comment.c.site_id + 0 == site_id,
        comment.c.id.in_(set(ids)),
        comment.c.verdicts.is_not(None),
    )
    return {row.id: tuple(map(_verdict, row.verdicts)) for row in connection.execute(query)}


def count_pinned(connection: Connection, thread_id: int) -> int:
    """How many comments of a thread are pinned."""
    query = select(func.count()).select_from(comment).where(comment.c.thread_id == thread_id, _IS_PINNED)
    return connection.execute(query).scalar_one()


def hushed_counts(connection: Connection, thread_id: int) -> dict[str, int]:
    """How many comments stand in the thread for their writer alone, by identity; others are absent."""
    query = select(comment.c.identity_id, func.count()).where(
        comment.c.thread_id == thread_id,
        comment.c.is_hushed.is_(True),
        comment.c.identity_id.is_not(None),
        comment.c.state.in_([CommentState.HELD.value, CommentState.SPAM.value]),
        comment.c.depth != APART,
    )
    return {row[0]: row[1] for row in connection.execute(query.group_by(comment.c.identity_id))}


def save_depth(connection: Connection, changed: Comment) -> None:
    """Put a mention into the conversation or apart from it."""
    connection.execute(update(comment).where(comment.c.id == changed.id).values(depth=changed.depth))


def count_reply(connection: Connection, of: Comment, change: int) -> None:
    """Change the counts of all comments above ``of`` because it was published (+1) or went (-1)."""
    if of.depth > 0:
        connection.execute(
            update(comment).where(comment.c.id.in_(of.ancestor_ids)).values(replies=comment.c.replies + change)
        )


def forget_senders(connection: Connection, before: datetime) -> None:
    """Forget where the comments written before that moment were sent from."""
    old = (comment.c.created_at < before) & comment.c.sender_address.is_not(None)
    connection.execute(update(comment).where(old).values(sender_address=None, sender_network=None))


def set_badge(connection: Connection, identity_id: str, badge: str | None) -> None:
    """Show ``badge`` with all comments of a writer."""
    connection.execute(update(comment).where(comment.c.identity_id == identity_id).values(badge=badge))


def exported(connection: Connection, thread_id: int, after: str, limit: int) -> Sequence[tuple[Comment, str | None]]:
    """A thread's comments in whatever state, behind the id ``after`` and in the order of ids, each with the name that
    an import gave it."""
    query = select(*COLUMNS).where(comment.c.thread_id == thread_id, comment.c.id > after)
    return [(_comment(row), row.external_id) for row in connection.execute(query.order_by(comment.c.id).limit(limit))]


def external_ids(connection: Connection, thread_id: int) -> dict[str, str]:
    """Ids by the names that an import gave them, in one thread."""
    query = select(comment.c.external_id, comment.c.id).where(
        comment.c.thread_id == thread_id, comment.c.external_id.is_not(None)
    )
    return {row.external_id: row.id for row in connection.execute(query)}


def conditions(connection: Connection, which: Filter) -> list[ColumnElement[bool]]:
    """What a row of ``comment`` has to fulfil."""
    site: ColumnElement[int] = comment.c.site_id
    if which.identity_id is not None or which.thread_id is not None:
        # Without statistics SQLite would go by the site, which is all there is, and not by the writer or the thread.
        site = site + 0
    # Each state by name: else it would go through all comments in the order of their ids to find a writer's few.
    states = which.states or (tuple(CommentState) if which.identity_id is not None else ())
    found: list[ColumnElement[bool]] = [site == which.site_id]
    if states:
        found.append(comment.c.state.in_([state.value for state in states]))
    if which.kinds:
        found.append(comment.c.kind.in_([kind.value for kind in which.kinds]))
    if which.identity_id is not None:
        found.append(comment.c.identity_id == which.identity_id)
    if which.email is not None:
        found.append(func.lower(comment.c.author_email) == which.email.strip().lower())
    if which.thread_id is not None:
        found.append(comment.c.thread_id == which.thread_id)
    if which.has_link is not None:
        links = comment.c.html.contains("<a ", autoescape=True)
        found.append(links if which.has_link else ~links)
    # Ids are in the order of time, so that the index that orders a list also bounds it.
    if which.since is not None:
        found.append(comment.c.id >= first_id(which.since))
    if which.until is not None:
        found.append(comment.c.id < first_id(which.until))
    if not which.hidden_threads and (not which.states or CommentState.PUBLISHED in which.states):
        hidden = select(thread.c.id).where(thread.c.site_id == which.site_id, thread.c.hidden.is_(True))
        # Mostly there is none, and then an index alone can count what is published.
        if connection.execute(hidden.limit(1)).first() is not None:
            found.append(or_(~_IS_PUBLISHED, comment.c.thread_id.not_in(hidden)))
    if which.judged_by:
        # As ``_verdict_row`` has it; within a reason the quotes would be escaped.
        spoke = [f'"plugin":"{which.judged_by}","action":"{action.value}"' for action in _AGAINST]
        kept = type_coerce(comment.c.verdicts, Text)
        found.append(or_(*(kept.contains(text, autoescape=True) for text in spoke)))
    search = storable(which.search)
    if search:
        of_thread = (_says(connection, column, search) for column in (thread.c.key, thread.c.title, thread.c.url))
        in_thread = select(thread.c.id).where(thread.c.site_id == which.site_id, or_(*of_thread))
        words = (comment.c.source, comment.c.author_name, comment.c.author_email)
        said = (_says(connection, column, search) for column in words)
        found.append(or_(*said, comment.c.thread_id.in_(in_thread)))
    return found


def _says(connection: Connection, column: ColumnElement[Any], search: str) -> ColumnElement[bool]:
    """Whether the column holds these words, however capitals are set.

    PostgreSQL compares in its locale, at twice the cost of knowing ASCII's capitals alone: words of ASCII do without.
    SQLite, and PostgreSQL with the locale "C", know no other capitals: there words beyond ASCII are looked for in each
    of the ways in which they are written.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    if search.isascii():
        plain = column if is_sqlite else column.collate("C")
        return plain.icontains(search, autoescape=True)
    spellings = dict.fromkeys((search, search.lower(), search.upper(), search.capitalize(), search.title()))
    anyhow = column.icontains(search, autoescape=True)
    spelled = or_(anyhow, *(column.contains(each, autoescape=True) for each in spellings))
    # The planner knows which of the two it is before it looks at a row.
    return spelled if is_sqlite else case((_LOWERS_LETTERS, anyhow), else_=spelled)


def verdict_rows(verdicts: Sequence[Verdict]) -> list[dict[str, Any]] | None:
    """What is kept of them; None for none."""
    return [_verdict_row(verdict) for verdict in verdicts] or None


def _verdict_row(verdict: Verdict) -> dict[str, Any]:
    return {
        "plugin": verdict.plugin,
        "action": verdict.action.value,
        "score": float(verdict.score),
        "reason": storable(verdict.reason),
        "is_hushed": verdict.is_hushed,
    }


def _verdict(row: dict[str, Any]) -> Verdict:
    return Verdict(
        action=Action(row["action"]),
        score=row["score"],
        reason=row["reason"],
        plugin=row["plugin"],
        is_hushed=row.get("is_hushed", False),
    )


def comments_of(connection: Connection, query: Select[Any]) -> list[Comment]:
    """The comments that a query of COLUMNS finds."""
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
        sender=Sender(address=row.sender_address, network=row.sender_network) if row.sender_address else None,
        badge=row.badge,
        is_hushed=row.is_hushed,
        told_number=row.told_number,
        state_changed_at=row.state_changed_at,
        pinned=bool(row.pinned),
        closed=bool(row.closed),
    )
