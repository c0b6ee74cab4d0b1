"""Rows of sites, their origins and what plugins are switched on there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from embedcomments.domain.sites import ON_FAILED_VERIFY, Site, SiteSettings
from embedcomments.storage.conflict import insert_ignore
from embedcomments.storage.database import bump_sites
from embedcomments.storage.tables import origin, plugin_site, site


@dataclass(frozen=True, kw_only=True, slots=True)
class PluginChoice:
    """What a site chose of a plugin. ``enabled`` None: never chose. ``settings``: as entered, not yet validated.
    ``place``: where it stands in the site's order, from 1; None behind all that have one."""

    enabled: bool | None
    settings: dict[str, Any]
    place: int | None = None


def add_site(connection: Connection, *, name: str, title: str, at: datetime) -> bool:
    """Add a site; False when the name is taken."""
    bump_sites(connection)
    return insert_ignore(connection, site, name=name, title=title, settings={}, created_at=at)


def get_site(connection: Connection, name: str) -> Site | None:
    """The site of that name."""
    row = connection.execute(select(site).where(site.c.name == name)).one_or_none()
    return None if row is None else _site(connection, row)


def get_site_by_id(connection: Connection, site_id: int) -> Site | None:
    """The site with that id."""
    row = connection.execute(select(site).where(site.c.id == site_id)).one_or_none()
    return None if row is None else _site(connection, row)


def list_sites(connection: Connection) -> Sequence[Site]:
    """All sites by name."""
    return [_site(connection, row) for row in connection.execute(select(site).order_by(site.c.name)).all()]


def site_revisions(connection: Connection) -> dict[str, int]:
    """``rev`` of every site by name, to know whether a kept Site is still right."""
    return {row.name: row.rev for row in connection.execute(select(site.c.name, site.c.rev))}


def add_origin(connection: Connection, site_id: int, value: str) -> bool:
    """Register an origin; False when it already was."""
    added = insert_ignore(connection, origin, site_id=site_id, origin=value)
    _bump(connection, site_id)
    return added


def remove_origin(connection: Connection, site_id: int, value: str) -> bool:
    """Strike an origin off; False when it was not registered."""
    count = connection.execute(delete(origin).where(origin.c.site_id == site_id, origin.c.origin == value)).rowcount
    _bump(connection, site_id)
    return count > 0


def all_origins(connection: Connection) -> set[str]:
    """The origins of all sites."""
    return set(connection.execute(select(origin.c.origin)).scalars())


def save_settings(connection: Connection, site_id: int, settings: SiteSettings, title: str | None = None) -> None:
    """Replace a site's settings, and its title unless None."""
    values: dict[str, Any] = {"settings": asdict(settings)}
    if title is not None:
        values["title"] = title
    connection.execute(update(site).where(site.c.id == site_id).values(rev=site.c.rev + 1, **values))
    bump_sites(connection)


def plugin_choices(connection: Connection, site_id: int) -> dict[str, PluginChoice]:
    """What the site chose, by plugin name; plugins it never touched are absent."""
    rows = connection.execute(select(plugin_site).where(plugin_site.c.site_id == site_id))
    return {row.plugin: PluginChoice(enabled=row.enabled, settings=row.settings or {}, place=row.place) for row in rows}


def save_plugin_choice(connection: Connection, site_id: int, plugin: str, choice: PluginChoice) -> None:
    """Set what the site chose of one plugin; its place stays (``save_plugin_order``)."""
    values = {"enabled": choice.enabled, "settings": choice.settings}
    if not insert_ignore(connection, plugin_site, site_id=site_id, plugin=plugin, **values):
        where = (plugin_site.c.site_id == site_id) & (plugin_site.c.plugin == plugin)
        connection.execute(update(plugin_site).where(where).values(**values))
    _bump(connection, site_id)


def save_plugin_order(connection: Connection, site_id: int, plugins: Sequence[str]) -> None:
    """Have these plugins run in this order on the site; all others lose their places."""
    connection.execute(update(plugin_site).where(plugin_site.c.site_id == site_id).values(place=None))
    for place, plugin in enumerate(plugins, 1):
        if not insert_ignore(connection, plugin_site, site_id=site_id, plugin=plugin, settings={}, place=place):
            where = (plugin_site.c.site_id == site_id) & (plugin_site.c.plugin == plugin)
            connection.execute(update(plugin_site).where(where).values(place=place))
    _bump(connection, site_id)


def _bump(connection: Connection, site_id: int) -> None:
    connection.execute(update(site).where(site.c.id == site_id).values(rev=site.c.rev + 1))
    bump_sites(connection)


def _site(connection: Connection, row: Row[Any]) -> Site:
    origins = connection.execute(select(origin.c.origin).where(origin.c.site_id == row.id).order_by(origin.c.origin))
    known = {name: value for name, value in row.settings.items() if name in SiteSettings.__dataclass_fields__}
    if "strip_parameters" in known:
        known["strip_parameters"] = tuple(known["strip_parameters"])
    if known.get("on_failed_verify") not in ON_FAILED_VERIFY:
        known.pop("on_failed_verify", None)  # of another version: what is not understood must not let anything in
    return Site(
        id=row.id,
        name=row.name,
        title=row.title,
        rev=row.rev,
        created_at=row.created_at,
        origins=tuple(origins.scalars()),
        settings=SiteSettings(**known),
    )
