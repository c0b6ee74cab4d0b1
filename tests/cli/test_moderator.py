"""``embedcomments moderator``: people invited, given roles, removed, and let in again, on the command line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pyotp
import pytest
from click.testing import CliRunner, Result

from embedcomments.cli import main
from embedcomments.domain.audit import AuditFilter
from embedcomments.domain.configuration import Config
from embedcomments.domain.identities import COMMAND_LINE
from embedcomments.domain.permissions import Role
from embedcomments.services.signing_in import Browser
from embedcomments.wiring import Instance, build

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _alone(no_plugins: object) -> None:
    """Without the plugins that happen to be installed."""


@pytest.fixture
def server(run: Run, data_dir: Path) -> Iterator[Instance]:
    """The instance as a server beside the commands has it."""
    run("site", "add", "press")
    built = build(Config(data_dir=data_dir), plugin_modules=[])
    yield built
    built.close()


def roles(server: Instance) -> dict[str, dict[str, Role]]:
    names = {None: "*"} | {site.id: site.name for site in server.parts.sites.all()}
    return {
        account.moderator.name: {names[site_id]: role for site_id, role in account.moderator.roles.items()}
        for account in server.parts.people.of_site(None)
    }


def test_link_makes_an_owner_or_what_is_asked_for(run: Run, server: Instance) -> None:
    run("moderator", "link", "--name", "Ani")
    run("moderator", "link", "--name", "Bo", "--site", "press", "--role", "reviewer")
    run("moderator", "link", "--name", "Bo", "--site", "press", "--role", "owner")  # who is there keeps their role
    assert roles(server) == {"Ani": {"*": Role.OWNER}, "Bo": {"press": Role.REVIEWER}}


def test_two_of_one_name_on_two_sites_stay_two(run: Run, server: Instance) -> None:
    run("moderator", "link", "--site", "press")
    run("moderator", "link", "--site", "default")
    accounts = server.parts.people.of_site(None)
    assert [account.moderator.name for account in accounts] == ["Moderator", "Moderator"]
    assert [len(account.moderator.roles) for account in accounts] == [1, 1]
    told = run("moderator", "remove", "Moderator", "--site", "press", fails=True).output
    assert told == "Error: Several are called 'Moderator'. Say which one by its number: 1, 2.\n"


def test_invitation_is_printed_and_opens(run: Run, server: Instance) -> None:
    printed = run("moderator", "invite", "--site", "press", "--role", "reviewer").output
    found = re.fullmatch(r"http://localhost:8080/admin/invitation\?token=(\S+)\n", printed)
    assert found is not None
    invitation = server.parts.people.open_invitation(found[1])
    assert invitation is not None
    assert (invitation.role, invitation.email) == (Role.REVIEWER, None)
    assert invitation.site_id == server.parts.sites.get("press").id
    server.parts.people.accept_as_new(found[1], name="Bo", email="", password="", has_mail=False)
    assert roles(server) == {"Bo": {"press": Role.REVIEWER}}


def test_invitation_by_mail_waits_for_the_server_to_send_it(run: Run, data_dir: Path, server: Instance) -> None:
    told = run("moderator", "invite", "--email", "bo@example.com", fails=True).output
    assert told == "Error: Mail is not set up. Without --email the link is printed.\n"
    text = 'smtp_url = "smtp://mail.example.com"\nmail_from = "comments@example.com"\n'
    (data_dir / "embedcomments.toml").write_text(text)
    told = run("moderator", "invite", "--email", "bo@example.com").output
    assert told == "The server will send an invitation to bo@example.com.\n"
    assert "not an e-mail address" in run("moderator", "invite", "--email", "bo", fails=True).output
    (invitation,) = server.parts.people.invitations(server.parts.sites.get("default").id)
    assert (invitation.email, invitation.role) == ("bo@example.com", Role.MODERATOR)


def test_roles_are_given_and_taken(run: Run, server: Instance) -> None:
    run("moderator", "link", "--name", "Chief")
    run("moderator", "link", "--name", "Bo", "--site", "press", "--email", "bo@example.com")
    assert run("moderator", "role", "bo@example.com", "reviewer", "--site", "default").output == (
        "Bo is reviewer on default now.\n"
    )
    assert roles(server)["Bo"] == {"press": Role.OWNER, "default": Role.REVIEWER}
    run("moderator", "role", "Bo", "moderator", "--site", "press")
    run("moderator", "remove", "Bo", "--site", "default")
    assert roles(server)["Bo"] == {"press": Role.MODERATOR}
    run("moderator", "remove", "Bo", "--site", "press")
    assert set(roles(server)) == {"Chief"}
    assert "The last owner stays" in run("moderator", "remove", "Chief", fails=True).output
    assert "The last owner stays" in run("moderator", "role", "Chief", "reviewer", fails=True).output
    assert "nobody called 'Nobody'" in run("moderator", "remove", "Nobody", fails=True).output
    assert roles(server) == {"Chief": {"*": Role.OWNER}}
    record = server.parts.auditing.list(AuditFilter(action="people."))
    assert {(entry.actor_kind, entry.actor) for entry in record} == {("system", "command line")}


def test_list_shows_people_with_their_roles(run: Run, server: Instance) -> None:
    run("moderator", "link", "--name", "[b]Ani[/b]", "--email", "ani@example.com")
    run("moderator", "role", "ani@example.com", "reviewer", "--site", "press")
    server.parts.accounts.set_password(1, "correct horse battery", by=COMMAND_LINE, keep_session=None)
    lines = [line.split() for line in run("moderator", "list").output.splitlines()]
    assert lines == [
        ["number", "name", "e-mail", "roles", "signs", "in", "by", "last", "seen"],
        ["1", "[b]Ani[/b]", "ani@example.com", "owner", "on", "all", "sites", "password", "never"],
        ["reviewer", "on", "press"],
    ]


def ask(data_dir: Path, *arguments: str, typed: str) -> Result:
    return CliRunner().invoke(main, ["--data-dir", str(data_dir), *arguments], input=typed)


def test_password_is_asked_for_and_set(run: Run, data_dir: Path, server: Instance) -> None:
    run("moderator", "link", "--name", "Ani", "--email", "ani@example.com")
    session = server.parts.signing_in.session_for(1, browser())
    told = ask(data_dir, "moderator", "password", "Ani", typed="correct horse battery\ncorrect horse battery\n")
    assert told.exit_code == 0, told.output
    assert "correct horse" not in told.output
    found = server.parts.signing_in.with_password("ani@example.com", "correct horse battery", browser())
    assert found is not None
    assert server.parts.signing_in.session(session) is None
    weak = ask(data_dir, "moderator", "password", "Ani", typed="short\nshort\n")
    assert (weak.exit_code, "A password has 12 to 256 characters" in weak.output) == (1, True)


def browser() -> Browser:
    return Browser(device="Firefox on Linux", network="n")


def test_codes_of_a_lost_phone_are_asked_for_no_more(run: Run, server: Instance) -> None:
    run("moderator", "link", "--name", "Ani")
    secret = server.parts.second_factor.new_secret()
    server.parts.accounts.switch_totp_on(1, secret, pyotp.TOTP(secret).now(), by=COMMAND_LINE, keep_session="")
    assert "Ani signs in without codes now" in run("moderator", "totp-reset", "Ani").output
    assert server.parts.accounts.get(1).totp_secret is None
