"""Mail with a way into the desk: links to sign in, invitations, and links that prove an address.

Their secrets are made when the mail is written, so that the queue's table never holds one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from embedcomments.domain.sites import Site
from embedcomments.services.accounts import Accounts
from embedcomments.services.mailing.addresses import checked_address
from embedcomments.services.mailing.mailing import Mailing
from embedcomments.services.mailing.message import Mail, in_one_line
from embedcomments.services.people import People
from embedcomments.services.signing_in import SigningIn
from embedcomments.storage.jobs import JobRow

LINK_JOB, INVITATION_JOB, ADDRESS_JOB = "sign-in-link", "invitation", "new-address"


class DeskMail:
    """Enqueues these mails, and writes them when their job runs."""

    def __init__(
        self,
        *,
        mailing: Mailing,
        signing_in: SigningIn,
        people: People,
        accounts: Accounts,
        sites: Callable[[], Sequence[Site]],
        public_url: str,
    ) -> None:
        self._mailing = mailing
        self._signing_in = signing_in
        self._people = people
        self._accounts = accounts
        self._sites = sites
        self._public_url = public_url

    def send_link(self, email: str) -> None:
        """Have a link to sign in sent, if the address is that of a moderator. That is looked up later: for this call
        known and unknown addresses are the same. Raises MailNotSetUp; InvalidRequest for what is no address."""
        self._mailing.enqueue(LINK_JOB, {"email": checked_address(email)}, site_id=self._sites()[0].id)

    def send_invitation(self, invitation_id: int, site_id: int | None) -> None:
        """Have an invitation sent to its address. Raises MailNotSetUp."""
        where = self._sites()[0].id if site_id is None else site_id
        self._mailing.enqueue(INVITATION_JOB, {"id": invitation_id}, site_id=where)

    def ask_new_address(self, moderator_id: int, email: str) -> None:
        """Have a link sent to an address that shall be somebody's. Raises MailNotSetUp; InvalidRequest for what is no
        address."""
        payload = {"moderator_id": moderator_id, "email": checked_address(email)}
        self._mailing.enqueue(ADDRESS_JOB, payload, site_id=self._sites()[0].id)

    def tell_change(self, email: str | None, what: str) -> None:
        """Tell somebody that what proves who they are was changed, at the address that they had until then. ``what``
        ends "Just now ". Nothing happens without an address, or where mail is not set up."""
        if email is None or not self._mailing.is_set_up:
            return
        text = (
            f"Just now {what} your account at the desk of {self._public_url}.\n\n"
            "If that was you, there is nothing to do. If not, somebody else is in your account: tell an owner of the "
            "desk, who can remove it, or whoever runs the server, who can let you in again.\n"
        )
        self._mailing.send(Mail(to=email, subject="Your account was changed", text=text), site_id=self._sites()[0].id)

    def run_link(self, row: JobRow) -> None:
        """The job of ``send_link``."""
        email: str = row.payload["email"]
        made = self._signing_in.mail_token(email)
        if made is None:
            return
        token, name = made
        text = (
            f"Hello {in_one_line(name)},\n\n"
            f"this signs you in to the desk of the comments at {self._public_url}:\n\n"
            f"{self._public_url}/admin/sign-in?token={token}\n\n"
            "The link works once, within half an hour. If you did not ask for it, there is nothing to do: nobody gets "
            "in without it.\n"
        )
        self._mailing.deliver(Mail(to=email, subject="Sign in to the desk", text=text), _number(row))

    def run_address(self, row: JobRow) -> None:
        """The job of ``ask_new_address``."""
        email: str = row.payload["email"]
        token = self._accounts.email_token(row.payload["moderator_id"], email)
        if token is None:
            return
        text = (
            f"An account at the desk of the comments at {self._public_url} shall have this e-mail address. If that is "
            f"your wish, open this link and press the button:\n\n"
            f"{self._public_url}/admin/account/email/confirm?token={token}\n\n"
            "The link works once, within a day. If you do not know of it, there is nothing to do.\n"
        )
        self._mailing.deliver(Mail(to=email, subject="Confirm your e-mail address", text=text), _number(row))

    def run_invitation(self, row: JobRow) -> None:
        """The job of ``send_invitation``; nothing when it was revoked or used meanwhile."""
        made = self._people.mail_token(row.payload["id"])
        if made is None or made[1].email is None:
            return
        token, invitation = made
        names = {site.id: in_one_line(site.title) or site.name for site in self._sites()}
        where = "all sites" if invitation.site_id is None else names.get(invitation.site_id, "a site")
        who = in_one_line(invitation.invited_by) or "Whoever runs the server"
        text = (
            f"{who} invites you to help with the comments of {where}, as "
            f"{invitation.role.value}:\n\n"
            f"{self._public_url}/admin/invitation?token={token}\n\n"
            "The link works once, within a week. It shows what you are asked before anything happens.\n"
        )
        mail = Mail(to=made[1].email, subject=f"You are invited to moderate {where}", text=text)
        self._mailing.deliver(mail, _number(row))


def _number(row: JobRow) -> str:
    return f"job-{row.id}-{int(row.created_at.timestamp())}"
