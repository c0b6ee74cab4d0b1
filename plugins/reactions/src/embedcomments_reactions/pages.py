"""Reactions to a page itself, which may have no comments yet: reading, writing, and telling those who look at it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from embedcomments.api import PluginContext, Thread, normalise_key
from embedcomments_reactions.counting import Counts, counts_of_pages, told
from embedcomments_reactions.people import Person
from embedcomments_reactions.reacting import BROWSERS_AT_AN_ADDRESS, TooManyBrowsers
from embedcomments_reactions.settings import reactions_of
from embedcomments_reactions.tables import page_reaction

# All who look at a page fetch its thread anew when they are told, so what happens within these seconds is told at once.
TELL_AFTER = timedelta(seconds=5)


@dataclass(kw_only=True, slots=True)
class PageOutcome:
    """The page's counts after a reaction. ``before``: the person's reaction until then."""

    before: str | None = None
    changed: bool = False
    counts: Counts = field(default_factory=dict)


def has_row(ctx: PluginContext) -> bool:
    """Whether the site shows a row for its pages."""
    return bool(ctx.settings["page_row"] != "off")


def key_of(ctx: PluginContext, key: str) -> str | None:
    """The key under which the page stands now, also where its thread was moved; None where the thread is hidden.

    Raises InvalidRequest for what can be no key.
    """
    thread = ctx.comments.thread(key)
    if thread is None:
        return normalise_key(key, strip_parameters=frozenset(ctx.site.settings.strip_parameters))
    return None if thread.hidden else thread.key


def page_of(key: str) -> str:
    """The name of a page in the table."""
    return hashlib.sha256(key.encode()).hexdigest()


def counts_at(ctx: PluginContext, key: str) -> Counts:
    """How many gave each reaction to the page."""
    page = page_of(key)
    with ctx.tables.read() as connection:
        return counts_of_pages(connection, ctx.site.id, [page], reactions_of(ctx.settings)).get(page, {})


def fields_of_threads(ctx: PluginContext, threads: Sequence[Thread]) -> Mapping[int, Any]:
    """What is shown with threads, by id, in one query; each is there while the site has a row for pages."""
    if not has_row(ctx):
        return {}
    pages = {thread.id: page_of(thread.key) for thread in threads}
    with ctx.tables.read() as connection:
        found = counts_of_pages(connection, ctx.site.id, list(pages.values()), reactions_of(ctx.settings))
    return {thread_id: told(ctx, found.get(page, {})) for thread_id, page in pages.items()}


def react_to_page(ctx: PluginContext, key: str, person: Person, wanted: str | None) -> PageOutcome:
    """Give ``wanted``, in place of what the person gave before; None takes it back. Others hear of it within seconds.

    Raises TooManyBrowsers.
    """
    outcome = PageOutcome()
    page = page_of(key)
    rows = page_reaction.c
    is_page = (rows.site_id == ctx.site.id) & (rows.page == page)

    def work(connection: Connection) -> None:
        _hold(connection, page)
        mine = is_page & (rows.voter == person.voter)
        outcome.before = connection.execute(select(rows.reaction).where(mine)).scalar_one_or_none()
        outcome.changed = outcome.before != wanted
        if wanted is None:
            connection.execute(delete(page_reaction).where(mine))
        elif outcome.changed:
            if outcome.before is None and person.token is not None:
                query = select(func.count()).where(is_page, rows.source == person.source)
                if connection.execute(query).scalar_one() >= BROWSERS_AT_AN_ADDRESS:
                    raise TooManyBrowsers
            _put(connection, ctx.site.id, page, person, wanted)
        allowed = reactions_of(ctx.settings)
        outcome.counts = counts_of_pages(connection, ctx.site.id, [page], allowed).get(page, {})

    ctx.tables.write(work)
    if outcome.changed:
        ctx.jobs.enqueue("tell_page", {"key": key}, after=TELL_AFTER, key=page)
    return outcome


def tell_page(ctx: PluginContext, payload: Mapping[str, Any]) -> None:
    """The job: have those who look at the page see its counts. A page without comments has nobody who could be told."""
    if ctx.comments.thread(payload["key"]) is not None:
        ctx.comments.refresh_thread(payload["key"])


def _hold(connection: Connection, page: str) -> None:
    """Have those who react to the page come one after another. SQLite has one writer at a time anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(int(page[:15], 16))))


def _put(connection: Connection, site_id: int, page: str, person: Person, wanted: str) -> None:
    values = {"site_id": site_id, "page": page, "voter": person.voter, "source": person.source, "reaction": wanted}
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    key = [page_reaction.c.site_id, page_reaction.c.page, page_reaction.c.voter]
    connection.execute(
        insert(page_reaction).values(**values).on_conflict_do_update(index_elements=key, set_={"reaction": wanted})
    )
