"""The record of who did what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest

from embedcomments.domain.audit import AuditFilter, Subject
from embedcomments.domain.comments import Author, CommentState
from embedcomments.domain.errors import Conflict
from embedcomments.domain.identities import Actor, ActorKind
from embedcomments.domain.verdicts import Action, Verdict
from embedcomments.services.auditing import PAGE, changes_of

Bench = Any
PUBLISHED, HELD, SPAM, DELETED = CommentState


def record(bench: Bench, **which: Any) -> list[Any]:
    """The lines of the default site, oldest first."""
    lines = bench.parts.auditing.list(AuditFilter(site_id=bench.site.id, **which), limit=500)
    return list(reversed(lines))


def told(bench: Bench, **which: Any) -> list[Any]:
    return [(line.actor_kind, line.actor, line.action, line.before, line.after) for line in record(bench, **which)]


def test_each_change_of_a_comment_has_its_line(either: Bench) -> None:
    made = either.submit("words").comment
    moderating = either.parts.moderating
    moderating.set_state(made.id, HELD, actor="vera", reason="look again", batch="b" * 24)
    moderating.set_state(made.id, HELD, actor="vera")
    moderating.set_state(made.id, PUBLISHED, actor=Actor(kind=ActorKind.PLUGIN, name="spam"))
    moderating.pin(made.id, True, actor="vera")
    moderating.close_branch(made.id, True, actor="vera")
    moderating.edit(made.id, "other words", actor="vera")
    moderator, plugin = ActorKind.MODERATOR, ActorKind.PLUGIN
    assert told(either) == [
        (moderator, "vera", "comment.hold", {"state": "published"}, {"state": "held"}),
        (plugin, "spam", "comment.publish", {"state": "held"}, {"state": "published"}),
        (moderator, "vera", "comment.pin", {"pinned": False}, {"pinned": True}),
        (moderator, "vera", "comment.close", {"closed": False}, {"closed": True}),
        (moderator, "vera", "comment.edit", {"text": "words"}, {"text": "other words"}),
    ]
    first = record(either)[0]
    assert (first.reason, first.batch, first.subject) == ("look again", "b" * 24, Subject(kind="comment", id=made.id))


def test_what_raises_leaves_no_line(bench: Bench) -> None:
    made = bench.submit("words")
    bench.parts.commenting.withdraw(bench.site, made.comment, bench.author_of(made))
    lines = record(bench)
    with pytest.raises(Conflict):
        bench.parts.moderating.set_state(made.comment.id, PUBLISHED, actor="vera")
    assert record(bench) == lines


def test_an_authors_edit_stands_there_and_a_new_comment_does_not(bench: Bench) -> None:
    made = bench.submit("first")
    bench.parts.commenting.edit(bench.site, made.comment, "second", bench.author_of(made))
    assert told(bench) == [(ActorKind.READER, "author", "comment.edit", {"text": "first"}, {"text": "second"})]


@pytest.mark.parametrize("way", ["withdraw", "erase", "privacy"])
def test_words_that_are_erased_are_in_no_line_and_no_verdict(
    new_bench: Callable[..., Bench], make_plugin: Callable[..., ModuleType], database_url: Any, way: str
) -> None:
    judge = make_plugin(
        "judge", comment_check=lambda draft: Verdict(action=Action.PUBLISH, score=0.2, reason=f"It says {draft.text}.")
    )
    bench = new_bench(judge, database_url=database_url.render_as_string(hide_password=False))
    made = bench.submit("SECRETWORD one", author=Author(name="SECRETWORD", email="ani@a.example"))
    other = bench.submit("Other words")
    subject = Subject(kind="comment", id=made.comment.id)
    bench.parts.commenting.edit(bench.site, bench.now(made), "SECRETWORD two", bench.author_of(made))
    bench.parts.moderating.edit(made.comment.id, "SECRETWORD three", actor="vera", reason="SECRETWORD")
    bench.parts.moderating.edit(other.comment.id, "Better words", actor="vera")
    bench.parts.auditing.record(
        site_id=bench.site.id, actor=Actor(name="spam"), action="spam.learn", subject=subject, after={"w": "SECRETWORD"}
    )
    assert "SECRETWORD" in str(record(bench)), "or there would be nothing to erase"
    if way == "withdraw":
        bench.parts.commenting.withdraw(bench.site, bench.now(made), bench.author_of(made))
    elif way == "erase":
        bench.parts.moderating.erase(made.comment.id, actor="vera")
    else:
        bench.instance.privacy.erase(bench.site, identity_id=made.comment.identity_id)
    with bench.parts.database.read() as connection:
        for table in ("audit", "comment", "event"):
            rows = connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            assert "SECRETWORD" not in str(rows), table
    action = {"withdraw": "comment.withdraw"}.get(way, "comment.erase")
    assert [line.action for line in record(bench, subject=subject)] == [
        "comment.edit", "comment.edit", "spam.learn", action,
    ]  # fmt: skip
    assert "Other words" in str(record(bench)), "another comment's words stay"


def test_verdicts_are_kept_as_they_were_last_given(
    new_bench: Callable[..., Bench], make_plugin: Callable[..., ModuleType], database_url: Any
) -> None:
    answers = [
        Verdict(action=Action.HOLD, score=0.75, reason="Doubtful."),
        Verdict(action=Action.PUBLISH, score=0.1, reason=""),
    ]
    judge = make_plugin("judge", comment_check=lambda: answers.pop(0))
    bench = new_bench(judge, make_plugin("mute"), database_url=database_url.render_as_string(hide_password=False))
    made = bench.submit("one")
    kept = bench.parts.moderating.verdicts(bench.site, [made.comment.id, "0" * 24])
    held = Verdict(action=Action.HOLD, score=0.75, reason="Doubtful.", plugin="judge")
    assert kept == {made.comment.id: (held,)}
    bench.parts.commenting.edit(bench.site, made.comment, "two", bench.author_of(made))
    bench.parts.moderating.edit(made.comment.id, "three", actor="vera")
    kept = bench.parts.moderating.verdicts(bench.site, [made.comment.id])
    assert kept == {made.comment.id: (Verdict(action=Action.PUBLISH, score=0.1, plugin="judge"),)}
    bench.parts.sites.add("other")
    assert bench.parts.moderating.verdicts(bench.parts.sites.get("other"), [made.comment.id]) == {}


def test_filters_tell_lines_apart(either: Bench, clock: Any) -> None:
    subject = Subject(kind="plugin", id="spam")
    start = clock.now()
    auditing = either.parts.auditing
    for number, (actor, action) in enumerate(
        (("vera", "plugin.enable"), ("ani", "plugin.enable"), ("vera", "plugins.other"), ("vera", "settings.change"))
    ):
        auditing.record(
            site_id=either.site.id, actor=Actor(name=actor), action=action, subject=subject, batch=f"{number:024d}"
        )
        clock.advance(hours=1)
    auditing.record(site_id=None, actor=Actor(name="vera"), action="plugin.enable", subject=subject)

    def numbers(**which: Any) -> list[int]:
        return [int(line.batch) for line in record(either, **which)]

    assert numbers() == [0, 1, 2, 3]
    assert numbers(action="plugin.") == [0, 1], "a prefix ends at its dot"
    assert numbers(action="plugin.enable", actor="vera") == [0]
    assert numbers(batch=f"{2:024d}") == [2]
    assert numbers(subject=Subject(kind="plugin", id="other")) == []
    assert numbers(since=start + timedelta(hours=1), until=start + timedelta(hours=3)) == [1, 2]
    assert numbers(before=record(either)[2].id) == [0, 1]
    assert len(auditing.list(AuditFilter(), 500)) == 5, "without a site: of all of them, and of none"


def test_all_lines_are_read_however_many_there_are(bench: Bench) -> None:
    subject = Subject(kind="thread", id="/a")
    for number in range(PAGE + 1):
        bench.parts.auditing.record(
            site_id=None, actor=Actor(name="x"), action="a.b", subject=subject, after={"state": number}
        )
    found = [line.after["state"] for line in bench.parts.auditing.all(AuditFilter())]
    assert found == list(range(PAGE + 1))


def test_secrets_are_told_by_name_only_and_long_texts_cut() -> None:
    before = {"key": "old", "policy": "x" * 5000, "same": 1, "list": (1, 2)}
    after = {"key": "new", "policy": "", "same": 1, "list": (1,), "empty": None}
    assert changes_of(before, after, frozenset({"key"})) == (
        {"key": "(secret)", "policy": "x" * 2000 + "…", "list": [1, 2]},
        {"key": "(secret)", "policy": "", "list": [1]},
    )


def test_what_is_known_of_a_writer_is_told_with_verdicts_and_forgotten_in_the_record(
    new_bench: Callable[..., Bench], make_plugin: Callable[..., ModuleType]
) -> None:
    judge = make_plugin("judge", comment_check=lambda: Verdict(action=Action.PUBLISH, reason="Fine."))
    bench = new_bench(judge)
    made = bench.submit("words").comment
    subject = Subject(kind="identity", id=made.identity_id)
    bench.parts.auditing.record(
        site_id=bench.site.id, actor=Actor(name="vera"), action="bans.ban", subject=subject, reason="He said SECRETWORD"
    )
    (told_comment,) = bench.instance.privacy.export(bench.site, identity_id=made.identity_id)["comments"]
    assert told_comment["verdicts"] == [{"action": "publish", "score": 0.0, "reason": "Fine.", "plugin": "judge"}]
    bench.instance.privacy.erase(bench.site, identity_id=made.identity_id)
    (line,) = record(bench, subject=subject)
    assert (line.action, line.actor, line.reason) == ("bans.ban", "vera", None)
