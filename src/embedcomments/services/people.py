"""Who may do what on the desk: invitations, roles and their limits, and removal."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from embedcomments.domain.audit import Subject
from embedcomments.domain.errors import BadToken, Conflict, InvalidRequest, NotAllowed
from embedcomments.domain.identities import Actor, ActorKind, Moderator
from embedcomments.domain.permissions import Right, Role
from embedcomments.domain.protocols import Clock
from embedcomments.services.mailing.addresses import address_of, checked_address
from embedcomments.services.passwords import Passwords
from embedcomments.services.tokens import token_hash
from embedcomments.storage import audit as audit_rows
from embedcomments.storage import invitations as invitation_rows
from embedcomments.storage import moderators as rows
from embedcomments.storage import sessions as session_rows
from embedcomments.storage.database import Database
from embedcomments.storage.invitations import Invitation
from embedcomments.storage.moderators import Account

INVITATION_LIFETIME = timedelta(days=7)
MAX_NAME = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class Invited:
    """An invitation that was made. ``token`` opens it and is told this once; None when a mail will tell it."""

    id: int
    token: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """An account that was made by an invitation. ``unproven``: the address that it has once a link which goes there was
    used, whose sender the caller is; None when there is nothing to prove."""

    moderator_id: int
    unproven: str | None


class People:
    """The people of an instance's desk. ``by`` is who acts: a moderator, whose rights are checked here whatever page
    asked, or the command line, which may do all. All of it stands in the record."""

    def __init__(self, database: Database, clock: Clock, passwords: Passwords) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords

    def of_site(self, site_id: int | None) -> Sequence[Account]:
        """Everybody with a role on the site, those for all sites included, by name; None means everybody."""
        with self._database.read() as connection:
            return rows.list_accounts(connection, site_id=site_id)

    def invitations(self, site_id: int) -> Sequence[Invitation]:
        """The open ones, oldest first."""
        with self._database.read() as connection:
            return invitation_rows.list_invitations(connection, site_id, self._clock.now())

    def invite(self, *, by: Actor, site_id: int | None, role: Role, email: str | None = None) -> Invited:
        """Invite somebody to a role on the site (None: all sites), once and within a week.

        With ``email`` a mail is to follow, whose sender takes ``mail_token``. Raises NotAllowed, InvalidRequest."""
        require(by, Right.MANAGE_PEOPLE, site_id)
        address = None if email is None else checked_address(email)
        token = secrets.token_urlsafe(24) if address is None else None
        now = self._clock.now()

        def work(connection: Connection) -> int:
            made = invitation_rows.add_invitation(
                connection,
                token_hash=None if token is None else token_hash(token),
                site_id=site_id,
                role=role,
                email=address,
                invited_by=by.name if by.moderator else "",
                at=now,
                expires_at=now + INVITATION_LIFETIME,
            )
            self._note(
                connection, by, site_id, "people.invite", _invitation(made), after={"role": role, "by_mail": not token}
            )
            return made

        return Invited(id=self._database.write(work), token=token)

    def mail_token(self, invitation_id: int) -> tuple[str, Invitation] | None:
        """A secret that opens the invitation, in place of any before, for the mail that is about to go; None when the
        invitation was revoked or used, or is over."""
        token = secrets.token_urlsafe(24)
        at = self._clock.now()
        found = self._database.write(
            lambda connection: invitation_rows.set_token(connection, invitation_id, token_hash(token), at)
        )
        return None if found is None else (token, found)

    def revoke(self, invitation_id: int, *, by: Actor, site_id: int | None) -> bool:
        """Take an invitation for just that site (or for all) back; whether it was open. Raises NotAllowed."""
        require(by, Right.MANAGE_PEOPLE, site_id)

        def work(connection: Connection) -> bool:
            gone = invitation_rows.revoke_invitation(connection, invitation_id, site_id)
            if gone is not None:
                self._note(connection, by, site_id, "people.revoke", _invitation(gone.id), before={"role": gone.role})
            return gone is not None

        return self._database.write(work)

    def open_invitation(self, token: str) -> Invitation | None:
        """The invitation, while it is good; looking does not use it up."""
        with self._database.read() as connection:
            return invitation_rows.find_invitation(connection, token_hash(token), self._clock.now())

    def is_known(self, invitation: Invitation) -> bool:
        """Whether it was sent to the address of somebody who has an account already."""
        with self._database.read() as connection:
            return invitation.email is not None and rows.id_by_email(connection, invitation.email) is not None

    def accept_as_new(self, token: str, *, name: str, email: str, password: str, has_mail: bool) -> Accepted:
        """Use an invitation up for a new account. ``email`` may be "" and counts only where the invitation was not sent
        to one; ``password`` may be "". ``has_mail``: the server sends mail, so a typed address waits until it is
        proven, lest a stranger gets links to sign in and what is held.

        Raises InvalidRequest; BadToken for an invitation that is no good; Conflict for an address that has an account.
        """
        name = checked_name(name)
        typed = checked_address(email) if email.strip() else None
        hashed = self._passwords.hash(password) if password else None
        now = self._clock.now()

        def work(connection: Connection) -> Accepted:
            used = self._use(connection, token)
            unproven = typed if has_mail and used.email is None else None
            is_taken = unproven is not None and rows.id_by_email(connection, unproven) is not None
            email = used.email or (None if unproven else typed)
            made = None if is_taken else rows.add_moderator(connection, name=name, email=email, at=now)
            if made is None:
                raise Conflict("There is an account with that address already. Sign in, and open the invitation again.")
            if hashed is not None:
                rows.set_password(connection, made, hashed)
            self._join(connection, used, made, Actor(kind=ActorKind.MODERATOR, name=name))
            return Accepted(moderator_id=made, unproven=unproven)

        return self._database.write(work)

    def accept_as(self, token: str, moderator: Moderator) -> None:
        """Use an invitation up for somebody who is signed in. A role that they have there is never lessened.

        Raises BadToken for an invitation that is no good."""
        actor = actor_of(moderator)
        self._database.write(
            lambda connection: self._join(connection, self._use(connection, token), moderator.id, actor)
        )

    def change_role(self, moderator_id: int, role: Role, *, by: Actor, site_id: int | None) -> None:
        """Another role on the site (None: on all). Raises NotAllowed; Conflict for the last owner, and for somebody who
        has no role there."""
        require(by, Right.MANAGE_PEOPLE, site_id)

        def work(connection: Connection) -> None:
            if role is not Role.OWNER:
                _keep_an_owner(connection, moderator_id, site_id)
            present = rows.get_moderator(connection, moderator_id)
            if present is None or site_id not in present.roles:
                raise Conflict("They have no role there any more.")
            rows.set_role(connection, moderator_id, site_id, role)
            before = present.roles[site_id]
            if before is not role:
                self._note(
                    connection, by, site_id, "people.role", _person(moderator_id), {"role": before}, {"role": role}
                )

        self._database.write(work)

    def give_role(self, moderator_id: int, role: Role, *, by: Actor, site_id: int | None) -> None:
        """A role on the site (None: on all), whether they had one there or not. Raises NotAllowed; Conflict for the
        last owner, and for somebody who is gone."""
        require(by, Right.MANAGE_PEOPLE, site_id)

        def work(connection: Connection) -> None:
            present = rows.get_moderator(connection, moderator_id)
            if present is None:
                raise Conflict("They have no account any more.")
            if role is not Role.OWNER and site_id in present.roles:
                _keep_an_owner(connection, moderator_id, site_id)
            rows.set_role(connection, moderator_id, site_id, role)
            before = {"role": present.roles[site_id]} if site_id in present.roles else None
            self._note(connection, by, site_id, "people.role", _person(moderator_id), before, {"role": role})

        self._database.write(work)

    def remove(self, moderator_id: int, *, by: Actor, site_id: int | None) -> None:
        """Take their role on the site (None: on all) away and end their sessions; without any role left, the account
        goes. Raises NotAllowed; Conflict for the last owner, and for somebody who has no role there."""
        require(by, Right.MANAGE_PEOPLE, site_id)

        def work(connection: Connection) -> None:
            _keep_an_owner(connection, moderator_id, site_id)
            present = rows.get_moderator(connection, moderator_id)
            if present is None or site_id not in present.roles:
                raise Conflict("They have no role there any more.")
            session_rows.end_sessions(connection, moderator_id)
            session_rows.forget_links(connection, moderator_id)
            rows.remove_role(connection, moderator_id, site_id)
            before = {"name": present.name, "role": present.roles[site_id]}
            self._note(connection, by, site_id, "people.remove", _person(moderator_id), before)

        self._database.write(work)

    def find(self, who: str) -> Account:
        """The account with that address, number or name. Raises InvalidRequest when there is none, or more than one."""
        with self._database.read() as connection:
            known = rows.id_by_email(connection, address_of(who))
            ids = [known] if known is not None else list(rows.ids_by_name(connection, who))
            if not ids and who.isascii() and who.isdigit() and len(who) < 19:
                ids = [int(who)]
            found = [account for one in ids if (account := rows.get_account(connection, one)) is not None]
        if not found:
            raise InvalidRequest(f"There is nobody called {who!r} here.")
        if len(found) > 1:
            several = ", ".join(str(account.moderator.id) for account in found)
            raise InvalidRequest(f"Several are called {who!r}. Say which one by its number: {several}.")
        return found[0]

    def _use(self, connection: Connection, token: str) -> Invitation:
        used = invitation_rows.use_invitation(connection, token_hash(token), self._clock.now())
        if used is None:
            raise BadToken("This invitation was used or revoked, or is over.")
        return used

    def _join(self, connection: Connection, used: Invitation, moderator_id: int, actor: Actor) -> None:
        present = rows.get_moderator(connection, moderator_id)
        had = None if present is None else present.roles.get(used.site_id)
        if had is None or used.role.includes(had):
            rows.set_role(connection, moderator_id, used.site_id, used.role)
        after = {"role": used.role, "invited_by": used.invited_by}
        self._note(connection, actor, used.site_id, "people.accept", _person(moderator_id), after=after)

    def _note(
        self,
        connection: Connection,
        actor: Actor,
        site_id: int | None,
        action: str,
        subject: Subject,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        audit_rows.add_entry(
            connection,
            site_id=site_id,
            at=self._clock.now(),
            actor=actor,
            action=action,
            subject=subject,
            before=before,
            after=after,
        )


def actor_of(moderator: Moderator) -> Actor:
    """A moderator as who acts."""
    return Actor(kind=ActorKind.MODERATOR, name=moderator.name, moderator=moderator)


def require(by: Actor, right: Right, site_id: int | None) -> None:
    """Raise NotAllowed unless ``by`` has that right on the site; None: on all sites, which takes an owner of all."""
    if by.kind is ActorKind.SYSTEM:
        return
    moderator = by.moderator
    if moderator is not None and (moderator.owns_everything if site_id is None else moderator.may(right, site_id)):
        return
    raise NotAllowed("Your role here does not allow that.")


def checked_name(name: str) -> str:
    """A name in one line. Raises InvalidRequest."""
    text = " ".join("".join(char for char in name if char.isprintable()).split())
    if not 1 <= len(text) <= MAX_NAME:
        sentence = f"A name has 1 to {MAX_NAME} characters."
        raise InvalidRequest(sentence, errors={"name": [sentence]})
    return text


def _keep_an_owner(connection: Connection, moderator_id: int, site_id: int | None) -> None:
    """Raise Conflict when nobody else would own the site, or all sites, without this role."""
    owners = rows.lock_owners(connection, site_id)
    if (moderator_id, site_id) in owners and len(owners) == 1:
        raise Conflict("The last owner stays: make somebody else an owner first.")


def _person(moderator_id: int) -> Subject:
    return Subject(kind="moderator", id=str(moderator_id))


def _invitation(invitation_id: int) -> Subject:
    return Subject(kind="invitation", id=str(invitation_id))
