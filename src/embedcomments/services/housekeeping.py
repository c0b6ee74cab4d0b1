"""Removes what nobody needs any more."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from sqlalchemy import Connection

from embedcomments.domain.protocols import Clock
from embedcomments.services.sites import Sites
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import idempotency, invitations, moderators, sessions
from embedcomments.storage.database import Database

EVERY = timedelta(hours=1)
REMOVING_S = 20.0  # the queue of jobs waits meanwhile
KEYS_LIVE = timedelta(days=7)
SENDERS_LIVE = timedelta(days=30)


class Housekeeping:
    """Forgets answered Idempotency-Keys after a week, where comments were sent from after 30 days, sign-in links,
    sessions and invitations that are over, and deleted sites."""

    def __init__(self, database: Database, clock: Clock, sites: Sites) -> None:
        self._database = database
        self._sites = sites
        self._clock = clock
        self._last: datetime | None = None

    def run(self) -> None:
        """Clean up, at most once an hour for each process; deleted sites each time, for some seconds."""
        stop_at = time.monotonic() + REMOVING_S
        self._sites.remove_gone(lambda: time.monotonic() > stop_at)
        now = self._clock.now()
        if self._last is not None and now - self._last < EVERY:
            return
        self._last = now

        def work(connection: Connection) -> None:
            idempotency.forget_answers(connection, now - KEYS_LIVE)
            comment_rows.forget_senders(connection, now - SENDERS_LIVE)
            sessions.forget_expired(connection, now)
            invitations.forget_expired(connection, now)
            moderators.forget_roleless(connection)

        self._database.write(work)
