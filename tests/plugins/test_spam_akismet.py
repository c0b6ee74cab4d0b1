"""Akismet is asked where a site wishes it: a server on loopback plays it, and all else is real."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from akismet_server import BLOG, KEY, AkismetServer, akismet_server
from site_client import Desk, SiteClient, csrf_of
from sqlalchemy import select

import embedcomments_spam as plugin
from embedcomments.domain.comments import Comment, CommentState
from embedcomments.domain.permissions import Role
from embedcomments_spam import asking, settings
from embedcomments_spam.tables import asked

PAGE = "/admin/default/spam/"
TEXT = "I think the bridge was built in 1893."
SPAM = "viagra-test-123 and other kind words"


@dataclass
class World:
    server: AkismetServer
    client: SiteClient
    choose: Callable[..., None]
    clock: Any

    def on(self, **more: Any) -> None:
        rules = {"min_seconds": 0, "under_attack": "off", "max_repeats": 0, "max_near_repeats": 0, **more}
        self.choose(self.client, "spam", **{"akismet": True, "akismet_key": KEY, **rules})

    def write(self, text: str = TEXT, **how: Any) -> Comment:
        answer = self.client.write(text, headers={"User-Agent": "Browser/1"}, **how)
        return self.client.row(answer["comment"]["id"])

    def run(self) -> None:
        while self.client.instance.jobs.run_due():
            pass

    def decide(self, comment: Comment, *states: CommentState) -> None:
        for state in states:
            self.client.set_state(comment.id, state)
            self.run()

    def now(self, comment: Comment) -> tuple[CommentState, str | None]:
        found = self.client.row(comment.id)
        return found.state, found.reason

    @property
    def ctx(self) -> Any:
        site = self.client.parts.sites.get("default")
        return self.client.parts.contexts.of(self.client.parts.choices.find(site, "spam"), site)

    def rows(self) -> list[Any]:
        with self.ctx.tables.read() as connection:
            return list(connection.execute(select(asked)))


@pytest.fixture
def world(
    new_client: Callable[..., SiteClient], choose: Callable[..., None], clock: Any, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:  # fmt: skip
    with akismet_server(tmp_path) as (server, outbound):
        client = new_client(plugin)
        monkeypatch.setattr(client.parts.contexts, "_outbound", outbound)
        site = client.parts.sites.get("default")
        client.parts.sites.add_origin(site, BLOG)
        made = World(server=server, client=client, choose=choose, clock=clock)
        made.on()
        yield made


def test_a_comment_waits_for_the_answer_and_is_published(world: World) -> None:
    comment = world.write(author={"name": "Ani", "email": "ani@example.com", "url": "https://ani.example"})
    assert (comment.state, comment.reason) == (CommentState.HELD, "spam: It waits for the answer of Akismet.")
    assert world.server.asked == [], "a post never waits for another server"
    world.run()
    assert world.now(comment) == (CommentState.PUBLISHED, "Akismet calls it no spam.")
    assert world.server.asked == [
        (
            "comment-check",
            {
                "api_key": KEY,
                "blog": BLOG,
                "user_ip": "127.0.0.1",
                "user_agent": "Browser/1",
                "comment_type": "comment",
                "comment_author": "Ani",
                "comment_author_email": "ani@example.com",
                "comment_author_url": "https://ani.example",
                "comment_content": TEXT,
                "comment_date_gmt": comment.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "blog_charset": "UTF-8",
            },
        )
    ]


def test_what_it_calls_spam_is_kept_as_spam(world: World) -> None:
    spam, blatant = world.write(SPAM), world.write(f"{SPAM}, blatant")
    world.run()
    assert world.now(spam) == (CommentState.SPAM, "Akismet calls it spam.")
    assert world.now(blatant) == (CommentState.SPAM, "Akismet is certain that it is spam.")


def test_nothing_leaves_the_server_while_it_is_off(world: World) -> None:
    for off in ({"akismet": False}, {"akismet_key": ""}):
        world.on(**off)
        assert world.write().state is CommentState.PUBLISHED
        world.run()
    assert (world.server.asked, world.rows()) == ([], [])


def test_trusted_writers_and_what_our_rules_call_spam_are_not_asked_about(world: World) -> None:
    world.on(trusted_after=1)
    first = world.client.write(TEXT)
    world.run()
    assert len(world.server.asked) == 1
    assert world.write("Another thought", token=first["edit_token"]).state is CommentState.PUBLISHED
    assert world.write(" ".join(f"https://x{n}.example" for n in range(9))).state is CommentState.SPAM
    world.run()
    assert len(world.server.asked) == 1


def test_what_another_rule_holds_stays_held_unless_it_is_spam(world: World) -> None:
    world.on(blocked_words="bridge")
    held, spam = world.write(), world.write(f"A bridge, {SPAM}")
    decided = world.write("An honest thought")
    world.client.set_state(decided.id, CommentState.PUBLISHED)
    world.run()
    assert world.now(held)[0] is CommentState.HELD
    assert world.now(spam)[0] is CommentState.SPAM
    assert [fields["comment_content"] for fields in world.server.of("comment-check")] == [TEXT, f"A bridge, {SPAM}"]


@pytest.mark.parametrize("trouble", ["hang", "500", "nonsense", "huge", "key", "gone"])
def test_whatever_is_no_answer_leaves_it_held_and_is_asked_again(
    world: World, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "TIMEOUT_S", 0.3)
    monkeypatch.setattr(asking.client_of, "__kwdefaults__", {"timeout_s": 0.3})
    port = world.server.port
    world.server.trouble = trouble
    if trouble == "key":
        world.on(akismet_key="another")
    if trouble == "gone":
        world.server.port = 1
    began = time.monotonic()
    comment = world.write()
    assert time.monotonic() - began < 1
    world.run()
    held = (CommentState.HELD, "spam: It waits for the answer of Akismet.")
    assert world.now(comment) == held
    page = world.client.sign_in().get(PAGE).text
    fault = {
        "500": "Akismet answered with the status 500.",
        "nonsense": "Akismet answered something that is no answer.",
        "huge": "Akismet answered something that is no answer.",
        "key": "Akismet does not accept the key.",
    }.get(trouble, "Akismet could not be reached in time.")
    assert fault in page
    assert "1 wait for an answer" in page
    world.server.trouble, world.server.port = "", port
    world.on()
    world.clock.advance(seconds=6)
    world.run()
    assert world.now(comment)[0] is CommentState.PUBLISHED
    assert "It answered when it was asked last." in world.client.sign_in().get(PAGE).text


def test_key_is_in_no_page_and_no_failed_job(world: World) -> None:
    world.on(akismet_key="another1")
    comment = world.write()
    for _ in range(asking.ATTEMPTS):
        world.run()
        world.clock.advance(hours=7)
    desk = world.client.sign_in()
    jobs = desk.get("/admin/default/jobs").text
    assert "Akismet does not accept the key." in jobs
    pages = [desk.get(page).text for page in (PAGE, "/admin/default/health", "/admin/default/plugins/spam")]
    assert all("another1" not in page for page in (jobs, *pages))
    assert world.now(comment)[0] is CommentState.HELD, "given up, and nothing is lost"


def test_only_real_reversals_are_told_and_each_once(world: World) -> None:
    ham, spam, unasked = world.write(), world.write(SPAM), world.write("A third one")
    world.client.set_state(unasked.id, CommentState.PUBLISHED)
    world.run()
    world.decide(ham, CommentState.HELD, CommentState.PUBLISHED)
    world.decide(spam, CommentState.HELD, CommentState.SPAM)
    assert unasked.id not in [row.comment_id for row in world.rows()]
    world.decide(unasked, CommentState.SPAM)
    assert (world.server.of("submit-ham"), world.server.of("submit-spam")) == ([], [])

    world.decide(ham, CommentState.SPAM)
    world.decide(spam, CommentState.PUBLISHED)
    first = world.server.of("comment-check")
    assert world.server.of("submit-spam") == [fields for fields in first if fields["comment_content"] == TEXT]
    assert world.server.of("submit-ham") == [fields for fields in first if fields["comment_content"] == SPAM]
    world.decide(ham, CommentState.HELD, CommentState.SPAM)
    assert len(world.server.of("submit-spam")) == 1
    world.decide(ham, CommentState.PUBLISHED)
    assert len(world.server.of("submit-ham")) == 2
    assert "It was told of 2 that moderators decided otherwise." in world.client.sign_in().get(PAGE).text


def test_feedback_that_fails_is_sent_later(world: World) -> None:
    comment = world.write()
    world.run()
    world.server.trouble = "500"
    world.decide(comment, CommentState.SPAM)
    world.server.trouble = ""
    world.clock.advance(seconds=6)
    world.run()
    assert len(world.server.of("submit-spam")) == 2
    world.clock.advance(seconds=60)
    world.run()
    assert len(world.server.of("submit-spam")) == 2


def test_an_edit_is_asked_about_again(world: World) -> None:
    answer = world.client.write(TEXT)
    world.run()
    comment = world.client.row(answer["comment"]["id"])
    assert comment.state is CommentState.PUBLISHED
    world.clock.advance(seconds=30)
    path, token = f"/api/v1/comments/{comment.id}", answer["edit_token"]
    assert world.client.call("PATCH", path, json={"text": SPAM}, token=token).status_code == 200
    assert world.now(comment)[0] is CommentState.HELD
    world.run()
    assert world.now(comment)[0] is CommentState.SPAM
    again = world.server.of("comment-check")[1]
    assert (again["comment_content"], again["user_ip"], again["recheck_reason"]) == (SPAM, "127.0.0.1", "edit")
    assert len(world.rows()) == 1


def test_what_is_kept_is_sealed_and_goes_with_the_comment_or_after_two_weeks(world: World) -> None:
    gone, old = world.write(), world.write("It was a fine day.")
    world.run()
    kept = repr([tuple(row) for row in world.rows()])
    assert "127.0.0.1" not in kept
    assert "Browser" not in kept
    assert "bridge" not in kept
    assert asking.known_of(world.ctx, old.identity_id or "") == [
        {"comment": old.id, "akismet": "ham", "told": None, "address": "127.0.0.1", "user_agent": "Browser/1"}
    ]
    world.decide(gone, CommentState.DELETED)
    assert [row.comment_id for row in world.rows()] == [old.id]
    world.clock.advance(days=15)
    plugin.learning.purge(world.ctx, {})
    assert world.rows() == []
    world.decide(old, CommentState.SPAM)
    assert world.server.of("submit-spam") == []


def test_a_person_and_a_site_are_forgotten(world: World) -> None:
    comment = world.write()
    world.run()
    asking.forget_person(world.ctx, comment.identity_id or "")
    assert world.rows() == []
    world.write()
    plugin.site_deleted(world.ctx)
    assert world.rows() == []


def test_owner_tries_the_key_and_moderators_cannot(world: World) -> None:
    desk = world.client.sign_in()
    assert "Nothing was asked yet." in desk.get(PAGE).text
    assert desk.submit(PAGE, {}).status_code == 303
    assert "Akismet accepts the key." in desk.get(PAGE).text
    world.on(akismet_key="another")
    desk.submit(PAGE, {})
    assert "Akismet does not accept the key." in desk.get(PAGE).text
    asked_before = len(world.server.asked)
    token = world.client.parts.signing_in.one_time_token(name="Nshan", site_id=None, role=Role.MODERATOR)
    other = Desk(world.client)
    page = other.get(f"/admin/sign-in?token={token}").text
    assert other.send("/admin/sign-in", {"token": token}, csrf=csrf_of(page)).status_code == 303
    page = other.get(PAGE).text
    assert "Try the key" not in page
    assert other.send(PAGE, {}, csrf=csrf_of(page)).status_code == 403
    assert len(world.server.asked) == asked_before


def test_a_key_is_refused_that_is_none_or_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = settings.SpamSettings()
    assert schema.validate({"akismet_key": "no key"}) == {
        "akismet_key": ["A key of Akismet has letters and numbers alone."]
    }
    assert schema.validate({"akismet_key": KEY}) == {}
    monkeypatch.setattr(settings, "is_installed", lambda: False)
    assert schema.validate({"akismet_key": KEY}) == {
        "akismet_key": ["Akismet's library is missing: pip install 'embedcomments-spam[akismet]'."]
    }


def test_a_server_without_the_library_holds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "is_installed", lambda: False)
    comment = world.write()
    world.run()
    assert world.now(comment)[0] is CommentState.HELD
    assert "pip install" in world.client.sign_in().get(PAGE).text
