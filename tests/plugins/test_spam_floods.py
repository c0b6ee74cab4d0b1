"""Floods and proofs of work in a whole application: what is held, for how long, and that nothing is lost."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from queries import statements_to
from site_client import Desk, SiteClient
from sqlalchemy import insert

import embedcomments_spam as plugin
from embedcomments.api import PluginContext
from embedcomments.domain.audit import AuditFilter
from embedcomments.domain.comments import CommentState
from embedcomments_spam import pace, tables
from embedcomments_spam.learning import purge
from embedcomments_spam.pace import LEAST
from embedcomments_spam.pace import REASON as NEWCOMER
from embedcomments_spam.work import AT_REST, FLOODED, TOO_EASY
from embedcomments_spam.work import REASON as NO_PROOF

PUBLISHED, HELD = CommentState.PUBLISHED, CommentState.HELD
RULES = {"min_seconds": 0, "max_repeats": 0, "learn": False, "max_from_address": 0}


@pytest.fixture
def client(new_client: Callable[..., SiteClient], choose: Callable[..., None]) -> SiteClient:
    made = new_client(plugin)
    choose(made, "spam", **RULES)
    return made


@pytest.fixture
def ctx(client: SiteClient) -> PluginContext:
    site = client.parts.sites.get("default")
    item = client.parts.choices.find(site, "spam")
    assert item is not None
    return client.parts.contexts.of(item, site)


def challenge(client: SiteClient) -> Any:
    return client.get("/p/spam/default/stamp").json["challenge"]


def solved(given: Any, **changes: Any) -> Any:
    for number in range(given["maxnumber"] + 1):
        if hashlib.sha256(f"{given['salt']}{number}".encode()).hexdigest() == given["challenge"]:
            return {name: given[name] for name in ("algorithm", "challenge", "salt", "signature")} | {
                "number": number, **changes,
            }  # fmt: skip
    pytest.fail("no number is the answer")


def state(client: SiteClient, text: str = "Hello", *, token: str | None = None, **proof: Any) -> str:
    extensions = {"spam": proof} if proof else {}
    return str(client.write(text, token=token, extensions=extensions)["comment"]["state"])


def reason(client: SiteClient) -> str | None:
    return client.stored()[0].reason


def hear(client: SiteClient) -> None:
    """Have the events of what was written told to the plugin."""
    while client.instance.jobs.run_due():
        pass


def test_a_proof_counts_once(client: SiteClient, choose: Callable[..., None]) -> None:
    choose(client, "spam", **RULES, proof_of_work="always")
    given = challenge(client)
    assert (given["algorithm"], given["maxnumber"]) == ("SHA-256", AT_REST)
    proof = solved(given)
    assert state(client, work=proof) == "published"
    assert (state(client, work=proof), reason(client)) == ("held", f"spam: {NO_PROOF}")
    assert state(client, work=solved(challenge(client))) == "published"
    assert state(client) == "held"


def test_of_many_that_send_one_proof_at_once_one_is_let_through(
    client: SiteClient, choose: Callable[..., None]
) -> None:
    choose(client, "spam", **RULES, proof_of_work="always")
    proof = solved(challenge(client))
    with ThreadPoolExecutor(8) as pool:
        states = list(pool.map(lambda n: state(client, f"Comment {n}", work=proof), range(16)))
    assert sorted(states) == ["held"] * 15 + ["published"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda proof: None,
        lambda proof: "text",
        lambda proof: [],
        lambda proof: {},
        lambda proof: {**proof, "number": proof["number"] + 1},
        lambda proof: {**proof, "number": str(proof["number"])},
        lambda proof: {**proof, "number": True},
        lambda proof: {**proof, "number": 10**40},
        lambda proof: {**proof, "number": -1},
        lambda proof: {**proof, "signature": "0" * 64},
        lambda proof: {**proof, "salt": proof["salt"].replace("site=", "site=9")},
        lambda proof: {**proof, "salt": "x" * 5_000},
        lambda proof: {**proof, "algorithm": "SHA-1"},
        lambda proof: {**proof, "algorithm": None},
        lambda proof: {**proof, "challenge": 7},
        lambda proof: {**proof, "more": "x"},
        lambda proof: {"number": 1},
    ],
)
def test_a_proof_that_is_none_holds(
    client: SiteClient, choose: Callable[..., None], spoil: Callable[[Any], Any]
) -> None:
    choose(client, "spam", **RULES, proof_of_work="always")
    proof = solved(challenge(client))
    assert state(client, work=spoil(proof)) == "held"
    assert state(client, work=proof) == "published", "what was spoilt did not spend it"


def test_an_old_proof_and_one_of_another_site_hold(client: SiteClient, choose: Callable[..., None], clock: Any) -> None:
    client.parts.sites.add("press")
    for site in ("default", "press"):
        choose(client, "spam", site=site, **RULES, proof_of_work="always")
    foreign = solved(client.get("/p/spam/press/stamp").json["challenge"])
    old = solved(challenge(client))
    assert state(client, work=foreign) == "held"
    clock.advance(hours=2, seconds=1)
    assert state(client, work=old) == "held"


def test_easy_proofs_cannot_be_saved_up_for_a_flood(
    client: SiteClient, choose: Callable[..., None], clock: Any
) -> None:
    choose(client, "spam", **RULES, trusted_after=9)
    token = client.write("First")["edit_token"]
    saved = [solved(challenge(client)) for _ in range(3)]
    choose(client, "spam", **RULES, trusted_after=9, under_attack="on")
    assert state(client, token=token, work=saved[0]) == "published", "who was writing may finish"
    clock.advance(minutes=2, seconds=1)
    assert (state(client, token=token, work=saved[1]), reason(client)) == ("held", f"spam: {TOO_EASY}")
    hard = solved(challenge(client))
    clock.advance(minutes=90)
    assert state(client, token=token, work=hard) == "published"
    choose(client, "spam", **RULES, trusted_after=9, proof_of_work="always")
    assert state(client, token=token, work=solved(challenge(client))) == "published"


def test_how_hard_a_proof_was_cannot_be_changed(client: SiteClient, choose: Callable[..., None], clock: Any) -> None:
    choose(client, "spam", **RULES, trusted_after=9)
    token = client.write("First")["edit_token"]
    proof = solved(challenge(client))
    choose(client, "spam", **RULES, trusted_after=9, under_attack="on")
    clock.advance(minutes=3)
    harder = {**proof, "salt": proof["salt"].replace(f"max={AT_REST}", f"max={FLOODED}")}
    assert harder != proof
    assert (state(client, token=token, work=harder), reason(client)) == ("held", f"spam: {NO_PROOF}")
    # The border between salt and number moved: the hash is the same, and the salt says more.
    digits = str(proof["number"])
    moved = {**proof, "salt": proof["salt"].rstrip("&") + digits[:-1], "number": int(digits[-1])}
    assert state(client, token=token, work=moved) == "held"


def test_trusted_writers_need_no_proof(client: SiteClient, choose: Callable[..., None]) -> None:
    token = client.write("First")["edit_token"]
    for _ in range(2):
        state(client, token=token)
    choose(client, "spam", **RULES, proof_of_work="always", under_attack="on")
    assert (state(client, token=token), state(client)) == ("published", "held")


def test_nothing_is_asked_for_where_it_is_off(client: SiteClient, choose: Callable[..., None]) -> None:
    choose(client, "spam", **RULES, proof_of_work="never", under_attack="on")
    token = client.write("First", extensions={})["edit_token"]
    assert (challenge(client), reason(client)) == (None, f"spam: {NEWCOMER}")
    client.set_state(client.stored()[0].id, PUBLISHED)
    assert state(client, token=token) == "published"


def test_a_flood_holds_newcomers_and_is_over_by_itself(
    client: SiteClient, ctx: PluginContext, choose: Callable[..., None], clock: Any
) -> None:
    known = client.write("I was here before")["edit_token"]
    clock.advance(minutes=40)
    for number in range(LEAST):
        assert state(client, f"Number {number}") == "published"
    assert challenge(client)["maxnumber"] == FLOODED
    assert (state(client, "Newcomer", work=solved(challenge(client))), reason(client)) == ("held", f"spam: {NEWCOMER}")
    assert (state(client, "Newcomer"), reason(client)) == ("held", f"spam: {NO_PROOF}\nspam: {NEWCOMER}")
    assert state(client, "I am known", token=known, work=solved(challenge(client))) == "published"
    lines = [entry for entry in client.parts.auditing.all(AuditFilter()) if entry.action == "spam.flood"]
    assert [(line.subject.id, line.after) for line in lines] == [("default", {"written": LEAST, "usual": 0})]
    page = client.sign_in().get("/admin/default/spam/").text
    assert "The site is flooded." in page
    clock.advance(minutes=31)
    assert challenge(client)["maxnumber"] == AT_REST
    assert state(client, "Newcomer") == "published"
    assert "The site is flooded." not in client.sign_in().get("/admin/default/spam/").text


def fill_slots(ctx: PluginContext, clock: Any, *slots: tuple[int, int, bool]) -> None:
    """(slots ago, written, flooded)."""
    now = pace.slot_of(clock.now())
    rows = [{"site_id": ctx.site.id, "slot": now - ago, "written": many, "flooded": f} for ago, many, f in slots]
    ctx.tables.write(lambda connection: connection.execute(insert(tables.pace), rows))
    pace._kept.clear()


def test_a_site_with_busy_moments_is_not_flooded_by_one(client: SiteClient, ctx: PluginContext, clock: Any) -> None:
    fill_slots(ctx, clock, *[(144 * day, 20, False) for day in (1, 3, 9)], (0, 79, False))
    assert pace.pace_of(ctx).limit == 80
    assert [state(client, "Newcomer") for _ in range(2)] == ["published", "held"]


def test_a_flood_of_many_hours_does_not_become_usual(ctx: PluginContext, clock: Any) -> None:
    night = [(ago, 500, True) for ago in range(3, 60)]
    fill_slots(ctx, clock, *night, (150, 4, False), (0, 29, False))
    assert (pace.pace_of(ctx).usual, pace.pace_of(ctx).limit) == (0, LEAST)


def test_what_creeps_up_within_a_day_does_not_become_usual(ctx: PluginContext, clock: Any) -> None:
    fill_slots(ctx, clock, *[(ago, 29 if ago > 20 else 115, False) for ago in range(3, 70)])
    assert pace.pace_of(ctx).limit == LEAST


def test_what_seven_days_had_is_usual_even_if_it_was_called_a_flood(ctx: PluginContext, clock: Any) -> None:
    fill_slots(ctx, clock, *[(144 * day, 40, True) for day in range(1, 8)])
    assert (pace.pace_of(ctx).usual, pace.pace_of(ctx).limit) == (40, 160)


def floods(client: SiteClient) -> list[Any]:
    return [e.after for e in client.parts.auditing.all(AuditFilter()) if e.action == "spam.flood"]


def test_a_flood_is_told_once_even_if_its_number_was_passed_unseen(
    client: SiteClient, ctx: PluginContext, clock: Any
) -> None:
    fill_slots(ctx, clock, (0, LEAST + 7, False))
    for _ in range(3):
        state(client)
    assert floods(client) == [{"written": LEAST + 8, "usual": 0}]
    clock.advance(minutes=20)
    fill_slots(ctx, clock, (0, LEAST + 7, False))
    state(client)
    assert len(floods(client)) == 1, "the same flood goes on"
    clock.advance(minutes=40)
    fill_slots(ctx, clock, (0, LEAST + 7, False))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: state(client, f"Comment {n}"), range(8)))
    assert len(floods(client)) == 2


def test_the_owner_decides_it_by_hand(client: SiteClient, choose: Callable[..., None]) -> None:
    choose(client, "spam", **RULES, under_attack="on")
    assert state(client) == "held"
    assert "So it stands in the settings." in client.sign_in().get("/admin/default/spam/").text
    choose(client, "spam", **RULES, under_attack="off")
    for number in range(2 * LEAST):
        assert state(client, f"Number {number}") == "published"
        hear(client)


def post(client: SiteClient, number: int, *, address: str, key: str = "page", token: str | None = None) -> Any:
    body = {"thread": {"key": key}, "text": f"Number {number}", "author": {"name": "Vera"}}
    answer = client.post(body, token=token, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code in (201, 202), answer.text
    return answer.json


def states(client: SiteClient, how: Callable[[int], dict[str, Any]], count: int = 5) -> list[str]:
    return [post(client, number, **how(number))["comment"]["state"] for number in range(count)]


def test_too_much_of_one_address_waits(client: SiteClient, choose: Callable[..., None], clock: Any) -> None:
    choose(client, "spam", **{**RULES, "max_from_address": 3})
    mixed = states(client, lambda number: {"address": "203.0.113.7", "key": f"page {number}"})
    assert mixed == ["published"] * 3 + ["held"] * 2
    assert reason(client) == "spam: This Internet address had 4 comments within ten minutes; 3 are let through."
    assert states(client, lambda number: {"address": f"203.0.113.{10 + number}"}) == ["published"] * 5
    subscriber = states(client, lambda number: {"address": f"2001:db8:1:1::{number + 1}"})
    assert subscriber == ["published"] * 3 + ["held"] * 2
    clock.advance(minutes=20)
    assert states(client, lambda number: {"address": "203.0.113.7"}, 1) == ["published"]


def test_what_other_processes_took_counts_too(
    client: SiteClient, new_client: Callable[..., SiteClient], choose: Callable[..., None], clock: Any
) -> None:
    other = new_client(plugin)
    for one in (client, other):
        choose(one, "spam", **{**RULES, "max_from_address": 3})
    took = [states(one, lambda number: {"address": "203.0.113.7"}, 1)[0] for one in (client, other) * 3]
    assert took == ["published"] * 3 + ["held"] * 3, "no event was heard meanwhile"
    clock.advance(seconds=6)
    assert states(other, lambda number: {"address": "203.0.113.7"}, 1) == ["held"]


def test_marks_of_senders_can_be_made_by_nobody_else(
    client: SiteClient, ctx: PluginContext, choose: Callable[..., None]
) -> None:
    choose(client, "spam", **{**RULES, "max_from_address": 3})
    token = post(client, 0, address="203.0.113.7")["edit_token"]
    post(client, 1, address="203.0.113.7", token=token)
    with ctx.tables.read() as connection:
        stored = set(connection.exec_driver_sql("SELECT mark FROM spam_sent").scalars())
    comment = client.stored()[0]
    assert comment.sender is not None
    assert stored == {
        f"a{comment.sender.address}",
        f"w{ctx.fingerprint(f'spam: writer {comment.identity_id}')}",
        f"t{ctx.fingerprint('spam: thread page')}",
    }


def test_too_much_of_one_writer_and_in_one_thread_waits(client: SiteClient, choose: Callable[..., None]) -> None:
    choose(client, "spam", **RULES, max_from_writer=2, trusted_after=0)
    token = post(client, 0, address="203.0.113.1")["edit_token"]
    assert states(client, lambda number: {"address": f"198.51.100.{number}", "token": token}, 4) == [
        "published", "published", "held", "held",
    ]  # fmt: skip
    choose(client, "spam", **RULES, max_in_thread=2)
    assert states(client, lambda number: {"address": f"198.51.101.{number}", "key": "busy"}, 3) == [
        "published", "published", "held",
    ]  # fmt: skip


def test_trusted_writers_may_write_as_they_like(client: SiteClient, choose: Callable[..., None]) -> None:
    token = post(client, 0, address="203.0.113.1")["edit_token"]
    for number in range(2):
        post(client, number, address="203.0.113.1", token=token)
    choose(client, "spam", **{**RULES, "max_from_address": 1, "max_from_writer": 1})
    assert states(client, lambda number: {"address": "203.0.113.1", "token": token}) == ["published"] * 5


def test_what_counts_no_more_is_forgotten(
    client: SiteClient, ctx: PluginContext, choose: Callable[..., None], clock: Any
) -> None:
    choose(client, "spam", **RULES, proof_of_work="always")
    proof = solved(challenge(client))
    assert state(client, work=proof) == "published"
    hear(client)

    def rows() -> list[int]:
        with ctx.tables.read() as connection:
            return [
                len(connection.exec_driver_sql(f"SELECT * FROM {table}").all())
                for table in ("spam_spent", "spam_pace", "spam_sent")
            ]

    assert rows() == [1, 1, 1]
    clock.advance(days=15)
    purge(ctx, {})
    assert rows() == [0, 0, 0]


def test_a_post_pays_three_statements_for_being_counted(client: SiteClient) -> None:
    state(client)
    with statements_to(client.parts.database.engine) as seen:
        state(client)
    told = [one.split()[0] for one in seen if "spam_pace" in one or "spam_spent" in one or "spam_sent" in one]
    # SQLite is written to on a connection that this does not see; nothing is read beside it.
    on_sqlite = client.parts.database.engine.dialect.name == "sqlite"
    assert told == ([] if on_sqlite else ["INSERT", "SELECT", "INSERT"])


def test_the_page_tells_what_was_limited_and_how_hard_proofs_are(
    client: SiteClient, choose: Callable[..., None], clock: Any
) -> None:
    choose(client, "spam", **{**RULES, "max_from_address": 1})
    for _ in range(3):
        state(client)
    clock.advance(seconds=6)
    page = client.sign_in().get("/admin/default/spam/").text
    assert re.search(r"Limited in the last day.*?<span class=\"number\">2<", page, re.S)
    assert re.search(r"Difficulty of proofs.*?<span class=\"number\">15,000<", page, re.S)


def test_a_purged_comment_leaves_no_words(client: SiteClient, ctx: PluginContext, clock: Any) -> None:
    written = client.write("Cheap pills")["comment"]["id"]
    client.set_state(written, CommentState.SPAM)
    clock.advance(days=31)
    purge(ctx, {})
    row = client.row(written)
    assert (row.state, row.source, row.html, row.author.name) == (CommentState.DELETED, "", "", "")
    assert isinstance(client.sign_in(), Desk)
