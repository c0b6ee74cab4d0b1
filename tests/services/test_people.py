"""The last owner stays, on either engine and however many ask at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from embedcomments.domain.errors import Conflict
from embedcomments.domain.identities import COMMAND_LINE
from embedcomments.domain.permissions import Role
from embedcomments.services.passwords import Passwords
from embedcomments.services.people import People
from embedcomments.storage import moderators as rows
from embedcomments.storage import sites as site_rows
from embedcomments.storage.database import Database

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.fixture
def people(database: Database, clock: Any) -> People:
    return People(database, clock, Passwords())


@pytest.fixture
def site_id(database: Database) -> int:
    database.write(lambda c: site_rows.add_site(c, name="default", title="", at=AT))
    with database.read() as connection:
        found = site_rows.get_site(connection, "default")
    assert found is not None
    return found.id


def owner(database: Database, name: str, site_id: int | None) -> int:
    return database.write(lambda c: rows.ensure_moderator(c, name=name, site_id=site_id, at=AT)).id


def owners(people: People) -> int:
    return sum(role is Role.OWNER for account in people.of_site(None) for role in account.moderator.roles.values())


@pytest.mark.parametrize("everywhere", [True, False])
def test_owners_who_leave_together_do_not_all_go(
    people: People, database: Database, site_id: int, everywhere: bool
) -> None:
    reach = None if everywhere else site_id
    ids = [owner(database, f"p{n}", reach) for n in range(6)]
    barrier = threading.Barrier(len(ids))
    kept: list[int] = []

    def leave(number: int) -> None:
        barrier.wait()
        try:
            if number % 2:
                people.remove(number, by=COMMAND_LINE, site_id=reach)
            else:
                people.change_role(number, Role.REVIEWER, by=COMMAND_LINE, site_id=reach)
        except Conflict:
            kept.append(number)

    threads = [threading.Thread(target=leave, args=(number,)) for number in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (owners(people), len(kept)) == (1, 1)


def test_owner_of_all_sites_owns_each(people: People, database: Database, site_id: int) -> None:
    chief, here = owner(database, "chief", None), owner(database, "here", site_id)
    people.remove(here, by=COMMAND_LINE, site_id=site_id)
    with pytest.raises(Conflict):
        people.remove(chief, by=COMMAND_LINE, site_id=None)
    owner(database, "here", site_id)
    with pytest.raises(Conflict):  # nobody else could add a site
        people.remove(chief, by=COMMAND_LINE, site_id=None)


@pytest.mark.parametrize("who", ["ani@example.com", " ANI@example.com", "Ani", "2"])
def test_somebody_is_found_by_address_name_or_number(
    people: People, database: Database, site_id: int, who: str, make: Callable[..., int]
) -> None:
    make("Bo", None)
    number = make("Ani", "ani@example.com")
    found = people.find(who if who != "2" else str(number))
    assert (found.moderator.id, found.moderator.name) == (number, "Ani")


@pytest.fixture
def make(database: Database) -> Callable[..., int]:
    """Makes an account with a name and an address."""

    def one(name: str, email: str | None) -> int:
        made = database.write(lambda c: rows.add_moderator(c, name=name, email=email, at=AT))
        assert made is not None
        return made

    return one
