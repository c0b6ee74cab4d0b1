"""Sites by name, kept in memory as long as nothing changed."""

from __future__ import annotations

import re
import threading

from embedcomments.domain.errors import Conflict, InvalidRequest, OriginNotAllowed, SiteNotFound
from embedcomments.domain.protocols import Clock
from embedcomments.domain.sites import DEFAULT_SITE, Site, SiteSettings, is_local_origin, normalise_origin
from embedcomments.services.freshness import Freshness
from embedcomments.storage import sites as rows
from embedcomments.storage.database import Database

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# Addresses of the desk that stand where sites' names do.
_RESERVED = frozenset({"sign-in", "sign-out"})


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

    def add(self, name: str, title: str = "") -> Site:
        """A new site. Raises InvalidRequest for a name that would not do in a URL, Conflict for a taken one."""
        if not _NAME.fullmatch(name) or name in _RESERVED:
            raise InvalidRequest(
                "A site's name has lower case letters, digits and hyphens, at most 63.", errors={"name": ["not a name"]}
            )
        now = self._clock.now()
        if not self._database.write(lambda c: rows.add_site(c, name=name, title=title, at=now)):
            raise Conflict(f"There is already a site named {name!r}.")
        return self.get(name)

    def add_origin(self, site: Site, origin: str) -> str:
        """Let pages of ``origin`` embed the site; its normal spelling. Raises InvalidRequest."""
        value = normalise_origin(origin)
        self._database.write(lambda c: rows.add_origin(c, site.id, value))
        return value

    def remove_origin(self, site: Site, origin: str) -> bool:
        """Take that right away; whether it was there."""
        return self._database.write(lambda c: rows.remove_origin(c, site.id, origin))

    def save_settings(self, site: Site, settings: SiteSettings, title: str | None = None) -> None:
        """Replace the settings."""
        self._database.write(lambda c: rows.save_settings(c, site.id, settings, title))

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
                if {name: site.rev for name, site in self._by_name.items()} != revisions:
                    self._by_name = {site.name: site for site in rows.list_sites(connection)}
            self._stamp = stamp
            return self._by_name
