"""Reactions: votes, hearts or emoji on comments and pages, one of each person. Imports only embedcomments.api."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from embedcomments.api import (
    Actor,
    Comment,
    EventType,
    Job,
    Migrations,
    PluginContext,
    PluginInfo,
    Route,
    Settings,
    Thread,
    WidgetAsset,
    hookimpl,
)
from embedcomments_reactions.counting import fields_of, forget_some
from embedcomments_reactions.pages import fields_of_threads, tell_page
from embedcomments_reactions.recounting import recount
from embedcomments_reactions.routes import (
    MAX_BODY_BYTES,
    MAX_PAGE_BODY_BYTES,
    PAGE_PATH,
    PATH,
    give_page_counts,
    take_page_reaction,
    take_reaction,
)
from embedcomments_reactions.settings import ReactionsSettings

DAY_S = 24 * 60 * 60

plugin_info = PluginInfo(
    name="reactions",
    title="Reactions",
    version="0.1.0",
    description="Votes, hearts or emoji on comments, without an account or a cookie. The top comments follow them.",
    # Every page that shows a thread would load the widget's part; whoever wants it switches it on.
    enabled_by_default=False,
)


@hookimpl
def register_settings() -> Settings:
    """Which reactions there are, and who is a person."""
    return Settings(schema=ReactionsSettings)


@hookimpl
def register_migrations() -> Migrations:
    """The two tables."""
    return Migrations(folder=Path(__file__).parent / "migrations")


@hookimpl
def register_routes() -> Sequence[Route]:
    """Where the widget's part sends a reaction."""
    return [
        Route(path=PATH, handler=take_reaction, methods=("POST",), max_body_bytes=MAX_BODY_BYTES, per_minute=120),
        Route(
            path=PAGE_PATH,
            handler=take_page_reaction,
            methods=("POST",),
            max_body_bytes=MAX_PAGE_BODY_BYTES,
            per_minute=60,
        ),
        Route(path=PAGE_PATH, handler=give_page_counts),
    ]


@hookimpl
def register_events() -> Sequence[EventType]:
    """What other plugins may hear."""
    return [
        EventType(
            name="reacted",
            description="Somebody reacted to a comment, or took that back. Data: comment (its id), reaction and before "
            "(None for none), counts by reaction, score. Nothing about the person.",
        ),
        EventType(
            name="page_reacted",
            description="The same for a page. Data: key (of its thread), reaction, before, counts, score.",
        ),
    ]


@hookimpl
def register_jobs() -> Sequence[Job]:
    """Scores after a change of settings, rows whose comments are gone, and news of pages."""
    return [Job(name="recount", run=recount, every_s=DAY_S, timeout_s=300), Job(name="tell_page", run=tell_page)]


@hookimpl
def register_widget_assets() -> Sequence[WidgetAsset]:
    """The buttons below each comment, and those for the page."""
    return [WidgetAsset(file=Path(__file__).parent / "widget" / "reactions.js")]


@hookimpl
def site_enabled(ctx: PluginContext) -> None:
    """Bring the scores up to what the table says."""
    ctx.jobs.enqueue("recount", {}, key="recount")


@hookimpl
def site_deleted(ctx: PluginContext) -> None:
    """The site's reactions go with it."""
    while forget_some(ctx):
        pass


@hookimpl
def comment_fields(ctx: PluginContext, comments: Sequence[Comment], viewer: Actor) -> Mapping[str, Any]:
    """``{"counts": {reaction: how many}, "score": …}`` for comments with reactions; others are absent."""
    return fields_of(ctx, [comment.id for comment in comments])


@hookimpl
def thread_fields(ctx: PluginContext, threads: Sequence[Thread], viewer: Actor) -> Mapping[int, Any]:
    """``{"counts", "score"}`` of the pages, while the site has a row for them."""
    return fields_of_threads(ctx, threads)
