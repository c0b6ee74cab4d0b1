"""What is known of a person is told whole, and forgotten whole; what could not be is said."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import text

from embedcomments.domain.comments import Author, CommentState
from embedcomments.domain.errors import InvalidRequest
from embedcomments.domain.threads import ThreadRef
from embedcomments.services.commenting import Submission
from embedcomments.storage import comments as comment_rows
from embedcomments.wiring import Instance

NewInstance = Callable[..., Instance]
MakePlugin = Callable[..., ModuleType]


def site_of(instance: Instance, name: str = "default") -> Any:
    return instance.parts.sites.get(name)


def write(instance: Instance, words: str, email: str | None = None, site: str = "default", **more: Any) -> Any:
    identity_id = more.pop("identity_id", None)
    author = Author(name="Ani Ter", email=email, url="https://ani.example")
    submission = Submission(thread=ThreadRef(key="/a"), author=author, text=words, **more)
    return instance.parts.commenting.submit(site_of(instance, site), submission, identity_id=identity_id).comment


def row(instance: Instance, comment_id: str) -> Any:
    with instance.parts.database.read() as connection:
        return comment_rows.get_comment(connection, comment_id)


def everything_stored(instance: Instance) -> str:
    """All rows of all tables, to look for what must not be there."""
    with instance.parts.database.read() as connection:
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        return "\n".join(str(connection.execute(text(f'SELECT * FROM "{name}"')).all()) for name in names)


def test_all_of_a_person_is_exported_and_nothing_of_others(new_instance: NewInstance, clock: Any) -> None:
    instance = new_instance()
    first = write(instance, "Mine", "Ani@Example.com")
    clock.advance(seconds=1)
    held = write(instance, "Held", "ani@example.com", parent_id=first.id, identity_id=first.identity_id)
    instance.parts.moderating.set_state(held.id, CommentState.HELD, actor="test")
    write(instance, "Another's", "bob@example.com")
    instance.parts.sites.add("other")
    write(instance, "Elsewhere", "ani@example.com", site="other")
    found = instance.privacy.export(site_of(instance), email=" ani@example.COM ")
    assert [(c["text"], c["state"], c["author"]["email"], c["thread"]) for c in found["comments"]] == [
        ("Held", "held", "ani@example.com", "/a"), ("Mine", "published", "Ani@Example.com", "/a"),
    ]  # fmt: skip
    assert [person["id"] for person in found["identities"]] == [first.identity_id]
    assert (found["plugins"], found["incomplete"]) == ({first.identity_id: {}}, {})
    by_identity = instance.privacy.export(site_of(instance), identity_id=first.identity_id)
    assert by_identity["comments"] == found["comments"]


def test_a_person_is_forgotten_and_answers_to_them_stay(new_instance: NewInstance, clock: Any) -> None:
    instance = new_instance()
    mine = write(instance, "Secret words", "ani@example.com")
    clock.advance(seconds=1)
    submission = Submission(thread=ThreadRef(key="/a"), author=Author(name="Bob"), text="An answer", parent_id=mine.id)
    answer = instance.parts.commenting.submit(site_of(instance), submission).comment
    again = write(instance, "Secret again", "ani@example.com", identity_id=mine.identity_id)
    instance.parts.moderating.set_state(again.id, CommentState.DELETED, actor="test", reason="Secret reason")
    assert "Secret" in everything_stored(instance)
    done = instance.privacy.erase(site_of(instance), email="ANI@example.com")
    assert (done.comments, done.identities, done.incomplete) == (2, [mine.identity_id], {})
    stored = everything_stored(instance)
    for trace in ("Secret", "ani@example.com", "Ani Ter", "ani.example"):
        assert trace not in stored, trace
    erased = row(instance, mine.id)
    assert (erased.state, erased.author, erased.replies) == (CommentState.DELETED, Author(), 1)
    assert row(instance, answer.id).source == "An answer"
    page = instance.parts.reading.page(site_of(instance), "/a")
    assert page.thread is not None
    assert page.thread.count == 1
    nothing = instance.privacy.erase(site_of(instance), email="ani@example.com")
    assert (nothing.comments, nothing.identities) == (0, [])


def test_what_the_same_writer_signed_otherwise_stays(new_instance: NewInstance) -> None:
    instance = new_instance()
    mine = write(instance, "One", "ani@example.com")
    other = write(instance, "Two", "work@example.com", identity_id=mine.identity_id)
    assert instance.privacy.erase(site_of(instance), email="ani@example.com").comments == 1
    assert row(instance, other.id).source == "Two"
    done = instance.privacy.erase(site_of(instance), identity_id=mine.identity_id)
    assert (done.comments, row(instance, other.id).source) == (1, "")
    assert "Ani Ter" not in everything_stored(instance)


@pytest.mark.parametrize("way", ["raises", "exits", "answers nonsense"])
def test_a_plugin_that_fails_makes_it_incomplete_and_can_be_asked_again(
    new_instance: NewInstance, make_plugin: MakePlugin, way: str
) -> None:
    mended: list[str] = []
    asked: list[str] = []

    def fail(identity: Any) -> Any:
        asked.append(identity.id)
        if mended:
            return None
        if way == "answers nonsense":
            return 5
        raise (SystemExit if way == "exits" else ValueError)("no")

    instance = new_instance(
        make_plugin("bad", export_personal_data=fail, erase_personal_data=fail),
        make_plugin("good", export_personal_data=lambda: {"n": 1}, erase_personal_data=lambda: None),
    )
    mine = write(instance, "One", "ani@example.com")
    found = instance.privacy.export(site_of(instance), email="ani@example.com")
    assert (found["plugins"], found["incomplete"]) == (
        {mine.identity_id: {"good": {"n": 1}}}, {mine.identity_id: ["bad"]},
    )  # fmt: skip
    done = instance.privacy.erase(site_of(instance), email="ani@example.com")
    assert (done.comments, done.incomplete) == (1, {mine.identity_id: ["bad"]})
    assert row(instance, mine.id).source == ""
    assert "Ani Ter" not in everything_stored(instance)
    mended.append("now")
    again = instance.privacy.erase(site_of(instance), identity_id=mine.identity_id)
    assert (again.comments, again.identities, again.incomplete) == (0, [mine.identity_id], {})
    assert asked == [mine.identity_id] * 3


def test_a_plugin_that_was_switched_off_may_still_know_something(
    new_instance: NewInstance, make_plugin: MakePlugin
) -> None:
    never = make_plugin("never", info={"enabled_by_default": False}, erase_personal_data=lambda: None)
    instance = new_instance(make_plugin("off", erase_personal_data=lambda: None), never)
    mine = write(instance, "One", "ani@example.com")
    instance.parts.lifecycle.switch(site_of(instance), "off", on=False)
    done = instance.privacy.erase(site_of(instance), email="ani@example.com")
    assert done.incomplete == {mine.identity_id: ["off"]}


@pytest.mark.parametrize(
    "who", [{}, {"email": "a@b.c", "identity_id": "0" * 24}, {"email": " "}, {"identity_id": "x"}], ids=str
)
def test_it_must_be_said_who_is_meant(new_instance: NewInstance, who: dict[str, str]) -> None:
    instance = new_instance()
    for act in (instance.privacy.export, instance.privacy.erase):
        with pytest.raises(InvalidRequest):
            act(site_of(instance), **who)
