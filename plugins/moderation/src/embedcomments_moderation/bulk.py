"""Decisions about all comments that match, also those not on the page: at once when they are few, else in a job."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from embedcomments.api import Job, PluginContext, Subject
from embedcomments_moderation.actions import (
    ACTIONS,
    MAX_AT_ONCE,
    NOT_YOURS,
    Outcome,
    Rights,
    perform,
    settle,
    sign_undo,
)
from embedcomments_moderation.view import View, stored_view

CANCELLED = "bulk_cancelled"
# A run ends well before the host would let another begin, and the next one goes on from there.
RUN_S = 30.0
_FEW_LOOKS = 3


def perform_on_all(ctx: PluginContext, action: str, view: View, newest: str, rights: Rights, *, actor: str) -> Outcome:
    """Do ``action`` to the comment ``newest`` (the first on the moderator's page) and to all older ones of the view:
    nobody decides about what came meanwhile and was not seen."""
    if not rights.change:  # a job has the plugin's rights, so the moderator's are asked about here
        return Outcome(notice=NOT_YOURS)
    chosen = ACTIONS.get(action)
    if chosen is None or ctx.comments.get(newest) is None:
        return Outcome(notice="Nothing was done: the page asked for something unknown.")
    ids, before = [newest], newest
    for _ in range(_FEW_LOOKS):
        found = ctx.queue.find(**view.filters(), before=before, limit=MAX_AT_ONCE)
        ids += [comment.id for comment in found.comments]
        if len(ids) > MAX_AT_ONCE:
            break
        if found.next is None:
            return perform(ctx, action, ids, actor=actor)
        before = found.next
    batch = ctx.comments.new_batch()
    payload = {"action": action, "view": view.query(before=None), "ids": [newest], "before": newest, "batch": batch}
    ctx.jobs.enqueue("bulk", {**payload, "actor": actor}, key=batch)
    return Outcome(
        notice=f"All comments that match are being {chosen.done}; that goes on while you work.",
        undo=sign_undo(ctx, batch, is_job=True),
    )


def run_bulk(ctx: PluginContext, payload: Mapping[str, Any]) -> None:
    """Decide about page after page, and hand on to another run when it takes long. Doing a page twice is harmless."""
    action, batch, actor = payload["action"], payload["batch"], payload["actor"]
    view, before = stored_view(payload["view"]), payload["before"]
    ids = list(payload["ids"])
    until = time.monotonic() + RUN_S
    while not ctx.audit.list(action=f"{ctx.plugin}.{CANCELLED}", batch=batch, limit=1):
        if ids:
            done = ctx.comments.set_states(ids, ACTIONS[action].state, actor=actor, batch=batch)
            settle(ctx, action, [each for each in ids if each not in set(done.refused)], actor=actor)
        if before is None:
            return
        found = ctx.queue.find(**view.filters(), before=before, limit=MAX_AT_ONCE)
        ids, before = [comment.id for comment in found.comments], found.next
        if time.monotonic() > until and (ids or before is not None):
            ctx.jobs.enqueue("bulk", {**payload, "ids": ids, "before": before}, key=f"{batch} {before}")
            return


def run_undo(ctx: PluginContext, payload: Mapping[str, Any]) -> None:
    """Stop a job that may still be at it, and put back what it changed."""
    batch, actor = payload["batch"], payload["actor"]
    ctx.audit.record(CANCELLED, Subject(kind="batch", id=batch), actor=actor, batch=batch)
    ctx.comments.undo(batch, actor=actor)


JOBS = (
    Job(name="bulk", run=run_bulk, timeout_s=300),
    Job(name="undo", run=run_undo, timeout_s=300),
)
