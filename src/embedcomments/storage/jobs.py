"""The durable queue: rows written in the transaction of what they follow from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from embedcomments.storage.conflict import insert_ignore
from embedcomments.storage.prepared import Prepared
from embedcomments.storage.tables import job, meta

WAITING, RUNNING, DEAD = "waiting", "running", "dead"
_ADD = Prepared(insert(job), ("state", "plugin", "name", "site_id", "payload", "run_at", "created_at"))


@dataclass(frozen=True, kw_only=True, slots=True)
class JobRow:
    """One job. ``attempts`` counts the runs begun, this one included; ``run_at``: when it is due, for a dead letter
    until when its last run had time; ``key``: while it waits, another of that key is not added."""

    id: int
    plugin: str
    name: str
    site_id: int
    payload: Mapping[str, Any]
    attempts: int
    error: str | None
    run_at: datetime
    created_at: datetime
    key: str | None = None


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


def claim(connection: Connection, at: datetime, lease: timedelta, limit: int = 1) -> list[JobRow]:
    """Take at most ``limit`` jobs, those that are due longest, for ``lease``; a job whose runner died is due again
    after that. One with a key comes alone."""
    due = select(job.c.id, job.c.key).where(job.c.state.in_((WAITING, RUNNING)), job.c.run_at <= at)
    chosen = due.order_by(job.c.run_at, job.c.id).limit(limit).with_for_update(skip_locked=True)
    # Two statements: PostgreSQL may run a subquery that locks and limits more than once within an UPDATE.
    found = connection.execute(chosen).all()
    keyed = next((index for index, row in enumerate(found) if row.key is not None), len(found))
    ids = [row.id for row in found[: max(1, keyed)]]
    if not ids:
        return []
    taken = update(job).where(job.c.id.in_(ids))
    taken = taken.values(state=RUNNING, run_at=at + lease, attempts=job.c.attempts + 1)
    rows = {row.id: _job(row) for row in connection.execute(taken.returning(job))}
    return [rows[job_id] for job_id in ids]


def finish(connection: Connection, job_ids: Sequence[int]) -> None:
    """These jobs are done."""
    connection.execute(delete(job).where(job.c.id.in_(job_ids)))


def give_back(connection: Connection, job_ids: Sequence[int]) -> None:
    """These, without keys, were claimed but not begun: they are due as before, and that was no attempt."""
    values = {"state": WAITING, "run_at": job.c.created_at, "attempts": job.c.attempts - 1}
    connection.execute(update(job).where(job.c.id.in_(job_ids)).values(values))


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


def list_jobs(
    connection: Connection, site_id: int, state: str, *, plugin: str = "", before: int | None = None, limit: int = 50
) -> Sequence[JobRow]:
    """A site's jobs in that state, newest first, with lower ids than ``before``; of one plugin, or of all for ""."""
    query = select(job).where(job.c.site_id == site_id, job.c.state == state)
    if plugin:
        query = query.where(job.c.plugin == plugin)
    if before is not None:
        query = query.where(job.c.id < before)
    return [_job(row) for row in connection.execute(query.order_by(job.c.id.desc()).limit(limit))]


def count_jobs(connection: Connection, site_id: int) -> dict[tuple[str, str], int]:
    """How many jobs a site has, by (plugin, state)."""
    query = select(job.c.plugin, job.c.state, func.count().label("n")).where(job.c.site_id == site_id)
    return {(row.plugin, row.state): row.n for row in connection.execute(query.group_by(job.c.plugin, job.c.state))}


def oldest_due(connection: Connection, at: datetime) -> datetime | None:
    """Since when the job waits that has been due longest, of all sites; None when none is."""
    query = select(job.c.run_at).where(job.c.state == WAITING, job.c.run_at <= at).order_by(job.c.run_at).limit(1)
    found: datetime | None = connection.execute(query).scalar()
    return found


def run_now(connection: Connection, site_id: int, job_id: int, at: datetime) -> bool:
    """Have a waiting job be due at once; whether there was one."""
    where = (job.c.id == job_id) & (job.c.site_id == site_id) & (job.c.state == WAITING)
    return connection.execute(update(job).where(where).values(run_at=at)).rowcount > 0


def drop_waiting(connection: Connection, site_id: int, job_id: int) -> bool:
    """Throw a waiting job away; whether there was one."""
    where = (job.c.id == job_id) & (job.c.site_id == site_id) & (job.c.state == WAITING)
    return connection.execute(delete(job).where(where)).rowcount > 0


def revive_all(connection: Connection, site_id: int, plugin: str, at: datetime, at_most: int) -> int:
    """Put dead letters of a plugin ("" for all) back into the queue, the oldest first; how many."""
    values = {"state": WAITING, "run_at": at, "attempts": 0, "key": None}
    which = _dead_of(site_id, plugin, at_most)
    return connection.execute(update(job).where(job.c.id.in_(which)).values(values)).rowcount


def discard_all(connection: Connection, site_id: int, plugin: str, at_most: int) -> int:
    """Throw dead letters of a plugin ("" for all) away, the oldest first; how many."""
    return connection.execute(delete(job).where(job.c.id.in_(_dead_of(site_id, plugin, at_most)))).rowcount


def queue_length(connection: Connection) -> dict[str, int]:
    """How many jobs there are, by state."""
    query = select(job.c.state, func.count().label("n")).group_by(job.c.state)
    return {row.state: row.n for row in connection.execute(query)}


def _dead_of(site_id: int, plugin: str, at_most: int) -> Select[tuple[int]]:
    query = select(job.c.id).where(job.c.site_id == site_id, job.c.state == DEAD)
    if plugin:
        query = query.where(job.c.plugin == plugin)
    return query.order_by(job.c.id).limit(at_most)


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
        key=row.key,
    )
