"""What a site says of its writers, and who moderates it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from embedcomments.domain.errors import InvalidRequest
from embedcomments.domain.identities import Badge
from embedcomments.domain.ids import is_id
from embedcomments.domain.sites import Site
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import identities, moderators
from embedcomments.storage import sites as site_rows
from embedcomments.storage.database import Database


class Writers:
    """Badges, and the names of moderators."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set_badge(self, site: Site, identity_id: str, badge: str | None) -> None:
        """Show ``badge`` (one of ``Badge``, None for none) with all that a writer wrote and will write on the site.

        Pages that are open show it when they are loaded anew. Raises InvalidRequest for a badge or a writer that there
        is not.
        """
        if badge is not None and badge not in list(Badge):
            raise InvalidRequest(f"There is no badge {badge!r}; there are {', '.join(Badge)}.")
        value = None if badge is None else Badge(badge).value

        def work(connection: Connection) -> bool:
            known = identities.get_identity(connection, identity_id) if is_id(identity_id) else None
            if known is None or known.site_id != site.id:
                return False
            if known.badge != value:
                identities.set_badge(connection, identity_id, value)
                comment_rows.set_badge(connection, identity_id, value)
                site_rows.bump(connection, site.id)
            return True

        if not self._database.write(work):
            raise InvalidRequest("This writer is not known here.")

    def badges_of(self, site: Site, identity_ids: Sequence[str]) -> dict[str, str]:
        """By identity the badges of writers of the site, in one query; those without are absent."""
        with self._database.read() as connection:
            return identities.badges(connection, site.id, identity_ids)

    def moderator_names(self, site: Site) -> Sequence[str]:
        """Names of all who may moderate the site."""
        with self._database.read() as connection:
            accounts = moderators.list_accounts(connection, site_id=site.id)
        return [account.moderator.name for account in accounts]
