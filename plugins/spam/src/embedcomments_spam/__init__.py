"""Spam: traps, rules on links and a filter that learns, all on this server. Imports only embedcomments.api."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from embedcomments.api import (
    ActorKind,
    AdminPage,
    Command,
    CommentEvent,
    Draft,
    EventKind,
    Identity,
    Job,
    Migrations,
    PluginContext,
    PluginEvent,
    PluginInfo,
    Proof,
    Refusal,
    Role,
    Route,
    Settings,
    Verdict,
    WidgetAsset,
    hookimpl,
)
from embedcomments_spam import asking, blocked, commands, counting, learning, lessons, listing
from embedcomments_spam.desk import filter_page
from embedcomments_spam.hearing import forget_taken_back
from embedcomments_spam.list_pages import PATH, lists_page
from embedcomments_spam.rules import is_trusted, judge, together
from embedcomments_spam.settings import SpamSettings
from embedcomments_spam.traps import filled, give_stamp, verify
from embedcomments_spam.work import verify_work

plugin_info = PluginInfo(
    name="spam",
    # A text is noted while it is taken, and there is nothing left to do for what is published.
    ignored_events=frozenset({(EventKind.PUBLISHED, ActorKind.READER)}),
    title="Spam filter",
    version="0.1.0",
    description="Traps for robots, and a filter that learns from moderators. What is not certain is held.",
)


@hookimpl
def register_settings() -> Settings:
    """The traps and the limits."""
    return Settings(schema=SpamSettings)


@hookimpl
def register_migrations() -> Migrations:
    """What was learned."""
    return Migrations(folder=Path(__file__).parent / "migrations")


@hookimpl
def register_admin_pages() -> Sequence[AdminPage]:
    """What the filter learned, and the lists that were imported."""
    return [
        AdminPage(path="", handler=filter_page, title="Spam filter", post_role=Role.OWNER),
        AdminPage(path=PATH, handler=lists_page, title="Lists", role=Role.OWNER),
    ]


@hookimpl
def register_commands() -> Sequence[Command]:
    """The learned filter on the command line."""
    learned = [commands.stats, commands.train, commands.test, commands.reset]
    return [*learned, commands.block, commands.unblock, commands.lists]


@hookimpl
def register_jobs() -> Sequence[Job]:
    """Old spam goes, and Akismet is asked and told."""
    return [
        Job(name="purge", run=learning.purge, every_s=86_400, timeout_s=540),
        Job(name=asking.ASK, run=asking.ask, max_attempts=asking.ATTEMPTS),
        Job(name=asking.TELL, run=asking.tell, max_attempts=asking.ATTEMPTS),
    ]


@hookimpl
def register_routes() -> Sequence[Route]:
    """Where the widget's part gets its stamp."""
    return [Route(path="stamp", handler=give_stamp, per_minute=60)]


@hookimpl
def register_widget_assets() -> Sequence[WidgetAsset]:
    """The honeypot and the stamp, loaded when a reader first uses the form."""
    return [WidgetAsset(file=Path(__file__).parent / "widget" / "spam.js", when="form")]


@hookimpl
def submission_verify(ctx: PluginContext, draft: Draft, proof: Proof) -> Refusal | Verdict | None:
    """Refuse what comes too soon: its writer keeps the text and can send it again. Hold what filled the honeypot, and
    what lacks a proof of work where one is wanted."""
    return verify(ctx, proof) or together(filled(ctx, draft, proof), verify_work(ctx, draft, proof))


@hookimpl
def comment_check(ctx: PluginContext, draft: Draft) -> Verdict | None:
    """Hold or mark as spam by the links in the text and the name, and by what moderators decided before; hold until
    Akismet has answered, where the site asks it."""
    limited = counting.limits(ctx, draft)
    if is_trusted(draft, ctx.settings):
        return None
    others = (blocked.listed, learning.opinion)
    found = [other(ctx, draft) for other in others]
    verdict = judge(draft, ctx.settings, *found, *listing.found_in_lists(ctx, draft), *limited)
    return together(verdict, asking.hold(ctx, draft, verdict))


@hookimpl
def on_event(ctx: PluginContext, event: CommentEvent | PluginEvent) -> None:
    """Forget what was taken back, and learn from moderators."""
    if isinstance(event, CommentEvent):
        forget_taken_back(ctx, event)
        asking.hear(ctx, event)
    learning.hear(ctx, event)


@hookimpl
def site_deleted(ctx: PluginContext) -> None:
    """What was learned on the site goes with it; what all sites taught together stays."""
    ctx.tables.write(lambda connection: lessons.forget_site(connection, ctx.site.id))
    ctx.tables.write(lambda connection: asking.forget_site(connection, ctx.site.id))
    listing.forget_site(ctx)


@hookimpl
def export_personal_data(ctx: PluginContext, identity: Identity) -> Mapping[str, Any] | None:
    """What is kept of a person for Akismet."""
    known = asking.known_of(ctx, identity.id)
    return {"asked_about": known} if known else None


@hookimpl
def erase_personal_data(ctx: PluginContext, identity: Identity) -> None:
    """Forget what is kept of a person for Akismet. The rest is keyed hashes that are gone within a day, and numbers."""
    asking.forget_person(ctx, identity.id)
