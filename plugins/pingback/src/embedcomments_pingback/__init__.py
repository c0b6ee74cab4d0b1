"""Pingback 1.0 for embedcomments: the plugin's name card and its hooks."""

from __future__ import annotations

from collections.abc import Sequence

from embedcomments.api import Job, PluginContext, PluginInfo, Route, Settings, Thread, hookimpl
from embedcomments_pingback.receiver import receive
from embedcomments_pingback.settings import PingbackSettings
from embedcomments_pingback.verification import verify
from embedcomments_pingback.xmlrpc import MAX_BODY_BYTES

plugin_info = PluginInfo(
    name="pingback",
    title="Pingback",
    version="0.1.0",
    description="Shows which other sites link to a page, when they tell (Pingback 1.0).",
)


@hookimpl
def register_settings() -> Settings:
    """What the owner of a site may choose."""
    return Settings(schema=PingbackSettings)


@hookimpl
def register_routes() -> Sequence[Route]:
    """The XML-RPC endpoint. Browsers have no business there, hence no CORS."""
    return [
        Route(
            path="xmlrpc", handler=receive, methods=("POST",), max_body_bytes=MAX_BODY_BYTES, cors=False, per_minute=30
        )
    ]


@hookimpl
def register_jobs() -> Sequence[Job]:
    """The check of a source, which needs the network."""
    return [Job(name="verify", run=verify, timeout_s=60)]


@hookimpl
def discovery_links(ctx: PluginContext, thread: Thread | None) -> Sequence[tuple[str, str]]:
    """Where to send pingbacks (Pingback 1.0, section 2.2), unless they are switched off or the thread is closed."""
    if not ctx.settings["accept"] or (thread is not None and thread.closed):
        return []
    return [("pingback", f"{ctx.public_url}/p/pingback/{ctx.site.name}/xmlrpc")]
