"""Pingback, webmention and trackback for embedcomments: the plugin's name card and its hooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from embedcomments.api import (
    Actor,
    AdminPage,
    Command,
    Comment,
    CommentEvent,
    Job,
    Migrations,
    PluginContext,
    PluginEvent,
    PluginInfo,
    Route,
    Settings,
    Thread,
    WidgetAsset,
    hookimpl,
)
from embedcomments_pingback import (
    building,
    commands,
    comments_sent,
    desk,
    discovery,
    incoming,
    pages_sent,
    placing,
    receiver,
    sending,
    showing,
    trackbacks,
    watching,
    webmentions,
)
from embedcomments_pingback.settings import PingbackSettings
from embedcomments_pingback.tables import forget_site
from embedcomments_pingback.verification import verify
from embedcomments_pingback.xmlrpc import MAX_BODY_BYTES

HERE = Path(__file__).parent
MAX_FORM_BYTES = 16_384
DAY_S = 86_400

plugin_info = PluginInfo(
    name="pingback",
    title="Links between sites",
    version="0.2.0",
    description="Shows which other sites link to a page, and tells them of links to theirs (Webmention, Pingback).",
    shortcuts=("doctor", "ping"),
    events_setting="send_comments",
)


@hookimpl
def register_settings() -> Settings:
    """What the owner of a site may choose."""
    return Settings(schema=PingbackSettings)


@hookimpl
def register_migrations() -> Migrations:
    """What was received and sent."""
    return Migrations(folder=HERE / "migrations")


@hookimpl
def register_routes() -> Sequence[Route]:
    """The endpoints. Browsers have no business there, hence no CORS."""
    form: dict[str, Any] = {"max_body_bytes": MAX_FORM_BYTES, "cors": False, "per_minute": 30}
    return [
        Route(
            path="xmlrpc",
            handler=receiver.receive,
            methods=("POST",),
            max_body_bytes=MAX_BODY_BYTES,
            cors=False,
            per_minute=30,
        ),
        Route(path="webmention", handler=webmentions.receive, methods=("POST",), **form),
        Route(path="webmention", handler=webmentions.explain, cors=False),
        Route(path="trackback", handler=trackbacks.receive, methods=("POST",), **form),
        Route(path=comments_sent.PATH, handler=comments_sent.said_page, cors=False),
        Route(path="send", handler=building.receive, methods=("POST",), cors=False, per_minute=30),
    ]


@hookimpl
def register_admin_pages() -> Sequence[AdminPage]:
    """What came, what was sent, and how others learn where to send."""
    return [
        AdminPage(path="", handler=desk.received_page, title="Links", methods=("GET",)),
        AdminPage(path="sent", handler=desk.sent_page),
        AdminPage(path="setup", handler=desk.setup_page),
    ]


@hookimpl
def register_commands() -> Sequence[Command]:
    """Sending and looking at pages by hand."""
    return [commands.ping, commands.doctor, commands.token]


@hookimpl
def register_jobs() -> Sequence[Job]:
    """All that needs the network, and what is old."""
    return [
        Job(name="verify", run=verify, timeout_s=60),
        Job(name="send", run=sending.send, timeout_s=60),
        Job(name=comments_sent.JOB, run=comments_sent.send_comment, timeout_s=60),
        Job(name="deliver", run=sending.deliver, timeout_s=60),
        Job(name="poll", run=watching.poll, every_s=watching.PERIOD_S, timeout_s=300, max_attempts=1),
        Job(name="place", run=placing.place_all, every_s=placing.PERIOD_S, timeout_s=300),
        Job(name="forget", run=_forget, every_s=DAY_S),
    ]


@hookimpl
def register_widget_assets() -> Sequence[WidgetAsset]:
    """The row of faces, and links that stand apart, on pages that have any."""
    return [WidgetAsset(file=HERE / "widget" / "linkbacks.js", when="fields")]


@hookimpl
def discovery_links(ctx: PluginContext, thread: Thread | None) -> Sequence[tuple[str, str]]:
    """Where to tell of links (W3C Webmention, 3.1.2; Pingback 1.0, 2.2), unless the thread is closed."""
    return [] if thread is not None and thread.closed else discovery.endpoints_of(ctx)


@hookimpl
def on_event(ctx: PluginContext, event: CommentEvent | PluginEvent) -> None:
    """Where the site wishes it, links in readers' comments are told of."""
    if isinstance(event, CommentEvent):
        comments_sent.hear(ctx, event)


@hookimpl
def page_seen(ctx: PluginContext, url: str) -> None:
    """Have a page that is new to us read, and those that it links to told."""
    sending.note_seen(ctx, url)


@hookimpl
def site_deleted(ctx: PluginContext) -> None:
    """What was received and sent goes with the site."""
    forget_site(ctx)


@hookimpl
def comment_fields(ctx: PluginContext, comments: Sequence[Comment], viewer: Actor) -> Mapping[str, Any]:
    """What each mention does with the page."""
    return showing.fields_of_comments(ctx, comments)


@hookimpl
def thread_fields(ctx: PluginContext, threads: Sequence[Thread], viewer: Actor) -> Mapping[int, Any]:
    """What stands apart from the comments."""
    return showing.fields_of_threads(ctx, threads)


def _forget(ctx: PluginContext, payload: Mapping[str, Any]) -> None:
    incoming.forget_old(ctx)
    pages_sent.forget_old(ctx)
