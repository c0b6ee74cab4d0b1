"""The spam plugin learns from moderators and remembers texts, on real instances and both engines."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Table, select
from sqlalchemy import text as sql

import embedcomments_spam
from embedcomments.cli import main
from embedcomments.domain.comments import Author, Comment, CommentKind, CommentState, Link
from embedcomments.domain.drafts import Draft
from embedcomments.domain.identities import SYSTEM, Actor, ActorKind
from embedcomments.domain.threads import ThreadRef
from embedcomments.services.commenting import Submission
from embedcomments.storage.sites import PluginChoice
from embedcomments.wiring import Instance
from embedcomments_spam.commands import reset, train
from embedcomments_spam.features import extract
from embedcomments_spam.filter import FRESH, Filter, filter_of
from embedcomments_spam.learning import purge
from embedcomments_spam.tables import lesson, model, weight

SPAM, HAM = "Cheap pills, order {} now!", "I liked the part about {} most."
THINGS = ["apricots", "rivers", "lamps", "bread", "trains", "maps", "violins", "gardens", "boats", "windows", "hats"]


class Desk:
    """An instance with the plugin, a writer and a moderator."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.parts: Any = instance.parts
        self.site = self.parts.sites.get("default")
        self.thread = ThreadRef(key="https://example.com/a")

    @property
    def ctx(self) -> Any:
        found = self.parts.sites.get("default")
        return self.parts.contexts.of(self.parts.choices.find(found, "spam"), found)

    @property
    def filter(self) -> Filter:
        return filter_of(self.ctx)

    def write(self, text: str) -> Comment:
        submission = Submission(thread=self.thread, author=Author(name="Ani"), text=text)
        comment: Comment = self.parts.commenting.submit(self.site, submission).comment
        return comment

    def choose(self, **settings: Any) -> None:
        self.parts.choices.save(self.site, "spam", PluginChoice(enabled=True, settings=settings))
        self.site = self.parts.sites.get("default")

    def decide(self, comment: Comment, *states: CommentState, actor: Actor | str = "Nshan") -> None:
        for state in states:
            self.parts.moderating.set_state(comment.id, state, actor=actor)
            self.instance.jobs.run_due()

    def decide_many(self, pairs: int) -> None:
        for number in range(pairs):
            thing = f"{THINGS[number % 11]} {THINGS[number % 7]}"
            self.decide(self.write(SPAM.format(thing)), CommentState.SPAM)
            self.decide(self.write(HAM.format(thing)), CommentState.HELD, CommentState.PUBLISHED)

    def tally(self) -> tuple[int, int]:
        return self.filter.counts.spam, self.filter.counts.ham

    def score(self, text: str) -> float:
        return self.filter.score(extract(text))


@pytest.fixture
def new_desk(new_instance: Callable[..., Instance], database_url: Any) -> Callable[[], Desk]:
    url = database_url.render_as_string(hide_password=False)

    def make() -> Desk:
        desk = Desk(new_instance(embedcomments_spam, database_url=url))
        desk.choose(max_repeats=0, under_attack="off")
        return desk

    return make


@pytest.fixture
def desk(new_desk: Callable[[], Desk]) -> Desk:
    return new_desk()


def test_what_moderators_decide_is_learned_and_comes_to_decide(desk: Desk) -> None:
    assert desk.write(SPAM.format("hats")).state is CommentState.PUBLISHED

    desk.decide_many(12)
    assert desk.tally() == (12, 12)
    held = desk.write(SPAM.format("hats"))
    assert held.state is CommentState.HELD
    assert held.reason is not None
    assert held.reason.startswith("spam: It reads like what moderators of this site marked as spam (")
    assert desk.write(HAM.format("hats")).state is CommentState.PUBLISHED

    desk.decide_many(30)
    assert desk.write(SPAM.format("hats")).state is CommentState.SPAM
    assert desk.write(HAM.format("hats")).state is CommentState.PUBLISHED


def test_a_reversed_decision_is_unlearned(desk: Desk) -> None:
    comment = desk.write(SPAM.format("boats"))
    desk.decide(comment, CommentState.SPAM)
    assert desk.score(comment.source) > 0.5

    desk.decide(comment, CommentState.HELD)
    assert desk.tally() == (0, 0)
    assert desk.score(comment.source) == pytest.approx(0, abs=1e-9)

    desk.decide(comment, CommentState.SPAM, CommentState.PUBLISHED)
    assert desk.tally() == (0, 1)
    assert desk.score(comment.source) < -0.5


SPAM_PLUGIN = Actor(kind=ActorKind.PLUGIN, name="spam")


@pytest.mark.parametrize(
    "actor", [SPAM_PLUGIN, SYSTEM, Actor(kind=ActorKind.PLUGIN, name="Anahit"), Actor(name="reader")]
)
def test_what_happens_by_itself_teaches_nothing(desk: Desk, actor: Actor) -> None:
    desk.decide(desk.write("Hello"), CommentState.SPAM, CommentState.PUBLISHED, actor=actor)
    desk.instance.jobs.run_due()

    assert desk.tally() == (0, 0)


def test_a_rejected_comment_is_not_taken_for_spam(desk: Desk) -> None:
    desk.decide(desk.write("Hello"), CommentState.DELETED)

    assert desk.tally() == (0, 0)


def test_a_decision_that_is_heard_twice_counts_once(desk: Desk) -> None:
    comment = desk.write("Hello")
    desk.decide(comment, CommentState.SPAM)
    score = desk.score("Hello")
    desk.filter.decide(desk.ctx.tables, comment.id, extract("Hello"), True, desk.ctx.now())

    assert (desk.tally(), desk.score("Hello")) == ((1, 0), score)


def test_the_site_may_switch_learning_off(desk: Desk) -> None:
    desk.decide_many(12)
    desk.choose(learn=False)

    assert desk.write(SPAM.format("hats")).state is CommentState.PUBLISHED
    desk.decide(desk.write("Hello"), CommentState.SPAM)
    assert desk.tally() == (12, 12)


def test_two_processes_learn_into_one_filter_and_a_third_finds_it(new_desk: Callable[[], Desk], clock: Any) -> None:
    one, two = new_desk(), new_desk()
    for number, desk in enumerate([one, two] * 3):
        desk.decide(desk.write(f"{SPAM.format(THINGS[number])} {number}"), CommentState.SPAM)
    clock.advance(seconds=FRESH.total_seconds())

    assert one.tally() == two.tally() == (6, 0)
    text = SPAM.format("hats")
    assert one.score(text) == two.score(text) == new_desk().score(text) > 0.5


def test_another_site_leans_on_what_all_learned_until_it_knows_better(desk: Desk) -> None:
    desk.decide_many(12)
    other = desk.parts.sites.add("other")
    ctx = desk.parts.contexts.of(desk.parts.choices.find(other, "spam"), other)
    present = filter_of(ctx)

    assert present.score(extract(SPAM.format("hats"))) > 0 > present.score(extract(HAM.format("hats")))
    # It was never right here, so it may not decide here.
    assert (present.authority.may_hold, present.authority.may_spam) == (False, False)
    desk.site = other
    assert desk.write(SPAM.format("hats")).state is CommentState.PUBLISHED


def test_posting_asks_the_database_once_in_five_seconds_at_most(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.decide_many(1)
    ctx, reads = desk.ctx, []
    read = ctx.tables.read
    monkeypatch.setattr(ctx.tables, "read", lambda: (reads.append(1), read())[1])
    for number in range(30):
        desk.write(f"Hello {number}")

    assert len(reads) <= 1


def test_old_spam_goes_unless_it_was_just_decided(desk: Desk, clock: Any) -> None:
    old, decided = desk.write("Old"), desk.write("Decided")
    desk.decide(old, CommentState.SPAM, actor=SPAM_PLUGIN)
    clock.advance(days=29)
    new = desk.write("New")
    for comment in (decided, new):
        desk.decide(comment, CommentState.SPAM)
    purge(desk.ctx, {})
    assert desk.ctx.comments.get(old.id).state is CommentState.SPAM
    clock.advance(days=2)
    purge(desk.ctx, {})

    states = [desk.ctx.comments.get(comment.id).state for comment in (old, decided, new)]
    assert states == [CommentState.DELETED, CommentState.SPAM, CommentState.SPAM]
    assert desk.tally() == (2, 0)


def test_lessons_are_bounded_and_what_they_taught_stays(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.decide_many(4)
    score = desk.score(SPAM.format("hats"))
    monkeypatch.setattr(embedcomments_spam.learning.lessons, "MAX_LESSONS", 3)
    purge(desk.ctx, {})

    with desk.ctx.tables.read() as connection:
        kept = connection.execute(sql("SELECT site_id, count(*) FROM spam_lesson GROUP BY site_id")).all()
    assert {count for _, count in kept} == {3}
    assert (desk.tally(), desk.score(SPAM.format("hats"))) == ((4, 4), score)


TEXT = "Have a look at my new channel, page {}: https://channel.example/{}"


def test_a_text_that_comes_again_and_again_is_held_and_then_spam(new_desk: Callable[[], Desk], clock: Any) -> None:
    one, two = new_desk(), new_desk()
    for desk in (one, two):
        desk.choose(max_repeats=2)
    written = []
    for number in range(7):
        desk = (one, two)[number % 2]
        desk.thread = ThreadRef(key=f"https://example.com/{number}")
        written.append(desk.write(TEXT.format(number, number)))

    assert [comment.state.value for comment in written] == ["published"] * 2 + ["held"] * 4 + ["spam"]
    assert written[2].reason == "spam: The same text was written 2 times within a day."
    assert one.write("Have a look at my old channel, page 1").state is CommentState.PUBLISHED
    assert [one.write("Thanks!").state.value for _ in range(4)] == ["published"] * 4

    clock.advance(days=1)
    purge(one.ctx, {})
    with one.ctx.tables.read() as connection:
        assert connection.execute(sql("SELECT count(*) FROM spam_repeat")).scalar_one() == 0
    assert one.write(TEXT.format(8, 8)).state is CommentState.PUBLISHED


def test_an_edit_is_no_repeat_of_itself_and_what_was_taken_back_does_not_count(desk: Desk, clock: Any) -> None:
    desk.choose(max_repeats=1)
    text = TEXT.format(1, 1)
    comment = desk.write(text)
    clock.advance(seconds=1)
    author = Actor(identity_id=comment.identity_id)
    edited = desk.parts.commenting.edit(desk.site, comment, text + "!", author)
    assert edited.state is CommentState.PUBLISHED
    assert desk.write(text).state is CommentState.HELD

    desk.parts.commenting.withdraw(desk.site, edited, author)
    desk.instance.jobs.run_due()
    # Of the two that were written one was taken back; the one that is held counts.
    desk.choose(max_repeats=2)
    assert desk.write(text).state is CommentState.PUBLISHED


def test_a_comment_that_is_published_leaves_no_job(desk: Desk) -> None:
    desk.choose(max_repeats=2)
    assert desk.write(TEXT.format(1, 1)).state is CommentState.PUBLISHED
    assert desk.instance.jobs.run_due() == 0


def test_a_comment_counts_as_what_it_was_edited_to(desk: Desk, clock: Any) -> None:
    desk.choose(max_repeats=1)
    comment = desk.write(TEXT.format(1, 1))
    clock.advance(seconds=1)
    edited = desk.parts.commenting.edit(
        desk.site, comment, "Something that nobody else has said so far", Actor(identity_id=comment.identity_id)
    )
    assert desk.write(TEXT.format(1, 1)).state is CommentState.PUBLISHED
    assert desk.write(edited.source).state is CommentState.HELD


def test_a_page_that_tells_of_itself_anew_repeats_nothing(desk: Desk, clock: Any) -> None:
    desk.choose(max_repeats=1, max_near_repeats=1)

    def mention(url: str) -> CommentState:
        clock.advance(minutes=1)
        link = Link(url=url, title="A page")
        draft = Draft(
            site_id=desk.site.id, thread=desk.thread, author=Author(name="A page"), submitted_at=clock.now(),
            text="[…] what the article says about presses and about the paper that they need […]", link=link,
            kind=CommentKind.WEBMENTION,
        )  # fmt: skip
        state: CommentState = desk.parts.commenting.mention(desk.site, draft).state
        return state

    assert [mention("https://other.example/a") for _ in range(3)] == [CommentState.PUBLISHED] * 3
    assert mention("https://other.example/copy") is CommentState.HELD


def test_training_does_not_depend_on_the_order_of_the_file(
    tmp_path: Path, new_instance: Callable[..., Instance]
) -> None:
    rows = [{"text": form.format(thing), "spam": form is SPAM} for form in (SPAM, HAM) for thing in THINGS]
    desk = Desk(new_instance(embedcomments_spam))
    scores = []
    for order in (rows, rows[::-1]):
        file = tmp_path / "labels.jsonl"
        file.write_text("\n".join(map(json.dumps, order)), "utf-8")
        result = CliRunner().invoke(train, [str(file)], obj=lambda _: desk.ctx)
        assert result.output == "Learned from 22 texts.\n"
        desk.filter.refresh(desk.ctx.tables, desk.ctx.now(), always=True)
        scores.append(desk.score("Order the part about violins"))
        assert desk.tally() == (11, 11)
        assert CliRunner().invoke(reset, [], obj=lambda _: desk.ctx).output == "Forgotten.\n"

    assert scores[0] == scores[1] != 0


def test_the_command_line_trains_tests_and_forgets(tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    rows = [{"text": form.format(thing), "spam": form is SPAM} for thing in THINGS for form in (SPAM, HAM)]
    file.write_text("\n".join(map(json.dumps, rows)) + "\n", "utf-8")

    def run(*arguments: str, fails: bool = False) -> str:
        result = CliRunner().invoke(main, ["--data-dir", str(tmp_path / "data"), "spam", *arguments])
        assert (result.exit_code != 0) is fails, result.output
        return result.output

    blank = json.loads(run("test", str(file)).splitlines()[-1])
    assert (blank["recall"], blank["auc"], blank["n"]) == (0, 0.5, 22)
    assert "Learned from 22 texts." in run("train", str(file))
    learned = json.loads(run("test", str(file)).splitlines()[-1])
    assert learned.pop("us_per_comment") > 0
    assert learned == {"precision": 1, "recall": 1, "f1": 1, "auc": 1, "recall_at_1pct_fpr": 1, "n": 22}
    told = run("stats")
    assert "Learned from 11 spam and 11 other texts." in told
    assert "It may by itself: nothing yet." in told
    run("reset")
    assert "Learned from 0 spam and 0 other texts." in run("stats")
    assert json.loads(run("test", str(file)).splitlines()[-1])["auc"] == 0.5
    file.write_text('{"text": "x"}\n', "utf-8")
    assert 'Line 1 is not {"text": …, "spam": true|false}.' in run("train", str(file), fails=True)


def test_what_was_learned_goes_with_its_site(desk: Desk) -> None:
    other = desk.parts.sites.add("press")
    desk.decide_many(2)

    def sites_of(table: Table) -> set[int]:
        with desk.parts.database.read() as connection:
            return set(connection.execute(select(table.c.site_id)).scalars())

    assert all(desk.site.id in sites_of(table) for table in (model, weight, lesson))
    shared = sites_of(model) - {desk.site.id}
    assert desk.parts.lifecycle.delete_site(desk.site, actor=SYSTEM) == []
    assert (sites_of(model), sites_of(lesson)) == (shared, sites_of(lesson) - {desk.site.id})
    assert desk.site.id not in sites_of(weight)
    assert [site.id for site in desk.parts.sites.all()] == [other.id]
