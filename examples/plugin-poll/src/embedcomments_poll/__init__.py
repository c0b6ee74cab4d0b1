"""A poll above each thread: the name card, the settings and the hooks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from marshmallow import Schema, fields, validate

from embedcomments.api import (
    Actor,
    Migrations,
    PluginContext,
    PluginInfo,
    PluginRequest,
    Rejected,
    Route,
    Settings,
    Thread,
    WidgetAsset,
    hookimpl,
    normalise_key,
)
from embedcomments_poll.votes import add_vote, forget_votes, poll_of, results_of, voter_at

HERE = Path(__file__).parent
MAX_ANSWER_LENGTH = 100

plugin_info = PluginInfo(
    name="poll", title="Poll", version="0.1.0", description="Asks the readers of each page one question."
)


class PollSettings(Schema):
    """Public, since the widget shows them. Without a question there is no poll."""

    question = fields.String(
        load_default="",
        validate=validate.Length(max=200),
        metadata={"title": "Question", "help": "Another question begins at zero.", "public": True},
    )
    answers = fields.List(
        fields.String(validate=validate.Length(min=1, max=MAX_ANSWER_LENGTH)),
        load_default=lambda: ["Yes", "No"],
        validate=validate.Length(min=2, max=10),
        metadata={"title": "Answers", "help": "One on each line, from two to ten.", "public": True},
    )


@hookimpl
def register_settings() -> Settings:
    """The question and its answers."""
    return Settings(schema=PollSettings)


@hookimpl
def register_migrations() -> Migrations:
    """The table of votes."""
    return Migrations(folder=HERE / "migrations")


@hookimpl
def register_widget_assets() -> Sequence[WidgetAsset]:
    """What readers see above the thread."""
    return [WidgetAsset(file=HERE / "widget" / "poll.js")]


@hookimpl
def register_routes() -> Sequence[Route]:
    """Where the widget's part asks for the results and sends a vote."""
    return [
        Route(path="results", handler=give_results),
        Route(path="vote", handler=take_vote, methods=("POST",), max_body_bytes=8192, per_minute=20),
    ]


@hookimpl
def site_deleted(ctx: PluginContext) -> None:
    """The site's votes go with it."""
    forget_votes(ctx)


@hookimpl
def thread_fields(ctx: PluginContext, threads: Sequence[Thread], viewer: Actor) -> Mapping[int, Any]:
    """The results by thread, as ``{answer: votes}``; one query for all of them."""
    polls = {thread.id: poll_of(ctx, thread.key) for thread in threads}
    found = results_of(ctx, list(polls.values()))
    return {thread_id: found[poll] for thread_id, poll in polls.items()}


def give_results(ctx: PluginContext, request: PluginRequest) -> Mapping[str, Any]:
    """``{"results": {answer: votes}}`` of the page ``?key=``."""
    poll = poll_of(ctx, _key(ctx, request.query.get("key")))
    return {"results": results_of(ctx, [poll])[poll]}


def take_vote(ctx: PluginContext, request: PluginRequest) -> Mapping[str, Any]:
    """Takes ``{"key", "answer"}``; answers with the results, and whether the vote was counted: only the first is."""
    try:
        sent = json.loads(request.body)
        key, answer = sent["key"], sent["answer"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Rejected("A vote is a JSON object with key and answer.") from error
    if not ctx.settings["question"] or answer not in ctx.settings["answers"]:
        raise Rejected("This poll does not offer that answer.")
    poll = poll_of(ctx, _key(ctx, key))
    is_counted = add_vote(ctx, poll, voter_at(ctx, poll, request.address), answer)
    return {"counted": is_counted, "results": results_of(ctx, [poll])[poll]}


def _key(ctx: PluginContext, key: object) -> str:
    """The key of a thread in its one spelling. There need be no thread yet: nobody may have written."""
    if not isinstance(key, str):
        raise Rejected("Which page? Its key is missing.")
    return normalise_key(key, strip_parameters=frozenset(ctx.site.settings.strip_parameters))
