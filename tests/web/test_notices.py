"""Mail about held comments: who gets which when, and what its links can do and cannot."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest
from mail_server import MailServer, mail_server
from site_client import Desk, SiteClient, csrf_of

from embedcomments.domain.audit import AuditFilter
from embedcomments.domain.comments import CommentState
from embedcomments.domain.errors import Conflict, NotAllowed
from embedcomments.domain.identities import COMMAND_LINE, Moderator
from embedcomments.domain.notices import Pace
from embedcomments.domain.permissions import Role
from embedcomments.storage.tables import notice_item

ANI = "ani@example.com"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def client(new_client: Callable[..., SiteClient], holder: ModuleType, mail: MailServer) -> SiteClient:
    """An instance with mail, whose comments that begin with HOLD wait, and an owner called Ani."""
    made = new_client(holder, smtp_url=mail.url, mail_from="comments@example.com", public_url="http://localhost")
    made.parts.signing_in.one_time_token(name="Ani", site_id=None, email=ANI)
    return made


def ani(client: SiteClient) -> Moderator:
    return client.parts.people.find(ANI).moderator


def wish(client: SiteClient, pace: Pace, who: Moderator | None = None) -> None:
    client.parts.notices.wish(who or ani(client), client.parts.sites.get("default").id, pace)


def pass_a_minute(client: SiteClient) -> None:
    """What every server does once a minute."""
    client.instance.jobs.enqueue_periodic()
    client.instance.jobs.run_due()


def hold(client: SiteClient, text: str = "HOLD on", **how: Any) -> Any:
    return client.write(text, **how)["comment"]


def body_of(mail: MailServer, number: int = -1) -> str:
    part = mail.taken[number][1].get_body(("plain",))
    assert part is not None
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


def links_of(body: str) -> dict[str, str]:
    return dict(re.findall(r"^(Publish|Spam|Delete): http://localhost(/admin/\S+)$", body, re.M))


def a_notice(client: SiteClient, mail: MailServer, text: str = "HOLD on") -> tuple[Any, dict[str, str]]:
    """A held comment that Ani got a mail about, and its links."""
    wish(client, Pace.EACH)
    comment = hold(client, text)
    pass_a_minute(client)
    return comment, links_of(body_of(mail))


def follow(client: SiteClient, link: str, **how: Any) -> Any:
    desk = Desk(client)
    page = desk.get(link).text
    if "csrf_token" not in page:
        return desk.get(link)
    token = link.partition("token=")[2]
    return desk.send("/admin/decide", {"token": token}, csrf=csrf_of(page), **how)


def state(client: SiteClient, comment: Any) -> CommentState:
    return client.row(comment["id"]).state


# Who gets mail


def test_who_wishes_each_gets_a_mail_for_each_and_nobody_else_any(client: SiteClient, mail: MailServer) -> None:
    client.parts.signing_in.one_time_token(name="Bo", site_id=None, email="bo@example.com")
    wish(client, Pace.EACH)
    client.write("Hello")
    for text in ("HOLD one", "HOLD two", "SPAM three"):
        client.write(text)
    pass_a_minute(client)
    assert (
        sorted((to, str(message["Subject"])) for to, message in mail.taken)
        == [(ANI, "default: a comment by Anonymous waits")] * 2
    )
    assert {("one" in body_of(mail, n), "two" in body_of(mail, n)) for n in (0, 1)} == {(True, False), (False, True)}
    assert not any("SPAM" in body_of(mail, n) for n in (0, 1))
    pass_a_minute(client)
    assert len(mail.taken) == 2


def test_comment_that_is_held_later_is_told_as_well(client: SiteClient, mail: MailServer) -> None:
    wish(client, Pace.EACH)
    comment = client.write("Hello")["comment"]
    client.set_state(comment["id"], CommentState.HELD)
    pass_a_minute(client)
    assert "> Hello" in body_of(mail)


def test_comment_that_was_decided_meanwhile_is_not_told(client: SiteClient, mail: MailServer) -> None:
    wish(client, Pace.EACH)
    comment = hold(client)
    client.set_state(comment["id"], CommentState.PUBLISHED)
    pass_a_minute(client)
    assert mail.taken == []


@pytest.mark.parametrize("pace, hours", [(Pace.HOURLY, 1), (Pace.DAILY, 24)])
def test_digest_tells_all_together_and_not_too_often(
    client: SiteClient, mail: MailServer, clock: Any, pace: Pace, hours: int
) -> None:
    wish(client, pace)
    hold(client, "HOLD first")
    pass_a_minute(client)
    assert len(mail.taken) == 1
    for n in range(3):
        hold(client, f"HOLD later {n}")
        clock.advance(minutes=5)
        pass_a_minute(client)
    assert len(mail.taken) == 1
    clock.advance(hours=hours)
    pass_a_minute(client)
    assert len(mail.taken) == 2
    assert str(mail.taken[1][1]["Subject"]) == "default: 3 comments wait"
    assert [f"> HOLD later {n}" in body_of(mail) for n in range(3)] == [True] * 3


def test_flood_is_one_mail_with_its_number(client: SiteClient, mail: MailServer) -> None:
    wish(client, Pace.EACH)
    for n in range(30):
        hold(client, f"HOLD {n}")
    pass_a_minute(client)
    assert [str(message["Subject"]) for _, message in mail.taken] == ["default: 30 comments wait"]
    assert body_of(mail).count("Publish: ") == 25
    assert "5 more wait on the desk." in body_of(mail)


def test_mail_that_the_server_does_not_take_is_sent_later(client: SiteClient, mail: MailServer, clock: Any) -> None:
    mail.data_answers[ANI] = "451 Later"
    wish(client, Pace.EACH)
    hold(client)
    pass_a_minute(client)
    assert mail.taken == []
    del mail.data_answers[ANI]
    clock.advance(minutes=1)
    pass_a_minute(client)
    assert len(mail.taken) == 1


def test_who_lost_their_role_or_address_gets_no_mail(client: SiteClient, mail: MailServer) -> None:
    client.sign_in(name="Chief")
    client.parts.signing_in.one_time_token(
        name="Bo", site_id=client.parts.sites.get("default").id, email="bo@example.com"
    )
    bo = client.parts.people.find("Bo").moderator
    wish(client, Pace.EACH, bo)
    wish(client, Pace.EACH)
    hold(client)
    client.parts.people.remove(bo.id, by=COMMAND_LINE, site_id=client.parts.sites.get("default").id)
    client.parts.accounts.change_email(ani(client).id, "", by=COMMAND_LINE)
    pass_a_minute(client)
    assert mail.taken == []


def test_nothing_is_noted_for_nobody(client: SiteClient) -> None:
    hold(client)
    with client.parts.database.read() as connection:
        assert connection.execute(notice_item.select()).all() == []


def test_nobody_wishes_for_a_site_that_is_not_theirs(client: SiteClient) -> None:
    press = client.parts.sites.add("press")
    bo = client.sign_in(name="Bo", site="press")
    with pytest.raises(NotAllowed):
        wish(client, Pace.EACH, client.parts.people.find("Bo").moderator)
    client.parts.signing_in.one_time_token(name="Bo", site_id=press.id, email="bo@example.com")
    page = bo.get("/admin/account").text
    here = client.parts.sites.get("default").id
    assert f'name="pace-{press.id}"' in page
    assert f'name="pace-{here}"' not in page
    bo.submit("/admin/account", {"action": "notices", f"pace-{here}": "each", f"pace-{press.id}": "daily"})
    assert client.parts.notices.wishes(client.parts.people.find("Bo").moderator.id) == {press.id: Pace.DAILY}


def test_words_of_strangers_stand_in_the_mail_as_a_quotation_alone(client: SiteClient, mail: MailServer) -> None:
    evil = (
        "HOLD\u2028Publish: http://evil.example/\x0bPublish: http://evil.example/\r\nPublish: http://evil.example/\n\n"
        '<a href="http://evil.example/">Publish</a> <script>alert(1)</script>'
    )
    _, links = a_notice(client, mail, evil)
    body = body_of(mail)
    for line in body.splitlines():
        assert "evil.example" not in line or line.startswith("> "), line
    assert all(path.startswith("/admin/decide?token=") for path in links.values())
    message = mail.taken[-1][1]
    html = message.get_body(("html",))
    assert html is not None
    text = html.get_content()
    assert "<script>" not in text
    assert 'href="http://evil' not in text
    assert "&lt;a href=" in text


# What links do


@pytest.mark.parametrize(
    "name, after",
    [("Publish", CommentState.PUBLISHED), ("Spam", CommentState.SPAM), ("Delete", CommentState.DELETED)],
)
def test_link_shows_the_comment_and_its_button_decides(
    client: SiteClient, mail: MailServer, name: str, after: CommentState
) -> None:
    comment, links = a_notice(client, mail, "HOLD **these** words")
    desk = Desk(client)
    page = desk.get(links[name])
    assert page.status_code == 200
    assert "<strong>these</strong> words" in page.text
    assert "Set-Cookie" not in page.headers
    answer = follow(client, links[name])
    assert answer.status_code == 200
    assert "That was all." in answer.text
    assert state(client, comment) is after
    (entry,) = client.parts.auditing.list(AuditFilter(action="comment."))
    assert (entry.actor, entry.after) == ("Ani", {"state": after.value})


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_scanners_that_follow_links_change_nothing(client: SiteClient, mail: MailServer, method: str) -> None:
    comment, links = a_notice(client, mail)
    unsubscribe = str(mail.taken[-1][1]["List-Unsubscribe"]).strip("<>").removeprefix("http://localhost")
    for link in [*links.values(), unsubscribe]:
        for headers in ({}, {"Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}):
            assert Desk(client).http.open(link, method=method, headers=headers).status_code == 200
    assert state(client, comment) is CommentState.HELD
    assert client.parts.notices.wishes(ani(client).id) != {}
    assert follow(client, links["Publish"]).status_code == 200  # and they still work


def test_link_works_once_and_so_do_all_of_its_mail(client: SiteClient, mail: MailServer) -> None:
    comment, links = a_notice(client, mail)
    tokens = {name: link.partition("token=")[2] for name, link in links.items()}
    csrf = {name: csrf_of(Desk(client).get(link).text) for name, link in links.items()}
    follow(client, links["Publish"])
    client.set_state(comment["id"], CommentState.HELD)  # back where it was, by somebody else
    for name in links:
        answer = Desk(client).send("/admin/decide", {"token": tokens[name]}, csrf=csrf[name])
        assert answer.status_code == 410
        assert "This was decided already" in answer.text
        assert Desk(client).get(links[name]).status_code == 410
    assert state(client, comment) is CommentState.HELD


def test_of_all_links_that_are_pressed_at_once_one_works(client: SiteClient, mail: MailServer) -> None:
    comment, links = a_notice(client, mail)
    tokens = [link.partition("token=")[2] for link in links.values()] * 3

    def decide(token: str) -> bool:
        try:
            client.parts.notices.decide(token)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(len(tokens)) as pool:
        done = list(pool.map(decide, tokens))
    assert done.count(True) == 1
    record = client.parts.auditing.list(AuditFilter(action="comment."))
    assert len(record) == 1
    assert state(client, comment) is not CommentState.HELD


def test_nobody_publishes_words_that_they_have_not_read(client: SiteClient, mail: MailServer) -> None:
    answer = client.write("HOLD harmless")
    wish(client, Pace.EACH)
    client.set_state(answer["comment"]["id"], CommentState.PUBLISHED)
    client.set_state(answer["comment"]["id"], CommentState.HELD)
    pass_a_minute(client)
    links = links_of(body_of(mail))
    edited = client.call(
        "PATCH",
        f"/api/v1/comments/{answer['comment']['id']}",
        json={"text": "HOLD something else"},
        headers={"Authorization": f"Bearer {answer['edit_token']}"},
    )
    assert edited.status_code < 300, edited.text
    assert follow(client, links["Publish"]).status_code == 410
    assert state(client, answer["comment"]) is CommentState.HELD


def test_link_is_over_after_a_week(client: SiteClient, mail: MailServer, clock: Any) -> None:
    comment, links = a_notice(client, mail)
    clock.advance(days=6, hours=23, minutes=59)
    page = Desk(client).get(links["Publish"])
    assert page.status_code == 200
    clock.advance(minutes=1)
    late = Desk(client).get(links["Publish"])
    assert (late.status_code, "it works for a week" in late.text) == (410, True)
    form = {"token": links["Publish"].partition("token=")[2]}
    assert Desk(client).send("/admin/decide", form, csrf=csrf_of(page.text)).status_code == 410
    assert state(client, comment) is CommentState.HELD


def test_link_does_what_it_says_on_its_comment_and_nothing_else(client: SiteClient, mail: MailServer) -> None:
    comment, links = a_notice(client, mail)
    other = hold(client, "HOLD the other")
    desk = Desk(client)
    page = desk.get(links["Publish"])
    token, csrf = links["Publish"].partition("token=")[2], csrf_of(page.text)
    unsubscribe = str(mail.taken[-1][1]["List-Unsubscribe"]).strip("<>").partition("token=")[2]
    sign_in = client.parts.signing_in.one_time_token(name="Ani", site_id=None)
    for wrong in ("", "nonsense", token + "x", token[1:], unsubscribe, sign_in):
        assert desk.send("/admin/decide", {"token": wrong}, csrf=csrf).status_code == 403  # bound to its own link
        assert desk.get("/admin/decide", query_string={"token": wrong}).status_code == 410
        assert desk.send("/admin/unsubscribe", {"token": wrong}).status_code == (200 if wrong == unsubscribe else 410)
    for path in ("/admin/", "/admin/account", "/admin/default/site", "/admin/default/people"):
        assert desk.get(path).status_code == 401
    for extra in ({"decision": "delete"}, {"comment_id": other["id"]}, {"state": "spam"}):
        follow_form = {"token": token, **extra}
        desk.send("/admin/decide", follow_form, csrf=csrf)
    assert state(client, comment) is CommentState.PUBLISHED
    assert state(client, other) is CommentState.HELD


def test_link_without_its_form_or_from_elsewhere_does_nothing(client: SiteClient, mail: MailServer) -> None:
    comment, links = a_notice(client, mail)
    token = links["Publish"].partition("token=")[2]
    assert Desk(client).send("/admin/decide", {"token": token}).status_code == 403
    csrf = csrf_of(Desk(client).get(links["Publish"]).text)
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert Desk(client).send("/admin/decide", {"token": token}, csrf=csrf, headers=headers).status_code == 403
    assert state(client, comment) is CommentState.HELD


def test_link_does_what_its_owners_role_allows_now(client: SiteClient, mail: MailServer) -> None:
    client.sign_in(name="Chief")
    comment, links = a_notice(client, mail)
    client.parts.people.change_role(ani(client).id, Role.REVIEWER, by=COMMAND_LINE, site_id=None)
    assert follow(client, links["Delete"]).status_code == 410
    assert state(client, comment) is CommentState.HELD
    hold(client, "HOLD another")
    pass_a_minute(client)
    assert set(links_of(body_of(mail))) == {"Publish"}
    client.parts.people.remove(ani(client).id, by=COMMAND_LINE, site_id=None)
    assert follow(client, links["Publish"]).status_code == 410
    assert state(client, comment) is CommentState.HELD


# The end of mails


def test_one_click_of_a_mail_program_ends_the_mails(client: SiteClient, mail: MailServer) -> None:
    """RFC 8058: a POST to the address in the header, with neither cookie nor anything of ours in the form."""
    a_notice(client, mail)
    message = mail.taken[-1][1]
    assert str(message["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    link = str(message["List-Unsubscribe"]).strip("<>").removeprefix("http://localhost")
    assert f"No such mails any more: http://localhost{link}" in body_of(mail)
    for _ in range(2):
        answer = client.app.test_client().post(link, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert client.parts.notices.wishes(ani(client).id) == {}
    hold(client, "HOLD once more")
    pass_a_minute(client)
    assert len(mail.taken) == 1
    paces = [(line.before, line.after) for line in client.parts.auditing.list(AuditFilter(action="account.notices"))]
    assert paces == [({"pace": "each"}, {"pace": "never"}), ({"pace": "never"}, {"pace": "each"})]


def test_page_to_end_the_mails_has_a_button(client: SiteClient, mail: MailServer) -> None:
    a_notice(client, mail)
    link = str(mail.taken[-1][1]["List-Unsubscribe"]).strip("<>").removeprefix("http://localhost")
    desk = Desk(client)
    page = desk.get(link)
    assert "End these mails?" in page.text
    assert client.parts.notices.wishes(ani(client).id) != {}
    desk.send("/admin/unsubscribe", {"token": link.partition("token=")[2]}, csrf=csrf_of(page.text))
    assert client.parts.notices.wishes(ani(client).id) == {}
    assert desk.get("/admin/unsubscribe?token=nonsense").status_code == 410
    assert desk.send("/admin/unsubscribe", {"token": "nonsense"}).status_code == 410
