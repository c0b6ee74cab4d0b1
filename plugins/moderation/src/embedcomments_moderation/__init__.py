"""Moderation: who waits for a moderator, and the queue where they wait. Imports only embedcomments.api."""

from __future__ import annotations

from collections.abc import Sequence

from embedcomments.api import AdminPage, CommentState, Draft, PluginContext, PluginInfo, Settings, Verdict, hookimpl
from embedcomments_moderation.policy import judge
from embedcomments_moderation.queue import queue_page
from embedcomments_moderation.settings import ModerationSettings

plugin_info = PluginInfo(
    name="moderation",
    title="Moderation",
    version="0.1.0",
    description="Holds comments for approval and gives moderators a queue.",
)


@hookimpl
def register_settings() -> Settings:
    """Who waits."""
    return Settings(schema=ModerationSettings)


@hookimpl
def register_admin_pages() -> Sequence[AdminPage]:
    """The queue, with the number of those who wait beside its name."""
    return [AdminPage(path="", handler=queue_page, title="Queue", badge=_count_held)]


@hookimpl
def comment_check(ctx: PluginContext, draft: Draft) -> Verdict | None:
    """Hold by the site's policy."""
    return judge(draft, ctx.settings)


def _count_held(ctx: PluginContext) -> int:
    return ctx.comments.count(states=[CommentState.HELD])
