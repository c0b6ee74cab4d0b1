"""Moderation: who waits for a moderator, and the queue where they wait. Imports only embedcomments.api."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from embedcomments.api import (
    Actor,
    AdminPage,
    Comment,
    Draft,
    Identity,
    Job,
    Migrations,
    PluginContext,
    PluginInfo,
    Role,
    Route,
    Settings,
    Verdict,
    WidgetAsset,
    hookimpl,
)
from embedcomments_moderation import ban_pages, place_pages, privacy, reporting, verifying, writer_pages
from embedcomments_moderation.bulk import JOBS
from embedcomments_moderation.context_page import context_page
from embedcomments_moderation.policy import judge
from embedcomments_moderation.queue import count_held, queue_page
from embedcomments_moderation.settings import ModerationSettings
from embedcomments_moderation.tidying import tidy
from embedcomments_moderation.verify_page import MAX_BODY_BYTES, PER_MINUTE, verify_page

DAY_S = 24 * 60 * 60

_DESK = Path(__file__).parent / "desk"

plugin_info = PluginInfo(
    name="moderation",
    title="Moderation",
    version="0.1.0",
    description="Holds comments by the site's policy, takes readers' reports, bans, and gives moderators a queue.",
)


@hookimpl
def register_settings() -> Settings:
    """Who waits."""
    return Settings(schema=ModerationSettings)


@hookimpl
def register_migrations() -> Migrations:
    """Reports, bans, and known writers."""
    return Migrations(folder=Path(__file__).parent / "migrations")


@hookimpl
def register_admin_pages() -> Sequence[AdminPage]:
    """The queue, with the number of those who wait beside its name, and the page of one comment's surroundings."""
    styles = (_DESK / "queue.css",)
    scripts = (_DESK / "queue.js",)
    return [
        AdminPage(
            path="",
            handler=queue_page,
            title="Queue",
            badge=count_held,
            role=Role.REVIEWER,
            scripts=scripts,
            styles=styles,
            live=True,
        ),
        AdminPage(path="context", handler=context_page, methods=("GET",), role=Role.REVIEWER, styles=styles),
        AdminPage(path=ban_pages.PATH, handler=ban_pages.bans_page, title="Bans"),
        AdminPage(path=writer_pages.PATH, handler=writer_pages.writers_page, title="Writers"),
        AdminPage(
            path=place_pages.IN_PLACE_PATH,
            handler=place_pages.in_place_page,
            title="On your pages",
            methods=("GET",),
            role=Role.REVIEWER,
        ),
        AdminPage(path=place_pages.AT_PATH, handler=place_pages.at_page, methods=("GET",), role=Role.REVIEWER),
    ]


@hookimpl
def register_widget_assets() -> Sequence[WidgetAsset]:
    """What stands behind the menu of each comment; what writers are told of a mail, where one is sent."""
    file = Path(__file__).parent / "widget" / "moderation.js"
    return [WidgetAsset(file=file, when="menu"), WidgetAsset(file=file, setting="hold_unverified_email")]


@hookimpl
def register_routes() -> Sequence[Route]:
    """Where readers' reports arrive, and where they verify their e-mail address."""
    return [
        Route(
            path=reporting.PATH,
            handler=reporting.take_report,
            methods=("POST",),
            max_body_bytes=reporting.MAX_BODY_BYTES,
            per_minute=reporting.PER_MINUTE,
        ),
        Route(
            path=verifying.PATH,
            handler=verify_page,
            methods=("GET", "POST"),
            max_body_bytes=MAX_BODY_BYTES,
            cors=False,
            per_minute=PER_MINUTE,
        ),
    ]


@hookimpl
def register_jobs() -> Sequence[Job]:
    """What takes too long for a page, and what is forgotten once a day."""
    return [
        *JOBS,
        Job(name=verifying.JOB, run=verifying.ask),
        Job(name=ban_pages.DELETE_ALL_JOB, run=ban_pages.delete_all_job, timeout_s=500),
        Job(name="tidy", run=tidy, every_s=DAY_S, timeout_s=300),
    ]


@hookimpl
def comment_check(ctx: PluginContext, draft: Draft) -> Verdict | None:
    """Hold by the policy of the site, refuse or hush those who are banned."""
    return judge(ctx, draft)


@hookimpl
def comment_fields(ctx: PluginContext, comments: Sequence[Comment], viewer: Actor) -> Mapping[str, Any] | None:
    """Which comments wait for a proof that a mail asks for; they are shown to their writer alone."""
    if not ctx.settings["hold_unverified_email"]:
        return None
    return {comment.id: {"verify": True} for comment in comments if verifying.was_asked(ctx, comment)}


@hookimpl
def export_personal_data(ctx: PluginContext, identity: Identity) -> Mapping[str, Any]:
    """Bans of the identity, the name that is theirs, and what they reported."""
    return privacy.known_of(ctx, identity)


@hookimpl
def erase_personal_data(ctx: PluginContext, identity: Identity) -> None:
    """Forget all of it."""
    privacy.forget(ctx, identity)
