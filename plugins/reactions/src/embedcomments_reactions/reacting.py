"""Writing the table: one reaction for a person and comment, whatever else happens at the same moment."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from embedcomments.api import Comment, PluginContext
from embedcomments_reactions.counting import Counts, counts_of, score_of
from embedcomments_reactions.people import Person
from embedcomments_reactions.settings import reactions_of
from embedcomments_reactions.tables import reaction

# Where each browser counts, whoever empties it is another one. A household or an office is not hindered by this, a
# ballot stuffed from one desk is.
BROWSERS_AT_AN_ADDRESS = 20


class TooManyBrowsers(Exception):
    """So many people reacted to this comment from one address already."""


@dataclass(kw_only=True, slots=True)
class Outcome:
    """The comment's counts after a reaction. ``before``: the person's reaction until then; ``changed``: whether it is
    another one now. ``comment`` as it was shown anew, when something changed."""

    comment: Comment
    before: str | None = None
    changed: bool = False
    counts: Counts = field(default_factory=dict)


def react(ctx: PluginContext, comment: Comment, person: Person, wanted: str | None) -> Outcome:
    """Give ``wanted``, in place of what the person gave before; None takes it back.

    The thread is held meanwhile, so that counts and score are those of this moment. The same again changes nothing.
    Raises TooManyBrowsers.
    """
    outcome = Outcome(comment=comment)

    def work(connection: Connection) -> int | None:
        mine = (reaction.c.comment_id == comment.id) & (reaction.c.voter == person.voter)
        outcome.before = connection.execute(select(reaction.c.reaction).where(mine)).scalar_one_or_none()
        outcome.changed = outcome.before != wanted
        if wanted is None:
            connection.execute(delete(reaction).where(mine))
        elif outcome.changed:
            if outcome.before is None:
                _leave_room(connection, comment.id, person)
            _put(connection, ctx.site.id, comment.id, person, wanted)
        outcome.counts = counts_of(connection, [comment.id], reactions_of(ctx.settings)).get(comment.id, {})
        return score_of(ctx, outcome.counts) if outcome.changed else None

    outcome.comment = ctx.comments.set_score(comment.id, work)
    return outcome


def _leave_room(connection: Connection, comment_id: str, person: Person) -> None:
    if person.token is None:
        return
    query = select(func.count()).where(reaction.c.comment_id == comment_id, reaction.c.source == person.source)
    if connection.execute(query).scalar_one() >= BROWSERS_AT_AN_ADDRESS:
        raise TooManyBrowsers


def _put(connection: Connection, site_id: int, comment_id: str, person: Person, wanted: str) -> None:
    # The held thread already lets one come after another; the key makes two rows of one person impossible.
    values = {
        "comment_id": comment_id,
        "voter": person.voter,
        "site_id": site_id,
        "source": person.source,
        "reaction": wanted,
    }
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    key = [reaction.c.comment_id, reaction.c.voter]
    connection.execute(
        insert(reaction).values(**values).on_conflict_do_update(index_elements=key, set_={"reaction": wanted})
    )
