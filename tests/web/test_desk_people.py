"""The people of the desk: invited, given roles, removed; and the last owner stays."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import pytest
from mail_server import MailServer, mail_server
from queries import statements_to
from site_client import Desk, SiteClient, csrf_of, notice_of

from embedcomments.domain.audit import AuditFilter
from embedcomments.domain.errors import Conflict, NotAllowed
from embedcomments.domain.identities import COMMAND_LINE, Moderator
from embedcomments.domain.permissions import Role
from embedcomments.services.people import actor_of
from embedcomments.storage.tables import invitation, job

PEOPLE = "/admin/default/people"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def client(new_client: Callable[..., SiteClient]) -> SiteClient:
    """An instance without mail, with two sites."""
    made = new_client(public_url="http://localhost")
    made.parts.sites.add("press")
    return made


def person(client: SiteClient, name: str) -> Moderator:
    return client.parts.people.find(name).moderator


def site_id(client: SiteClient, name: str = "default") -> int:
    return client.parts.sites.get(name).id


def roles(client: SiteClient) -> dict[str, dict[int | None, Role]]:
    return {account.moderator.name: dict(account.moderator.roles) for account in client.parts.people.of_site(None)}


def invite(desk: Desk, **form: str) -> str:
    """The invitation's link, which the page shows."""
    answer = desk.submit(PEOPLE, {"action": "invite", "role": "moderator", **form})
    assert answer.status_code == 200, answer.text
    found = re.search(r'id="link"[^>]*>http://localhost(/admin/invitation\?token=[^<]+)<', answer.text)
    assert found is not None
    return found[1]


def accept(desk: Desk, link: str, **form: str) -> Any:
    csrf = csrf_of(desk.get(link).text)
    return desk.send("/admin/invitation", {"token": link.partition("token=")[2], **form}, csrf=csrf)


def record(client: SiteClient) -> list[tuple[str, str, Any, Any]]:
    lines = reversed(client.parts.auditing.list(AuditFilter(action="people.")))
    return [(line.actor, line.action, line.before, line.after) for line in lines]


def test_who_is_invited_by_a_link_gets_the_role_and_a_session(client: SiteClient) -> None:
    link = invite(client.sign_in(), role="reviewer")
    desk = Desk(client)
    page = desk.get(link).text
    assert "<bdi>Anahit</bdi> asks you to help with the comments of <strong><bdi>default</bdi></strong>" in page
    answer = accept(desk, link, name=" Bo \u202e ", email="Bo@Example.com", password="correct horse battery")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/")
    assert roles(client) == {"Anahit": {None: Role.OWNER}, "Bo": {site_id(client): Role.REVIEWER}}
    assert desk.get("/admin/account").status_code == 200
    assert client.parts.people.find("bo@example.com").moderator.name == "Bo"
    assert record(client) == [
        ("Anahit", "people.invite", None, {"role": "reviewer", "by_mail": False}),
        ("Bo", "people.accept", None, {"role": "reviewer", "invited_by": "Anahit"}),
    ]


def test_address_that_is_typed_at_an_invitation_counts_once_its_mail_was_used(
    new_client: Callable[..., SiteClient], mail: MailServer
) -> None:
    client = new_client(smtp_url=mail.url, mail_from="comments@example.com", public_url="http://localhost")
    owner, desk = client.sign_in(), Desk(client)
    client.parts.signing_in.one_time_token(name="Eve", site_id=None, email="eve@example.com")
    link = invite(owner, role="reviewer")
    assert "It counts once you used a link" in desk.get(link).text
    form = {"name": "Bo", "password": "correct horse battery"}
    taken = accept(desk, link, email="Eve@Example.com", **form)
    assert (taken.status_code, "There is an account with that address already." in taken.text) == (409, True)
    assert accept(desk, link, email="Bo@Example.com", **form).status_code == 303
    assert "A link is on its way to bo@example.com." in notice_of(desk.get("/admin/default/overview").text)
    assert client.parts.people.find("Bo").email is None
    assert client.parts.signing_in.mail_token("bo@example.com") is None, "no link to sign in goes there"
    client.instance.jobs.run_due()
    to, message = mail.taken[-1]
    body = message.get_body(("plain",))
    assert body is not None
    (path,) = re.findall(r"http://localhost(/admin/account/email/confirm\?token=\S+)", body.get_content())
    reader = Desk(client)
    page = reader.get(path)
    assert "Bo" in page.text
    reader.send("/admin/account/email/confirm", {"token": path.partition("token=")[2]}, csrf=csrf_of(page.text))
    assert (to, client.parts.people.find("Bo").email) == ("bo@example.com", "bo@example.com")
    assert client.parts.signing_in.mail_token("bo@example.com") is not None


def test_invitation_works_once_and_looking_does_not_use_it_up(client: SiteClient) -> None:
    link = invite(client.sign_in())
    for _ in range(3):
        assert Desk(client).http.head(link).status_code == 200
        assert "Set-Cookie" not in Desk(client).get(link).headers
    csrf = csrf_of(Desk(client).get(link).text)
    assert accept(Desk(client), link, name="Bo").status_code == 303
    form = {"token": link.partition("token=")[2], "name": "Someone"}
    again = Desk(client).send("/admin/invitation", form, csrf=csrf)
    assert again.status_code == 410
    assert "This invitation is over" in again.text
    assert set(roles(client)) == {"Anahit", "Bo"}


def test_invitation_is_over_after_a_week_or_when_it_is_revoked(client: SiteClient, clock: Any) -> None:
    desk = client.sign_in()
    late, revoked = invite(desk), invite(desk, role="owner")
    page = desk.get(PEOPLE).text
    number = re.findall(r'name="id" value="(\d+)"><button class="btn quiet danger" name="action" value="revoke"', page)
    desk.submit(PEOPLE, {"action": "revoke", "id": number[1]})
    assert Desk(client).get(revoked).status_code == 410
    clock.advance(days=6, hours=23, minutes=59)
    assert Desk(client).get(late).status_code == 200
    clock.advance(minutes=1)
    assert Desk(client).get(late).status_code == 410
    for link in (late, revoked, "/admin/invitation?token=", "/admin/invitation?token=nonsense"):
        token = link.partition("token=")[2]
        assert Desk(client).send("/admin/invitation", {"token": token, "name": "Bo"}).status_code == 403
    assert set(roles(client)) == {"Anahit"}
    assert [line[1] for line in record(client)] == ["people.invite", "people.invite", "people.revoke"]


@pytest.mark.parametrize(
    "form, wrong",
    [
        ({"name": ""}, "A name has 1 to 80 characters."),
        ({"name": "x" * 81}, "A name has 1 to 80 characters."),
        ({"name": "Bo", "password": "short"}, "A password has 12 to 256 characters"),
        ({"name": "Bo", "email": "bo"}, "That is not an e-mail address."),
    ],
)
def test_form_that_is_wrong_does_not_use_the_invitation_up(
    client: SiteClient, form: dict[str, str], wrong: str
) -> None:
    link = invite(client.sign_in())
    answer = accept(Desk(client), link, **form)
    assert answer.status_code == 422
    assert wrong in answer.text
    assert accept(Desk(client), link, name="Bo").status_code == 303


def test_nobody_gets_into_an_account_by_naming_its_address(client: SiteClient) -> None:
    client.parts.signing_in.one_time_token(name="Anahit", site_id=None, email="anahit@example.com")
    link = invite(client.sign_in())
    desk = Desk(client)
    answer = accept(desk, link, name="Bo", email="anahit@example.com", password="correct horse battery")
    assert answer.status_code == 409
    assert desk.get("/admin/account").status_code == 401
    assert set(roles(client)) == {"Anahit"}
    assert accept(desk, link, name="Bo").status_code == 303  # it was not used up


def test_invitation_is_for_the_account_that_is_signed_in_and_lessens_no_role(client: SiteClient) -> None:
    owner = client.sign_in()
    bo = client.sign_in(name="Bo", site="press")
    assert accept(bo, invite(owner, role="moderator")).status_code == 303
    here, press = site_id(client), site_id(client, "press")
    assert roles(client)["Bo"] == {here: Role.MODERATOR, press: Role.OWNER}
    accept(bo, invite(owner, role="reviewer"))
    assert roles(client)["Bo"] == {here: Role.MODERATOR, press: Role.OWNER}
    accept(bo, invite(owner, role="owner"))
    assert roles(client)["Bo"] == {here: Role.OWNER, press: Role.OWNER}


def test_invitation_by_mail_goes_to_its_address_and_binds_it(
    new_client: Callable[..., SiteClient], mail: MailServer
) -> None:
    client = new_client(smtp_url=mail.url, mail_from="comments@example.com", public_url="http://localhost")
    owner = client.sign_in()
    wrong = owner.submit(PEOPLE, {"action": "invite", "role": "reviewer", "email": "no address"})
    assert wrong.status_code == 422
    answer = owner.submit(PEOPLE, {"action": "invite", "role": "reviewer", "email": "Bo@Example.com"})
    assert answer.status_code == 303
    with client.parts.database.read() as connection:
        queued = repr(connection.execute(job.select()).all()) + repr(connection.execute(invitation.select()).all())
    assert "token=" not in queued
    client.instance.jobs.run_due()
    ((to, message),) = mail.taken
    assert to == "bo@example.com"
    body = message.get_body(("plain",))
    assert body is not None
    found = re.search(r"http://localhost(/admin/invitation\?token=\S+)", body.get_content())
    assert found is not None
    assert "Anahit invites you to help with the comments of default, as reviewer" in body.get_content()
    assert accept(Desk(client), found[1], name="Bo", email="other@example.com").status_code == 303
    assert client.parts.people.find("bo@example.com").moderator.name == "Bo"


def test_mail_for_somebody_who_has_an_account_signs_nobody_in(
    new_client: Callable[..., SiteClient], mail: MailServer
) -> None:
    client = new_client(smtp_url=mail.url, mail_from="comments@example.com", public_url="http://localhost")
    client.parts.signing_in.one_time_token(name="Bo", site_id=None, email="bo@example.com", role=Role.REVIEWER)
    client.sign_in().submit(PEOPLE, {"action": "invite", "role": "owner", "email": "bo@example.com"})
    client.instance.jobs.run_due()
    body = mail.taken[0][1].get_body(("plain",))
    assert body is not None
    found = re.search(r"http://localhost(/admin/invitation\?token=\S+)", body.get_content())
    assert found is not None
    desk = Desk(client)
    page = desk.get(found[1]).text
    assert "There is an account with this address." in page
    assert "<form" not in page
    bo = client.sign_in(name="Bo")
    assert accept(bo, found[1]).status_code == 303
    assert roles(client)["Bo"] == {None: Role.REVIEWER, site_id(client): Role.OWNER}


def test_revoked_invitation_is_not_mailed(new_client: Callable[..., SiteClient], mail: MailServer) -> None:
    client = new_client(smtp_url=mail.url, mail_from="comments@example.com")
    people = client.parts.people
    here = site_id(client)
    invited = people.invite(by=COMMAND_LINE, site_id=here, role=Role.OWNER, email="bo@example.com")
    client.parts.desk_mail.send_invitation(invited.id, here)
    assert people.revoke(invited.id, by=COMMAND_LINE, site_id=here)
    assert client.instance.jobs.run_due() == 1
    assert mail.taken == []


def test_role_is_changed_and_told(client: SiteClient) -> None:
    owner = client.sign_in()
    client.sign_in(name="Bo", site="default")
    bo, here = person(client, "Bo"), site_id(client)
    form = {"action": "role", "id": str(bo.id), "role": "reviewer"}
    answer = owner.submit(PEOPLE, form, follow_redirects=True)
    assert notice_of(answer.text) == "The role is changed. It holds from now on."
    assert roles(client)["Bo"] == {here: Role.REVIEWER}
    assert record(client) == [("Anahit", "people.role", {"role": "owner"}, {"role": "reviewer"})]


def test_who_is_removed_is_out_at_once(client: SiteClient) -> None:
    owner = client.sign_in()
    bo = client.sign_in(name="Bo", site="default")
    token = client.parts.signing_in.one_time_token(name="Bo", site_id=site_id(client))
    owner.submit(PEOPLE, {"action": "remove", "id": str(person(client, "Bo").id)})
    assert bo.get("/admin/account").status_code == 401
    assert not client.parts.signing_in.is_open(token)
    assert roles(client) == {"Anahit": {None: Role.OWNER}}
    before = {"name": "Bo", "role": "owner"}
    assert record(client) == [("Anahit", "people.remove", before, None)]


def test_who_is_removed_from_one_site_keeps_the_other(client: SiteClient) -> None:
    owner = client.sign_in()
    bo = client.sign_in(name="Bo", site="default")
    client.parts.people.give_role(
        person(client, "Bo").id, Role.REVIEWER, by=COMMAND_LINE, site_id=site_id(client, "press")
    )
    owner.submit(PEOPLE, {"action": "remove", "id": str(person(client, "Bo").id)})
    assert roles(client)["Bo"] == {site_id(client, "press"): Role.REVIEWER}
    assert bo.get("/admin/account").status_code == 401  # their sessions ended, the account did not


@pytest.mark.parametrize("form", [{"action": "remove"}, {"action": "role", "role": "moderator"}])
def test_last_owner_of_all_sites_stays(client: SiteClient, form: dict[str, str]) -> None:
    owner = client.sign_in()
    client.sign_in(name="Bo", site="default")  # an owner, but not of all sites
    answer = owner.submit(
        PEOPLE, {**form, "reach": "all", "id": str(person(client, "Anahit").id)}, follow_redirects=True
    )
    assert notice_of(answer.text) == "The last owner stays: make somebody else an owner first."
    assert roles(client)["Anahit"] == {None: Role.OWNER}
    client.sign_in(name="Chris")
    answer = owner.submit(PEOPLE, {**form, "reach": "all", "id": str(person(client, "Anahit").id)})
    assert answer.status_code == 303
    assert roles(client).get("Anahit") != {None: Role.OWNER}


def test_last_owner_of_a_site_stays(client: SiteClient) -> None:
    here = site_id(client)
    bo = client.sign_in(name="Bo", site="default")
    answer = bo.submit(PEOPLE, {"action": "remove", "id": str(person(client, "Bo").id)}, follow_redirects=True)
    assert notice_of(answer.text) == "The last owner stays: make somebody else an owner first."
    client.sign_in()  # an owner of all sites, and so of this one
    bo.submit(PEOPLE, {"action": "role", "role": "reviewer", "id": str(person(client, "Bo").id)})
    assert roles(client)["Bo"] == {here: Role.REVIEWER}


def test_two_owners_who_remove_each_other_leave_one(client: SiteClient) -> None:
    client.sign_in(name="Bo")
    client.sign_in(name="Chris")
    people = {name: person(client, name) for name in ("Bo", "Chris")}

    def remove(by: str, whom: str) -> bool:
        try:
            client.parts.people.remove(people[whom].id, by=actor_of(people[by]), site_id=None)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda pair: remove(*pair), [("Bo", "Chris"), ("Chris", "Bo")]))
    assert sorted(done) == [False, True]
    assert len(roles(client)) == 1


def test_owner_of_one_site_gives_nobody_a_role_on_all(client: SiteClient) -> None:
    client.sign_in()
    bo = client.sign_in(name="Bo", site="default")
    page = bo.get(PEOPLE).text
    assert "On all sites" not in page
    chief = str(person(client, "Anahit").id)
    for form in (
        {"action": "invite", "role": "owner", "reach": "all"},
        {"action": "role", "role": "reviewer", "reach": "all", "id": chief},
        {"action": "remove", "reach": "all", "id": chief},
        {"action": "revoke", "reach": "all", "id": "1"},
    ):
        answer = bo.submit(PEOPLE, form)
        assert (answer.status_code, "Your role here does not allow that." in answer.text) == (403, True)
    here = {"action": "remove", "id": chief}  # whose role is not on this site alone
    assert notice_of(bo.submit(PEOPLE, here, follow_redirects=True).text) == "They have no role there any more."
    assert roles(client)["Anahit"] == {None: Role.OWNER}
    assert client.parts.people.invitations(site_id(client)) == []


def test_service_holds_to_roles_whatever_page_asks(client: SiteClient) -> None:
    people, here, press = client.parts.people, site_id(client), site_id(client, "press")
    client.sign_in(name="Chief")
    bo = Moderator(id=99, name="Bo", roles={here: Role.MODERATOR, press: Role.OWNER})
    chief = person(client, "Chief")
    for attempt in (
        lambda: people.invite(by=actor_of(bo), site_id=here, role=Role.REVIEWER),
        lambda: people.invite(by=actor_of(bo), site_id=None, role=Role.REVIEWER),
        lambda: people.revoke(1, by=actor_of(bo), site_id=here),
        lambda: people.change_role(chief.id, Role.REVIEWER, by=actor_of(bo), site_id=None),
        lambda: people.give_role(bo.id, Role.OWNER, by=actor_of(bo), site_id=here),
        lambda: people.remove(chief.id, by=actor_of(bo), site_id=None),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert people.invite(by=actor_of(bo), site_id=press, role=Role.OWNER).token


@pytest.mark.parametrize(
    "form",
    [
        {}, {"action": "nonsense"}, {"action": "invite", "role": "king"}, {"action": "invite"},
        {"action": "role", "role": "", "id": "1"},
    ],
)  # fmt: skip
def test_form_that_asks_for_nothing_known_changes_nothing(client: SiteClient, form: dict[str, str]) -> None:
    answer = client.sign_in().submit(PEOPLE, form, follow_redirects=True)
    assert notice_of(answer.text).startswith("Nothing was done")
    assert roles(client) == {"Anahit": {None: Role.OWNER}}


@pytest.mark.parametrize("number", ["", "0", "999", "x", "²", "9" * 40, "-1"])
def test_nobody_is_meant_by_a_number_that_nobody_has(client: SiteClient, number: str) -> None:
    for action in ("role", "remove"):
        answer = client.sign_in().submit(
            PEOPLE, {"action": action, "role": "owner", "id": number}, follow_redirects=True
        )
        assert notice_of(answer.text) == "They have no role there any more."


def test_page_shows_everybody_who_reaches_the_site_and_nobody_else(client: SiteClient) -> None:
    owner = client.sign_in(name="<b>Chief</b>")
    client.sign_in(name="Bo", site="default")
    client.sign_in(name="Press", site="press")
    page = owner.get(PEOPLE).text
    names = [unescape(name) for name in re.findall(r'<h2 id="person-[^"]*"><bdi>(.*?)</bdi>', page)]
    assert names == ["<b>Chief</b>", "Bo"]
    assert owner.get("/admin/press/people").text.count('id="person-') == 2


def test_people_take_as_many_queries_as_one(client: SiteClient) -> None:
    owner = client.sign_in()
    counts = []
    with statements_to(client.parts.database.engine) as seen:
        for number in (1, 30):
            for n in range(number):
                client.parts.signing_in.one_time_token(name=f"p{number}-{n}", site_id=site_id(client))
            owner.get(PEOPLE)
            seen.clear()
            assert owner.get(PEOPLE).status_code == 200
            counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[0] <= 6


def test_name_is_changed_and_stands_in_the_record_from_then_on(client: SiteClient) -> None:
    desk = client.sign_in()
    for wrong in ("", "   ", "\u200b\u202e", "x" * 81):
        assert desk.submit("/admin/account", {"action": "rename", "name": wrong}).status_code == 422
    desk.submit("/admin/account", {"action": "rename", "name": "Anahit\n Grigoryan"})
    assert set(roles(client)) == {"Anahit Grigoryan"}
    invite(desk)
    assert record(client)[-1][0] == "Anahit Grigoryan"


def test_address_of_another_account_is_not_taken(client: SiteClient) -> None:
    client.parts.signing_in.one_time_token(name="Bo", site_id=None, email="bo@example.com")
    desk = client.sign_in()
    answer = desk.submit("/admin/account/email", {"email": "BO@example.com "})
    assert answer.status_code == 422
    assert "Another account has that address." in answer.text
    assert desk.submit("/admin/account/email", {"email": "anahit@example.com"}).status_code == 303
    token = client.parts.signing_in.mail_token("anahit@example.com")
    assert token is not None
    assert desk.submit("/admin/account/email", {"email": ""}).status_code == 303
    assert not client.parts.signing_in.is_open(token[0])  # it was sent to an address that is no longer theirs
    assert client.parts.people.find("Anahit").email is None
