"""E-mail addresses that writers verify: who is written to, what is published then, and what nobody can make of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from mail_server import MailServer, mail_server
from queries import statements_to
from site_client import SiteClient
from sqlalchemy import select

import embedcomments_moderation as plugin
from embedcomments.api import Identity, PluginContext
from embedcomments.domain.comments import CommentState
from embedcomments.services.feed.source import Topic
from embedcomments_moderation.settings import LANGUAGES
from embedcomments_moderation.tables import asked, unwilling, verified
from embedcomments_moderation.tidying import tidy
from embedcomments_moderation.verify_words import words_of
from embedcomments_moderation.verifying import MAX_PER_ADDRESS, MAX_PER_NETWORK, NO_ADDRESS, UNVERIFIED

PUBLISHED, HELD, SPAM = CommentState.PUBLISHED, CommentState.HELD, CommentState.SPAM
VERA = {"name": "Vera", "email": "Vera@mail.example"}
HOME = "203.0.113.7"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def client(new_client: Callable[..., SiteClient], choose: Callable[..., None], mail: MailServer) -> SiteClient:
    made = new_client(plugin, smtp_url=mail.url, mail_from="comments@example.com", public_url="http://localhost")
    choose(made, "moderation", hold="nobody", hold_unverified_email=True)
    return made


@pytest.fixture
def ctx(client: SiteClient) -> PluginContext:
    site = client.parts.sites.get("default")
    item = client.parts.choices.find(site, "moderation")
    assert item is not None
    return client.parts.contexts.of(item, site)


def send(client: SiteClient, text: str = "Hello", *, address: str = HOME, **how: Any) -> Any:
    body = {"thread": {"key": "page"}, "text": text, "author": how.pop("author", VERA)}
    answer = client.post(body, environ_base={"REMOTE_ADDR": address}, **how)
    assert answer.status_code in (201, 202), answer.text
    return answer.json


def pass_time(client: SiteClient, clock: Any, **how: float) -> None:
    """Until the mails are sent, or longer."""
    clock.advance(**(how or {"seconds": 10}))
    client.instance.jobs.run_due()
    client.instance.jobs.run_due()  # a mail is a job of the job that wrote it


def link_in(mail: MailServer, number: int = -1) -> str:
    part = mail.taken[number][1].get_body(("plain",))
    assert part is not None
    (link,) = re.findall(r"http://localhost(/p/moderation/default/verify\?t=\S+)", part.get_content())
    return str(link)


def press(client: SiteClient, link: str, answer: str = "yes") -> Any:
    token = link.partition("t=")[2]
    return client.http.post("/p/moderation/default/verify", data={"t": token, "answer": answer})


def state(client: SiteClient, written: Any) -> CommentState:
    return client.row(written["comment"]["id"]).state


def test_a_press_on_the_button_publishes_and_a_look_at_the_page_does_not(
    client: SiteClient, mail: MailServer, clock: Any
) -> None:
    written = send(client)
    assert (written["comment"]["state"], client.row(written["comment"]["id"]).reason) == (
        "held", f"moderation: {UNVERIFIED}",
    )  # fmt: skip
    pass_time(client, clock)
    ((to, message),) = mail.taken
    assert (to.lower(), message["Subject"]) == (VERA["email"].lower(), "Your comment on default")
    link = link_in(mail)
    for _ in range(3):  # mail scanners follow links
        page = client.http.get(link)
        assert (page.status_code, "Is this e-mail address yours?" in page.text) == (200, True)
        assert client.http.head(link).status_code == 200
    assert state(client, written) is HELD
    assert page.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    done = press(client, link)
    assert (done.status_code, state(client, written)) == (200, PUBLISHED)
    assert "your comment is published" in done.text
    again = press(client, link)
    assert "The address is verified." in again.text
    assert send(client, "More", token=written["edit_token"])["comment"]["state"] == "published"
    pass_time(client, clock)
    assert len(mail.taken) == 1


def test_the_proof_is_one_devices_and_one_addresss(client: SiteClient, mail: MailServer, clock: Any) -> None:
    written = send(client)
    pass_time(client, clock)
    press(client, link_in(mail))
    assert send(client, "I am Vera, too")["comment"]["state"] == "held"
    other = {"name": "Vera", "email": "other@mail.example"}
    assert send(client, "Me", token=written["edit_token"], author=other)["comment"]["state"] == "held"
    plus = {"name": "Vera", "email": "vera+x@mail.example"}
    assert send(client, "Me", token=written["edit_token"], author=plus)["comment"]["state"] == "held"


def test_what_waits_for_more_than_the_proof_waits_on(
    client: SiteClient, choose: Callable[..., None], mail: MailServer, clock: Any
) -> None:
    choose(client, "moderation", hold="nobody", hold_unverified_email=True, hold_words=["purple"])
    first = send(client)
    more = {word: send(client, word, token=first["edit_token"]) for word in ("purple", "by hand", "spam", "plain")}
    clock.advance(seconds=1)
    client.set_state(more["by hand"]["comment"]["id"], PUBLISHED)
    client.set_state(more["by hand"]["comment"]["id"], HELD)
    client.set_state(more["spam"]["comment"]["id"], SPAM)
    pass_time(client, clock)
    assert len(mail.taken) == 1, "one mail for all that was written in these minutes"
    press(client, link_in(mail))
    assert {word: state(client, one) for word, one in {"first": first, **more}.items()} == {
        "first": PUBLISHED, "purple": HELD, "by hand": HELD, "spam": SPAM, "plain": PUBLISHED,
    }  # fmt: skip


def test_the_mail_says_nothing_that_strangers_wrote(client: SiteClient, mail: MailServer, clock: Any) -> None:
    send(client, "Buy at http://evil.example", author={"name": "Winner of a prize", "email": "vera@mail.example"})
    pass_time(client, clock)
    message = mail.taken[0][1].as_string()
    assert not [word for word in ("evil", "Winner", "prize", "Buy") if word in message]


def test_whose_address_it_is_not_is_never_written_to_again(
    client: SiteClient, ctx: PluginContext, mail: MailServer, clock: Any
) -> None:
    written = send(client)
    pass_time(client, clock)
    link = link_in(mail)
    assert "will not write to this address again" in press(client, link, "no").text
    assert state(client, written) is HELD
    for number in range(3):
        clock.advance(days=40)
        send(client, f"Again {number}", address="198.51.100.9")
        pass_time(client, clock)
        tidy(ctx, {})
    assert len(mail.taken) == 1


def test_nobodys_mailbox_is_flooded(client: SiteClient, mail: MailServer, clock: Any) -> None:
    for number in range(3 * MAX_PER_ADDRESS):
        send(client, f"Number {number}", address=f"198.51.{number}.1")
        pass_time(client, clock)
    assert len(mail.taken) == MAX_PER_ADDRESS
    for number in range(2 * MAX_PER_NETWORK):
        author = {"name": "Vera", "email": f"reader-{number}@mail.example"}
        send(client, f"To many {number}", address=f"203.0.113.{number}", author=author)
        pass_time(client, clock)
    assert len(mail.taken) == MAX_PER_ADDRESS + MAX_PER_NETWORK
    pass_time(client, clock, days=1, seconds=1)
    send(client, "The next day")
    pass_time(client, clock)
    assert len(mail.taken) == MAX_PER_ADDRESS + MAX_PER_NETWORK + 1


def test_no_mail_is_written_for_what_was_decided_meanwhile(client: SiteClient, mail: MailServer, clock: Any) -> None:
    client.set_state(send(client)["comment"]["id"], PUBLISHED)
    pass_time(client, clock)
    pass_time(client, clock, seconds=90)
    assert mail.taken == []


def test_links_that_are_not_ours_and_old_ones_do_nothing(
    client: SiteClient, ctx: PluginContext, mail: MailServer, clock: Any
) -> None:
    written = send(client)
    pass_time(client, clock)
    link = link_in(mail)
    forged = ["", "x", link.partition("t=")[2][:-3], ctx.signer.dumps({"for": "other"}), ctx.signer.dumps([1])]
    for token in forged:
        looked = client.http.get("/p/moderation/default/verify", query_string={"t": token})
        for answer in (looked, press(client, f"?t={token}")):
            assert (answer.status_code, "not valid any more" in answer.text) == (410, True)
    clock.advance(days=3, seconds=5)
    assert press(client, link).status_code == 410
    assert state(client, written) is HELD


def test_its_writer_is_told_and_nobody_else(client: SiteClient, mail: MailServer, clock: Any) -> None:
    written = send(client)
    assert written["comment"]["extensions"]["moderation"] == {"verify": True}
    # Whichever of answer and feed is faster, the writer reads the same.
    topic = Topic(site_id=client.parts.sites.get("default").id, key="page")
    item = client.instance.feed_log.items(topic, 0)[-1]
    assert item.private is not None
    assert item.private["comment"]["extensions"] == written["comment"]["extensions"]
    assert item.public["op"] == "skip"
    assert client.thread(key="page")["comments"] == []
    pass_time(client, clock)
    press(client, link_in(mail))
    assert [one["extensions"] for one in client.thread(key="page")["comments"]] == [{}]


def test_the_widgets_part_comes_with_the_thread_only_where_the_rule_is_on(
    client: SiteClient, choose: Callable[..., None]
) -> None:
    def modules() -> list[str]:
        return [one["when"] for one in client.thread(key="page")["modules"]]

    assert modules() == ["menu", "thread"]
    choose(client, "moderation", hold="nobody")
    assert modules() == ["menu"]


def test_without_mail_it_waits_for_a_moderator(
    new_client: Callable[..., SiteClient], choose: Callable[..., None]
) -> None:
    client = new_client(plugin)
    choose(client, "moderation", hold="nobody", hold_unverified_email=True)
    written = send(client)
    assert (state(client, written), written["comment"]["extensions"]) == (HELD, {})
    nameless = send(client, "No address", author={"name": "Vera"})
    assert client.row(nameless["comment"]["id"]).reason == f"moderation: {NO_ADDRESS}"


def test_a_post_asks_one_question_more_and_none_where_the_rule_is_off(
    client: SiteClient, choose: Callable[..., None], mail: MailServer, clock: Any
) -> None:
    token = send(client)["edit_token"]
    pass_time(client, clock)
    press(client, link_in(mail))

    def about_it() -> int:
        with statements_to(client.parts.database.engine) as seen:
            send(client, "More", token=token)
        return len([one for one in seen if "moderation_verified" in one])

    assert about_it() == 1
    choose(client, "moderation", hold="nobody")
    assert about_it() == 0


def test_an_erased_person_is_forgotten_and_a_day_old_mail_too(
    client: SiteClient, ctx: PluginContext, mail: MailServer, clock: Any
) -> None:
    written = send(client)
    pass_time(client, clock)
    press(client, link_in(mail))
    identity = client.row(written["comment"]["id"]).identity_id
    send(client, "Other", author={"name": "Bo", "email": "bo@mail.example"})
    pass_time(client, clock)
    press(client, link_in(mail), "no")

    def rows() -> list[int]:
        with ctx.tables.read() as connection:
            return [len(connection.execute(select(table)).all()) for table in (verified, asked, unwilling)]

    assert rows() == [1, 2, 1]
    clock.advance(days=3)
    tidy(ctx, {})
    assert rows() == [1, 0, 1]
    assert identity is not None
    writer = Identity(id=identity, site_id=ctx.site.id, name="Vera", created_at=ctx.now())
    told = plugin.export_personal_data(ctx, writer)
    assert list(told) == ["addresses_verified_at"]
    plugin.erase_personal_data(ctx, writer)
    assert rows() == [0, 0, 1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_sentence(language: str) -> None:
    words = words_of(language)
    needs_site = {"subject", "mail", "ask", "refused"}
    assert {key for key, sentence in words.items() if "{site}" in sentence} == needs_site
    assert all(words.values())
