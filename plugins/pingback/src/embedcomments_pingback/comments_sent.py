"""Comments of readers that link elsewhere: where the site wishes it, the linked pages are told of them.

Their source is a page of this server that shows one comment, since the host's page has it by script alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from markupsafe import Markup
from sqlalchemy import Connection

from embedcomments.api import Comment, CommentEvent, CommentKind, CommentState, Page, PluginContext, PluginRequest
from embedcomments_pingback import pages_sent
from embedcomments_pingback.moments import fingerprint
from embedcomments_pingback.outgoing import targets_in
from embedcomments_pingback.reading import Budget, PageTooTangled, read_page

JOB, PATH = "send-comment", "said"
# Whoever wrote it may still change it, and moderators look at it; nobody likes to be told and told again.
SETTLE_S = 120
MAX_TARGETS = 5
_STEP_S = 5
_CPU_S = 1.0


def hear(ctx: PluginContext, event: CommentEvent) -> None:
    """Something happened to a comment: look at its links in a while."""
    ctx.jobs.enqueue(
        JOB, {"comment": event.comment_id}, after=timedelta(seconds=SETTLE_S), key=f"said:{event.comment_id}"
    )


def send_comment(ctx: PluginContext, payload: Mapping[str, Any]) -> None:
    """The job: have the pages told that the comment links to, and those that it linked to before."""
    comment_id = str(payload["comment"])
    source = source_of(ctx, comment_id)
    comment = ctx.comments.get(comment_id)
    targets = _targets(ctx, comment, source) if ctx.settings["send_comments"] and _is_shown(comment) else ()
    with ctx.tables.read() as connection:
        before = pages_sent.targets_of(connection, ctx.site.id, source)
    anew = [target for target in targets if target not in before or not before[target].linked or _is_edit(comment)]
    gone = [target for target, old in before.items() if target not in targets and old.linked and old.endpoint]

    def work(connection: Connection) -> None:
        for target in anew:
            pages_sent.expect(connection, ctx.site.id, source, target, linked=True)
        for target in gone:
            pages_sent.expect(connection, ctx.site.id, source, target, linked=False)

    if anew or gone:
        ctx.tables.write(work)
    for at, target in enumerate([*anew, *gone]):
        key = f"deliver:{fingerprint(source, target)}"
        job = {"source": source, "target": target}
        ctx.jobs.enqueue("deliver", job, after=timedelta(seconds=at * _STEP_S), key=key)


def said_page(ctx: PluginContext, request: PluginRequest) -> Page:
    """One published comment as an h-entry, for those who check that it links to them."""
    comment = ctx.comments.get(request.query.get("comment", "")[:40])
    thread = ctx.comments.thread_of(comment) if comment is not None and _is_shown(comment) else None
    if comment is None or thread is None or thread.hidden or not ctx.settings["send_comments"]:
        return Page(template="said.html", values={"comment": None}, title="No such comment", status=410)
    where = thread.url or thread.key
    values = {
        "comment": comment,
        "html": Markup(comment.html),  # it went through the sanitizer when it was written
        "at": comment.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "day": f"{comment.created_at.day} {comment.created_at:%B %Y}",
        "where": where if where.startswith(("http://", "https://")) else None,
        "title": thread.title or where,
    }
    return Page(template="said.html", values=values, title=f"{comment.author.name or 'Anonymous'} on {values['title']}")


def source_of(ctx: PluginContext, comment_id: str) -> str:
    """The address of ``said_page`` for a comment."""
    return f"{ctx.public_url}/p/{ctx.plugin}/{ctx.site.name}/{PATH}?comment={comment_id}"


def _is_shown(comment: Comment | None) -> bool:
    return comment is not None and comment.kind is CommentKind.COMMENT and comment.state is CommentState.PUBLISHED


def _is_edit(comment: Comment | None) -> bool:
    return comment is not None and comment.edited_at is not None


def _targets(ctx: PluginContext, comment: Comment | None, source: str) -> tuple[str, ...]:
    if comment is None or "<a " not in comment.html:
        return ()
    try:
        page = read_page(comment.html, source, Budget(_CPU_S))
    except PageTooTangled:
        return ()
    return targets_in(page, ctx.site)[:MAX_TARGETS]
