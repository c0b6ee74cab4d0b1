"""Rows of those who may sign in to the desk, their roles, and what proves who they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, select, update

from embedcomments.domain.identities import Moderator
from embedcomments.domain.permissions import Role
from embedcomments.storage.conflict import insert_ignore
from embedcomments.storage.tables import moderator, moderator_role, recovery_code, session


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """A moderator with what proves who they are. ``totp_secret`` is sealed; ``seen_at``: when a session of theirs was
    last used, None when there is none."""

    moderator: Moderator
    email: str | None
    password_hash: str | None
    totp_secret: str | None
    recovery_codes: int
    seen_at: datetime | None


def add_moderator(connection: Connection, *, name: str, email: str | None, at: datetime) -> int | None:
    """A new one without any role: the id. None when another has that address."""
    if email is not None and id_by_email(connection, email) is not None:
        return None
    statement = insert(moderator).values(name=name, email=email, created_at=at).returning(moderator.c.id)
    return int(connection.execute(statement).scalar_one())


def ensure_moderator(
    connection: Connection, *, name: str, site_id: int | None, at: datetime, role: Role = Role.OWNER
) -> Moderator:
    """The moderator of that name with a role of just that reach (None: all sites); made with ``role`` if there was
    none, else with the role they have."""
    reach = moderator_role.c.site_id.is_(None) if site_id is None else moderator_role.c.site_id == site_id
    query = select(moderator.c.id).join(moderator_role).where(moderator.c.name == name, reach).order_by(moderator.c.id)
    found = connection.execute(query.limit(1)).scalar()
    if found is None:
        found = add_moderator(connection, name=name, email=None, at=at)
        assert found is not None, "without an address nothing can be taken"
        set_role(connection, found, site_id, role)
    known = get_moderator(connection, found)
    assert known is not None, "it was found above, in this transaction"
    return known


def get_moderator(connection: Connection, moderator_id: int) -> Moderator | None:
    """The one with that id."""
    query = (
        select(moderator.c.id, moderator.c.name, moderator_role.c.site_id, moderator_role.c.role)
        .join(moderator_role, moderator_role.c.moderator_id == moderator.c.id, isouter=True)
        .where(moderator.c.id == moderator_id)
    )
    return moderator_of(connection.execute(query).all())


def moderator_of(rows: Sequence[Any]) -> Moderator | None:
    """The moderator whose rows these are, one for each role: ``id``, ``name``, ``site_id`` and ``role`` (None when
    there is no role); None for no rows."""
    if not rows:
        return None
    roles = {row.site_id: Role(row.role) for row in rows if row.role is not None}
    return Moderator(id=rows[0].id, name=rows[0].name, roles=roles)


def list_accounts(connection: Connection, *, site_id: int | None = None) -> Sequence[Account]:
    """Everybody by name, in two queries; with ``site_id`` those who have a role on that site or on all."""
    query = _accounts()
    if site_id is not None:
        here = (moderator_role.c.site_id == site_id) | moderator_role.c.site_id.is_(None)
        query = query.where(moderator.c.id.in_(select(moderator_role.c.moderator_id).where(here)))
    rows = connection.execute(query.order_by(func.lower(moderator.c.name), moderator.c.id)).all()
    roles = _roles_of(connection, [row.id for row in rows])
    return [_account(row, roles.get(row.id, {})) for row in rows]


def get_account(connection: Connection, moderator_id: int) -> Account | None:
    """The account with that id."""
    row = connection.execute(_accounts().where(moderator.c.id == moderator_id)).one_or_none()
    return None if row is None else _account(row, _roles_of(connection, [row.id]).get(row.id, {}))


def id_by_email(connection: Connection, email: str) -> int | None:
    """Whose address it is (in small letters)."""
    return connection.execute(select(moderator.c.id).where(moderator.c.email == email)).scalar()


def password_by_email(connection: Connection, email: str) -> tuple[int, str | None] | None:
    """Whose address it is (in small letters), and the hash of their password; one query for known and unknown."""
    row = connection.execute(
        select(moderator.c.id, moderator.c.password_hash).where(moderator.c.email == email)
    ).one_or_none()
    return None if row is None else (row.id, row.password_hash)


def ids_by_name(connection: Connection, name: str) -> Sequence[int]:
    """All who are called that, the first that was made first."""
    return (
        connection.execute(select(moderator.c.id).where(moderator.c.name == name).order_by(moderator.c.id))
        .scalars()
        .all()
    )


def names_by_id(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Their names by id; those who are gone are absent."""
    query = select(moderator.c.id, moderator.c.name).where(moderator.c.id.in_(sorted(set(ids))))
    return {row.id: row.name for row in connection.execute(query)}


def set_name(connection: Connection, moderator_id: int, name: str) -> None:
    """Rename."""
    connection.execute(update(moderator).where(moderator.c.id == moderator_id).values(name=name))


def set_email(connection: Connection, moderator_id: int, email: str | None) -> bool:
    """Change the address (in small letters); False when another has it."""
    if email is not None and id_by_email(connection, email) not in (None, moderator_id):
        return False
    connection.execute(update(moderator).where(moderator.c.id == moderator_id).values(email=email))
    return True


def set_password(connection: Connection, moderator_id: int, password_hash: str | None) -> None:
    """Keep the hash of a password; None takes it away."""
    connection.execute(update(moderator).where(moderator.c.id == moderator_id).values(password_hash=password_hash))


def replace_password(connection: Connection, moderator_id: int, old: str, new: str) -> None:
    """Another hash of the same password, unless the password was changed meanwhile."""
    where = (moderator.c.id == moderator_id) & (moderator.c.password_hash == old)
    connection.execute(update(moderator).where(where).values(password_hash=new))


def set_totp(connection: Connection, moderator_id: int, secret: str | None, step: int | None = None) -> None:
    """Keep a sealed secret; ``step``: of the code that proved it. None takes it away with the recovery codes."""
    values = {"totp_secret": secret, "totp_step": step}
    connection.execute(update(moderator).where(moderator.c.id == moderator_id).values(**values))
    if secret is None:
        set_recovery_codes(connection, moderator_id, ())


def use_totp_step(connection: Connection, moderator_id: int, step: int) -> bool:
    """Take the code of that step; False when it, or a later one, was taken before."""
    unused = moderator.c.totp_step.is_(None) | (moderator.c.totp_step < step)
    where = (moderator.c.id == moderator_id) & unused
    return connection.execute(update(moderator).where(where).values(totp_step=step)).rowcount > 0


def set_recovery_codes(connection: Connection, moderator_id: int, hashes: Iterable[str]) -> None:
    """Replace all recovery codes."""
    connection.execute(delete(recovery_code).where(recovery_code.c.moderator_id == moderator_id))
    for code_hash in hashes:
        connection.execute(insert(recovery_code).values(moderator_id=moderator_id, code_hash=code_hash))


def use_recovery_code(connection: Connection, moderator_id: int, code_hash: str) -> bool:
    """Use a code up; whether there was such a one."""
    where = (recovery_code.c.moderator_id == moderator_id) & (recovery_code.c.code_hash == code_hash)
    return connection.execute(delete(recovery_code).where(where)).rowcount > 0


def set_role(connection: Connection, moderator_id: int, site_id: int | None, role: Role) -> None:
    """Give a role on a site, or on all (None), in place of the one they have there."""
    if not insert_ignore(connection, moderator_role, moderator_id=moderator_id, site_id=site_id, role=role.value):
        where = (moderator_role.c.moderator_id == moderator_id) & _reach(site_id)
        connection.execute(update(moderator_role).where(where).values(role=role.value))


def remove_role(connection: Connection, moderator_id: int, site_id: int | None) -> bool:
    """Take a role away, and the account with the last one; whether they had it."""
    where = (moderator_role.c.moderator_id == moderator_id) & _reach(site_id)
    if not connection.execute(delete(moderator_role).where(where)).rowcount:
        return False
    left = select(moderator_role.c.id).where(moderator_role.c.moderator_id == moderator_id).limit(1)
    if connection.execute(left).first() is None:
        connection.execute(delete(moderator).where(moderator.c.id == moderator_id))
    return True


def forget_roleless(connection: Connection) -> None:
    """Remove accounts without any role: those of sites that are gone."""
    has_role = select(moderator_role.c.moderator_id)
    connection.execute(delete(moderator).where(moderator.c.id.not_in(has_role)))


def lock_owners(connection: Connection, site_id: int | None) -> Sequence[tuple[int, int | None]]:
    """(moderator's id, site's id) of every owner's role that reaches ``site_id`` (None: every site), held until the
    transaction ends, so that two owners who remove each other follow one another."""
    reach: ColumnElement[bool] = moderator_role.c.site_id.is_(None)
    if site_id is not None:
        reach |= moderator_role.c.site_id == site_id
    query = select(moderator_role.c.moderator_id, moderator_role.c.site_id).where(
        moderator_role.c.role == Role.OWNER.value, reach
    )
    return [(row.moderator_id, row.site_id) for row in connection.execute(query.order_by("id").with_for_update())]


def _reach(site_id: int | None) -> ColumnElement[bool]:
    return moderator_role.c.site_id.is_(None) if site_id is None else moderator_role.c.site_id == site_id


def _accounts() -> Any:
    codes = select(func.count()).where(recovery_code.c.moderator_id == moderator.c.id).scalar_subquery()
    seen = select(func.max(session.c.seen_at)).where(session.c.moderator_id == moderator.c.id).scalar_subquery()
    return select(moderator, codes.label("recovery_codes"), seen.label("seen_at"))


def _roles_of(connection: Connection, ids: Sequence[int]) -> dict[int, dict[int | None, Role]]:
    found: dict[int, dict[int | None, Role]] = {}
    for row in connection.execute(select(moderator_role).where(moderator_role.c.moderator_id.in_(ids))):
        found.setdefault(row.moderator_id, {})[row.site_id] = Role(row.role)
    return found


def _account(row: Row[Any], roles: dict[int | None, Role]) -> Account:
    return Account(
        moderator=Moderator(id=row.id, name=row.name, roles=roles),
        email=row.email,
        password_hash=row.password_hash,
        totp_secret=row.totp_secret,
        recovery_codes=row.recovery_codes,
        seen_at=row.seen_at,
    )
