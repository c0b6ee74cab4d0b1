"""How the server is doing: plugins that fail, jobs that were given up, and what the machine has left."""

from __future__ import annotations

import platform
import shutil
from collections import Counter
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response

from embedcomments import __version__
from embedcomments.domain.permissions import Right
from embedcomments.domain.sites import Site
from embedcomments.host.reports import recent_failures
from embedcomments.host.tables import ledger_of
from embedcomments.storage import jobs as job_rows
from embedcomments.storage.facts import database_facts
from embedcomments.storage.migrate import CORE_LEDGER
from embedcomments.web.admin.access import needs
from embedcomments.web.admin.frame import admin_url, draw, open_site
from embedcomments.web.parts import parts

blueprint = Blueprint("admin_health", __name__)

# Below these a disk is called nearly full: SQLite needs room for its journal, and a full disk takes no comment.
LEAST_FREE_BYTES, LEAST_FREE_SHARE = 1 << 30, 0.05
# Jobs are taken within seconds; one that is due for so long means that nobody works the queue off.
STUCK_AFTER = timedelta(minutes=10)


@blueprint.get("/admin/<site>/health")
@needs(Right.MANAGE_SITE)
def show(site: str) -> Response:
    """Plugins and jobs of the site; and the server, for who owns all sites."""
    found, moderator = open_site(site)
    own = parts()
    now = own.clock.now()
    with own.database.read() as connection:
        counts = job_rows.count_jobs(connection, found.id)
        due_since = job_rows.oldest_due(connection, now)
        failures = recent_failures(connection, now)
    plugins = _plugins(found, failures)
    by_state: Counter[str] = Counter()
    for (_, state), number in counts.items():
        by_state[state] += number
    is_stuck = due_since is not None and now - due_since > STUCK_AFTER
    server = _server() if moderator.owns_everything else None
    troubles = [
        *(plugin["title"] for plugin in plugins if plugin["state"] in ("failing", "resting", "broken")),
        *(["jobs"] if by_state[job_rows.DEAD] or is_stuck else []),
        *(fact["title"] for fact in server or [] if fact["state"] == "warn"),
    ]
    return draw(
        "health.html",
        found,
        is_well=not troubles,
        plugins=plugins,
        jobs={state: by_state[state] for state in (job_rows.WAITING, job_rows.RUNNING, job_rows.DEAD)},
        due_since=due_since if is_stuck else None,
        jobs_url=admin_url("jobs", found.name),
        server=server,
    )


def _server() -> list[dict[str, str]]:
    own = parts()
    with_tables = [plugin for plugin in own.plugins.loaded if plugin.migrations is not None]
    ledgers = {CORE_LEDGER: "core"} | {ledger_of(plugin.name): plugin.name for plugin in with_tables}
    with own.database.read() as connection:
        facts = database_facts(connection, list(ledgers))
    disk = shutil.disk_usage(own.config.data_dir)
    is_full = disk.free < LEAST_FREE_BYTES or disk.free < LEAST_FREE_SHARE * disk.total
    versions = ", ".join(f"{ledgers[ledger]} {revision}" for ledger, revision in facts.revisions.items())
    return [
        _fact("Version", f"embedcomments {__version__}, Python {platform.python_version()}"),
        _fact("Database", f"{facts.engine}, {size(facts.size_bytes)}"),
        _fact("Migrations", versions),
        _fact(
            "Disk of the data directory",
            f"{size(disk.free)} of {size(disk.total)} free",
            "Make room: a full disk takes no comments." if is_full else "",
            "warn" if is_full else "ok",
        ),
        _fact("Live feed", f"{own.open_sockets():,} open sockets", "Of the process that drew this page."),
        _fact(
            "Last backup",
            "unknown",
            "embedcomments makes none itself. Back up the data directory, and a PostgreSQL database beside it.",
        ),
    ]


def _fact(title: str, value: str, note: str = "", state: str = "ok") -> dict[str, str]:
    return {"title": title, "value": value, "note": note, "state": state}


def size(number: float) -> str:
    """Bytes as a person reads them: three digits at most, in powers of 1024."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "bytes" or number >= 10 else f"{number:.1f} {unit}"
        number /= 1024
    return f"{number:.1f} TiB"


def _plugins(site: Site, reported: dict[str, Counter[str]]) -> list[dict[str, Any]]:
    """``reported``: what the servers wrote down within a day; this process may know more by now."""
    own = parts()
    records = own.dispatch.health.records()
    rows = []
    for item in own.choices.all(site):
        name = item.plugin.name
        record = records.get(name)
        failures = record.failures.total() if record else 0
        resting = own.dispatch.health.resting(name)
        rows.append(
            {
                "name": name,
                "title": item.plugin.info.title,
                "version": item.plugin.info.version,
                "state": _state(item.enabled, resting, failures),
                "resting": resting,
                "detail": item.problem or (record.last_error if record else ""),
                "failures": failures,
                "elsewhere": max(0, reported.get(name, Counter()).total() - failures),
            }
        )
    for broken in own.plugins.broken:
        rows.append(
            {"name": broken.name, "title": broken.name, "version": "", "state": "broken", "detail": broken.error,
             "failures": 0, "resting": [], "elsewhere": 0}
        )  # fmt: skip
    return rows


def _state(enabled: bool, resting: list[str], failures: int) -> str:
    if not enabled:
        return "off"
    return "resting" if resting else "failing" if failures else "ok"
