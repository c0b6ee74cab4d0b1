"""The mail of an instance: into the queue, and out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection

from embedcomments.domain.errors import MailNotSetUp
from embedcomments.domain.protocols import Clock
from embedcomments.services.mailing.addresses import checked_address
from embedcomments.services.mailing.message import Mail, written
from embedcomments.services.mailing.settings import MailSettings
from embedcomments.services.mailing.transport import deliver
from embedcomments.services.own_jobs import CORE
from embedcomments.storage import jobs as job_rows
from embedcomments.storage.database import Database
from embedcomments.storage.jobs import JobRow

MAIL_JOB = "mail"
MAX_TEXT = 200_000


class Mailing:
    """Sends mail later, by the durable queue: a request never waits for a mail server."""

    def __init__(
        self, database: Database, clock: Clock, settings: MailSettings | None, wake: Callable[[], None]
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._wake = wake

    @property
    def is_set_up(self) -> bool:
        """Whether there is a server that takes our mail."""
        return self._settings is not None

    def send(self, mail: Mail, *, site_id: int) -> None:
        """Have it sent. ``site_id``: on whose desk it is told of when it cannot be.

        Raises MailNotSetUp; InvalidRequest for what is no address."""
        payload = {"to": mail.to, "subject": mail.subject, "text": mail.text, "html": mail.html}
        self.enqueue(MAIL_JOB, {**payload, "headers": dict(mail.headers)}, site_id=site_id, to=mail.to)

    def enqueue(self, name: str, payload: Mapping[str, Any], *, site_id: int, to: str | None = None) -> None:
        """Have one of the core's own jobs, which sends a mail, run now. Raises as ``send``."""
        if self._settings is None:
            raise MailNotSetUp("Mail is not set up on this server.")
        if to is not None:
            checked_address(to)
        now = self._clock.now()

        def work(connection: Connection) -> None:
            job_rows.add_job(connection, plugin=CORE, name=name, site_id=site_id, payload=payload, run_at=now, at=now)

        self._database.write(work)
        self._wake()

    def run(self, row: JobRow) -> None:
        """The job that sends what ``send`` was given."""
        self.deliver(Mail(**row.payload), f"job-{row.id}-{int(row.created_at.timestamp())}")

    def deliver(self, mail: Mail, message_id: str) -> None:
        """Send it now. Raises MailNotSetUp, MailRefused, MailFailed; InvalidRequest for what is no address."""
        if self._settings is None:
            raise MailNotSetUp("Mail is not set up on this server.")
        to = checked_address(mail.to)
        message = written(mail, self._settings, message_id=message_id, at=self._clock.now())
        deliver(message, to, self._settings)
