"""Spam: traps for robots and rules on links, all on this server. Imports only embedcomments.api."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from embedcomments.api import (
    Draft,
    PluginContext,
    PluginInfo,
    Proof,
    Refusal,
    Route,
    Settings,
    Verdict,
    WidgetAsset,
    hookimpl,
)
from embedcomments_spam.rules import judge
from embedcomments_spam.settings import SpamSettings
from embedcomments_spam.traps import give_stamp, verify

plugin_info = PluginInfo(
    name="spam",
    title="Spam filter",
    version="0.1.0",
    description="Traps for robots and rules on links. What is not certain is held, and nothing leaves this server.",
)


@hookimpl
def register_settings() -> Settings:
    """The traps and the limits."""
    return Settings(schema=SpamSettings)


@hookimpl
def register_routes() -> Sequence[Route]:
    """Where the widget's part gets its stamp."""
    return [Route(path="stamp", handler=give_stamp, per_minute=60)]


@hookimpl
def register_widget_assets() -> Sequence[WidgetAsset]:
    """The honeypot and the stamp, loaded when a reader first uses the form."""
    return [WidgetAsset(file=Path(__file__).parent / "widget" / "spam.js", when="form")]


@hookimpl
def submission_verify(ctx: PluginContext, draft: Draft, proof: Proof) -> Refusal | None:
    """Refuse what only a robot does. A person who is refused keeps the text and can send it again."""
    return verify(ctx, proof)


@hookimpl
def comment_check(ctx: PluginContext, draft: Draft) -> Verdict | None:
    """Hold or mark as spam by the links in the text and the name."""
    return judge(draft, ctx.settings)
