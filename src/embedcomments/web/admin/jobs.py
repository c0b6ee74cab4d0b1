"""The site's queue of jobs: what waits, what runs, what was given up, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import Connection

from embedcomments.domain.audit import Subject
from embedcomments.domain.permissions import Right
from embedcomments.domain.sites import Site
from embedcomments.storage import jobs as rows
from embedcomments.web.admin import session
from embedcomments.web.admin.access import needs
from embedcomments.web.admin.frame import draw, go, open_site, query_of
from embedcomments.web.parts import parts

blueprint = Blueprint("admin_jobs", __name__)

PAGE = 50
AT_ONCE = 5_000  # of many jobs with one button: one transaction, during which nobody else writes
STATES = {rows.DEAD: "Given up", rows.WAITING: "Waiting", rows.RUNNING: "Running"}


@blueprint.get("/admin/<site>/jobs")
@needs(Right.MANAGE_SITE)
def show(site: str) -> Response:
    """Jobs in one state (``state``), of one plugin (``plugin``) or of all. What they are about is not shown, since it
    may be a reader's address."""
    found, _ = open_site(site)
    own = parts()
    state, plugin, before = _chosen()
    with own.database.read() as connection:
        counts = rows.count_jobs(connection, found.id)
        page = rows.list_jobs(connection, found.id, state, plugin=plugin, before=before, limit=PAGE + 1)
    titles = {item.name: item.info.title for item in own.plugins.loaded}
    plugins = sorted({name for name, _ in counts} | ({plugin} if plugin else set()))
    return draw(
        "jobs.html",
        found,
        tabs=[
            {"state": name, "title": title, "number": sum(n for (_, one), n in counts.items() if one == name)}
            for name, title in STATES.items()
        ],
        state=state,
        plugin=plugin,
        plugins=[{"name": name, "title": titles.get(name, name)} for name in plugins],
        number=sum(n for (name, one), n in counts.items() if one == state and plugin in ("", name)),
        jobs=[
            {
                "id": job.id,
                "plugin": titles.get(job.plugin, job.plugin),
                "name": job.name,
                "attempts": job.attempts,
                "error": job.error or "",
                "run_at": job.run_at,
                "is_due": job.run_at <= own.clock.now(),
                "created_at": job.created_at,
            }
            for job in page[:PAGE]
        ],
        before=before,
        following=page[PAGE - 1].id if len(page) > PAGE else None,
    )


@blueprint.post("/admin/<site>/jobs")
@needs(Right.MANAGE_SITE)
def decide(site: str) -> Response:
    """Try a job again, run it now, or throw it away; or all that were given up."""
    found, _ = open_site(site)
    session.check_csrf()
    action = request.form.get("action", "")
    if action in _ALL:
        return _decide_all(found, action)
    if action not in _ONE:
        return _back(found, "Nothing was done: the page asked for something unknown.", bad=True)
    text = request.form.get("id", "")
    job_id = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    act, sentence = _ONE[action]
    now = parts().clock.now()
    if not parts().database.write(lambda connection: act(connection, found.id, job_id, now)):
        return _back(found, "That job is not there any more.")
    _record(found, action, str(job_id))
    return _back(found, sentence)


def _decide_all(site: Site, action: str) -> Response:
    plugin = request.args.get("plugin", "")
    act, sentence = _ALL[action]
    now = parts().clock.now()
    number = parts().database.write(lambda connection: act(connection, site.id, plugin, now))
    if not number:
        return _back(site, "There was nothing to do.")
    _record(site, action, plugin or "all", after={"jobs": number})
    return _back(site, sentence.format(f"{number:,} job{'' if number == 1 else 's'}"))


# What runs in the transaction gets the moment with it: on SQLite that is another thread, which knows no request.
_ONE: dict[str, tuple[Callable[[Connection, int, int, datetime], bool], str]] = {
    "retry": (rows.revive, "It will be tried again now."),
    "discard": (lambda c, site_id, job_id, _: rows.discard(c, site_id, job_id), "Discarded."),
    "run": (rows.run_now, "It will run now."),
    "drop": (lambda c, site_id, job_id, _: rows.drop_waiting(c, site_id, job_id), "Discarded."),
}
_ALL: dict[str, tuple[Callable[[Connection, int, str, datetime], int], str]] = {
    "retry_all": (
        lambda c, site_id, plugin, now: rows.revive_all(c, site_id, plugin, now, AT_ONCE),
        "{} will be tried again now.",
    ),
    "discard_all": (lambda c, site_id, plugin, _: rows.discard_all(c, site_id, plugin, AT_ONCE), "{} discarded."),
}


def _chosen() -> tuple[str, str, int | None]:
    state = request.args.get("state", rows.DEAD)
    text = request.args.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    return state if state in STATES else rows.DEAD, request.args.get("plugin", "")[:100], before


def _record(site: Site, action: str, subject: str, after: dict[str, Any] | None = None) -> None:
    parts().auditing.record(
        site_id=site.id,
        actor=session.acting(),
        action=f"job.{action}",
        subject=Subject(kind="job", id=subject),
        after=after,
    )


def _back(site: Site, notice: str, *, bad: bool = False) -> Response:
    state, plugin, _ = _chosen()
    query = query_of({"state": None if state == rows.DEAD else state, "plugin": plugin or None})
    return go(f"jobs{query}", site, notice, bad=bad)
