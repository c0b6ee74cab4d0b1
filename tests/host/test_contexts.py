"""The small world of a plugin: this site, its own jobs, events, tables and tokens."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from itsdangerous import BadSignature
from marshmallow import Schema, fields
from sqlalchemy import text

from embedcomments.api import (
    Author,
    CommentKind,
    CommentState,
    EventType,
    Job,
    Link,
    Migrations,
    PluginEvent,
    Rejected,
    Settings,
    Subject,
    Verdict,
)
from embedcomments.domain.errors import CommentNotFound, InvalidRequest, NotAllowed, PluginError, ThreadNotFound
from embedcomments.domain.identities import Moderator
from embedcomments.domain.permissions import Role
from embedcomments.domain.verdicts import Action

MakePlugin = Callable[..., ModuleType]
REVISION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0001", None, None, None


def upgrade() -> None:
    {body}
"""


@pytest.fixture
def host(new_host: Any, make_plugin: MakePlugin) -> Any:
    return new_host(make_plugin("sample"))


def test_a_context_knows_its_plugin_and_site(host: Any, clock: Any) -> None:
    context = host.context("sample")
    assert (context.plugin, context.site, context.now(), context.public_url, context.log) == (
        "sample", host.site, clock.now(), "http://localhost:8080", logging.getLogger("embedcomments.plugin.sample"),
    )  # fmt: skip
    assert host.context("sample") is context


def test_a_context_follows_its_site(host: Any) -> None:
    before = host.context("sample")
    host.parts.sites.add_origin(host.site, "https://a.example")
    after = host.context("sample")
    assert (before.site.origins, after.site.origins) == ((), ("https://a.example",))


def test_comments_of_other_sites_are_invisible(host: Any) -> None:
    other = host.parts.sites.add("other")
    mine, theirs = host.submit(), host.submit(site=other)
    comments = host.context("sample").comments
    assert (comments.get(mine.id), comments.get(theirs.id), comments.get("x")) == (mine, None, None)
    assert [comment.id for comment in comments.list()] == [mine.id]
    assert comments.count() == 1
    assert list(comments.threads_of([mine, theirs])) == [mine.thread_id]
    assert comments.thread("/a").id == comments.thread_of(mine).id == mine.thread_id
    assert comments.thread("/nothing") is None
    actions: list[Callable[[], Any]] = [
        lambda: comments.thread_of(theirs),
        lambda: comments.set_state(theirs.id, CommentState.SPAM),
        lambda: comments.refresh(theirs.id),
        lambda: comments.set_state("0" * 24, CommentState.SPAM),
        lambda: comments.refresh("\0"),
        lambda: comments.set_score(theirs.id, lambda _: 1),
        lambda: comments.set_score("\0", lambda _: 1),
    ]
    for action in actions:
        with pytest.raises(CommentNotFound):
            action()
    assert host.parts.reading.comment(theirs.id) == theirs


def test_lists_are_filtered_and_go_on(host: Any, clock: Any) -> None:
    made = []
    for word in ("one", "two", "three"):
        clock.advance(seconds=1)
        made.append(host.submit(word))
    comments = host.context("sample").comments
    comments.set_state(made[0].id, CommentState.HELD)
    assert [c.source for c in comments.list(states=[CommentState.PUBLISHED])] == ["three", "two"]
    assert [c.source for c in comments.list(search="TWO")] == ["two"]
    assert [c.source for c in comments.list(before=made[2].id, limit=1)] == ["two"]
    assert comments.count(states=[CommentState.HELD], kinds=[CommentKind.COMMENT]) == 1
    assert comments.count(identity_id=made[1].identity_id) == 1


def test_changes_are_recorded_under_the_plugins_or_the_moderators_name(host: Any) -> None:
    comment = host.submit()
    comments = host.context("sample").comments
    held = comments.set_state(comment.id, CommentState.HELD, reason="why")
    comments.set_state(comment.id, CommentState.PUBLISHED, actor="vera")
    comments.refresh(comment.id)
    with host.parts.database.read() as connection:
        actors = connection.execute(text("SELECT actor FROM event ORDER BY seq")).scalars().all()
    assert (held.state, held.reason, actors) == (CommentState.HELD, "why", ["reader", "sample", "vera", "sample"])


def test_a_score_is_stored_with_what_the_plugin_wrote_and_the_comment_is_shown_anew(
    new_host: Any, make_plugin: MakePlugin, tmp_path: Path
) -> None:
    folder = _folder(tmp_path / "m", 'op.create_table("sample_note", sa.Column("words", sa.Text))')
    host = new_host(make_plugin("sample", register_migrations=lambda: Migrations(folder=folder)))
    made = host.submit()
    other = host.submit("Other")
    context = host.context("sample")

    def work(connection: Any, score: Any) -> Any:
        connection.execute(text("INSERT INTO sample_note VALUES ('x')"))
        return score

    def notes() -> int:
        with context.tables.read() as connection:
            found: int = connection.execute(text("SELECT count(*) FROM sample_note")).scalar_one()
        return found

    rated = context.comments.set_score(made.id, lambda c: work(c, 3))
    assert (rated.score, rated.rev, rated.source, notes()) == (3, made.rev + 1, made.source, 1)
    assert context.comments.get(made.id) == rated
    with host.parts.database.read() as connection:
        event = connection.execute(text("SELECT kind, actor, comment_id, seq FROM event ORDER BY seq DESC")).first()
    assert tuple(event) == ("comment_extended", "sample", made.id, rated.seq)

    again = context.comments.set_score(made.id, lambda c: work(c, 3))
    assert (again.score, again.rev, notes()) == (3, rated.rev + 1, 2)

    for wrong in (1.5, "3", True, 2**53, -(2**53)):
        with pytest.raises(PluginError, match="sample gave a comment a score"):
            context.comments.set_score(made.id, lambda c, wrong=wrong: work(c, wrong))
    assert (notes(), context.comments.get(made.id)) == (2, again)

    def unchanged(connection: Any) -> None:
        connection.execute(text("DELETE FROM sample_note WHERE words = 'y'"))

    assert context.comments.set_score(made.id, unchanged) == again
    assert context.comments.get(made.id) == again
    assert context.comments.get(other.id) == other


def _mention(comments: Any, **changes: Any) -> Any:
    values = {
        "key": "HTTPS://A.example/post#x", "url": "https://a.example/post", "title": "Post",
        "kind": CommentKind.PINGBACK, "link": Link(url="https://b.example/", title="B"), "author": Author(name="B"),
        "text": "an *excerpt*",
    }  # fmt: skip
    return comments.submit_mention(**{**values, **changes})


def test_a_mention_goes_through_the_same_pipeline(new_host: Any, make_plugin: MakePlugin) -> None:
    def check(draft: Any) -> Verdict | None:
        return Verdict(action=Action.REJECT, reason="No.") if "casino" in draft.text else None

    host = new_host(make_plugin("sample"), make_plugin("judge", comment_check=check))
    comments = host.context("sample").comments
    made = _mention(comments)
    assert (made.html, made.kind, made.link) == (
        "<p>an *excerpt*</p>", CommentKind.PINGBACK, Link(url="https://b.example/", title="B"),
    )  # fmt: skip
    assert comments.find_link("https://a.example/post", "https://b.example/", CommentKind.PINGBACK) == made
    assert comments.find_link("https://a.example/post", "https://c.example/", CommentKind.PINGBACK) is None
    assert comments.find_link("/nothing", "https://b.example/", CommentKind.PINGBACK) is None
    with pytest.raises(Rejected):
        _mention(comments, text="casino")
    with pytest.raises(InvalidRequest):
        _mention(comments, key="\0")


def test_only_declared_jobs_are_enqueued_and_they_know_their_site(
    new_host: Any, make_plugin: MakePlugin, clock: Any
) -> None:
    ran: list[tuple[str, Any]] = []
    job = Job(name="mail", run=lambda ctx, payload: ran.append((ctx.site.name, payload)))
    host = new_host(make_plugin("sample", register_jobs=lambda: [job]))
    other = host.parts.sites.add("other")
    jobs = host.context("sample", other).jobs
    jobs.enqueue("mail", {"n": 1})
    jobs.enqueue("mail", {"n": 2}, after=timedelta(hours=1), key="k")
    jobs.enqueue("mail", {"n": 3}, key="k")
    with pytest.raises(PluginError, match="no job 'fax'"):
        jobs.enqueue("fax", {})
    with pytest.raises(Exception, match="not JSON serializable"):
        jobs.enqueue("mail", {"n": object()})
    assert host.instance.jobs.run_due() == 1
    clock.advance(hours=1)
    assert host.instance.jobs.run_due() == 1
    assert ran == [("other", {"n": 1}), ("other", {"n": 2})]


def test_a_published_event_reaches_those_who_listen_and_not_its_maker(
    new_host: Any, make_plugin: MakePlugin, clock: Any
) -> None:
    heard: list[tuple[str, Any]] = []

    def listen(ctx: Any, event: Any) -> None:
        heard.append((ctx.plugin, event))

    host = new_host(
        make_plugin("votes", register_events=lambda: [EventType(name="voted")], on_event=listen),
        make_plugin("a", on_event=listen),
        make_plugin("b", on_event=listen),
        make_plugin("deaf"),
    )
    host.choose("b", enabled=False)
    context = host.context("votes")
    with pytest.raises(PluginError, match="did not declare the event 'other'"):
        context.publish("other", {})
    context.publish("voted", {"up": 3})
    assert host.instance.jobs.run_due() == 1
    assert heard == [("a", PluginEvent(name="votes.voted", site_id=host.site.id, data={"up": 3}, at=clock.now()))]


def test_each_plugin_has_a_signer_of_its_own(new_host: Any, make_plugin: MakePlugin) -> None:
    host = new_host(make_plugin("a"), make_plugin("b"))
    token = host.context("a").signer.dumps({"x": 1})
    assert host.context("a", host.parts.sites.add("other")).signer.loads(token) == {"x": 1}
    with pytest.raises(BadSignature):
        host.context("b").signer.loads(token)


def _folder(folder: Path, body: str) -> Path:
    (folder / "versions").mkdir(parents=True)
    (folder / "versions" / "0001_first.py").write_text(REVISION.format(body=body))
    return folder


def test_a_plugin_reads_and_writes_its_own_tables(new_host: Any, make_plugin: MakePlugin, tmp_path: Path) -> None:
    folder = _folder(tmp_path / "m", 'op.create_table("sample_note", sa.Column("words", sa.Text))')
    host = new_host(make_plugin("sample", register_migrations=lambda: Migrations(folder=folder)))
    tables = host.context("sample").tables

    def add(connection: Any, fail: bool = False) -> str:
        connection.execute(text("INSERT INTO sample_note VALUES ('x')"))
        if fail:
            raise ValueError("no")
        return "written"

    assert tables.write(add) == "written"
    with pytest.raises(ValueError, match="no"):
        tables.write(lambda c: add(c, fail=True))
    with tables.read() as connection:
        assert connection.execute(text("SELECT words FROM sample_note")).scalars().all() == ["x"]


def test_a_plugin_whose_migrations_fail_is_broken_and_leaves_nothing(
    new_host: Any, make_plugin: MakePlugin, tmp_path: Path
) -> None:
    bad = _folder(tmp_path / "m", 'op.create_table("sample_note", sa.Column("x", sa.Text)); raise SystemExit("bye")')
    host = new_host(make_plugin("sample", register_migrations=lambda: Migrations(folder=bad)), make_plugin("good"))
    assert [plugin.name for plugin in host.parts.plugins.loaded] == ["good"]
    assert [broken.error for broken in host.parts.plugins.broken] == ["Its migrations failed: bye"]
    host.submit()
    with host.parts.database.read() as connection, pytest.raises(Exception, match="sample_note"):
        connection.execute(text("SELECT * FROM sample_note"))


def test_what_a_plugin_does_stands_in_the_record_under_its_name_or_a_moderators(host: Any) -> None:
    context = host.context("sample")
    made = host.submit()
    context.comments.set_state(made.id, CommentState.HELD)
    context.comments.edit(made.id, "Better", actor="Vera", reason="why")
    subject = Subject(kind="identity", id="x")
    context.audit.record("ban", subject, before={"until": None}, after={"until": 3}, actor="Vera", reason="rude")
    context.audit.record("sample.unban", subject)
    lines = [
        (line.actor_kind.value, line.actor, line.action, line.before, line.after, line.reason)
        for line in reversed(context.audit.list())
    ]
    assert lines == [
        ("plugin", "sample", "comment.hold", {"state": "published"}, {"state": "held"}, None),
        ("moderator", "Vera", "comment.edit", {"text": made.source}, {"text": "Better"}, "why"),
        ("moderator", "Vera", "sample.ban", {"until": None}, {"until": 3}, "rude"),
        ("plugin", "sample", "sample.unban", None, None, None),
    ]
    assert [line.action for line in context.audit.list(action="sample.", limit=1)] == ["sample.unban"]


@pytest.mark.parametrize(
    ("action", "subject", "more"),
    [
        ("", Subject(kind="x", id="1"), {}),
        ("Ban", Subject(kind="x", id="1"), {}),
        ("a" * 41, Subject(kind="x", id="1"), {}),
        ("ban", Subject(kind="a kind", id="1"), {}),
        ("ban", Subject(kind="x", id="1" * 1001), {}),
        ("ban", Subject(kind="x", id="1"), {"after": {"x": object()}}),
        ("ban", Subject(kind="x", id="1"), {"after": {"x": "y" * 17_000}}),
    ],
)
def test_a_line_of_the_record_that_is_none_is_refused(host: Any, action: str, subject: Any, more: Any) -> None:
    context = host.context("sample")
    with pytest.raises(PluginError):
        context.audit.record(action, subject, **more)
    assert context.audit.list() == []


def test_nothing_of_another_site_can_be_moderated_or_read(host: Any) -> None:
    """A plugin's context is that of one site, whatever ids it is handed."""
    host.parts.sites.add("other")
    made = host.submit()
    comments = host.context("sample", host.parts.sites.get("other")).comments
    batch = host.context("sample").comments.set_states([made.id], CommentState.HELD)
    for act in (
        lambda: comments.set_state(made.id, CommentState.DELETED),
        lambda: comments.restore(made.id),
        lambda: comments.edit(made.id, "x"),
        lambda: comments.pin(made.id, True),
        lambda: comments.close_branch(made.id, True),
        lambda: comments.erase(made.id),
        lambda: comments.erase("nonsense"),
    ):
        with pytest.raises(CommentNotFound):
            act()
    for act in (
        lambda: comments.set_closed("/a", True),
        lambda: comments.set_hidden("/a", True),
        lambda: comments.move_thread("/a", "/b"),
        lambda: comments.merge_threads("/a", "/b"),
        lambda: comments.refresh_thread("/a"),
    ):
        with pytest.raises(ThreadNotFound):
            act()
    assert comments.set_states([made.id, "nonsense"], CommentState.SPAM).refused == [made.id, "nonsense"]
    assert comments.delete_all(made.identity_id).changed == []
    assert comments.undo(batch.id).changed == []
    assert comments.verdicts([made.id]) == {}
    now = host.context("sample").comments.get(made.id)
    assert (now.state, now.source, now.pinned, now.closed) == (CommentState.HELD, made.source, False, False)


def test_plugins_do_not_list_what_is_published_in_hidden_threads(host: Any) -> None:
    comments = host.context("sample").comments
    made = host.submit()
    held = host.submit()
    comments.set_state(held.id, CommentState.HELD)
    comments.set_hidden("/a", True)
    assert [item.id for item in comments.list()] == [held.id]
    assert comments.count(states=[CommentState.PUBLISHED]) == 0
    everything = comments.list(hidden_threads=True)
    assert {item.id for item in everything} == {made.id, held.id}
    comments.set_hidden("/a", False)
    assert comments.count(states=[CommentState.PUBLISHED]) == 1


class Greeting(Schema):
    """A setting to change."""

    greeting = fields.String(load_default="Hello")


def test_a_plugin_changes_its_own_settings(new_host: Any, make_plugin: MakePlugin) -> None:
    host = new_host(make_plugin("sample", register_settings=lambda: Settings(schema=Greeting)))
    host.choose("sample", greeting="Good day")
    context = host.context("sample")
    context.save_settings({"greeting": "Barev"}, actor="ani")

    assert (context.settings["greeting"], host.context("sample").settings["greeting"]) == ("Good day", "Barev")
    entry = context.audit.list(action="plugin.settings")[0]
    assert (entry.actor, entry.before, entry.after) == ("ani", {"greeting": "Good day"}, {"greeting": "Barev"})
    for wrong in ({"greeting": 5}, {"nothing": "x"}):
        with pytest.raises(InvalidRequest):
            context.save_settings(wrong)
    assert host.context("sample").settings["greeting"] == "Barev"


@pytest.mark.parametrize("role, may", [(Role.REVIEWER, False), (Role.MODERATOR, False), (Role.OWNER, True)])
def test_on_a_page_settings_take_the_right_to_manage_the_site(
    new_host: Any, make_plugin: MakePlugin, role: Role, may: bool
) -> None:
    host = new_host(make_plugin("sample", register_settings=lambda: Settings(schema=Greeting)))
    item = host.parts.choices.find(host.site, "sample")
    moderator = Moderator(id=1, name="Ani", roles={host.site.id: role})
    context = host.parts.contexts.for_moderator(item, host.site, moderator)

    with nullcontext() if may else pytest.raises(NotAllowed):
        context.save_settings({"greeting": "Barev"})
    assert host.context("sample").settings["greeting"] == ("Barev" if may else "Hello")
