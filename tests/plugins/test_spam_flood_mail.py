"""Mail about floods: to whom, once, and only where mail is set up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from mail_server import MailServer, mail_server
from marshmallow import ValidationError
from site_client import SiteClient

import embedcomments_spam as plugin
from embedcomments_spam.pace import LEAST
from embedcomments_spam.settings import SpamSettings

RULES = {"min_seconds": 0, "max_repeats": 0, "learn": False, "max_from_address": 0}


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def flood(client: SiteClient, clock: Any) -> None:
    for number in range(LEAST + 5):
        client.write(f"Number {number}")
    for _ in range(2):
        clock.advance(seconds=60)
        client.instance.jobs.run_due()


def test_each_address_gets_one_mail_for_a_flood(
    new_client: Callable[..., SiteClient], choose: Callable[..., None], mail: MailServer, clock: Any
) -> None:
    client = new_client(plugin, smtp_url=mail.url, mail_from="comments@example.com", public_url="http://localhost")
    choose(client, "spam", **RULES, flood_mail_to="ani@mail.example, vera@mail.example")
    flood(client, clock)
    assert sorted(to for to, _ in mail.taken) == ["ani@mail.example", "vera@mail.example"]
    _, message = mail.taken[0]
    assert message["Subject"] == "Very many comments on default"
    assert f"{LEAST} comments came within ten minutes" in message.get_content()
    assert "http://localhost/admin/default/spam/" in message.get_content()


def test_a_flood_without_mail_is_no_failure(
    new_client: Callable[..., SiteClient], choose: Callable[..., None], clock: Any
) -> None:
    client = new_client(plugin)
    choose(client, "spam", **RULES, flood_mail_to="ani@mail.example")
    flood(client, clock)


@pytest.mark.parametrize("wrong", ["nobody", "a@mail.example, b", ",".join(f"a{n}@mail.example" for n in range(11))])
def test_wrong_addresses_are_refused(wrong: str) -> None:
    with pytest.raises(ValidationError):
        SpamSettings().load({"flood_mail_to": wrong})
