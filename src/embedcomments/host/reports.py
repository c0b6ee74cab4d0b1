"""Tells other processes, commands among them, how often plugins failed in the servers."""

from __future__ import annotations

import logging
import secrets
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection

from embedcomments.domain.errors import EmbedCommentsError
from embedcomments.domain.protocols import Clock
from embedcomments.host.health import Health
from embedcomments.storage.database import Database
from embedcomments.storage.meta import forget_fact, get_facts, set_fact

_log = logging.getLogger(__name__)

REMEMBERED = timedelta(days=1)
_PREFIX = "failures:"


class FailureReports:
    """This process's failures among the facts of the instance, written each minute and at the end."""

    def __init__(self, database: Database, health: Health, clock: Clock) -> None:
        self._database = database
        self._health = health
        self._clock = clock
        self._name = _PREFIX + secrets.token_hex(8)
        self._written: dict[str, dict[str, int]] = {}

    def write(self) -> None:
        """Write what failed so far, when more did than was written; reports older than a day go."""
        failures = {name: dict(record.failures) for name, record in self._health.records().items()}
        if failures == self._written:
            return
        now = self._clock.now()
        report = orjson.dumps({"at": now, "failures": failures}).decode()

        def work(connection: Connection) -> None:
            set_fact(connection, self._name, report)
            for name, text in get_facts(connection, _PREFIX).items():
                if not _is_recent(orjson.loads(text), now):
                    forget_fact(connection, name)

        self._database.write(work)
        self._written = failures

    def close(self) -> None:
        """Write for the last time. A database that cannot be written to is no reason not to stop."""
        try:
            self.write()
        except EmbedCommentsError as error:
            _log.warning("The failures of plugins could not be written: %s", error.message)


def recent_failures(connection: Connection, now: datetime) -> dict[str, Counter[str]]:
    """By plugin and hook (or route, page, job), how often it failed in the servers that reported within a day."""
    found: dict[str, Counter[str]] = {}
    for text in get_facts(connection, _PREFIX).values():
        report = orjson.loads(text)
        if _is_recent(report, now):
            for plugin, failures in report["failures"].items():
                found.setdefault(plugin, Counter()).update(failures)
    return found


def _is_recent(report: dict[str, Any], now: datetime) -> bool:
    return now - datetime.fromisoformat(report["at"]) < REMEMBERED
