"""How the server is doing: plugins that fail, and jobs that were given up."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from embedcomments.domain.sites import Site
from embedcomments.storage import jobs as job_rows
from embedcomments.web.admin import session
from embedcomments.web.admin.frame import draw, go, open_site
from embedcomments.web.parts import parts

blueprint = Blueprint("admin_health", __name__)


@blueprint.get("/admin/<site>/health")
def show(site: str) -> Response:
    """Plugins and dead letters of the site."""
    found, _ = open_site(site)
    with parts().database.read() as connection:
        letters = job_rows.dead_letters(connection, found.id)
    return draw(
        "health.html",
        found,
        plugins=_plugins(found),
        dead_letters=[
            {
                "id": job.id,
                "plugin": job.plugin,
                "name": job.name,
                "attempts": job.attempts,
                "error": job.error or "",
                "failed_at": job.run_at,
            }
            for job in letters
        ],
    )


@blueprint.post("/admin/<site>/health")
def decide(site: str) -> Response:
    """Try a dead letter again, or throw it away."""
    found, _ = open_site(site)
    session.check_csrf()
    own = parts()
    text, action = request.form.get("id", ""), request.form.get("action")
    job_id = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    if action == "retry":
        done = own.database.write(lambda c: job_rows.revive(c, found.id, job_id, own.clock.now()))
        return go("health", found, "It will be tried again now." if done else "That job is not there any more.")
    if action == "discard":
        done = own.database.write(lambda c: job_rows.discard(c, found.id, job_id))
        return go("health", found, "Discarded." if done else "That job is not there any more.")
    return go("health", found, "Nothing was done: the page asked for something unknown.", bad=True)


def _plugins(site: Site) -> list[dict[str, Any]]:
    own = parts()
    records = own.dispatch.health.records()
    rows = []
    for item in own.choices.all(site):
        record = records.get(item.plugin.name)
        failures = record.failures.total() if record else 0
        resting = own.dispatch.health.resting(item.plugin.name)
        rows.append(
            {
                "name": item.plugin.name,
                "title": item.plugin.info.title,
                "version": item.plugin.info.version,
                "state": _state(item.enabled, resting, failures),
                "resting": resting,
                "detail": item.problem or (record.last_error if record else ""),
                "failures": failures,
            }
        )
    for broken in own.plugins.broken:
        rows.append(
            {"name": broken.name, "title": broken.name, "version": "", "state": "broken", "detail": broken.error,
             "failures": 0, "resting": []}
        )  # fmt: skip
    return rows


def _state(enabled: bool, resting: list[str], failures: int) -> str:
    if not enabled:
        return "off"
    return "resting" if resting else "failing" if failures else "ok"
