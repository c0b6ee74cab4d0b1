"""What moderators look through, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from embedcomments.domain.comments import Author, Comment, CommentKind, CommentState
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import ThreadRef
from embedcomments.domain.verdicts import Action, Verdict
from embedcomments.services import queue
from embedcomments.services.queue import Looking
from embedcomments.storage import comments as comment_rows
from embedcomments.storage import queue as queue_rows
from embedcomments.storage import threads as thread_rows
from embedcomments.storage.comments import Filter
from embedcomments.storage.database import Database
from embedcomments.storage.tables import identity as identity_table

HELD, SPAM, PUBLISHED = CommentState.HELD, CommentState.SPAM, CommentState.PUBLISHED
Add = Callable[..., Comment]


@pytest.fixture
def looking(database: Database, monkeypatch: pytest.MonkeyPatch) -> Looking:
    """It looks at ten at a time."""
    monkeypatch.setattr(queue, "SCAN", 10)
    return Looking(database)


def everything(looking: Looking, which: Filter, limit: int = 3) -> tuple[list[str], int]:
    """What all pages together hold, and how many pages that were."""
    found: list[str] = []
    before, pages = None, 0
    while True:
        page = looking.find(which, before=before, limit=limit)
        found += [comment.id for comment in page.comments]
        pages += 1
        if page.next is None:
            return found, pages
        before = page.next


def test_search_continues_until_each_match_was_found_once(looking: Looking, add: Add) -> None:
    made = [add(state=HELD, source="A needle" if number % 7 == 0 else "Hay") for number in range(45)]
    which = Filter(site_id=made[0].site_id, states=(HELD,), search="needle")
    found, pages = everything(looking, which)
    assert found == [comment.id for comment in reversed(made) if comment.source == "A needle"]
    assert pages == 5


def test_search_that_was_cut_says_how_far_it_came(looking: Looking, add: Add) -> None:
    made = [add(state=HELD) for _ in range(11)]
    which = Filter(site_id=made[0].site_id, states=(HELD,), search="nowhere")
    page = looking.find(which)
    assert (page.comments, page.next, page.searched_to) == ([], made[1].id, made[1].created_at)
    assert looking.find(which, before=page.next) == queue.Found(comments=[])


def test_full_page_goes_on_behind_its_last_comment(looking: Looking, add: Add) -> None:
    made = [add(state=HELD, source="needle") for _ in range(5)]
    page = looking.find(Filter(site_id=made[0].site_id, states=(HELD,), search="needle"), limit=2)
    assert [comment.id for comment in page.comments] == [made[4].id, made[3].id]
    assert (page.next, page.searched_to) == (made[3].id, None)


def test_list_without_a_search_is_never_cut(looking: Looking, add: Add) -> None:
    made = [add(state=HELD) for _ in range(30)]
    page = looking.find(Filter(site_id=made[0].site_id, states=(HELD,)), limit=30)
    assert ([comment.id for comment in page.comments], page.next) == ([comment.id for comment in reversed(made)], None)


@pytest.mark.parametrize(
    "written, search",
    [
        ("Hello there", "HELLO"),
        ("Привет, город", "привет"),
        ("привет, город", "Привет"),
        ("ПРИВЕТ", "привет"),
        ("Տպարան", "տպարան"),
        ("今日は良い天気", "良い"),
        ("100% sure_thing", "100% sure_"),
    ],
)
def test_search_finds_words_however_capitals_are_set(looking: Looking, add: Add, written: str, search: str) -> None:
    made = add(state=HELD, source=written)
    add(state=HELD, source="Something else, 100 sureXthing")
    page = looking.find(Filter(site_id=made.site_id, states=(HELD,), search=search))
    assert [comment.id for comment in page.comments] == [made.id]


def test_search_is_over_text_name_address_and_page(looking: Looking, add: Add, database: Database, at: Any) -> None:
    text = add(state=HELD, source="needle")
    name = add(state=HELD, author=Author(name="Needle"))
    email = add(state=HELD, author=Author(name="x", email="needle@example.com"))
    page = ThreadRef(key="https://example.com/needle", title="A page")
    thread = database.write(lambda c: thread_rows.ensure_thread(c, text.site_id, page, at))
    where = add(state=HELD, thread_id=thread.id)
    add(state=HELD)
    found, _ = everything(looking, Filter(site_id=text.site_id, states=(HELD,), search="needle"))
    assert found == [where.id, email.id, name.id, text.id]


def test_verdicts_against_it_are_found_by_plugin(looking: Looking, add: Add, database: Database) -> None:
    def judged(plugin: str, action: Action, reason: str = "") -> Comment:
        made = add(state=HELD)
        verdict = Verdict(action=action, score=0.5, reason=reason, plugin=plugin)
        database.write(lambda c: comment_rows.save_comment(c, made, [verdict]))
        return made

    against = [judged("spam", action) for action in (Action.HOLD, Action.SPAM, Action.REJECT)]
    judged("spam", Action.PUBLISH)
    judged("moderation", Action.HOLD, 'It says "plugin":"spam","action":"hold".')
    found, _ = everything(looking, Filter(site_id=against[0].site_id, states=(HELD,), judged_by="spam"))
    assert found == [comment.id for comment in reversed(against)]


def test_kind_and_links_are_looked_at_too(looking: Looking, add: Add) -> None:
    mention = add(state=HELD, kind=CommentKind.PINGBACK)
    link = add(state=HELD, html='<p><a href="https://example.com">x</a></p>')
    which = Filter(site_id=link.site_id, states=(HELD,))
    assert everything(looking, replace(which, kinds=(CommentKind.PINGBACK,)))[0] == [mention.id]
    assert everything(looking, replace(which, has_link=True))[0] == [link.id]
    assert everything(looking, replace(which, has_link=False))[0] == [mention.id]


def test_counting_ends_at_the_limit(looking: Looking, add: Add) -> None:
    site_id = [add(state=HELD) for _ in range(5)][-1].site_id
    add(state=SPAM)
    states = (HELD, SPAM, PUBLISHED)
    assert looking.counts(site_id, states, 3) == {HELD: 3, SPAM: 1, PUBLISHED: 0}
    assert looking.counts(site_id, (), 3) == {}
    assert looking.counts(site_id + 1, states, 3) == {HELD: 0, SPAM: 0, PUBLISHED: 0}


@pytest.fixture
def known(database: Database, site: Site, at: Any) -> None:
    """Three writers of the site."""
    for name in ("one", "two", "three"):
        row = {"id": name, "site_id": site.id, "name": name, "created_at": at}
        database.write(lambda connection, row=row: connection.execute(identity_table.insert(), row))


@pytest.mark.usefixtures("known")
def test_histories_are_by_writer_and_state(looking: Looking, add: Add) -> None:
    site_id = add(identity_id="one").site_id
    for state in (PUBLISHED, HELD):
        add(identity_id="one", state=state)
    add(identity_id="two", state=SPAM)
    add(identity_id="three")
    expected = {"one": {PUBLISHED: 2, HELD: 1}, "two": {SPAM: 1}}
    assert looking.histories(site_id, ["one", "two", "nobody"]) == expected
    assert looking.histories(site_id, []) == {}
    assert looking.histories(site_id + 1, ["one"]) == {}


def test_context_is_what_it_answers_what_came_before_and_its_answers(looking: Looking, add: Add) -> None:
    earlier = [add() for _ in range(5)]
    top = add()
    siblings = [add(top) for _ in range(2)]
    subject = add(top, identity_id="one", state=HELD)
    answers = [add(subject, state=SPAM), add(subject)]
    add(answers[0])
    later = add()
    other = add(identity_id="one")

    def ids(comments: Any) -> list[str]:
        return [comment.id for comment in comments]

    found = looking.around(subject)
    assert (ids(found.above), ids(found.before)) == ([top.id], ids(siblings))
    assert (ids(found.below), ids(found.others)) == (ids(answers), [other.id])
    at_the_top = looking.around(later)
    assert (ids(at_the_top.above), ids(at_the_top.before)) == ([], ids([*earlier[-2:], top]))
    assert (at_the_top.below, at_the_top.others) == ([], ())


@pytest.mark.parametrize("number", [1, 30])
def test_number_of_queries_is_that_of_the_call(looking: Looking, add: Add, count_queries: Any, number: int) -> None:
    made = [add(state=HELD, identity_id=f"i{each}") for each in range(number)]
    site_id = made[0].site_id
    for expected, work in (
        (1, lambda: looking.find(Filter(site_id=site_id, states=(HELD,)))),
        (2, lambda: looking.find(Filter(site_id=site_id, states=(HELD,), search="e"))),
        (1, lambda: looking.counts(site_id, (HELD, SPAM), 100)),
        (1, lambda: looking.histories(site_id, [comment.identity_id or "" for comment in made])),
        (3, lambda: looking.around(made[0])),
    ):
        with count_queries() as queries:
            work()
        assert len(queries) == expected, queries


def test_looking_uses_the_index_of_what_it_looks_for(sqlite_database: Database) -> None:
    held = Filter(site_id=1, states=(HELD,))
    with sqlite_database.read() as connection:
        driver: Any = connection.connection.driver_connection

        def find(**changes: Any) -> Callable[[], Any]:
            return lambda: queue_rows.find(connection, replace(held, **changes), before="x", limit=26, scan=10)

        for index, work in (
            ("ix_comment_queue", find()),
            ("ix_comment_queue", find(search="é")),
            ("ix_comment_thread", find(thread_id=1)),
            ("ix_comment_identity", find(identity_id="a")),
            ("ix_comment_identity", find(identity_id="a", states=())),
            ("sqlite_autoindex_comment_1", lambda: comment_rows.verdicts_of(connection, 1, ["a", "b"])),
            ("ix_comment_queue", lambda: queue_rows.counts(connection, 1, (HELD, SPAM), 100)),
            ("ix_comment_identity", lambda: queue_rows.histories(connection, 1, ["a"])),
        ):
            statements: list[str] = []
            driver.set_trace_callback(statements.append)
            work()
            driver.set_trace_callback(None)
            assert statements
            for statement in (found for found in statements if found != "BEGIN"):
                plan = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}")]
                steps = [step for step in plan if step.startswith(("SEARCH comment", "SCAN comment"))]
                assert steps, statement
                # Where a search ends is found by the index, and the moment of that comment by its id.
                by_id = "sqlite_autoindex_comment_1 (id=?)"
                assert any(index in step for step in steps), (statement, plan)
                assert all(index in step or by_id in step for step in steps), (statement, plan)
