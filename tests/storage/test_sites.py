"""Sites, their origins and settings, and what they chose of plugins."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import update

from embedcomments.domain.sites import Site, SiteSettings
from embedcomments.storage import sites as rows
from embedcomments.storage import tables
from embedcomments.storage.database import Database
from embedcomments.storage.sites import PluginChoice


def _get(database: Database, name: str) -> Site | None:
    with database.read() as connection:
        return rows.get_site(connection, name)


def test_a_site_comes_back_as_it_was_made(database: Database, at: datetime) -> None:
    assert database.write(lambda c: rows.add_site(c, name="blog", title="The Blog", at=at)) is True
    assert database.write(lambda c: rows.add_site(c, name="blog", title="Another", at=at)) is False
    found = _get(database, "blog")
    assert found is not None
    assert found == Site(id=found.id, name="blog", title="The Blog", rev=1, created_at=at)
    with database.read() as connection:
        assert rows.get_site_by_id(connection, found.id) == found
        assert rows.get_site_by_id(connection, found.id + 1) is None
        assert rows.get_site(connection, "nothing") is None


def test_origins_are_kept_and_every_change_counts(database: Database, site: Site) -> None:
    answers = [
        database.write(lambda c: rows.add_origin(c, site.id, "https://b.example")),
        database.write(lambda c: rows.add_origin(c, site.id, "https://a.example")),
        database.write(lambda c: rows.add_origin(c, site.id, "https://a.example")),
        database.write(lambda c: rows.remove_origin(c, site.id, "https://b.example")),
        database.write(lambda c: rows.remove_origin(c, site.id, "https://b.example")),
    ]
    assert answers == [True, True, False, True, False]
    found = _get(database, "default")
    assert found is not None
    assert found.origins == ("https://a.example",)
    assert found.rev > site.rev
    with database.read() as connection:
        assert rows.all_origins(connection) == {"https://a.example"}


def test_settings_come_back_as_they_were_saved(database: Database, site: Site) -> None:
    settings = SiteSettings(policy="Be *kind*. Ա", edit_window_s=60, max_length=50, strip_parameters=("ref", "src"))
    database.write(lambda c: rows.save_settings(c, site.id, settings))
    kept = _get(database, "default")
    database.write(lambda c: rows.save_settings(c, site.id, SiteSettings(), "New title"))
    changed = _get(database, "default")
    assert kept == replace(site, settings=settings, rev=site.rev + 1)
    assert changed == replace(site, title="New title", rev=site.rev + 2)


def test_settings_of_another_version_are_read_as_far_as_they_are_known(database: Database, site: Site) -> None:
    stored = {"policy": "kept", "of_the_future": 1}
    database.write(lambda c: c.execute(update(tables.site).values(settings=stored)))
    found = _get(database, "default")
    assert found is not None
    assert found.settings == SiteSettings(policy="kept")


def test_choices_of_plugins_are_kept_by_site(database: Database, site: Site, at: datetime) -> None:
    database.write(lambda c: rows.add_site(c, name="other", title="", at=at))
    other = _get(database, "other")
    assert other is not None
    first = PluginChoice(enabled=None, settings={"a": [1, "Ա"]})
    second = PluginChoice(enabled=False, settings={})
    database.write(lambda c: rows.save_plugin_choice(c, site.id, "spam", first))
    with database.read() as connection:
        assert rows.plugin_choices(connection, site.id) == {"spam": first}
        assert rows.plugin_choices(connection, other.id) == {}
    database.write(lambda c: rows.save_plugin_choice(c, site.id, "spam", second))
    with database.read() as connection:
        assert rows.plugin_choices(connection, site.id) == {"spam": second}
        assert rows.site_revisions(connection) == {site.id: site.rev + 2, other.id: other.rev}
        assert [found.name for found in rows.list_sites(connection)] == ["default", "other"]


def test_an_unknown_way_with_failed_verification_is_the_strict_one(database: Database, site: Site) -> None:
    known = {"policy": "", "edit_window_s": 1, "max_length": 2, "strip_parameters": []}
    for stored, read in (("hold", "hold"), ("let_through", "refuse"), (None, "refuse"), (["hold"], "refuse")):
        settings = {**known, "on_failed_verify": stored}
        database.write(lambda c, settings=settings: c.execute(update(tables.site).values(settings=settings)))  # type: ignore[misc]
        found = _get(database, site.name)
        assert found is not None
        assert found.settings.on_failed_verify == read


def test_an_order_of_plugins_is_kept_beside_their_choices(database: Database, site: Site) -> None:
    chosen = PluginChoice(enabled=False, settings={"a": 1})
    database.write(lambda c: rows.save_plugin_choice(c, site.id, "spam", chosen))
    database.write(lambda c: rows.save_plugin_order(c, site.id, ["votes", "spam"]))
    with database.read() as connection:
        assert rows.plugin_choices(connection, site.id) == {
            "spam": PluginChoice(enabled=False, settings={"a": 1}, place=2),
            "votes": PluginChoice(enabled=None, settings={}, place=1),
        }
    database.write(lambda c: rows.save_plugin_choice(c, site.id, "spam", PluginChoice(enabled=True, settings={})))
    database.write(lambda c: rows.save_plugin_order(c, site.id, ["spam"]))
    with database.read() as connection:
        assert {name: choice.place for name, choice in rows.plugin_choices(connection, site.id).items()} == {
            "spam": 1,
            "votes": None,
        }
    later = _get(database, site.name)
    assert later is not None
    assert later.rev == site.rev + 4
