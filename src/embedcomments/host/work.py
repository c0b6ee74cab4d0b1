"""Runs the jobs that plugins declared, and the events that they hear."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from embedcomments.domain.errors import EmbedCommentsError
from embedcomments.domain.protocols import Clock
from embedcomments.host.choices import Choices
from embedcomments.host.context import PluginContext
from embedcomments.host.dispatch import Dispatch
from embedcomments.services.event_jobs import ON_EVENT, event_of
from embedcomments.services.jobs import Outcome
from embedcomments.services.sites import Sites
from embedcomments.storage import jobs as job_rows
from embedcomments.storage.database import Database
from embedcomments.storage.jobs import JobRow

EVENT_TIMEOUT_S = 60
EVENT_ATTEMPTS = 8
LEASE = timedelta(minutes=10)


class PluginWork:
    """What the JobRunner runs."""

    def __init__(
        self,
        database: Database,
        sites: Sites,
        choices: Choices,
        dispatch: Dispatch,
        context: Callable[..., PluginContext],
        clock: Clock,
    ) -> None:
        self._database = database
        self._sites = sites
        self._choices = choices
        self._dispatch = dispatch
        self._context = context
        self._clock = clock

    def run(self, row: JobRow) -> Outcome:
        """Execute one job. That of a plugin which is off on the site, or gone, is dropped."""
        try:
            site = self._sites.by_id(row.site_id)
        except EmbedCommentsError:
            return Outcome()
        item = self._choices.find(site, row.plugin)
        if item is None:
            return Outcome()
        job = item.plugin.jobs.get(row.name)
        context = self._context(item, site)
        if row.name == ON_EVENT and (hook := item.plugin.hooks.get(ON_EVENT)) is not None:
            work, timeout_s, attempts = (
                lambda: hook.call({"ctx": context, "event": event_of(row.payload)}),
                EVENT_TIMEOUT_S,
                EVENT_ATTEMPTS,
            )
        elif job is not None:
            work, timeout_s, attempts = lambda: job.run(context, row.payload), job.timeout_s, job.max_attempts
        else:
            return Outcome(error=f"{row.plugin} no longer has a job {row.name!r}.", final=True)
        try:
            self._dispatch.guard(row.plugin, f"job {row.name}", work, timeout_s=timeout_s)
        except BaseException as error:  # noqa: BLE001 - SystemExit of a plugin is a failure like any other
            return Outcome(error=f"{type(error).__name__}: {error}"[:2000], final=row.attempts >= attempts)
        return Outcome()

    def schedule(self) -> None:
        """Enqueue jobs whose period has come, one for each site and period, whichever process asks first."""
        now = self._clock.now()
        rows: list[tuple[str, str, int, str]] = []
        for site in self._sites.all():
            for item in self._choices.enabled(site):
                for job in item.plugin.jobs.values():
                    if job.every_s:
                        rows.append((item.plugin.name, job.name, site.id, _period(now, job.every_s)))
        if rows:
            self._database.write(lambda connection: job_rows.add_periodic(connection, rows, now))


def _period(now: datetime, every_s: int) -> str:
    return f"period {int(now.timestamp()) // every_s}"
