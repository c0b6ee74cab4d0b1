"""What moderators look through: bounded however many comments there are.

Counting and searching cost what they look at. So counts stop at a limit; and a search looks at some thousand comments
at a time, the newest first, and says how far it came, to be continued there. An index of all words would make each
post dearer, differ by engine (FTS5 and pg_trgm are not everywhere) and keep words of comments that were erased.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, func, literal, select

from embedcomments.domain.comments import Comment, CommentState
from embedcomments.storage.comments import COLUMNS, Filter, comments_of, conditions
from embedcomments.storage.tables import comment, identity


def find(
    connection: Connection, which: Filter, *, before: str | None, limit: int, scan: int
) -> tuple[Sequence[Comment], tuple[str, datetime] | None]:
    """The newest comments older than the id ``before``, at most ``limit``, of the next ``scan`` that stand in the same
    state, thread or author; and the (id, moment) of the last of these, None when there is nothing behind it or the
    filter needs no looking at each."""
    bottom = None
    place = replace(which, kinds=(), search="", email=None, has_link=None, judged_by="")
    if place != which:
        reach = select(comment.c.id).where(*conditions(connection, place))
        if before is not None:
            reach = reach.where(comment.c.id < before)
        # The last to be looked at, and whether there is one behind it. By ids alone, which an index has.
        reach = reach.order_by(comment.c.id.desc()).offset(scan - 1).limit(2)
        at = select(comment.c.id, comment.c.created_at).where(comment.c.id.in_(reach)).order_by(comment.c.id.desc())
        ends = connection.execute(at).all()
        bottom = (ends[0].id, ends[0].created_at) if len(ends) == 2 else None
    query = select(*COLUMNS).where(*conditions(connection, which))
    if before is not None:
        query = query.where(comment.c.id < before)
    if bottom is not None:
        query = query.where(comment.c.id >= bottom[0])
    return comments_of(connection, query.order_by(comment.c.id.desc()).limit(limit)), bottom


def counts(
    connection: Connection, site_id: int, states: Sequence[CommentState], at_most: int
) -> dict[CommentState, int]:
    """How many comments are in each of these states, counted no further than ``at_most``. One query."""
    if not states:
        return {}
    columns = []
    for number, state in enumerate(states):
        rows = select(literal(1)).where(comment.c.site_id == site_id, comment.c.state == state.value)
        # In the order of the index: without one PostgreSQL may look for these few from the table's beginning on.
        rows = rows.order_by(comment.c.id.desc()).limit(at_most)
        columns.append(select(func.count()).select_from(rows.subquery()).scalar_subquery().label(f"n{number}"))
    row = connection.execute(select(*columns)).one()
    return dict(zip(states, row, strict=True))


def histories(
    connection: Connection, site_id: int, identity_ids: Sequence[str]
) -> Mapping[str, Mapping[CommentState, int]]:
    """How many comments each of these writers has by state; states without any and unknown writers are absent."""
    found: dict[str, dict[CommentState, int]] = {}
    if not identity_ids:
        return found
    # By way of the writers, who are of one site: an index of comments then answers alone.
    known = select(identity.c.id).where(identity.c.id.in_(set(identity_ids)), identity.c.site_id + 0 == site_id)
    query = (
        select(comment.c.identity_id, comment.c.state, func.count().label("number"))
        .where(comment.c.identity_id.in_(known))
        .group_by(comment.c.identity_id, comment.c.state)
    )
    for row in connection.execute(query):
        found.setdefault(row.identity_id, {})[CommentState(row.state)] = row.number
    return found


def above(connection: Connection, of: Comment) -> Sequence[Comment]:
    """What it answers, from the top-level comment down, in whatever state."""
    if not of.depth:
        return []
    query = select(*COLUMNS).where(comment.c.id.in_(of.ancestor_ids))
    return comments_of(connection, query.order_by(comment.c.depth))


def just_before(connection: Connection, of: Comment, limit: int) -> Sequence[Comment]:
    """The comments written just before it in answer to the same one (or at the top level), the oldest first."""
    query = select(*COLUMNS).where(comment.c.depth == of.depth, comment.c.id < of.id)
    if of.depth:
        query = query.where(comment.c.root_id == of.root_id, comment.c.parent_id == of.parent_id)
    else:
        query = query.where(comment.c.thread_id == of.thread_id)
    return comments_of(connection, query.order_by(comment.c.id.desc()).limit(limit))[::-1]


def answers(connection: Connection, of: Comment, limit: int) -> Sequence[Comment]:
    """The first direct answers, in whatever state."""
    query = select(*COLUMNS).where(comment.c.root_id == of.root_id, comment.c.parent_id == of.id)
    return comments_of(connection, query.order_by(comment.c.path).limit(limit))
