"""Reactions: votes, hearts or emoji on comments, one for a person and comment. Imports only embedcomments.api."""

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
    WidgetAsset,
    hookimpl,
)
from embedcomments_reactions.counting import fields_of, forget_some
from embedcomments_reactions.recounting import recount
from embedcomments_reactions.routes import MAX_BODY_BYTES, PATH, take_reaction
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
    """The one table."""
    return Migrations(folder=Path(__file__).parent / "migrations")


@hookimpl
def register_routes() -> Sequence[Route]:
    """Where the widget's part sends a reaction."""
    return [Route(path=PATH, handler=take_reaction, methods=("POST",), max_body_bytes=MAX_BODY_BYTES, per_minute=120)]


@hookimpl
def register_events() -> Sequence[EventType]:
    """What other plugins may hear."""
    return [
        EventType(
            name="reacted",
            description="Somebody reacted to a comment, or took that back. Data: comment (its id), reaction and before "
            "(None for none), counts by reaction, score. Nothing about the person.",
        )
    ]


@hookimpl
def register_jobs() -> Sequence[Job]:
    """Scores after a change of settings, and rows whose comments are gone."""
    return [Job(name="recount", run=recount, every_s=DAY_S, timeout_s=300)]


@hookimpl
def register_widget_assets() -> Sequence[WidgetAsset]:
    """The buttons below each comment."""
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
