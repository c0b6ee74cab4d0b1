"""A comment is written, changed and taken back by its author."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from queries import statements_to

from embedcomments.domain.comments import Author, Comment, CommentKind, CommentState, Link, SourceFormat
from embedcomments.domain.drafts import Draft
from embedcomments.domain.errors import (
    BadToken,
    CommentNotFound,
    Conflict,
    EditWindowOver,
    IdempotencyKeyReused,
    InvalidRequest,
    NotAllowed,
    Rejected,
    ThreadClosed,
)
from embedcomments.domain.events import EventKind
from embedcomments.domain.identities import Actor
from embedcomments.domain.threads import ThreadRef
from embedcomments.domain.verdicts import Action, Refusal, Verdict
from embedcomments.services.commenting import Accepted, Submission
from embedcomments.services.placing import MAX_DEPTH, new_comment
from embedcomments.storage import events as event_rows
from embedcomments.storage import jobs as job_rows

Bench = Any
NewBench = Callable[..., Any]
MakePlugin = Callable[..., ModuleType]
HELD, DELETED, PUBLISHED, SPAM = CommentState.HELD, CommentState.DELETED, CommentState.PUBLISHED, CommentState.SPAM


def judged_by_its_words(ctx: Any, draft: Draft) -> Verdict | None:
    """Holds "hold", marks "spam", rejects "reject"."""
    for action in (Action.HOLD, Action.SPAM, Action.REJECT):
        if action.value in draft.text:
            return Verdict(action=action, reason=f"It says {action.value}.")
    return None


@pytest.fixture
def strict(new_bench: NewBench, make_plugin: MakePlugin) -> Bench:
    return new_bench(make_plugin("judge", comment_check=judged_by_its_words))


def events(bench: Bench, thread_id: int) -> list[tuple[int, EventKind]]:
    with bench.parts.database.read() as connection:
        return [(event.seq, event.kind) for event in event_rows.events_after(connection, thread_id, 0, 100)]


def counts(bench: Bench) -> tuple[int, list[int]]:
    """The thread's count, and the counts of answers of what its page shows."""
    page = bench.page()
    return page.thread.count, [comment.replies for comment in page.comments]


def test_a_comment_is_stored_as_it_was_written(bench: Bench, clock: Any) -> None:
    accepted = bench.submit("Hello *you*")
    comment = accepted.comment
    assert comment == Comment(
        id=comment.id, site_id=bench.site.id, thread_id=comment.thread_id, parent_id=None, path=comment.id, depth=0,
        number=1, kind=CommentKind.COMMENT, state=PUBLISHED, created_at=clock.now(), edited_at=None, rev=1, seq=1,
        author=Author(name="Ani", email="ani@a.example", url="https://ani.example/"),
        identity_id=comment.identity_id, source="Hello *you*", source_format=SourceFormat.MARKDOWN,
        html="<p>Hello <em>you</em></p>", link=None, replies=0, state_changed_at=clock.now(),
    )  # fmt: skip
    assert bench.now(accepted) == comment
    assert bench.author_of(accepted) == Actor(identity_id=comment.identity_id)
    assert events(bench, comment.thread_id) == [(1, EventKind.PUBLISHED)]


def test_an_answer_stands_below_what_it_answers_and_is_counted(bench: Bench) -> None:
    root = bench.submit()
    answer = bench.submit(to=root)
    deeper = bench.submit(to=answer)
    comment = deeper.comment
    assert (comment.parent_id, comment.depth, comment.ancestor_ids, comment.number) == (
        answer.comment.id, 2, (root.comment.id, answer.comment.id), 3,
    )  # fmt: skip
    assert counts(bench) == (3, [2, 1, 0])


def test_held_comment_is_absent_from_the_public_thread(strict: Bench) -> None:
    accepted = strict.submit("hold me")
    assert (accepted.comment.state, accepted.comment.reason, accepted.comment.number) == (
        HELD, "judge: It says hold.", None,
    )  # fmt: skip
    assert list(strict.page().comments) == []
    assert strict.page().thread.count == 0
    assert events(strict, accepted.comment.thread_id) == [(1, EventKind.SUBMITTED)]


def test_a_held_comment_gets_its_number_when_it_is_published(strict: Bench) -> None:
    held = strict.submit("hold me")
    strict.submit("fine")
    published = strict.parts.moderating.set_state(held.comment.id, PUBLISHED, actor="vera")
    assert (published.number, published.seq, published.rev) == (2, 3, 2)
    again = strict.parts.moderating.set_state(held.comment.id, HELD, actor="vera")
    back = strict.parts.moderating.set_state(held.comment.id, PUBLISHED, actor="vera")
    assert (again.number, back.number) == (2, 2)


def test_a_rejected_comment_leaves_no_trace_and_its_writer_is_told_why(strict: Bench) -> None:
    with pytest.raises(Rejected) as caught:
        strict.submit("reject me")
    assert (caught.value.message, caught.value.data) == ("It says reject.", {"plugin": "judge"})
    assert strict.page().thread is None


def test_a_refused_submission_is_not_even_checked(new_bench: NewBench, make_plugin: MakePlugin) -> None:
    checked: list[str] = []
    plugin = make_plugin(
        "gate",
        submission_verify=lambda draft, proof: None if proof == {"answer": 42} else Refusal(message="Count again."),
        comment_check=lambda draft: checked.append(draft.text),
    )
    bench = new_bench(plugin)
    with pytest.raises(Rejected) as caught:
        bench.submit("bad", proofs={"gate": {"answer": 41}, "other": {"answer": 42}})
    assert (caught.value.message, caught.value.data) == ("Count again.", {"plugin": "gate"})
    bench.submit("good", proofs={"gate": {"answer": 42}})
    assert checked == ["good"]


def test_what_plugins_make_of_the_words_is_stored_and_shown(new_bench: NewBench, make_plugin: MakePlugin) -> None:
    bench = new_bench(
        make_plugin("a-mask", comment_transform=lambda draft: replace(draft, text=draft.text.replace("darn", "d•••"))),
        make_plugin("b-html", comment_html=lambda html, draft: html + "<script>alert(1)</script><mark>!</mark>"),
    )
    comment = bench.submit("darn it").comment
    assert (comment.source, comment.html) == ("d••• it", "<p>d••• it</p>\n<mark>!</mark>")
    assert bench.parts.commenting.preview(bench.site, "darn") == "<p>d•••</p>\n<mark>!</mark>"
    assert bench.parts.commenting.preview(bench.site, " ") == ""


def test_checks_see_how_many_comments_of_the_person_are_published(new_bench: NewBench, make_plugin: MakePlugin) -> None:
    seen: list[tuple[str | None, int]] = []
    bench = new_bench(
        make_plugin("a", comment_check=lambda draft: seen.append((draft.identity_id, draft.published_before)))
    )
    first = bench.submit()
    owner = first.comment.identity_id
    second = bench.submit(identity_id=owner)
    bench.parts.commenting.edit(bench.site, second.comment, "again", bench.author_of(second))
    assert second.comment.identity_id == owner
    assert seen == [(None, 0), (owner, 1), (owner, 2)]


def test_a_person_of_another_site_is_a_stranger_here(bench: Bench) -> None:
    first = bench.submit()
    other = bench.parts.sites.add("other")
    there = bench.parts.commenting.submit(
        other,
        _submission("Hi"),
        identity_id=first.comment.identity_id,
    )
    unknown = bench.submit(identity_id="0" * 24)
    assert there.comment.identity_id not in (None, first.comment.identity_id)
    assert unknown.comment.identity_id not in (None, "0" * 24)


def _submission(text: str) -> Any:
    return Submission(thread=ThreadRef(key="/a"), author=Author(), text=text)


@pytest.mark.parametrize("text", ["", "  \n\t ", "x" * 51])
def test_an_empty_or_overlong_text_is_invalid(bench: Bench, text: str) -> None:
    bench.settings(max_length=50)
    with pytest.raises(InvalidRequest) as caught:
        bench.submit(text)
    assert list(caught.value.data["errors"]) == ["text"]
    bench.submit("x" * 50)


def test_a_closed_thread_takes_nothing_until_it_is_opened(bench: Bench) -> None:
    bench.submit()
    closed = bench.parts.moderating.set_closed(bench.site, "/a", True, actor="vera")
    with pytest.raises(ThreadClosed):
        bench.submit("late")
    bench.submit("elsewhere", thread="/b")
    assert bench.parts.moderating.set_closed(bench.site, "/a", True, actor="vera") == closed
    bench.parts.moderating.set_closed(bench.site, "/a", False, actor="vera")
    bench.submit("again")
    assert events(bench, closed.id) == [
        (1, EventKind.PUBLISHED),
        (2, EventKind.THREAD_CHANGED),
        (3, EventKind.THREAD_CHANGED),
        (4, EventKind.PUBLISHED),
    ]


def test_what_is_not_there_cannot_be_answered(strict: Bench) -> None:
    root = strict.submit()
    elsewhere = strict.submit(thread="/b")
    held = strict.submit("hold")
    gone = strict.submit()
    strict.parts.commenting.withdraw(strict.site, gone.comment, strict.author_of(gone))
    answers = []
    for parent in (elsewhere.comment.id, held.comment.id, gone.comment.id, "0" * 24, "x", "\0" * 24, ""):
        submission = replace(_submission("answer"), parent_id=parent)
        with pytest.raises(InvalidRequest) as caught:
            strict.parts.commenting.submit(strict.site, submission)
        answers.append(list(caught.value.data["errors"]))
    assert answers == [["parent_id"]] * 7
    assert strict.submit(to=root).comment.parent_id == root.comment.id


def test_a_plugin_may_forbid_answers(new_bench: NewBench, make_plugin: MakePlugin) -> None:
    def permissions(action: str, subjects: Any) -> dict[str, bool]:
        return {subject.id: action != "reply" for subject in subjects}

    bench = new_bench(make_plugin("quiet", permissions=permissions))
    root = bench.submit()
    with pytest.raises(NotAllowed):
        bench.submit(to=root)


def test_beyond_the_greatest_depth_answers_stand_beside_their_parent_and_name_it(bench: Bench, clock: Any) -> None:
    chain = [bench.submit()]
    for _ in range(MAX_DEPTH + 2):
        clock.advance(seconds=1)
        chain.append(bench.submit(to=chain[-1]))
    comments = [accepted.comment for accepted in chain]
    assert [comment.depth for comment in comments] == [*range(MAX_DEPTH), *[MAX_DEPTH - 1] * 3]
    assert [comment.parent_id for comment in comments[1:]] == [comment.id for comment in comments[:-1]]
    assert all(len(comment.path) == 24 * (comment.depth + 1) for comment in comments)
    assert bench.now(chain[0]).replies == MAX_DEPTH + 2
    shown, more = bench.parts.reading.replies(bench.now(chain[0]), None)
    assert ([comment.id for comment in shown], more) == ([comment.id for comment in comments[1:]], None)


def test_the_same_key_and_body_get_the_same_answer_and_no_second_comment(bench: Bench) -> None:
    first, second = (bench.submit(idempotency_key="k", body_hash="h") for _ in range(2))
    assert first == second
    assert bench.page().thread.count == 1


def test_the_same_key_with_another_body_is_refused(bench: Bench) -> None:
    bench.submit(idempotency_key="k", body_hash="h")
    with pytest.raises(IdempotencyKeyReused):
        bench.submit(idempotency_key="k", body_hash="other")
    bench.submit(idempotency_key="other", body_hash="h")
    assert bench.page().thread.count == 2


def test_a_rejected_comment_does_not_use_its_key_up(strict: Bench) -> None:
    with pytest.raises(Rejected):
        strict.submit("reject", idempotency_key="k", body_hash="h")
    assert strict.submit("fine", idempotency_key="k", body_hash="h2").comment.source == "fine"


def test_twenty_posts_with_one_key_are_one_comment(
    new_bench: NewBench, database_url: Any, together: Callable[..., list[Any]]
) -> None:
    bench = new_bench(database_url=database_url.render_as_string(hide_password=False))
    answers = together(lambda _: bench.submit(idempotency_key="k", body_hash="h"), 20)
    assert len({accepted.comment.id for accepted in answers}) == 1
    assert len({accepted.edit_token for accepted in answers}) == 1
    assert bench.page().thread.count == 1
    with bench.parts.database.read() as connection:
        assert len(event_rows.events_after(connection, answers[0].comment.thread_id, 0, 100)) == 1


def test_parallel_comments_are_numbered_and_counted_without_gaps(
    new_bench: NewBench, database_url: Any, together: Callable[..., list[Any]]
) -> None:
    bench = new_bench(database_url=database_url.render_as_string(hide_password=False))
    root = bench.submit()
    answers = together(lambda n: bench.submit(f"{n}", to=root), 20)
    assert sorted(accepted.comment.number for accepted in answers) == list(range(2, 22))
    assert sorted(accepted.comment.seq for accepted in answers) == list(range(2, 22))
    assert bench.page().thread.count == 21
    assert bench.now(root).replies == 20


def test_an_author_edits_within_the_window(bench: Bench, clock: Any) -> None:
    accepted = bench.submit("first")
    clock.advance(seconds=900)
    edited = bench.parts.commenting.edit(bench.site, accepted.comment, "**second**", bench.author_of(accepted))
    assert edited == replace(
        accepted.comment,
        source="**second**",
        html="<p><strong>second</strong></p>",
        edited_at=clock.now(),
        rev=2,
        seq=2,
    )
    assert bench.now(accepted) == edited
    assert events(bench, edited.thread_id)[-1] == (2, EventKind.EDITED)


def test_after_the_window_nothing_can_be_changed(bench: Bench, clock: Any) -> None:
    accepted = bench.submit()
    clock.advance(seconds=900.001)
    commenting, author = bench.parts.commenting, bench.author_of(accepted)
    with pytest.raises(EditWindowOver):
        commenting.edit(bench.site, accepted.comment, "late", author)
    with pytest.raises(EditWindowOver):
        commenting.withdraw(bench.site, accepted.comment, author)
    assert bench.now(accepted) == accepted.comment


def test_only_the_author_may_change_a_comment(bench: Bench) -> None:
    accepted, other = bench.submit(), bench.submit()
    for actor in (Actor(), bench.author_of(other), Actor(identity_id="")):
        with pytest.raises(BadToken):
            bench.parts.commenting.edit(bench.site, accepted.comment, "mine now", actor)
        with pytest.raises(BadToken):
            bench.parts.commenting.withdraw(bench.site, accepted.comment, actor)
    assert bench.now(accepted) == accepted.comment


def test_an_edit_passes_the_same_plugins_and_may_be_held_again(strict: Bench) -> None:
    accepted = strict.submit("fine")
    author = strict.author_of(accepted)
    with pytest.raises(Rejected):
        strict.parts.commenting.edit(strict.site, accepted.comment, "reject", author)
    held = strict.parts.commenting.edit(strict.site, accepted.comment, "hold this", author)
    assert (held.state, held.source, held.reason, held.number) == (HELD, "hold this", "judge: It says hold.", 1)
    assert strict.page().thread.count == 0
    still = strict.parts.commenting.edit(strict.site, held, "harmless again", author)
    assert still.state is HELD
    assert events(strict, held.thread_id) == [(1, EventKind.PUBLISHED), (2, EventKind.HELD), (3, EventKind.EDITED)]


def test_plugins_see_that_it_is_an_edit_and_what_stood_there(new_bench: NewBench, make_plugin: MakePlugin) -> None:
    seen: list[Comment | None] = []
    bench = new_bench(
        make_plugin(
            "a",
            submission_verify=lambda draft: seen.append(draft.previous),
            comment_transform=lambda draft: seen.append(draft.previous),
        )
    )
    accepted = bench.submit()
    bench.parts.commenting.edit(bench.site, accepted.comment, "other", bench.author_of(accepted))
    assert seen == [None, None, accepted.comment]


def test_withdrawing_erases_every_word_and_leaves_a_tombstone_while_there_are_answers(bench: Bench) -> None:
    root = bench.submit("secret")
    answer = bench.submit("answer", to=root)
    gone = bench.parts.commenting.withdraw(bench.site, bench.now(root), bench.author_of(root))
    assert (gone.state, gone.source, gone.html, gone.author, gone.is_visible) == (DELETED, "", "", Author(), True)
    body = bench.parts.reading.page_json(bench.site, bench.page())
    assert [comment["state"] for comment in body["comments"]] == ["deleted", "published"]
    assert body["thread"]["count"] == 1
    assert "secret" not in str(body)
    bench.parts.commenting.withdraw(bench.site, bench.now(answer), bench.author_of(answer))
    assert list(bench.page().comments) == []
    assert bench.page().thread.count == 0


def test_no_word_of_a_withdrawn_comment_is_left_in_the_database(bench: Bench) -> None:
    accepted = bench.submit(
        "s3cret words", author=Author(name="Zaven", email="zaven@z.example", url="https://z.example/")
    )
    bench.parts.commenting.withdraw(bench.site, accepted.comment, bench.author_of(accepted))
    with bench.parts.database.read() as connection:
        row = connection.exec_driver_sql("SELECT * FROM comment").one()
    assert not any(word in str(row) for word in ("s3cret", "Zaven", "zaven", "z.example"))


def test_what_was_withdrawn_cannot_be_changed_or_brought_back(bench: Bench) -> None:
    accepted = bench.submit()
    author = bench.author_of(accepted)
    gone = bench.parts.commenting.withdraw(bench.site, accepted.comment, author)
    with pytest.raises(CommentNotFound):
        bench.parts.commenting.edit(bench.site, gone, "back", author)
    with pytest.raises(CommentNotFound):
        bench.parts.commenting.edit(bench.site, accepted.comment, "back", author)  # as it was read before
    with pytest.raises(CommentNotFound):
        bench.parts.commenting.withdraw(bench.site, gone, author)
    with pytest.raises(Conflict):
        bench.parts.moderating.set_state(gone.id, PUBLISHED, actor="vera")


def test_every_listening_plugin_gets_a_job_for_every_event(new_bench: NewBench, make_plugin: MakePlugin) -> None:
    bench = new_bench(make_plugin("a", on_event=lambda event: None), make_plugin("b", on_event=lambda event: None))
    accepted = bench.submit()
    bench.parts.commenting.withdraw(bench.site, accepted.comment, bench.author_of(accepted))
    with bench.parts.database.read() as connection:
        assert job_rows.queue_length(connection) == {"waiting": 4}


def _mention(bench: Bench, text: str, title: str = "Page") -> Draft:
    return Draft(
        site_id=bench.site.id,
        thread=ThreadRef(key="/a"),
        author=Author(name="p.example"),
        text=text,
        submitted_at=bench.parts.clock.now(),
        kind=CommentKind.WEBMENTION,
        link=Link(url="https://p.example/post", title=title),
    )


def test_a_mention_is_shown_as_plain_text_and_not_counted(bench: Bench) -> None:
    comment = bench.parts.commenting.mention(bench.site, _mention(bench, "An *excerpt* <b>of</b> it"))
    assert (comment.html, comment.identity_id, comment.state) == (
        "<p>An *excerpt* &lt;b&gt;of&lt;/b&gt; it</p>", None, PUBLISHED,
    )  # fmt: skip
    assert bench.page().thread.count == 0
    assert [item.id for item in bench.page().comments] == [comment.id]


def test_the_same_page_again_brings_its_mention_up_to_date(bench: Bench) -> None:
    first = bench.parts.commenting.mention(bench.site, _mention(bench, "old"))
    same = bench.parts.commenting.mention(bench.site, _mention(bench, "old"))
    second = bench.parts.commenting.mention(bench.site, _mention(bench, "new", "Other"))
    assert (same, second.id, second.source, second.link) == (
        first, first.id, "new", Link(url="https://p.example/post", title="Other"),
    )  # fmt: skip
    assert second.number == first.number


def test_a_mention_that_turns_bad_is_held_and_never_publishes_itself(strict: Bench) -> None:
    commenting = strict.parts.commenting
    first = commenting.mention(strict.site, _mention(strict, "fine"))
    worse = commenting.mention(strict.site, _mention(strict, "now it says hold"))
    again = commenting.mention(strict.site, _mention(strict, "fine"))
    assert [first.state, worse.state, again.state] == [PUBLISHED, HELD, HELD]
    with pytest.raises(InvalidRequest):
        commenting.mention(strict.site, replace(_mention(strict, "x"), link=None))


def test_a_place_below_a_deep_parent_keeps_to_the_greatest_depth(bench: Bench) -> None:
    accepted: Accepted = bench.submit()
    deep = replace(accepted.comment, path="0" * 24 * MAX_DEPTH, depth=MAX_DEPTH - 1)
    made = new_comment(
        site_id=1, thread_id=1, comment_id="1" * 24, parent=deep, kind=CommentKind.COMMENT, state=PUBLISHED,
        created_at=deep.created_at, author=Author(), identity_id=None, source="", source_format=SourceFormat.MARKDOWN,
        html="", link=None,
    )  # fmt: skip
    assert (made.depth, len(made.path)) == (MAX_DEPTH - 1, 24 * MAX_DEPTH)


def test_a_post_takes_as_many_statements_however_much_stands_there(
    new_bench: Callable[..., Bench], make_plugin: Callable[..., ModuleType], request: pytest.FixtureRequest
) -> None:
    """Verdicts travel with the comment; only an answer asks once more, whether its branch is closed."""
    verdict = Verdict(action=Action.PUBLISH, score=0.5, reason="Fine.")
    judge = make_plugin("judge", comment_check=lambda: verdict)
    new_postgres = request.getfixturevalue("_empty_postgres")  # every statement passes SQLAlchemy there
    bench = new_bench(judge, database_url=new_postgres().render_as_string(hide_password=False))

    def count(to: Any = None) -> int:
        with statements_to(bench.parts.database.engine) as seen:
            bench.submit("words", to=to)
        return len(seen)

    root = bench.submit("root")
    counts = [(count(), count(root))]
    for _ in range(20):
        bench.submit("more", to=root)
    counts.append((count(), count(root)))
    assert counts[0] == counts[1]
    assert counts[0] == (6, 9), "an answer reads its parent, asks whether the branch is closed, and counts itself"
