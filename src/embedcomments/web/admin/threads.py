"""The threads of a site: found, closed, hidden, moved and merged."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from embedcomments.domain.errors import Conflict, InvalidRequest, ThreadNotFound
from embedcomments.domain.permissions import Right
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Thread
from embedcomments.storage import threads as rows
from embedcomments.storage.types import storable
from embedcomments.web.addresses import web_url
from embedcomments.web.admin import session
from embedcomments.web.admin.access import needs
from embedcomments.web.admin.frame import draw, go, open_site, query_of
from embedcomments.web.parts import parts

blueprint = Blueprint("admin_threads", __name__)

PAGE = 50
STATES = {"": None, "open": False, "closed": True}


@blueprint.get("/admin/<site>/threads")
@needs(Right.SEE_COMMENTS)
def show(site: str) -> Response:
    """The newest threads, or those that hold the words of ``q``; ``before`` is the last one seen."""
    found, moderator = open_site(site)
    search = request.args.get("q", "").strip()
    state = request.args.get("state", "")
    state = state if state in STATES else ""
    text = request.args.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    with parts().database.read() as connection:
        page = rows.newest_threads(
            connection, found.id, search=search, closed=STATES[state], before=before, limit=PAGE + 1
        )
    return draw(
        "threads.html",
        found,
        rows=[_row(thread) for thread in page[:PAGE]],
        may_change=moderator.may(Right.CHANGE_COMMENTS, found.id),
        search=search,
        state=state,
        before=before,
        following=page[PAGE - 1].id if len(page) > PAGE else None,
    )


@blueprint.post("/admin/<site>/threads")
@needs(Right.CHANGE_COMMENTS)
def change(site: str) -> Response:
    """Close a thread, or open it again, and come back to the list as it was."""
    found, _ = open_site(site)
    session.check_csrf()
    action, key = request.form.get("action"), request.form.get("key", "")
    if action not in ("close", "reopen"):
        return go("threads", found, "Nothing was done: the page asked for something unknown.", bad=True)
    try:
        thread = parts().moderating.set_closed(found, key, action == "close", actor=session.acting())
    except ThreadNotFound:
        return _back(found, "That thread is not there any more.", bad=True)
    title = thread.title or thread.key
    return _back(found, f"“{title[:100]}” takes {'no new comments' if thread.closed else 'comments again'}.")


@blueprint.get("/admin/<site>/threads/one")
@needs(Right.CHANGE_COMMENTS)
def show_one(site: str) -> Response:
    """One thread, by its ``key``."""
    found, _ = open_site(site)
    return _one(found, _thread_of(found, request.args.get("key", "")))


@blueprint.post("/admin/<site>/threads/one")
@needs(Right.CHANGE_COMMENTS)
def change_one(site: str) -> Response:
    """Close, hide, move or merge the thread that the address names."""
    found, _ = open_site(site)
    session.check_csrf()
    own, actor = parts(), session.acting()
    thread = _thread_of(found, request.args.get("key", ""))
    action = request.form.get("action", "")
    if action in ("close", "reopen"):
        thread = own.moderating.set_closed(found, thread.key, action == "close", actor=actor)
        return _to_one(found, thread, f"It takes {'no new comments' if thread.closed else 'comments again'}.")
    if action in ("hide", "show"):
        thread = own.threads.set_hidden(found, thread.key, action == "hide", actor=actor)
        return _to_one(found, thread, f"Readers {'see nothing of it' if thread.hidden else 'see it again'}.")
    if action != "move":
        return _to_one(found, thread, "Nothing was done: the page asked for something unknown.", bad=True)
    sent, may_merge = request.form.get("new_key", ""), request.form.get("merge") == "true"
    try:
        new_key = own.reading.key(found, sent)
        act = own.threads.merge if may_merge and new_key != thread.key else own.threads.move
        moved = act(found, thread.key, new_key, actor=actor)
    except InvalidRequest as error:
        return _one(found, thread, wrong=error.message, new_key=sent, status=422)
    except Conflict:
        wrong = "Another discussion stands there already. Put both into one, or choose another key."
        return _one(found, thread, wrong=wrong, new_key=sent, may_merge=True, status=409)
    count = "1 comment stands" if moved.count == 1 else f"{moved.count:,} comments stand"
    return _to_one(found, moved, f"{count} under this key now; the former one leads here.")


def _thread_of(site: Site, key: str) -> Thread:
    with parts().database.read() as connection:
        thread = rows.get_thread(connection, site.id, storable(key))
    if thread is None:
        raise NotFound("There is no such thread here.")
    return thread


def _one(site: Site, thread: Thread, *, status: int = 200, **values: Any) -> Response:
    return draw(
        "thread_one.html",
        site,
        status=status,
        thread=_row(thread),
        aliases=parts().threads.aliases(thread),
        **{"wrong": "", "new_key": "", "may_merge": False, **values},
    )


def _to_one(site: Site, thread: Thread, notice: str, *, bad: bool = False) -> Response:
    return go(f"threads/one{query_of({'key': thread.key})}", site, notice, bad=bad)


def _back(site: Site, notice: str, *, bad: bool = False) -> Response:
    query = request.query_string.decode("ascii", "ignore")
    return go(f"threads?{query}" if query else "threads", site, notice, bad=bad)


def _row(thread: Thread) -> dict[str, Any]:
    url = web_url(thread.url or thread.key)
    return {
        "key": thread.key,
        "page": f"threads/one{query_of({'key': thread.key})}",
        "title": thread.title or thread.key,
        "url": url,
        "is_url": thread.key == url,
        "count": thread.count,
        "closed": thread.closed,
        "hidden": thread.hidden,
        "created_at": thread.created_at,
    }
