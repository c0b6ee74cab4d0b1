"""Writers, moderators, their links and sessions; answered keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from embedcomments.domain.identities import Identity, Moderator
from embedcomments.domain.notices import Pace
from embedcomments.domain.permissions import Role
from embedcomments.domain.sites import Site
from embedcomments.storage import idempotency, tables
from embedcomments.storage import identities as identity_rows
from embedcomments.storage import invitations as invitation_rows
from embedcomments.storage import moderators as rows
from embedcomments.storage import notices as notice_rows
from embedcomments.storage import sessions as session_rows
from embedcomments.storage.database import Database
from embedcomments.storage.idempotency import Answered

HOUR = timedelta(hours=1)


def _ani(database: Database, site_id: int | None, at: datetime) -> Moderator:
    return database.write(lambda c: rows.ensure_moderator(c, name="ani", site_id=site_id, at=at))


def test_an_identity_is_kept_as_first_known(database: Database, site: Site, at: datetime) -> None:
    ani = Identity(id="0" * 24, site_id=site.id, name="Ani", created_at=at)
    for name in ("Ani", "Other"):
        known = Identity(id=ani.id, site_id=site.id, name=name, created_at=at)
        database.write(lambda c, known=known: identity_rows.add_identity(c, known))  # type: ignore[misc]
    with database.read() as connection:
        assert identity_rows.get_identity(connection, ani.id) == ani
        assert identity_rows.get_identity(connection, "1" * 24) is None


def test_a_moderator_of_one_site_and_of_all_are_two(database: Database, site: Site, at: datetime) -> None:
    everywhere, here = _ani(database, None, at), _ani(database, site.id, at)
    assert (_ani(database, None, at), _ani(database, site.id, at)) == (everywhere, here)
    with database.read() as connection:
        assert [account.moderator for account in rows.list_accounts(connection)] == [everywhere, here]
        assert rows.id_by_email(connection, "ani@a.example") is None
    assert (everywhere.roles, here.roles) == ({None: Role.OWNER}, {site.id: Role.OWNER})
    assert (everywhere.moderates(site.id), here.moderates(site.id), here.moderates(site.id + 1)) == (True, True, False)


def test_a_sign_in_link_is_used_once_however_many_ask(
    database: Database, at: datetime, together: Callable[..., list[Any]]
) -> None:
    ani = _ani(database, None, at)
    database.write(lambda c: session_rows.add_sign_in_link(c, "h", ani.id, at + HOUR))
    with database.read() as connection:
        assert session_rows.sign_in_link_is_open(connection, "h", at)
    answers = together(lambda _: database.write(lambda c: session_rows.use_sign_in_link(c, "h", at)), 8)
    assert sorted(answers, key=str) == [(ani.id, False)] + [None] * 7
    with database.read() as connection:
        assert not session_rows.sign_in_link_is_open(connection, "h", at)


def test_a_link_that_is_over_opens_nothing(database: Database, at: datetime) -> None:
    ani = _ani(database, None, at)
    database.write(lambda c: session_rows.add_sign_in_link(c, "h", ani.id, at))
    with database.read() as connection:
        assert not session_rows.sign_in_link_is_open(connection, "h", at)
    assert database.write(lambda c: session_rows.use_sign_in_link(c, "h", at)) is None
    assert database.write(lambda c: session_rows.use_sign_in_link(c, "unknown", at)) is None


def test_a_session_lasts_until_it_ends(database: Database, at: datetime) -> None:
    ani = _ani(database, None, at)

    def whose(token: str, moment: datetime) -> Moderator | None:
        with database.read() as connection:
            found = session_rows.get_session(connection, token, at=moment, seen_after=at - HOUR)
            return None if found is None else found[0]

    for token in ("a", "b"):
        database.write(lambda c, token=token: session_rows.add_session(c, token, ani.id, at=at, expires_at=at + HOUR))  # type: ignore[misc]
    assert [whose("a", at), whose("b", at + HOUR), whose("c", at)] == [ani, None, None]
    database.write(lambda c: session_rows.end_session(c, "a"))
    assert [whose("a", at), whose("b", at)] == [None, ani]


def test_what_is_over_is_removed(database: Database, at: datetime) -> None:
    ani = _ani(database, None, at)
    database.write(lambda c: session_rows.add_session(c, "old", ani.id, at=at, expires_at=at + HOUR))
    database.write(lambda c: session_rows.add_session(c, "new", ani.id, at=at + HOUR, expires_at=at + 2 * HOUR))
    database.write(lambda c: session_rows.add_sign_in_link(c, "link", ani.id, at + HOUR))
    with database.read() as connection:
        assert connection.execute(select(tables.session.c.token_hash)).scalars().all() == ["new"]
    database.write(lambda c: session_rows.forget_expired(c, at + 2 * HOUR))
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


# Roles, accounts and sessions


def test_a_role_is_one_for_each_person_and_reach(
    database: Database, site: Site, at: datetime, together: Callable[..., list[Any]]
) -> None:
    ani = _ani(database, None, at)
    roles = [Role.OWNER, Role.MODERATOR, Role.REVIEWER, Role.MODERATOR]
    for reach in (None, site.id):
        together(lambda n, reach=reach: database.write(lambda c: rows.set_role(c, ani.id, reach, roles[n])), 4)
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(tables.moderator_role)).scalar_one() == 2
        present = rows.get_moderator(connection, ani.id)
    assert present is not None
    assert set(present.roles) == {None, site.id}


def test_the_higher_of_two_roles_counts(database: Database, site: Site, at: datetime) -> None:
    ani = _ani(database, None, at)
    database.write(lambda c: rows.set_role(c, ani.id, None, Role.REVIEWER))
    database.write(lambda c: rows.set_role(c, ani.id, site.id, Role.OWNER))
    with database.read() as connection:
        present = rows.get_moderator(connection, ani.id)
    assert present is not None
    assert (present.role_on(site.id), present.role_on(site.id + 1)) == (Role.OWNER, Role.REVIEWER)


def test_an_account_goes_with_its_last_role(database: Database, site: Site, at: datetime) -> None:
    ani = _ani(database, None, at)
    database.write(lambda c: rows.set_role(c, ani.id, site.id, Role.REVIEWER))
    database.write(lambda c: session_rows.add_session(c, "s", ani.id, at=at, expires_at=at + HOUR))
    assert database.write(lambda c: rows.remove_role(c, ani.id, None))
    assert not database.write(lambda c: rows.remove_role(c, ani.id, None))
    with database.read() as connection:
        assert rows.get_moderator(connection, ani.id) == Moderator(
            id=ani.id, name="ani", roles={site.id: Role.REVIEWER}
        )
    assert database.write(lambda c: rows.remove_role(c, ani.id, site.id))
    with database.read() as connection:
        assert rows.get_moderator(connection, ani.id) is None
        assert connection.execute(select(tables.session.c.token_hash)).scalars().all() == []


def test_two_accounts_never_have_the_same_address(database: Database, at: datetime) -> None:
    first = database.write(lambda c: rows.add_moderator(c, name="a", email="a@a.example", at=at))
    assert first is not None
    assert database.write(lambda c: rows.add_moderator(c, name="b", email="a@a.example", at=at)) is None
    second = database.write(lambda c: rows.add_moderator(c, name="b", email=None, at=at))
    assert second is not None
    assert not database.write(lambda c: rows.set_email(c, second, "a@a.example"))
    assert database.write(lambda c: rows.set_email(c, first, "a@a.example"))
    with pytest.raises(IntegrityError):  # whatever the code in front of it says
        database.write(
            lambda c: c.execute(
                tables.moderator.update().where(tables.moderator.c.id == second).values(email="a@a.example")
            )
        )


def test_a_code_of_an_app_is_taken_once_however_many_ask(
    database: Database, at: datetime, together: Callable[..., list[Any]]
) -> None:
    ani = _ani(database, None, at)
    database.write(lambda c: rows.set_totp(c, ani.id, "sealed", 10))
    assert [database.write(lambda c, step=step: rows.use_totp_step(c, ani.id, step)) for step in (9, 10)] == [False] * 2
    answers = together(lambda _: database.write(lambda c: rows.use_totp_step(c, ani.id, 11)), 8)
    assert sorted(answers) == [False] * 7 + [True]


def test_a_recovery_code_is_taken_once_however_many_ask(
    database: Database, at: datetime, together: Callable[..., list[Any]]
) -> None:
    ani = _ani(database, None, at)
    database.write(lambda c: rows.set_recovery_codes(c, ani.id, ["a", "b"]))
    answers = together(lambda _: database.write(lambda c: rows.use_recovery_code(c, ani.id, "a")), 8)
    assert sorted(answers) == [False] * 7 + [True]
    with database.read() as connection:
        account = rows.get_account(connection, ani.id)
    assert account is not None
    assert account.recovery_codes == 1


def test_an_invitation_is_used_once_however_many_ask(
    database: Database, site: Site, at: datetime, together: Callable[..., list[Any]]
) -> None:
    values: dict[str, Any] = {"site_id": site.id, "role": Role.REVIEWER, "email": None, "invited_by": "ani", "at": at}
    database.write(lambda c: invitation_rows.add_invitation(c, token_hash="h", expires_at=at + HOUR, **values))
    answers = together(lambda _: database.write(lambda c: invitation_rows.use_invitation(c, "h", at)), 8)
    assert len([answer for answer in answers if answer is not None]) == 1


def test_ten_times_as_many_people_take_no_more_queries(
    database: Database, site: Site, at: datetime, count_queries: Callable[..., Any]
) -> None:
    def fill(n: int) -> None:
        for number in range(n):
            database.write(lambda c, number=number: rows.ensure_moderator(c, name=f"p{number}", site_id=site.id, at=at))

    counts = []
    for n in (3, 30):
        fill(n)
        with count_queries() as queries, database.read() as connection:
            assert len(rows.list_accounts(connection, site_id=site.id)) == n
        counts.append(len(queries))
    assert counts == [2, 2]


# Notices


def test_a_held_comment_is_noted_for_those_who_wish_it_and_taken_once(
    database: Database, site: Site, at: datetime, add: Callable[..., Any]
) -> None:
    ani, bo = (
        _ani(database, None, at),
        database.write(lambda c: rows.ensure_moderator(c, name="bo", site_id=None, at=at)),
    )
    database.write(lambda c: notice_rows.set_wish(c, ani.id, site.id, Pace.EACH, at))
    database.write(lambda c: notice_rows.set_wish(c, bo.id, site.id, Pace.HOURLY, at))
    first, second = add(), add()
    for comment in (first, second, first):
        database.write(lambda c, comment=comment: notice_rows.note_held(c, site.id, comment.id))
    due = database.write(lambda c: notice_rows.take_due(c, at))
    ids = sorted([first.id, second.id])
    assert sorted((item.moderator_id, item.pace, item.comment_ids) for item in due) == [
        (ani.id, Pace.EACH, ids),
        (bo.id, Pace.HOURLY, ids),
    ]
    assert database.write(lambda c: notice_rows.take_due(c, at)) == []
    database.write(lambda c: notice_rows.note_held(c, site.id, first.id))

    def moderators(moment: datetime) -> list[int]:
        return [item.moderator_id for item in database.write(lambda c: notice_rows.take_due(c, moment))]

    assert moderators(at + timedelta(minutes=59)) == [ani.id]
    assert moderators(at + timedelta(minutes=60)) == [bo.id]


def test_who_wishes_no_more_is_noted_for_nothing(
    database: Database, site: Site, at: datetime, add: Callable[..., Any]
) -> None:
    ani = _ani(database, None, at)
    database.write(lambda c: notice_rows.set_wish(c, ani.id, site.id, Pace.EACH, at))
    comment = add()
    database.write(lambda c: notice_rows.note_held(c, site.id, comment.id))
    database.write(lambda c: notice_rows.set_wish(c, ani.id, site.id, Pace.NEVER, at))
    database.write(lambda c: notice_rows.note_held(c, site.id, comment.id))
    with database.read() as connection:
        assert connection.execute(select(tables.notice_item.c.comment_id)).scalars().all() == []
        assert notice_rows.wishes_of(connection, ani.id) == {}
