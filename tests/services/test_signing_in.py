"""Links, passwords and the sessions that they open, on either engine."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from argon2 import PasswordHasher
from queries import statements_to
from sqlalchemy import select

from embedcomments.domain.audit import AuditFilter
from embedcomments.domain.errors import NotAllowed, RateLimited
from embedcomments.domain.permissions import Role
from embedcomments.services.limits import RateLimits
from embedcomments.services.passwords import Passwords
from embedcomments.services.sealing import Sealer
from embedcomments.services.second_factor import SecondFactor
from embedcomments.services.signing_in import Browser, SigningIn
from embedcomments.storage import audit as audit_rows
from embedcomments.storage import moderators as rows
from embedcomments.storage import tables
from embedcomments.storage.database import Database

HERE = Browser(device="Firefox on Linux", network="here")
Make = Callable[[Database], SigningIn]


@pytest.fixture
def make(clock: Any) -> Make:
    """Puts the service on a database; its passwords are cheap."""

    def one(database: Database) -> SigningIn:
        cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        return SigningIn(database, clock, cheap, SecondFactor(Sealer(b"k" * 32)), RateLimits())

    return one


@pytest.fixture
def signing_in(database: Database, make: Make) -> SigningIn:
    return make(database)


def redeemed(signing_in: SigningIn, token: str) -> str:
    found = signing_in.redeem(token, HERE)
    assert found is not None
    assert found.session is not None
    return found.session


def test_a_link_signs_in_once(signing_in: SigningIn) -> None:
    token = signing_in.one_time_token(name="vera", site_id=None)
    assert (signing_in.is_open(token), signing_in.is_open(token)) == (True, True)
    session = redeemed(signing_in, token)
    assert (signing_in.redeem(token), signing_in.is_open(token), signing_in.redeem("x")) == (None, False, None)
    moderator = signing_in.moderator(session)
    assert moderator is not None
    assert (moderator.name, moderator.roles) == ("vera", {None: Role.OWNER})


def test_a_link_is_good_for_a_day_and_signing_out_ends_a_session(signing_in: SigningIn, clock: Any) -> None:
    early, late = (signing_in.one_time_token(name="vera", site_id=None) for _ in range(2))
    session = redeemed(signing_in, early)
    signing_in.sign_out(session)
    clock.advance(hours=24)
    assert (signing_in.moderator(session), signing_in.redeem(late)) == (None, None)
    assert signing_in.session_for_email("vera@a.example") is None


def test_a_session_that_is_used_goes_on_and_one_that_is_not_ends(signing_in: SigningIn, clock: Any) -> None:
    used, unused = (redeemed(signing_in, signing_in.one_time_token(name="vera", site_id=None)) for _ in range(2))
    for _ in range(4):
        clock.advance(days=6)
        assert signing_in.session(used) is not None
    assert signing_in.session(unused) is None
    clock.advance(days=6)
    assert signing_in.session(used) is None  # thirty days are over, whatever it did


def test_a_page_that_is_left_open_keeps_nobody_signed_in(signing_in: SigningIn, clock: Any) -> None:
    session = redeemed(signing_in, signing_in.one_time_token(name="vera", site_id=None))
    for _ in range(6):
        assert signing_in.moderator(session) is not None  # as the live channel asks
        clock.advance(days=1)
    clock.advance(days=1)
    assert signing_in.moderator(session) is None


def test_looking_at_pages_writes_once_in_five_minutes(signing_in: SigningIn, clock: Any) -> None:
    session = redeemed(signing_in, signing_in.one_time_token(name="vera", site_id=None))
    moderator = signing_in.moderator(session)
    assert moderator is not None
    seen = []
    for _ in range(12):
        clock.advance(minutes=1)
        signing_in.session(session)
        seen.append(signing_in.sessions_of(moderator.id)[0].seen_at)
    assert len(set(seen)) == 3


def test_a_proven_address_signs_in_whoever_has_it(signing_in: SigningIn) -> None:
    signing_in.one_time_token(name="Vera", site_id=None, email=" Vera@A.example ")
    session = signing_in.session_for_email("vera@a.EXAMPLE")
    assert session is not None
    moderator = signing_in.moderator(session)
    assert moderator is not None
    assert moderator.name == "Vera"
    with pytest.raises(NotAllowed, match="Another moderator has that address"):
        signing_in.one_time_token(name="Otto", site_id=None, email="vera@a.example")


def test_nothing_secret_is_stored_as_it_is(sqlite_database: Database, make: Make) -> None:
    signing_in = make(sqlite_database)
    opened = signing_in.one_time_token(name="vera", site_id=None, email="vera@a.example")
    kept = signing_in.one_time_token(name="vera", site_id=None)
    mailed = signing_in.mail_token("vera@a.example")
    session = redeemed(signing_in, opened)
    assert mailed is not None
    with sqlite_database.read() as connection:
        stored = [
            str(value)
            for table in (tables.sign_in_link, tables.session, tables.moderator)
            for row in connection.execute(select(table))
            for value in row
        ]
    assert stored
    assert not any(secret in value for secret in (opened, kept, mailed[0], session) for value in stored)


def test_a_password_that_was_changed_meanwhile_signs_nobody_in(
    sqlite_database: Database, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    signing_in = make(sqlite_database)
    signing_in.one_time_token(name="vera", site_id=None, email="vera@a.example")
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    with sqlite_database.read() as connection:
        moderator_id = rows.id_by_email(connection, "vera@a.example")
    assert moderator_id is not None
    old, new = cheap.hash("an old password"), cheap.hash("another password")
    sqlite_database.write(lambda c: rows.set_password(c, moderator_id, old))
    assert signing_in.with_password("vera@a.example", "an old password", HERE) is not None
    real = Passwords.verify

    def verify(self: Passwords, stored: str | None, password: str) -> bool:
        found = real(self, stored, password)
        sqlite_database.write(lambda c: rows.set_password(c, moderator_id, new))
        return found

    monkeypatch.setattr(Passwords, "verify", verify)
    assert signing_in.with_password("vera@a.example", "an old password", HERE) is None


def test_the_same_letters_are_the_same_password_however_the_keyboard_writes_them() -> None:
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    stored = passwords.hash("Ångström und Café")
    assert passwords.verify(stored, "A\u030angstro\u0308m und Cafe\u0301")
    assert not passwords.verify(stored, "Angstrom und Cafe")
    assert not passwords.verify("not a hash", "Ångström und Café")
    assert not passwords.verify(stored, "\ud83d" * 20)


@pytest.mark.parametrize("text", ["\0", "a\0b@example.com", "\ud83d@example.com", "%", "_" * 16, "x" * 100_000, ""])
def test_what_no_database_holds_is_nobody(signing_in: SigningIn, text: str) -> None:
    signing_in.one_time_token(name="vera", site_id=None, email="vera@a.example")
    assert signing_in.with_password(text, text.encode(errors="ignore").decode(), HERE) is None
    assert signing_in.mail_token(text) is None
    assert signing_in.session_for_email(text) is None
    assert not signing_in.end_one(1, text)


def test_known_and_unknown_addresses_take_as_many_queries(signing_in: SigningIn, database: Database) -> None:
    signing_in.one_time_token(name="vera", site_id=None, email="vera@a.example")
    counts = []
    with statements_to(database.engine) as seen:
        for email in ("vera@a.example", "nobody@a.example"):
            seen.clear()
            assert signing_in.with_password(email, "correct horse battery", HERE) is None
            counts.append(len(seen))
    assert counts[0] == counts[1] > 0


def test_wrong_passwords_are_counted_in_one_line_for_an_account_and_an_hour(
    signing_in: SigningIn, database: Database, clock: Any
) -> None:
    signing_in.one_time_token(name="vera", site_id=None, email="vera@a.example")
    with database.read() as connection:
        vera = rows.id_by_email(connection, "vera@a.example")

    def guess(*emails: str) -> None:
        for number, email in enumerate(emails):
            with contextlib.suppress(RateLimited):
                signing_in.with_password(email, "wrong horse battery", Browser(network=f"{number}"))

    def counted() -> list[tuple[str, str, str, Any]]:
        with database.read() as connection:
            lines = audit_rows.entries_after(connection, AuditFilter(action="account.password_failed"), 0, 100)
        return [(line.actor, line.subject.kind, line.subject.id, line.after) for line in lines]

    guess("vera@a.example", "vera@a.example", "nobody@a.example", "noone@a.example", "vera@a.example")
    assert counted() == [
        ("somebody", "moderator", str(vera), {"attempts": 3}),
        ("somebody", "address", "unknown", {"attempts": 2}),
    ]
    clock.advance(minutes=61)
    guess("vera@a.example")
    assert counted()[2:] == [("somebody", "moderator", str(vera), {"attempts": 1})]
    # What the limits refuse was no attempt: nothing was compared. No flood makes more lines than there are accounts.
    guess(*["vera@a.example"] * 40)
    assert counted()[2:] == [("somebody", "moderator", str(vera), {"attempts": 2})]
