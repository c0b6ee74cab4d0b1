"""The hooks: each docstring is the published contract, and docs/hooks.md is made from them.

Registration hooks run once, at start, without a site, and return lists of frozen declarations.
A declaration that is wrong, or that another plugin made first, disables the plugin and is shown
on the health page; the server goes on. Run-time hooks get ``ctx``, a PluginContext made for this plugin
and site, and are called only on sites where the plugin is enabled, each within two seconds (``hook_timeout_s``).

A hook that fails five times in a row rests for 30 seconds: it is not called, and what its "On error" says holds
meanwhile; then one call is let through, whose success ends the rest. The plugin's other hooks go on. Routes,
pages, jobs, ``on_event``, and the hooks that a person or the server's start and stop ask for (the last six below)
never rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from embedcomments.domain.comments import Comment
from embedcomments.domain.drafts import Draft, Proof
from embedcomments.domain.events import CommentEvent, PluginEvent
from embedcomments.domain.identities import Actor, Identity
from embedcomments.domain.threads import Thread
from embedcomments.domain.verdicts import Refusal, Verdict
from embedcomments.host.context import PluginContext
from embedcomments.host.declarations import (
    AdminPage,
    AuthProvider,
    Command,
    EventType,
    Exporter,
    FeedDocument,
    HtmlAllow,
    Importer,
    Job,
    Migrations,
    Renderer,
    Route,
    Settings,
    WidgetAsset,
)
from embedcomments.host.markers import hookspec

# Registration: once, without a site.


@hookspec
def register_settings() -> Settings | None:
    """The plugin's settings as a marshmallow schema. Makes the admin form; values are validated before
    ``ctx.settings`` has them: defaults, then the instance's file, then the site's. Since 1."""


@hookspec
def register_migrations() -> Migrations | None:
    """The plugin's own tables, as a folder of Alembic revisions with a version table of their own,
    run at start before any other hook of the plugin. Since 1."""


@hookspec
def register_routes() -> Sequence[Route]:  # type: ignore[empty-body]
    """Public HTTP routes below ``/p/PLUGIN/SITE/``. Gone on sites where the plugin is disabled. Since 1."""


@hookspec
def register_admin_pages() -> Sequence[AdminPage]:  # type: ignore[empty-body]
    """First-party pages for moderators below ``/admin/SITE/PLUGIN/``. Since 1."""


@hookspec
def register_commands() -> Sequence[Command]:  # type: ignore[empty-body]
    """click commands, added as ``embedcomments PLUGIN COMMAND``. ``click.get_current_context().obj`` is a
    function ``context(site_name)`` that makes the plugin's context. Since 1."""


@hookspec
def register_jobs() -> Sequence[Job]:  # type: ignore[empty-body]
    """Durable work: enqueued with ``ctx.jobs.enqueue(name, payload)`` or run every so often. An exception means
    try again later, with backoff; after ``max_attempts`` the job is a dead letter, shown to the admin. Since 1."""


@hookspec
def register_events() -> Sequence[EventType]:  # type: ignore[empty-body]
    """Events of the plugin's own, which other plugins may hear. Since 1."""


@hookspec
def register_auth_providers() -> Sequence[AuthProvider]:  # type: ignore[empty-body]
    """Further ways for moderators to sign in. Since 1."""


@hookspec
def register_renderers() -> Sequence[Renderer]:  # type: ignore[empty-body]
    """Extensions of Markdown, for all sites. What they produce goes through the sanitizer. Since 1."""


@hookspec
def register_html_allow() -> Sequence[HtmlAllow]:  # type: ignore[empty-body]
    """Elements, attributes and classes that the sanitizer lets through beyond its own list. Nothing that
    could run code is accepted. Since 1."""


@hookspec
def register_widget_assets() -> Sequence[WidgetAsset]:  # type: ignore[empty-body]
    """ES modules that the widget loads on sites where the plugin is enabled. Since 1."""


@hookspec
def register_feeds() -> Sequence[FeedDocument]:  # type: ignore[empty-body]
    """Feeds (Atom, RSS, JSON) of the site. Since 1."""


@hookspec
def register_importers() -> Sequence[Importer]:  # type: ignore[empty-body]
    """Readers of other systems' exports, for ``embedcomments import``. Since 1."""


@hookspec
def register_exporters() -> Sequence[Exporter]:  # type: ignore[empty-body]
    """Writers of exports, for ``embedcomments export``. Since 1."""


# Run time: for one site, with a context.


@hookspec
def submission_verify(ctx: PluginContext, draft: Draft, proof: Proof) -> Refusal | Verdict | None:
    """Is this a legitimate submission? Called first, before any transaction, for new comments of readers only.
    ``proof`` is what the plugin's widget part sent, {} when nothing came: hostile input.
    All must pass; the first Refusal is told to the writer. A Verdict to hold, or of spam, is taken as one of
    ``comment_check`` is. On error: the submission is refused, or held for a
    moderator on sites that chose so (``on_failed_verify``). Since 1."""


@hookspec
def comment_transform(ctx: PluginContext, draft: Draft) -> Draft | None:
    """The draft with other words: masking, for instance. A chain: each plugin gets the previous one's draft. None
    means unchanged. Only ``text``, ``author`` and ``link`` may differ. For new comments, mentions and edits, before
    the transaction. On error: the previous draft is kept. Since 1."""


@hookspec
def comment_check(ctx: PluginContext, draft: Draft) -> Verdict | None:
    """May this be published? After all transforms, for new comments, mentions and edits, before the transaction.
    The strictest verdict wins: publish < hold < spam < reject. None is no opinion. A check that needs the
    network says hold and enqueues a job that decides later. On error: hold. Since 1."""


@hookspec
def comment_html(ctx: PluginContext, html: str, draft: Draft) -> str | None:
    """The rendered text with changes. A chain; the sanitizer runs afterwards. Called when the text changes,
    not when it is read. On error: skipped. Since 1."""


@hookspec
def comment_fields(ctx: PluginContext, comments: Sequence[Comment], viewer: Actor) -> Mapping[str, Any] | None:
    """JSON to show with comments, by comment id, all of a page at once; stands under ``extensions.PLUGIN``.
    The public snapshot is asked for with a viewer of nobody, once per change. On error: omitted. Since 1."""


@hookspec
def thread_fields(ctx: PluginContext, threads: Sequence[Thread], viewer: Actor) -> Mapping[int, Any] | None:
    """JSON to show with threads, by thread id; stands under ``extensions.PLUGIN.thread``. On error: omitted.
    Since 1."""


@hookspec
def permissions(
    ctx: PluginContext, actor: Actor, action: str, subjects: Sequence[Comment]
) -> Mapping[str, bool] | None:
    """May ``actor`` do ``action`` (``reply``, ``edit``, ``delete``) to each comment? By comment id; absent means
    no opinion. Asked after the core's own rules allowed it. Deny wins. On error: denied. Since 1."""


@hookspec
def on_event(ctx: PluginContext, event: CommentEvent | PluginEvent) -> None:
    """Something happened to a comment, or another plugin published an event of its own. Each plugin hears it in a
    durable job of its own, after the commit, at least once, in no promised order. On error: tried again with
    backoff, then a dead letter, shown to the admin. Since 1."""


@hookspec
def widget_config(ctx: PluginContext) -> Mapping[str, Any] | None:
    """Public JSON for the plugin's widget part, beside its settings marked ``public``. Stands under
    ``extensions.PLUGIN.config`` of the thread. On error: omitted. Since 1."""


@hookspec
def discovery_links(ctx: PluginContext, thread: Thread | None) -> Sequence[tuple[str, str]]:  # type: ignore[empty-body]
    """Pairs of (relation, absolute URL) that pages of the site should announce, such as ``("pingback", …)``.
    On error: omitted. Since 1."""


@hookspec
def page_seen(ctx: PluginContext, url: str) -> None:
    """A page of the site was opened in a browser: its widget asked for the thread. ``url`` is the thread's key, of a
    registered origin; pages that name their key otherwise (``data-key``) are not told of. Told at least once, by each
    process for itself, so know what you saw. Strangers can feign it, for any address on the site's origins: fetch
    nothing here and little in jobs. On error: counted and logged. Since 1."""


@hookspec
def site_enabled(ctx: PluginContext) -> None:
    """The plugin was switched on for the site. On error: shown to the admin. Since 1."""


@hookspec
def site_disabled(ctx: PluginContext) -> None:
    """The plugin was switched off for the site. On error: shown to the admin. Since 1."""


@hookspec
def site_deleted(ctx: PluginContext) -> None:
    """The site is about to be deleted with everything on it: remove what the plugin holds of it. Of every plugin that
    is loaded, also where it is off on the site; before the core's rows go, for at most a minute, and again when the
    deletion was stopped or tried anew. On error: shown, and nothing is deleted unless the owner says so. Since 1."""


@hookspec
def plugin_started() -> None:
    """The server has started; once per process, without a site. On error: logged. Since 1."""


@hookspec
def plugin_stopping() -> None:
    """The server is about to stop; at most a second. On error: logged. Since 1."""


@hookspec
def export_personal_data(ctx: PluginContext, identity: Identity) -> Mapping[str, Any] | None:
    """What the plugin knows of a person, as JSON. On error: the export is marked incomplete. Since 1."""


@hookspec
def erase_personal_data(ctx: PluginContext, identity: Identity) -> None:
    """Forget a person. On error: the erasure is reported as incomplete, never swallowed. Since 1."""
