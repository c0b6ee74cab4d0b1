"""The durable queue: rows written in the transaction of what they follow from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from embedcomments.storage.conflict import insert_ignore
from embedcomments.storage.prepared import Prepared
from embedcomments.storage.tables import job, meta

WAITING, RUNNING, DEAD = "waiting", "running", "dead"
_ADD = Prepared(insert(job), ("state", "plugin", "name", "site_id", "payload", "run_at", "created_at"))


@dataclass(frozen=True, kw_only=True, slots=True)
class JobRow:
    """One job. ``attempts`` counts the runs begun, this one included; ``run_at``: when it is due, for a dead letter
    until when its last run had time."""

    id: int
    plugin: str
    name: str
    site_id: int
    payload: Mapping[str, Any]
    attempts: int
    error: str | None
    run_at: datetime
    created_at: datetime


def add_job(
    connection: Connection,
    *,
    plugin: str,
    name: str,
    site_id: int,
    payload: Mapping[str, Any],
    run_at: datetime,
    at: datetime,
    key: str | None = None,
) -> bool:
    """Enqueue; False when one with the same ``key`` is already waiting."""
    return insert_ignore(
        connection,
        job,
        plugin=plugin,
        name=name,
        site_id=site_id,
        payload=dict(payload),
        key=key,
        run_at=run_at,
        created_at=at,
        state=WAITING,
    )


def add_jobs(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Enqueue many without keys: plugin, name, site_id, payload, run_at, created_at."""
    for row in rows:
        _ADD.run(connection, {"state": WAITING, **row})


def add_periodic(connection: Connection, due: Sequence[tuple[str, str, int, str]], at: datetime) -> None:
    """Enqueue (plugin, name, site id, period) unless that period had its job; ``meta`` remembers the last one."""
    for plugin, name, site_id, period in due:
        ledger = f"job:{site_id}:{plugin}:{name}"
        # Whoever changes the row has the period; a process that comes later waits for the row and changes nothing.
        moved = update(meta).where(meta.c.name == ledger, meta.c.value != period).values(value=period)
        if not insert_ignore(connection, meta, name=ledger, value=period) and not connection.execute(moved).rowcount:
            continue
        add_job(connection, plugin=plugin, name=name, site_id=site_id, payload={}, run_at=at, at=at, key=name)


def is_any_due(connection: Connection, at: datetime) -> bool:
    """Whether a job could be claimed, asked without taking the write lock."""
    due = select(job.c.id).where(job.c.state.in_((WAITING, RUNNING)), job.c.run_at <= at).limit(1)
    return connection.execute(due).first() is not None


def claim(connection: Connection, at: datetime, lease: timedelta) -> JobRow | None:
    """Take the job that is due longest, for ``lease``; a job whose runner died is due again after that."""
    due = (
        select(job.c.id).where(job.c.state.in_((WAITING, RUNNING)), job.c.run_at <= at).order_by(job.c.run_at, job.c.id)
    )
    chosen = due.limit(1).with_for_update(skip_locked=True).scalar_subquery()
    row = connection.execute(
        update(job)
        .where(job.c.id == chosen)
        .values(state=RUNNING, run_at=at + lease, attempts=job.c.attempts + 1)
        .returning(job)
    ).one_or_none()
    return None if row is None else _job(row)


def finish(connection: Connection, job_id: int) -> None:
    """The job is done."""
    connection.execute(delete(job).where(job.c.id == job_id))


def retry(connection: Connection, job_id: int, *, run_at: datetime, error: str) -> None:
    """Try again at ``run_at``. Its key is given up when another job took it meanwhile."""
    connection.execute(
        update(job).where(job.c.id == job_id).values(state=WAITING, run_at=run_at, error=error, key=None)
    )


def bury(connection: Connection, job_id: int, error: str) -> None:
    """Give up: a dead letter, shown to the admin."""
    connection.execute(update(job).where(job.c.id == job_id).values(state=DEAD, error=error))


def dead_letters(connection: Connection, site_id: int, limit: int = 100) -> Sequence[JobRow]:
    """Jobs given up, newest first."""
    query = select(job).where(job.c.site_id == site_id, job.c.state == DEAD).order_by(job.c.id.desc()).limit(limit)
    return [_job(row) for row in connection.execute(query)]


def revive(connection: Connection, site_id: int, job_id: int, at: datetime) -> bool:
    """Put a dead letter back into the queue, without its key, which another may have; whether there was one."""
    where = (job.c.id == job_id) & (job.c.site_id == site_id) & (job.c.state == DEAD)
    values = {"state": WAITING, "run_at": at, "attempts": 0, "key": None}
    return connection.execute(update(job).where(where).values(values)).rowcount > 0


def discard(connection: Connection, site_id: int, job_id: int) -> bool:
    """Throw a dead letter away; whether there was one."""
    where = (job.c.id == job_id) & (job.c.site_id == site_id) & (job.c.state == DEAD)
    return connection.execute(delete(job).where(where)).rowcount > 0


def queue_length(connection: Connection) -> dict[str, int]:
    """How many jobs there are, by state."""
    query = select(job.c.state, func.count().label("n")).group_by(job.c.state)
    return {row.state: row.n for row in connection.execute(query)}


def _job(row: Row[Any]) -> JobRow:
    return JobRow(
        id=row.id,
        plugin=row.plugin,
        name=row.name,
        site_id=row.site_id,
        payload=row.payload,
        attempts=row.attempts,
        error=row.error,
        run_at=row.run_at,
        created_at=row.created_at,
    )
