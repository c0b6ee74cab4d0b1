"""Badges, and who moderates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from site_client import SiteClient

from embedcomments.domain.errors import InvalidRequest
from embedcomments.services.writers import Writers


@pytest.fixture
def client(new_instance: Callable[..., Any], database_url: Any) -> SiteClient:
    url = database_url.render_as_string(hide_password=False)
    return SiteClient(new_instance(database_url=url, posts_per_minute=0))


def badges(client: SiteClient) -> list[Any]:
    return [comment["author"]["badge"] for comment in client.thread()["comments"]]


def test_a_badge_is_shown_with_all_that_a_writer_wrote_and_will_write(client: SiteClient) -> None:
    writers, site = Writers(client.parts.database), client.parts.sites.get("default")
    hers = client.write("Mine")
    client.write("Of somebody else")
    identity = client.row(hers["comment"]["id"]).identity_id
    assert identity is not None
    assert badges(client) == [None, None]
    writers.set_badge(site, identity, "staff")
    assert badges(client) == ["staff", None]
    client.write("Mine again", token=hers["edit_token"])
    assert badges(client) == ["staff", None, "staff"]
    page = client.get("/api/v1/sites/default/thread.html?key=page").text
    assert page.count('class="badge">Staff<') == 2
    assert writers.badges_of(site, [identity, "nobody"]) == {identity: "staff"}
    writers.set_badge(site, identity, None)
    assert (badges(client), writers.badges_of(site, [identity])) == ([None, None, None], {})


def test_only_known_badges_are_given_and_only_to_writers_of_the_site(client: SiteClient) -> None:
    writers = Writers(client.parts.database)
    identity = client.row(client.write("Mine")["comment"]["id"]).identity_id
    other = client.parts.sites.add("other")
    for site, who, badge in (
        (client.parts.sites.get("default"), identity, "king"),
        (client.parts.sites.get("default"), "nobody", "staff"),
        (other, identity, "staff"),
    ):
        with pytest.raises(InvalidRequest):
            writers.set_badge(site, who, badge)
    assert badges(client) == [None]


def test_moderators_of_a_site_are_those_of_it_and_those_of_all(client: SiteClient) -> None:
    other = client.parts.sites.add("other")
    client.sign_in(name="Anahit")
    client.sign_in(name="Vera", site="other")
    writers = Writers(client.parts.database)
    assert sorted(writers.moderator_names(other)) == ["Anahit", "Vera"]
    assert list(writers.moderator_names(client.parts.sites.get("default"))) == ["Anahit"]
