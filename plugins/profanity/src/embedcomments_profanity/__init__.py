"""Profanity: finds words however they are dressed, masks them or holds the comment. Imports only embedcomments.api."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Thread

from embedcomments.api import (
    AdminPage,
    Command,
    Draft,
    PluginContext,
    PluginInfo,
    Role,
    Route,
    Settings,
    Verdict,
    WidgetAsset,
    hookimpl,
)
from embedcomments_profanity import asking, commands, trying
from embedcomments_profanity.actions import hide_in_html, hide_words, judge
from embedcomments_profanity.matcher import load_defaults
from embedcomments_profanity.settings import ProfanitySettings

plugin_info = PluginInfo(
    name="profanity",
    title="Profanity filter",
    version="0.1.0",
    description="Masks strong language and holds slurs, also when the words are disguised.",
)


@hookimpl
def register_settings() -> Settings:
    """What happens to which words, and the site's own."""
    return Settings(schema=ProfanitySettings)


@hookimpl
def register_admin_pages() -> Sequence[AdminPage]:
    """Where the site's own words are tried out."""
    return [AdminPage(path=trying.PATH, handler=trying.words_page, title="Words", role=Role.OWNER)]


@hookimpl
def register_routes() -> Sequence[Route]:
    """Where the widget asks about a text that is being written."""
    return [Route(path="look", handler=asking.look, methods=("POST",), per_minute=60)]


@hookimpl
def register_widget_assets() -> Sequence[WidgetAsset]:
    """What asks while somebody writes, on sites that wish it."""
    return [WidgetAsset(file=Path(__file__).parent / "widget" / "asking.js", when="form", setting="ask_writers")]


@hookimpl
def register_commands() -> Sequence[Command]:
    """``check`` explains a text, ``scan`` looks through a file."""
    return commands.commands()


@hookimpl
def plugin_started() -> None:
    """Read the lists of most sites now, rather than while the first writer waits; beside the start, so that a server
    is not kept from it."""
    Thread(target=load_defaults, name="embedcomments-profanity", daemon=True).start()


@hookimpl
def comment_transform(ctx: PluginContext, draft: Draft) -> Draft | None:
    """Mask in the name, a mention's title and its excerpt."""
    return hide_words(draft, ctx.settings)


@hookimpl
def comment_html(ctx: PluginContext, html: str, draft: Draft) -> str | None:
    """Mask in what readers see of the text."""
    return hide_in_html(html, ctx.settings)


@hookimpl
def comment_check(ctx: PluginContext, draft: Draft) -> Verdict | None:
    """Hold or reject for what is not masked."""
    return judge(draft, ctx.settings)
