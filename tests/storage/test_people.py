"""Writers, moderators, their links and sessions; answered keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from embedcomments.domain.identities import Identity, Moderator
from embedcomments.domain.sites import Site
from embedcomments.storage import idempotency, tables
from embedcomments.storage import identities as rows
from embedcomments.storage.database import Database
from embedcomments.storage.idempotency import Answered

HOUR = timedelta(hours=1)


def _ani(database: Database, site_id: int | None, at: datetime) -> Moderator:
    return database.write(lambda c: rows.ensure_moderator(c, name="ani", site_id=site_id, at=at))


def test_an_identity_is_kept_as_first_known(database: Database, site: Site, at: datetime) -> None:
    ani = Identity(id="0" * 24, site_id=site.id, name="Ani", created_at=at)
    for name in ("Ani", "Other"):
        known = Identity(id=ani.id, site_id=site.id, name=name, created_at=at)
        database.write(lambda c, known=known: rows.add_identity(c, known))  # type: ignore[misc]
    with database.read() as connection:
        assert rows.get_identity(connection, ani.id) == ani
        assert rows.get_identity(connection, "1" * 24) is None


def test_a_moderator_of_one_site_and_of_all_are_two(database: Database, site: Site, at: datetime) -> None:
    everywhere, here = _ani(database, None, at), _ani(database, site.id, at)
    assert (_ani(database, None, at), _ani(database, site.id, at)) == (everywhere, here)
    with database.read() as connection:
        assert rows.list_moderators(connection) == [everywhere, here]
        assert rows.moderator_by_email(connection, "ani@a.example") is None
    assert (everywhere.moderates(site.id), here.moderates(site.id), here.moderates(site.id + 1)) == (True, True, False)


def test_a_sign_in_link_is_used_once_however_many_ask(
    database: Database, at: datetime, together: Callable[..., list[Any]]
) -> None:
    ani = _ani(database, None, at)
    database.write(lambda c: rows.add_sign_in_link(c, "h", ani.id, at + HOUR))
    with database.read() as connection:
        assert rows.sign_in_link_is_open(connection, "h", at)
    answers = together(lambda _: database.write(lambda c: rows.use_sign_in_link(c, "h", at)), 8)
    assert sorted(answers, key=str) == [ani.id] + [None] * 7
    with database.read() as connection:
        assert not rows.sign_in_link_is_open(connection, "h", at)


def test_a_link_that_is_over_opens_nothing(database: Database, at: datetime) -> None:
    ani = _ani(database, None, at)
    database.write(lambda c: rows.add_sign_in_link(c, "h", ani.id, at))
    with database.read() as connection:
        assert not rows.sign_in_link_is_open(connection, "h", at)
    assert database.write(lambda c: rows.use_sign_in_link(c, "h", at)) is None
    assert database.write(lambda c: rows.use_sign_in_link(c, "unknown", at)) is None


def test_a_session_lasts_until_it_ends(database: Database, at: datetime) -> None:
    ani = _ani(database, None, at)

    def whose(token: str, moment: datetime) -> Moderator | None:
        with database.read() as connection:
            return rows.session_moderator(connection, token, moment)

    for token in ("a", "b"):
        database.write(lambda c, token=token: rows.add_session(c, token, ani.id, at=at, expires_at=at + HOUR))  # type: ignore[misc]
    assert [whose("a", at), whose("b", at + HOUR), whose("c", at)] == [ani, None, None]
    database.write(lambda c: rows.end_session(c, "a"))
    assert [whose("a", at), whose("b", at)] == [None, ani]


def test_what_is_over_is_removed(database: Database, at: datetime) -> None:
    ani = _ani(database, None, at)
    database.write(lambda c: rows.add_session(c, "old", ani.id, at=at, expires_at=at + HOUR))
    database.write(lambda c: rows.add_session(c, "new", ani.id, at=at + HOUR, expires_at=at + 2 * HOUR))
    database.write(lambda c: rows.add_sign_in_link(c, "link", ani.id, at + HOUR))
    with database.read() as connection:
        assert connection.execute(select(tables.session.c.token_hash)).scalars().all() == ["new"]
    database.write(lambda c: rows.forget_expired(c, at + 2 * HOUR))
    with database.read() as connection:
        assert connection.execute(select(tables.session.c.token_hash)).scalars().all() == []
        assert connection.execute(select(tables.sign_in_link.c.token_hash)).scalars().all() == []


def test_a_key_is_bound_to_its_first_comment(
    database: Database, site: Site, at: datetime, together: Callable[..., list[Any]]
) -> None:
    def remember(n: int) -> bool:
        return database.write(lambda c: idempotency.remember_answer(c, site.id, "k", "hash", f"{n}" * 24, at))

    answers = together(remember, 8)
    assert sorted(answers) == [False] * 7 + [True]
    with database.read() as connection:
        winner = f"{answers.index(True)}" * 24
        assert idempotency.find_answer(connection, site.id, "k") == Answered(body_hash="hash", comment_id=winner)
        assert idempotency.find_answer(connection, site.id + 1, "k") is None
        assert idempotency.find_answer(connection, site.id, "other") is None


def test_old_keys_are_forgotten(database: Database, site: Site, at: datetime) -> None:
    for hours in (0, 2):
        database.write(
            lambda c, hours=hours: idempotency.remember_answer(  # type: ignore[misc]
                c, site.id, f"k{hours}", "hash", "0" * 24, at + hours * HOUR
            )
        )
    assert database.write(lambda c: idempotency.forget_answers(c, at + HOUR)) == 1
    with database.read() as connection:
        assert idempotency.find_answer(connection, site.id, "k0") is None
        assert idempotency.find_answer(connection, site.id, "k2") is not None
