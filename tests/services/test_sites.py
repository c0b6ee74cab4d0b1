"""Sites by name, in memory as long as nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from embedcomments.domain.audit import AuditFilter, Subject
from embedcomments.domain.comments import Author
from embedcomments.domain.errors import Conflict, InvalidRequest, OriginNotAllowed, SiteNotFound
from embedcomments.domain.identities import SYSTEM
from embedcomments.domain.sites import SiteSettings
from embedcomments.domain.threads import ThreadRef
from embedcomments.services import sites as services_sites
from embedcomments.services.clock import SystemClock
from embedcomments.services.commenting import Submission
from embedcomments.services.freshness import Freshness
from embedcomments.services.housekeeping import Housekeeping
from embedcomments.services.sites import Sites
from embedcomments.storage import moderators, sessions
from embedcomments.storage import sites as site_rows
from embedcomments.storage.database import Database
from embedcomments.storage.tables import event, metadata, thread

OWN = "https://comments.example"


def _sites(database: Database) -> Sites:
    return Sites(database, Freshness(database), SystemClock(), OWN)


@pytest.fixture
def sites(database: Database) -> Sites:
    return _sites(database)


def test_an_empty_database_gets_the_default_site_once(sites: Sites) -> None:
    sites.ensure_default()
    sites.ensure_default()
    assert [site.name for site in sites.all()] == ["default"]
    sites.add("a")
    sites.ensure_default()
    assert [site.name for site in sites.all()] == ["a", "default"]


def test_a_site_that_exists_is_a_conflict(sites: Sites) -> None:
    made = sites.add("blog", "Title")
    assert (sites.get("blog"), sites.by_id(made.id)) == (made, made)
    with pytest.raises(Conflict):
        sites.add("blog")


@pytest.mark.parametrize(
    "name", ["", "-a", "a-", "A", "a b", "a/b", "ä", "x" * 64, "sign-in", "sign-out", "a\n", "a.b"]
)
def test_names_that_would_not_do_in_a_url_are_refused(sites: Sites, name: str) -> None:
    with pytest.raises(InvalidRequest):
        sites.add(name)


def test_unknown_sites_are_not_found(sites: Sites) -> None:
    with pytest.raises(SiteNotFound):
        sites.get("nothing")
    with pytest.raises(SiteNotFound):
        sites.by_id(999)


def test_changes_of_this_process_are_seen_at_once(sites: Sites) -> None:
    site = sites.add("blog")
    assert sites.add_origin(site, "HTTPS://Blog.example:443/") == "https://blog.example"
    sites.save_settings(site, SiteSettings(max_length=5), "Title")
    changed = sites.get("blog")
    assert (changed.origins, changed.settings.max_length, changed.title) == (("https://blog.example",), 5, "Title")
    assert [sites.remove_origin(site, "https://blog.example"), sites.remove_origin(site, "https://x.example")] == [
        True,
        False,
    ]
    assert sites.get("blog").origins == ()


def test_changes_of_another_process_are_seen_soon(
    sites: Sites, database_url: Any, open_database: Callable[..., Database], wait_for: Callable[..., Any]
) -> None:
    site = sites.add("blog")
    _sites(open_database(database_url)).add_origin(site, "https://blog.example")
    wait_for(lambda: sites.get("blog").origins == ("https://blog.example",))


def test_a_known_site_costs_no_query_while_nothing_changes(sqlite_database: Database) -> None:
    sites = _sites(sqlite_database)
    site = sites.add("blog")
    sites.get("blog")
    sqlite_database.engine.dispose()
    assert sites.get("blog") is sites.get("blog")
    assert sites.get("blog") == site
    assert sqlite_database.engine.pool.status().find("Connections in pool: 0") >= 0


def test_pages_of_registered_origins_and_our_own_may_embed(sites: Sites) -> None:
    site = sites.add("blog")
    asked = [
        "http://localhost:4000",
        "https://blog.example",
        "https://evil.example",
        "null",
        OWN,
        "https://own.example",
    ]

    def allowed() -> list[bool]:
        answers = []
        for origin in asked:
            try:
                sites.require_origin(sites.get("blog"), origin, "https://own.example")
            except OriginNotAllowed as error:
                assert origin in error.message  # noqa: PT017 - each of many
                answers.append(False)
            else:
                answers.append(True)
        return answers

    assert allowed() == [True, False, False, False, True, True]
    sites.add_origin(site, "https://blog.example")
    assert allowed() == [False, True, False, False, True, True]
    sites.require_origin(sites.get("blog"), None)
    assert [sites.any_accepts(origin) for origin in asked] == [False, True, False, False, True, False]


def test_housekeeping_cleans_up_once_an_hour(sqlite_database: Database, clock: Any) -> None:
    housekeeping = Housekeeping(sqlite_database, clock, _sites(sqlite_database))

    def links() -> int:
        with sqlite_database.read() as connection:
            return int(connection.exec_driver_sql("SELECT count(*) FROM sign_in_link").scalar_one())

    vera = sqlite_database.write(lambda c: moderators.ensure_moderator(c, name="vera", site_id=None, at=clock.now()))
    over_at = clock.now() + timedelta(hours=24)
    sqlite_database.write(lambda c: sessions.add_sign_in_link(c, "hash", vera.id, over_at))
    clock.advance(hours=23, minutes=30)
    housekeeping.run()
    clock.advance(minutes=45)
    housekeeping.run()
    kept = links()
    clock.advance(minutes=15)
    housekeeping.run()
    assert (kept, links()) == (1, 0)


# The end of a site


def rows_of(database: Database, site_id: int) -> dict[str, int]:
    """How many rows each table has of a site; tables without any are absent."""
    found = {}
    with database.read() as connection:
        for table in metadata.sorted_tables:
            if "site_id" in table.c:
                query = select(func.count()).select_from(table).where(table.c.site_id == site_id)
                if number := connection.execute(query).scalar_one():
                    found[table.name] = number
    return found


def test_deleted_site_is_gone_at_once_and_its_rows_bit_by_bit(either: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services_sites, "ROWS_AT_ONCE", 20)
    bench = either
    sites, database = bench.parts.sites, bench.parts.database
    other = sites.add("press", "The Press")
    sites.add_origin(other, "https://press.example")
    token = bench.parts.signing_in.one_time_token(name="Ani", site_id=other.id)
    wide = bench.parts.signing_in.one_time_token(name="Vera", site_id=None)
    for number in range(10):
        bench.submit(f"Kept {number}")
        for text in "abc":
            submission = Submission(thread=ThreadRef(key=f"/{number}"), author=Author(name="Ani"), text=text)
            bench.parts.commenting.submit(sites.get("press"), submission)
    before, kept = rows_of(database, other.id), rows_of(database, bench.site.id)
    assert before["comment"] == 30
    sites.delete(sites.get("press"), actor=SYSTEM)
    assert [site.name for site in sites.all()] == ["default"]
    assert sites.any_accepts("https://press.example") is False
    assert bench.parts.signing_in.redeem(token) is None
    assert bench.parts.signing_in.is_open(wide)
    with pytest.raises(SiteNotFound):
        sites.by_id(other.id)
    assert rows_of(database, other.id)["comment"] == 30
    assert sites.remove_gone(lambda: True) is False
    assert rows_of(database, other.id) != {}
    again = sites.add("press")
    assert sites.remove_gone() is True
    assert rows_of(database, other.id) == {}
    assert (sites.get("press"), rows_of(database, bench.site.id)) == (again, kept)
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(thread)).scalar_one() == 1
        assert connection.execute(select(func.count()).select_from(event)).scalar_one() == 10
    (entry,) = bench.parts.auditing.list(AuditFilter(action="site.delete"))
    assert (entry.site_id, entry.subject, entry.before) == (
        None,
        Subject(kind="site", id="press"),
        {"title": "The Press", "origins": ["https://press.example"]},
    )


def test_feed_of_a_deleted_site_is_silent_and_takes_nobody_new(either: Any) -> None:
    sites, feed = either.parts.sites, either.instance.feed_log
    either.submit("Hello")
    topic = feed.topic("default", "/a", None)
    assert [item.seq for item in feed.items(topic, 0)] == [1]
    sites.add("press")
    sites.delete(either.site, actor=SYSTEM)
    with pytest.raises(SiteNotFound):
        feed.topic("default", "/a", None)
    sites.remove_gone()
    assert (feed.positions([topic]), list(feed.items(topic, 0))) == ({topic: 0}, [])


def test_housekeeping_removes_what_is_left_of_deleted_sites(sites: Sites, database: Database, clock: Any) -> None:
    housekeeping = Housekeeping(database, clock, sites)
    housekeeping.run()
    sites.add("a")
    gone = sites.add("b")
    sites.delete(gone, actor=SYSTEM)
    housekeeping.run()
    with database.read() as connection:
        assert site_rows.hidden_sites(connection) == []


def test_id_of_a_deleted_site_is_never_given_again(sites: Sites) -> None:
    sites.add("a")
    gone = sites.add("b")
    sites.delete(gone, actor=SYSTEM)
    sites.remove_gone()
    again = sites.add("b", "Another")
    assert again.id > gone.id
    assert [site.name for site in sites.all()] == ["a", "b"]


def test_only_site_cannot_be_deleted(sites: Sites) -> None:
    only = sites.add("a")
    with pytest.raises(Conflict):
        sites.delete(only, actor=SYSTEM)
    assert sites.all() == [only]


def test_site_gets_another_name(sites: Sites) -> None:
    site = sites.add("a", "A")
    sites.add("b")
    renamed = sites.rename(site, "c")
    assert (renamed.id, renamed.name, renamed.title) == (site.id, "c", "A")
    assert [one.name for one in sites.all()] == ["b", "c"]
    assert sites.rename(renamed, "c").name == "c"
    with pytest.raises(Conflict):
        sites.rename(renamed, "b")
    for wrong in ("", "~1", "-1", "A", "sign-in", "a/b"):
        with pytest.raises(InvalidRequest):
            sites.rename(renamed, wrong)
