"""What is kept of an address: enough to know it again, for a month, on one site."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from site_client import SiteClient

from embedcomments.domain.networks import network_around
from embedcomments.services.fingerprints import Fingerprints


@pytest.mark.parametrize(
    "one, other, same_address, same_network",
    [
        ("203.0.113.7", "203.0.113.7", True, True),
        ("203.0.113.7", "::ffff:203.0.113.7", True, True),
        ("203.0.113.7", "203.0.113.8", False, True),
        ("203.0.113.7", "203.0.114.7", False, False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True, True),
        ("2001:db8:1:2::1%eth0", "2001:db8:1:3::1", False, True),
        ("2001:db8:1:2::1", "2001:db8:2:2::1", False, False),
    ],
)
def test_senders_are_known_again_by_subscriber_and_by_network(
    one: str, other: str, same_address: bool, same_network: bool
) -> None:
    fingerprints = Fingerprints("secret")
    first, second = fingerprints.sender(1, one), fingerprints.sender(1, other)
    assert first is not None
    assert second is not None
    assert (first.address == second.address, first.network == second.network) == (same_address, same_network)
    assert first.address == fingerprints.of(1, str(network_around(one)))


def test_another_site_and_another_secret_have_others() -> None:
    found = {Fingerprints(secret).of(site, "203.0.113.7/32") for secret in ("one", "two") for site in (1, 2)}
    assert {len(found), *map(len, found)} == {4, 43}


def test_what_is_no_address_leaves_nothing() -> None:
    assert [Fingerprints("secret").sender(1, text) for text in ("", "unix:", "203.0.113")] == [None] * 3


@pytest.fixture
def client(new_instance: Callable[..., Any], database_url: Any) -> SiteClient:
    return SiteClient(new_instance(database_url=database_url.render_as_string(hide_password=False)))


def test_where_a_comment_came_from_is_forgotten_after_thirty_days(client: SiteClient, clock: Any) -> None:
    old = client.write("Old")["comment"]["id"]
    clock.advance(days=29)
    fresh = client.write("Fresh")["comment"]["id"]
    expected = client.row(old).sender
    assert expected is not None
    assert client.row(fresh).sender == expected
    clock.advance(days=1, minutes=1)
    before = client.thread()
    client.instance.housekeeping.run()
    assert (client.row(old).sender, client.row(fresh).sender) == (None, expected)
    assert client.thread() == before


def test_erasing_a_person_and_taking_back_a_comment_forget_it_at_once(client: SiteClient) -> None:
    erased = client.write("One", author={"name": "Ani", "email": "ani@a.example"})
    withdrawn = client.write("Two")
    client.instance.privacy.erase(client.parts.sites.get("default"), email="ani@a.example")
    client.call("DELETE", f"/api/v1/comments/{withdrawn['comment']['id']}", token=withdrawn["edit_token"])
    assert [row.sender for row in client.stored()] == [None, None]
    assert erased["comment"]["id"] in {row.id for row in client.stored()}


def test_no_answer_and_no_export_has_it(client: SiteClient) -> None:
    written = client.write("One", author={"name": "Ani", "email": "ani@a.example"})
    sender = client.row(written["comment"]["id"]).sender
    assert sender is not None
    site = client.parts.sites.get("default")
    exported = io.BytesIO()
    client.instance.exporting.write(site, exported)
    told = [
        str(written),
        str(client.thread()),
        exported.getvalue().decode(),
        str(client.instance.privacy.export(site, email="ani@a.example")),
    ]
    assert [text for text in told if sender.address in text or sender.network in text] == []
