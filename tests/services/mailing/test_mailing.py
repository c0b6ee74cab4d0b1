"""Mail by the durable queue: sent once, tried again, given up with words that help."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from mail_server import mail_server

from embedcomments.domain.errors import InvalidRequest, MailNotSetUp
from embedcomments.services.mailing.message import Mail
from embedcomments.storage import jobs as job_rows
from embedcomments.wiring import Instance

NewInstance = Callable[..., Instance]
FROM = "Comments <comments@example.com>"


def dead_letters(instance: Instance) -> list[tuple[str, str, str | None]]:
    site = instance.parts.sites.get("default")
    with instance.parts.database.read() as connection:
        return [(row.plugin, row.name, row.error) for row in job_rows.dead_letters(connection, site.id)]


def send(instance: Instance, to: str = "ani@example.org") -> None:
    site = instance.parts.sites.get("default")
    instance.parts.mailing.send(Mail(to=to, subject="Hello", text="Words"), site_id=site.id)


def test_mail_is_sent_by_a_job_and_once(new_instance: NewInstance) -> None:
    with mail_server() as server:
        instance = new_instance(smtp_url=server.url, mail_from=FROM)
        assert instance.parts.mailing.is_set_up
        send(instance)
        assert server.taken == []  # not in the caller's time
        assert instance.jobs.run_due() == 1
        assert instance.jobs.run_due() == 0
        assert [to for to, _ in server.taken] == ["ani@example.org"]
    assert dead_letters(instance) == []


def test_server_that_is_busy_is_asked_again_with_the_same_number(new_instance: NewInstance, clock: Any) -> None:
    with mail_server() as server:
        instance = new_instance(smtp_url=server.url, mail_from=FROM)
        server.data_answers["ani@example.org"] = "451 Later"
        send(instance)
        instance.jobs.run_due()
        first = server.taken
        del server.data_answers["ani@example.org"]
        assert instance.jobs.run_due() == 0  # not before its time
        clock.advance(seconds=10)
        assert instance.jobs.run_due() == 1
        assert first == server.taken
        ((_, message),) = server.taken
        assert str(message["Message-ID"]).startswith("<job-1-")
    assert dead_letters(instance) == []


def test_mail_that_is_refused_for_good_is_shown_and_not_tried_again(new_instance: NewInstance, clock: Any) -> None:
    with mail_server() as server:
        instance = new_instance(smtp_url=server.url, mail_from=FROM)
        server.answers["ani@example.org"] = "550 Unknown here"
        send(instance)
        instance.jobs.run_due()
        del server.answers["ani@example.org"]
        clock.advance(days=1)
        assert instance.jobs.run_due() == 0
        assert server.taken == []
    assert dead_letters(instance) == [("embedcomments", "mail", "The recipient was refused: 550 Unknown here")]


def test_server_that_stays_away_is_given_up_in_the_end(new_instance: NewInstance, clock: Any) -> None:
    with mail_server() as server:
        url = server.url
    instance = new_instance(smtp_url=url, mail_from=FROM)
    send(instance)
    runs = 0
    while instance.jobs.run_due():
        runs += 1
        clock.advance(hours=7)
    assert runs == 8
    ((plugin, name, error),) = dead_letters(instance)
    assert (plugin, name) == ("embedcomments", "mail")
    assert error is not None
    assert "cannot be used" in error


def test_server_without_mail_says_so(new_instance: NewInstance) -> None:
    instance = new_instance()
    assert not instance.parts.mailing.is_set_up
    with pytest.raises(MailNotSetUp, match="Mail is not set up"):
        send(instance)
    assert instance.jobs.run_due() == 0


def test_what_is_no_address_never_reaches_the_queue(new_instance: NewInstance) -> None:
    instance = new_instance(smtp_url="smtp+plain://127.0.0.1", mail_from=FROM)
    with pytest.raises(InvalidRequest):
        send(instance, "ani@example.org, other@example.org")
    assert instance.jobs.run_due() == 0


def test_plugin_sends_mail(new_instance: NewInstance, make_plugin: Callable[..., ModuleType]) -> None:
    plugin = make_plugin("post")
    with mail_server() as server:
        instance = new_instance(plugin, smtp_url=server.url, mail_from=FROM)
        site = instance.parts.sites.get("default")
        item = instance.parts.choices.find(site, "post")
        assert item is not None
        ctx = instance.parts.contexts.of(item, site)
        assert ctx.mail.is_set_up
        ctx.mail.send("ani@example.org", "Hello\nBcc: other@example.org", "Words", "<b>Words</b>")
        instance.jobs.run_due()
        ((to, message),) = server.taken
    assert (to, str(message["Subject"]), message["Bcc"]) == ("ani@example.org", "Hello Bcc: other@example.org", None)


def test_plugin_hears_when_mail_is_not_set_up(
    new_instance: NewInstance, make_plugin: Callable[..., ModuleType]
) -> None:
    instance = new_instance(make_plugin("post"))
    site = instance.parts.sites.get("default")
    item = instance.parts.choices.find(site, "post")
    assert item is not None
    ctx = instance.parts.contexts.of(item, site)
    assert not ctx.mail.is_set_up
    with pytest.raises(MailNotSetUp):
        ctx.mail.send("ani@example.org", "Hello", "Words")
