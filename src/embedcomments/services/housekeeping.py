"""Removes what nobody needs any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from embedcomments.domain.protocols import Clock
from embedcomments.storage import idempotency, identities
from embedcomments.storage.database import Database

EVERY = timedelta(hours=1)
KEYS_LIVE = timedelta(days=7)


class Housekeeping:
    """Forgets answered Idempotency-Keys after a week, and sign-in links and sessions that are over."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._last: datetime | None = None

    def run(self) -> None:
        """Clean up, at most once an hour for each process."""
        now = self._clock.now()
        if self._last is not None and now - self._last < EVERY:
            return
        self._last = now

        def work(connection: Connection) -> None:
            idempotency.forget_answers(connection, now - KEYS_LIVE)
            identities.forget_expired(connection, now)

        self._database.write(work)
