"""Near-repeats in a whole application, with several processes and on either engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from site_client import SiteClient

import embedcomments_spam as plugin
from embedcomments.domain.identities import Actor
from embedcomments_spam.learning import purge

RULES = {"min_seconds": 0, "max_repeats": 0, "learn": False, "max_from_address": 0}
TEXTS = [
    f"Hello everybody, come and have a look at my {one} channel, there are many {other} that you will like 12"
    for one, other in [("new", "songs"), ("own", "films"), ("first", "jokes"), ("old", "books"), ("best", "games")]
]


@pytest.fixture
def new_one(new_client: Callable[..., SiteClient], choose: Callable[..., None]) -> Callable[[], SiteClient]:
    def make() -> SiteClient:
        made = new_client(plugin)
        choose(made, "spam", **RULES)
        return made

    return make


def state(client: SiteClient, text: str, **more: Any) -> str:
    return str(client.write(text, **more)["comment"]["state"])


def test_near_repeats_are_held_on_all_sites_and_in_all_processes(new_one: Callable[[], SiteClient], clock: Any) -> None:
    one, two = new_one(), new_one()
    states = []
    for number, text in enumerate(TEXTS):
        states.append(state((one, two)[number % 2], text))
        clock.advance(seconds=6)
    assert states == ["published"] * 3 + ["held"] * 2
    assert one.stored()[0].reason == "spam: Nearly the same text was written 4 times within a day."
    assert [state(two, "Thank you very much!") for _ in range(5)] == ["published"] * 5
    assert state(two, "Which camera was used for the second half of it? The colours look wonderful.") == "published"
    clock.advance(days=1)
    assert state(one, TEXTS[0]) == "published"


def test_what_its_author_took_back_does_not_count(new_one: Callable[[], SiteClient], clock: Any) -> None:
    client = new_one()
    for text in TEXTS[:3]:
        made = client.write(text)
        clock.advance(seconds=1)
    comment = client.stored()[0]
    client.parts.commenting.withdraw(client.parts.sites.get("default"), comment, Actor(identity_id=comment.identity_id))
    client.instance.jobs.run_due()
    assert made["comment"]["id"] == comment.id
    # Another process reads only what still counts.
    assert state(new_one(), TEXTS[3]) == "published"


def test_it_is_switched_off_and_forgotten(
    new_one: Callable[[], SiteClient], choose: Callable[..., None], clock: Any
) -> None:
    client = new_one()
    state(client, TEXTS[0])
    site = client.parts.sites.get("default")
    item = client.parts.choices.find(site, "spam")
    assert item is not None
    ctx = client.parts.contexts.of(item, site)

    def rows() -> int:
        with ctx.tables.read() as connection:
            return len(connection.exec_driver_sql("SELECT * FROM spam_near").all())

    assert rows() == 1
    clock.advance(seconds=timedelta(days=1, seconds=1).total_seconds())
    purge(ctx, {})
    assert rows() == 0
    choose(client, "spam", **RULES, max_near_repeats=0)
    assert [state(client, text) for text in TEXTS] == ["published"] * 5
    assert rows() == 0
