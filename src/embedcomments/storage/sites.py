"""Rows of sites, their origins and what plugins are switched on there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, select, update

from embedcomments.domain.sites import CLOSED_THREADS, ON_FAILED_VERIFY, Site, SiteSettings
from embedcomments.storage.conflict import insert_ignore
from embedcomments.storage.database import bump_sites
from embedcomments.storage.moderators import forget_roleless
from embedcomments.storage.tables import (
    comment,
    invitation,
    metadata,
    moderator_role,
    origin,
    plugin_site,
    site,
    thread,
)

# No site can be given a name that begins so. The first stands for one that is gone, and whose rows go bit by bit; the
# second for one of which no other row is left. Its own stays, because SQLite would give its id to the next site, and
# with it what plugins, tokens and memories of processes may yet know by that id.
_GOING, _GONE = "~", "-"
_IS_THERE = and_(site.c.name.not_like(f"{_GOING}%"), site.c.name.not_like(f"{_GONE}%"))


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
    """All sites by name, but those that are being deleted."""
    query = select(site).where(_IS_THERE).order_by(site.c.name)
    return [_site(connection, row) for row in connection.execute(query).all()]


def site_revisions(connection: Connection) -> dict[int, int]:
    """``rev`` of every site by id, to know whether a kept Site is still right."""
    return {row.id: row.rev for row in connection.execute(select(site.c.id, site.c.rev).where(_IS_THERE))}


def add_origin(connection: Connection, site_id: int, value: str) -> bool:
    """Register an origin; False when it already was."""
    added = insert_ignore(connection, origin, site_id=site_id, origin=value)
    bump(connection, site_id)
    return added


def remove_origin(connection: Connection, site_id: int, value: str) -> bool:
    """Strike an origin off; False when it was not registered."""
    count = connection.execute(delete(origin).where(origin.c.site_id == site_id, origin.c.origin == value)).rowcount
    bump(connection, site_id)
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


def rename_site(connection: Connection, site_id: int, name: str) -> bool:
    """Give a site another name; False when that is taken."""
    if connection.execute(select(site.c.id).where(site.c.name == name)).first() is not None:
        return False
    connection.execute(update(site).where(site.c.id == site_id).values(name=name))
    bump(connection, site_id)
    return True


def hide_site(connection: Connection, site_id: int) -> None:
    """Have a site be gone at once, with its origins, and the people who have no role elsewhere; ``remove_rows`` removes
    the rest."""
    connection.execute(delete(origin).where(origin.c.site_id == site_id))
    connection.execute(delete(invitation).where(invitation.c.site_id == site_id))
    connection.execute(delete(moderator_role).where(moderator_role.c.site_id == site_id))
    forget_roleless(connection)
    connection.execute(
        update(site).where(site.c.id == site_id).values(name=f"{_GOING}{site_id}", title="", settings={})
    )
    bump(connection, site_id)


def hidden_sites(connection: Connection) -> Sequence[int]:
    """Ids of sites that are gone and have rows yet."""
    query = select(site.c.id).where(site.c.name.like(f"{_GOING}%")).order_by(site.c.id)
    return list(connection.execute(query).scalars())


def remove_rows(connection: Connection, site_id: int, at_most: int) -> bool:
    """Remove some rows of a site that is gone; whether none is left but its own.

    Bit by bit, because SQLite has one writer and a large site takes longer than anybody should wait for it.
    """
    for table in reversed(metadata.sorted_tables):
        if "site_id" not in table.c:
            continue
        which = table.c.site_id == site_id
        key = list(table.primary_key.columns)
        if len(key) == 1:  # rows with longer keys are few for each site
            # The log of a thread goes with the thread.
            number = at_most // 20 if table.name == "thread" else at_most
            which = key[0].in_(select(key[0]).where(which).limit(number))
        if connection.execute(delete(table).where(which)).rowcount:
            return False
    connection.execute(update(site).where(site.c.id == site_id).values(name=f"{_GONE}{site_id}"))
    return True


def summaries(connection: Connection) -> dict[int, tuple[int, int, int]]:
    """How many threads, published comments and held ones each site has, by site id; by indices."""
    threads = select(func.count()).where(thread.c.site_id == site.c.id).correlate(site).scalar_subquery()
    by_state = [
        select(func.count())
        .where(comment.c.site_id == site.c.id, comment.c.state == state)
        .correlate(site)
        .scalar_subquery()
        for state in ("published", "held")
    ]
    query = select(site.c.id, threads.label("threads"), by_state[0].label("published"), by_state[1].label("held"))
    return {row.id: (row.threads, row.published, row.held) for row in connection.execute(query.where(_IS_THERE))}


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
    bump(connection, site_id)


def save_plugin_order(connection: Connection, site_id: int, plugins: Sequence[str]) -> None:
    """Have these plugins run in this order on the site; all others lose their places."""
    connection.execute(update(plugin_site).where(plugin_site.c.site_id == site_id).values(place=None))
    for place, plugin in enumerate(plugins, 1):
        if not insert_ignore(connection, plugin_site, site_id=site_id, plugin=plugin, settings={}, place=place):
            where = (plugin_site.c.site_id == site_id) & (plugin_site.c.plugin == plugin)
            connection.execute(update(plugin_site).where(where).values(place=place))
    bump(connection, site_id)


def bump(connection: Connection, site_id: int) -> None:
    """Have everything that is kept of the site made anew: something changed that snapshots show."""
    connection.execute(update(site).where(site.c.id == site_id).values(rev=site.c.rev + 1))
    bump_sites(connection)


def _site(connection: Connection, row: Row[Any]) -> Site:
    origins = connection.execute(select(origin.c.origin).where(origin.c.site_id == row.id).order_by(origin.c.origin))
    known = {name: value for name, value in row.settings.items() if name in SiteSettings.__dataclass_fields__}
    if "strip_parameters" in known:
        known["strip_parameters"] = tuple(known["strip_parameters"])
    if known.get("on_failed_verify") not in ON_FAILED_VERIFY:
        known.pop("on_failed_verify", None)  # of another version: what is not understood must not let anything in
    if known.get("closed_threads") not in CLOSED_THREADS:
        known.pop("closed_threads", None)
    return Site(
        id=row.id,
        name=row.name,
        title=row.title,
        rev=row.rev,
        created_at=row.created_at,
        origins=tuple(origins.scalars()),
        settings=SiteSettings(**known),
    )
