"""What readers are told of links from other sites, beside the comments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from embedcomments.api import Comment, CommentKind, PluginContext, Thread
from embedcomments_pingback import incoming
from embedcomments_pingback.addresses import is_web_page
from embedcomments_pingback.incoming import Told
from embedcomments_pingback.verification import FACES

MAX_APART = 200


def types_by_id(ctx: PluginContext, comments: Sequence[Comment], keys: Mapping[int, str]) -> dict[str, str]:
    """What each mention does with the page, by comment id, in one query. ``keys``: of the threads by their ids."""
    pairs = {
        comment.id: Told(
            kind=comment.kind, source=comment.link.url, target="", key=keys.get(comment.thread_id, "")
        ).pair
        for comment in comments
        if comment.link is not None and comment.kind is not CommentKind.COMMENT
    }
    return dict(incoming.types_of(ctx, pairs))


def fields_of_comments(ctx: PluginContext, comments: Sequence[Comment]) -> Mapping[str, Any]:
    """``{"type": "reply"}`` by comment id for mentions that were read here; others are absent."""
    mentions = [comment for comment in comments if comment.kind is not CommentKind.COMMENT]
    if not mentions:
        return {}
    keys = {thread_id: thread.key for thread_id, thread in ctx.comments.threads_of(mentions).items()}
    return {comment_id: {"type": what} for comment_id, what in types_by_id(ctx, mentions, keys).items()}


def fields_of_threads(ctx: PluginContext, threads: Sequence[Thread]) -> Mapping[int, Any]:
    """What stands apart, by thread id: ``{"faces": [{type, name, url}], "mentions": [{kind, name, url, title, text,
    at}], "more": bool}``, oldest first; threads without any are absent. ``url`` is http(s); all else is plain text."""
    keys = {thread.id: thread.key for thread in threads}
    found = ctx.comments.mentions_apart(list(keys), limit=MAX_APART + 1)
    types = types_by_id(ctx, [comment for comments in found.values() for comment in comments], keys)
    fields: dict[int, Any] = {}
    for thread_id, comments in found.items():
        faces, mentions = [], []
        for comment in comments[:MAX_APART]:
            link = comment.link
            if link is None or not is_web_page(link.url):
                continue
            what = types.get(comment.id, "")
            if what in FACES:
                faces.append({"type": what, "name": comment.author.name, "url": link.url})
            else:
                mentions.append(
                    {
                        "kind": comment.kind.value,
                        "name": comment.author.name,
                        "url": link.url,
                        "title": link.title,
                        "text": comment.source,
                        "at": comment.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    }
                )
        fields[thread_id] = {"faces": faces, "mentions": mentions, "more": len(comments) > MAX_APART}
    return fields
