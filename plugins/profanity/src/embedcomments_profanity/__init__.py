"""Profanity: finds words however they are dressed, masks them or holds the comment. Imports only embedcomments.api."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Thread

from embedcomments.api import Command, Draft, PluginContext, PluginInfo, Settings, Verdict, hookimpl
from embedcomments_profanity import commands
from embedcomments_profanity.actions import hide_words, judge
from embedcomments_profanity.matcher import compile_defaults
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
def register_commands() -> Sequence[Command]:
    """``check`` explains a text, ``scan`` looks through a file."""
    return commands.commands()


@hookimpl
def plugin_started() -> None:
    """Compile the lists that most sites read with now, rather than while the first writer waits.

    Beside the start, because it takes longer than a hook has; who writes meanwhile compiles what that text needs.
    """
    Thread(target=compile_defaults, name="embedcomments-profanity", daemon=True).start()


@hookimpl
def comment_transform(ctx: PluginContext, draft: Draft) -> Draft | None:
    """Mask in the text, the name and a mention's title."""
    return hide_words(draft, ctx.settings)


@hookimpl
def comment_check(ctx: PluginContext, draft: Draft) -> Verdict | None:
    """Hold or reject for what is not masked."""
    return judge(draft, ctx.settings)
