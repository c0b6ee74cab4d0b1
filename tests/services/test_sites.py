"""Sites by name, in memory as long as nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from embedcomments.domain.errors import Conflict, InvalidRequest, OriginNotAllowed, SiteNotFound
from embedcomments.domain.sites import SiteSettings
from embedcomments.services.clock import SystemClock
from embedcomments.services.freshness import Freshness
from embedcomments.services.housekeeping import Housekeeping
from embedcomments.services.signing_in import SigningIn
from embedcomments.services.sites import Sites
from embedcomments.storage.database import Database

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


def test_signing_in_takes_a_link_once_and_ends_with_the_session(database: Database, clock: Any) -> None:
    signing_in = SigningIn(database, clock)
    token = signing_in.one_time_token(name="vera", site_id=None)
    assert (signing_in.is_open(token), signing_in.is_open(token)) == (True, True)
    session = signing_in.redeem(token)
    assert session is not None
    assert (signing_in.redeem(token), signing_in.is_open(token), signing_in.redeem("x")) == (None, False, None)
    moderator = signing_in.moderator(session)
    assert moderator is not None
    assert (moderator.name, moderator.site_id) == ("vera", None)
    clock.advance(days=13, hours=23)
    assert signing_in.moderator(session) == moderator
    clock.advance(hours=2)
    assert signing_in.moderator(session) is None


def test_a_link_is_good_for_a_day_and_signing_out_ends_a_session(database: Database, clock: Any) -> None:
    signing_in = SigningIn(database, clock)
    early, late = (signing_in.one_time_token(name="vera", site_id=None) for _ in range(2))
    session = signing_in.redeem(early)
    assert session is not None
    signing_in.sign_out(session)
    clock.advance(hours=24)
    assert (signing_in.moderator(session), signing_in.redeem(late)) == (None, None)
    assert signing_in.session_for_email("vera@a.example") is None


def test_nothing_secret_is_stored_as_it_is(sqlite_database: Database, clock: Any) -> None:
    signing_in = SigningIn(sqlite_database, clock)
    tokens = [signing_in.one_time_token(name="vera", site_id=None) for _ in range(2)]
    session = signing_in.redeem(tokens[0])
    with sqlite_database.read() as connection:
        rows = [connection.exec_driver_sql(f"SELECT * FROM {name}").all() for name in ("session", "sign_in_link")]
    assert [len(found) for found in rows] == [1, 1]
    assert not any(str(secret) in str(rows) for secret in (*tokens, session))


def test_housekeeping_cleans_up_once_an_hour(sqlite_database: Database, clock: Any) -> None:
    signing_in = SigningIn(sqlite_database, clock)
    housekeeping = Housekeeping(sqlite_database, clock)

    def links() -> int:
        with sqlite_database.read() as connection:
            return int(connection.exec_driver_sql("SELECT count(*) FROM sign_in_link").scalar_one())

    signing_in.one_time_token(name="vera", site_id=None)
    clock.advance(hours=23, minutes=30)
    housekeeping.run()
    clock.advance(minutes=45)
    housekeeping.run()
    kept = links()
    clock.advance(minutes=15)
    housekeeping.run()
    assert (kept, links()) == (1, 0)
