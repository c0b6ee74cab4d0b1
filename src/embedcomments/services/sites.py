"""Sites by name, kept in memory as long as nothing changed."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from sqlalchemy import Connection

from embedcomments.domain.audit import Subject
from embedcomments.domain.errors import Conflict, InvalidRequest, OriginNotAllowed, SiteNotFound
from embedcomments.domain.identities import SYSTEM, Actor
from embedcomments.domain.permissions import Right
from embedcomments.domain.protocols import Clock
from embedcomments.domain.sites import DEFAULT_SITE, Site, SiteSettings, is_local_origin, normalise_origin
from embedcomments.services.auditing import changes_of
from embedcomments.services.freshness import Freshness
from embedcomments.services.rights import require
from embedcomments.storage import audit as audit_rows
from embedcomments.storage import sites as rows
from embedcomments.storage import threads as thread_rows
from embedcomments.storage.database import Database

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
ROWS_AT_ONCE = 500
# Addresses of the desk that stand where sites' names do.
_RESERVED = frozenset({"sign-in", "sign-out", "theme", "account", "invitation", "decide", "unsubscribe"})


class Sites:
    """The sites of an instance."""

    def __init__(self, database: Database, freshness: Freshness, clock: Clock, public_origin: str | None) -> None:
        self._database = database
        self._freshness = freshness
        self._clock = clock
        self._public_origin = public_origin
        self._lock = threading.Lock()
        self._stamp: object = None
        self._by_name: dict[str, Site] = {}

    def get(self, name: str) -> Site:
        """The site of that name. Raises SiteNotFound."""
        site = self._present().get(name)
        if site is None:
            raise SiteNotFound(f"There is no site named {name!r} here.")
        return site

    def by_id(self, site_id: int) -> Site:
        """The site with that id. Raises SiteNotFound."""
        for site in self._present().values():
            if site.id == site_id:
                return site
        raise SiteNotFound("There is no such site here.")

    def all(self) -> list[Site]:
        """Every site, by name."""
        return sorted(self._present().values(), key=lambda site: site.name)

    def ensure_default(self) -> None:
        """Make the default site on an empty database."""
        if not self.all():
            now = self._clock.now()
            self._database.write(lambda c: rows.add_site(c, name=DEFAULT_SITE, title="", at=now))

    def add(self, name: str, title: str = "", *, actor: Actor = SYSTEM) -> Site:
        """A new site. Raises InvalidRequest for a name that would not do in a URL, Conflict for a taken one."""
        require(actor, Right.MANAGE_SITE, None)
        _check_name(name)
        now = self._clock.now()

        def work(connection: Connection) -> bool:
            added = rows.add_site(connection, name=name, title=title, at=now)
            made = rows.get_site(connection, name)
            if added and made is not None:
                self._record(connection, made, actor, "site.add", after={"name": name, "title": title})
            return added

        if not self._database.write(work):
            raise Conflict(f"There is already a site named {name!r}.")
        return self.get(name)

    def rename(self, site: Site, name: str, *, actor: Actor = SYSTEM) -> Site:
        """The site under another name, which its pages have to say from now on (``data-site``).

        Raises InvalidRequest for a name that would not do in a URL, Conflict for a taken one.
        """
        require(actor, Right.MANAGE_SITE, site.id)
        _check_name(name)

        def work(connection: Connection) -> bool:
            renamed = rows.rename_site(connection, site.id, name)
            if renamed:
                self._record(connection, site, actor, "site.rename", before={"name": site.name}, after={"name": name})
            return renamed

        if name != site.name and not self._database.write(work):
            raise Conflict(f"There is already a site named {name!r}.")
        return self.by_id(site.id)

    def delete(self, site: Site, *, actor: Actor) -> None:
        """Have a site be gone with its moderators and comments: at once for everybody, while the rows go bit by bit
        (``remove_gone``). Plugins are told before, by ``Lifecycle.delete_site``. Raises Conflict for the only site."""
        require(actor, Right.MANAGE_SITE, site.id)
        if len(self.all()) < 2:
            raise Conflict("This is the only site here. Add another one before you delete it.")
        at = self._clock.now()

        def work(connection: Connection) -> None:
            rows.hide_site(connection, site.id)
            audit_rows.add_entry(
                connection,
                site_id=None,  # the site's own record goes with it
                at=at,
                actor=actor,
                action="site.delete",
                subject=Subject(kind="site", id=site.name),
                before={"title": site.title, "origins": list(site.origins)},
            )

        self._database.write(work)

    def remove_gone(self, deadline: Callable[[], bool] = lambda: False) -> bool:
        """Remove the rows of sites that were deleted, until none is left or ``deadline`` says that it is time to stop;
        whether none is left."""
        with self._database.read() as connection:
            gone = rows.hidden_sites(connection)
        for site_id in gone:
            while not self._database.write(partial(rows.remove_rows, site_id=site_id, at_most=ROWS_AT_ONCE)):
                if deadline():
                    return False
        return True

    def summaries(self) -> Mapping[int, tuple[int, int, int]]:
        """How many threads, published comments and held ones each site has, by site id."""
        with self._database.read() as connection:
            return rows.summaries(connection)

    def add_origin(self, site: Site, origin: str, *, actor: Actor = SYSTEM) -> str:
        """Let pages of ``origin`` embed the site; its normal spelling. Raises InvalidRequest."""
        require(actor, Right.MANAGE_SITE, site.id)
        value = normalise_origin(origin)

        def work(connection: Connection) -> None:
            if rows.add_origin(connection, site.id, value):
                self._record(connection, site, actor, "origin.add", after={"origin": value})

        self._database.write(work)
        return value

    def remove_origin(self, site: Site, origin: str, *, actor: Actor = SYSTEM) -> bool:
        """Take that right away; whether it was there."""
        require(actor, Right.MANAGE_SITE, site.id)

        def work(connection: Connection) -> bool:
            removed = rows.remove_origin(connection, site.id, origin)
            if removed:
                self._record(connection, site, actor, "origin.remove", before={"origin": origin})
            return removed

        return self._database.write(work)

    def save_settings(
        self, site: Site, settings: SiteSettings, title: str | None = None, *, actor: Actor = SYSTEM
    ) -> None:
        """Replace the settings. Where mentions shall (no longer) count as comments, all threads are counted anew."""
        require(actor, Right.MANAGE_SITE, site.id)

        def work(connection: Connection) -> None:
            present = rows.get_site(connection, site.name) or site
            rows.save_settings(connection, site.id, settings, title)
            if settings.count_mentions != present.settings.count_mentions:
                thread_rows.recount(connection, site.id, mentions=settings.count_mentions)
            before = {"title": present.title, **asdict(present.settings)}
            after = {"title": present.title if title is None else title, **asdict(settings)}
            if before != after:
                was, is_now = changes_of(before, after)
                self._record(connection, site, actor, "settings.change", before=was, after=is_now)

        self._database.write(work)

    def _record(
        self,
        connection: Connection,
        site: Site,
        actor: Actor,
        action: str,
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> None:
        audit_rows.add_entry(
            connection,
            site_id=site.id,
            at=self._clock.now(),
            actor=actor,
            action=action,
            subject=Subject(kind="site", id=site.name),
            before=before,
            after=after,
        )

    def accepts(self, site: Site, origin: str) -> bool:
        """Whether a page of ``origin`` may embed the site; this server's own pages always may."""
        return site.accepts_origin(origin) or origin == self._public_origin

    def require_origin(self, site: Site, origin: str | None, own_origin: str | None = None) -> None:
        """Raises OriginNotAllowed unless the page may embed the site. None (no browser) may."""
        if origin is not None and origin != own_origin and not self.accepts(site, origin):
            raise OriginNotAllowed(
                f"Pages of {origin} may not use the site {site.name!r}. Its owner can allow them: "
                f"embedcomments site add {site.name} --origin {origin}"
            )

    def any_accepts(self, origin: str) -> bool:
        """Whether any site accepts that origin."""
        if origin == self._public_origin:
            return True
        return any(site.accepts_origin(origin) for site in self._present().values()) or (
            not self._by_name and is_local_origin(origin)
        )

    def _present(self) -> dict[str, Site]:
        stamp = self._freshness.sites_stamp()
        if stamp == self._stamp:
            return self._by_name
        with self._lock:
            with self._database.read() as connection:
                revisions = rows.site_revisions(connection)
                if {site.id: site.rev for site in self._by_name.values()} != revisions:
                    self._by_name = {site.name: site for site in rows.list_sites(connection)}
            self._stamp = stamp
            return self._by_name


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or name in _RESERVED:
        sentence = "A site's name has lower case letters, digits and hyphens, at most 63."
        raise InvalidRequest(sentence, errors={"name": [sentence]})
