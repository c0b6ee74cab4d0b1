"""What is exported comes back whole, in another site or in the same one."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import pytest

from embedcomments.domain.comments import Author, CommentKind, CommentState, Link, SourceFormat
from embedcomments.domain.errors import InvalidRequest
from embedcomments.domain.importing import ImportedComment, ImportedThread
from embedcomments.domain.threads import ThreadRef
from embedcomments.services.commenting import Submission
from embedcomments.services.importing.own import read_own
from embedcomments.services.importing.wordpress import read_wordpress
from embedcomments.storage.comments import Filter
from embedcomments.wiring import Instance

WORDPRESS = Path(__file__).parents[3] / "shared" / "data" / "import" / "wordpress-theme-unit-test.xml"


@pytest.fixture
def instance(new_instance: Callable[..., Instance]) -> Instance:
    return new_instance()


def export(instance: Instance, site: str = "default") -> bytes:
    stream = BytesIO()
    instance.exporting.write(instance.parts.sites.get(site), stream)
    return stream.getvalue()


def bring(instance: Instance, data: bytes, site: str) -> Any:
    return instance.import_writer.write(instance.parts.sites.get(site), read_own(BytesIO(data)))


def discussion(data: bytes) -> list[Any]:
    """An export without what names rows: comments are known by what an import calls them, in the order of writing."""
    threads: list[Any] = []
    for line in data.splitlines()[1:]:
        value = orjson.loads(line)
        if "thread" in value:
            threads.append({**value["thread"], "comments": []})
        else:
            threads[-1]["comments"].append(value["comment"])
    for thread in threads:
        names = {comment["id"]: comment["external_id"] or comment["id"] for comment in thread["comments"]}
        for comment in thread["comments"]:
            comment["parent_id"] = names.get(comment["parent_id"])
            comment["external_id"] = names[comment.pop("id")]
        thread["comments"].sort(key=lambda comment: (comment["created_at"], comment["external_id"]))
    return sorted(threads, key=lambda thread: str(thread["key"]))


def shown(instance: Instance, site: str) -> list[Any]:
    """What readers and moderators see that no export holds: rendered text, depth, answers below."""
    which = Filter(site_id=instance.parts.sites.get(site).id)
    comments = instance.parts.moderating.list(which, limit=500)
    rows = [(c.created_at, c.html, c.depth, c.replies, c.state, c.pinned, c.closed) for c in comments]
    return sorted(rows, key=repr)


def write(instance: Instance, text: str, key: str = "/a", **more: Any) -> Any:
    author = Author(name="Ani", email="ani@example.com", url="https://ani.example")
    submission = Submission(thread=ThreadRef(key=key, title="A"), author=author, text=text, **more)
    return instance.parts.commenting.submit(instance.parts.sites.get("default"), submission)


def fill(instance: Instance, clock: Any) -> None:
    """Every state and kind, answers, an edited one, one that was taken back, a closed thread, a thread without any."""
    first = write(instance, "*One* €\u2028").comment
    clock.advance(seconds=1)
    answer = write(instance, "Two", parent_id=first.id).comment
    clock.advance(seconds=1)
    third = write(instance, "Three", parent_id=answer.id).comment
    actor = instance.parts.commenting.author_of(None)
    own = replace(actor, identity_id=third.identity_id)
    instance.parts.commenting.edit(instance.parts.sites.get("default"), third, "Three, better", own)
    own = replace(actor, identity_id=answer.identity_id)
    instance.parts.commenting.withdraw(instance.parts.sites.get("default"), answer, own)
    for state in (CommentState.HELD, CommentState.SPAM, CommentState.DELETED):
        clock.advance(seconds=1)
        comment = write(instance, f"{state}", key="/b").comment
        instance.parts.moderating.set_state(comment.id, state, actor="test", reason=f"because {state}")
    for text in ("pinned", "closed"):
        clock.advance(seconds=1)
        marked = write(instance, text, key="/b").comment
        mark = instance.parts.moderating.pin if text == "pinned" else instance.parts.moderating.close_branch
        mark(marked.id, True, actor="test")
    site = instance.parts.sites.get("default")
    write(instance, "Hidden", key="/h0")
    instance.parts.threads.move(site, "/h0", "/h", actor="test")
    instance.parts.threads.set_hidden(site, "/h", True, actor="test")
    mention = ImportedComment(
        external_id="wp-7", parent_external_id=None, kind=CommentKind.PINGBACK, state=CommentState.PUBLISHED,
        created_at=clock.now() - timedelta(days=3000), author=Author(name="Elsewhere"), text="<b>Far</b>",
        source_format=SourceFormat.HTML, link=Link(url="https://b.example/", title="B"),
    )  # fmt: skip
    below = replace(mention, external_id="wp-8", parent_external_id="wp-7", kind=CommentKind.COMMENT, link=None)
    instance.import_writer.write(
        site,
        [
            ImportedThread(key="https://a.example/c", url=None, title=None, closed=True, comments=(mention, below)),
            ImportedThread(key="/empty", url="https://a.example/e", title="E", closed=True, comments=()),
        ],
    )


def test_a_round_trip_loses_nothing(instance: Instance, clock: Any) -> None:
    fill(instance, clock)
    instance.parts.sites.add("copy")
    data = export(instance)
    report = bring(instance, data, "copy")
    assert (sum(report.comments.values()), report.threads, report.known, report.orphans) == (11, 5, 0, 0)
    assert discussion(export(instance, "copy")) == discussion(data)
    assert shown(instance, "copy") == shown(instance, "default")
    copied = instance.parts.reading.page(instance.parts.sites.get("copy"), "/h0").thread
    assert (copied.key, copied.hidden) == ("/h", True), "found by its old key, and hidden"
    states = {comment["state"] for thread in discussion(data) for comment in thread["comments"]}
    assert states == {state.value for state in CommentState}


@pytest.mark.shared_data
def test_a_round_trip_of_a_real_site_loses_nothing(instance: Instance) -> None:
    threads = read_wordpress(BytesIO(WORDPRESS.read_bytes()))
    instance.import_writer.write(instance.parts.sites.get("default"), threads)
    instance.parts.sites.add("copy")
    data = export(instance)
    assert sum(bring(instance, data, "copy").comments.values()) == 32
    assert discussion(export(instance, "copy")) == discussion(data)
    assert shown(instance, "copy") == shown(instance, "default")


def test_an_export_that_comes_back_brings_nothing_twice(instance: Instance, clock: Any) -> None:
    fill(instance, clock)
    data = export(instance)
    report = bring(instance, data, "default")
    assert (report.comments, report.known) == ({}, 11)
    assert export(instance) == data
    instance.parts.sites.add("copy")
    bring(instance, data, "copy")
    assert bring(instance, export(instance, "copy"), "copy").comments == {}
    assert bring(instance, data, "copy").comments == {}
    assert bring(instance, export(instance, "copy"), "default").comments == {}


def test_an_answer_to_what_came_back_stands_in_its_place(instance: Instance, clock: Any) -> None:
    first = write(instance, "One").comment
    earlier = export(instance)
    clock.advance(seconds=1)
    write(instance, "Two", parent_id=first.id)
    instance.parts.sites.add("copy")
    bring(instance, earlier, "copy")
    bring(instance, export(instance), "copy")
    assert discussion(export(instance, "copy")) == discussion(export(instance))


def test_other_sites_are_not_in_it(instance: Instance) -> None:
    write(instance, "One")
    instance.parts.sites.add("other", "Other")
    (line,) = export(instance, "other").splitlines()
    assert orjson.loads(line) == {"format": "embedcomments", "version": 1, "site": {"name": "other", "title": "Other"}}


def test_memory_does_not_grow_with_the_site(instance: Instance, clock: Any) -> None:
    class Nowhere:
        size = 0

        def write(self, data: bytes) -> None:
            self.size += len(data)

    def peak(comments: int, site: str) -> tuple[int, int]:
        instance.parts.sites.add(site)
        items = tuple(
            ImportedComment(
                external_id=f"{number}", parent_external_id=None, kind=CommentKind.COMMENT,
                state=CommentState.PUBLISHED, created_at=clock.now() + timedelta(seconds=number), author=Author(),
                text="words " * 100, source_format=SourceFormat.HTML,
            )
            for number in range(comments)
        )  # fmt: skip
        thread = ImportedThread(key="/a", url=None, title=None, closed=False, comments=items)
        instance.import_writer.write(instance.parts.sites.get(site), [thread])
        del items, thread
        stream: Any = Nowhere()
        tracemalloc.start()
        try:
            count = instance.exporting.write(instance.parts.sites.get(site), stream)
            return tracemalloc.get_traced_memory()[1], count
        finally:
            tracemalloc.stop()

    peak(500, "warm")
    small, _ = peak(1000, "small")
    large, count = peak(5000, "large")
    assert count == 5000
    assert large < 1.5 * small


@pytest.mark.parametrize(
    "data, sentence",
    [
        (b"", "empty"),
        (b"<xml>", "Line 1 "),
        (b'{"format":"other","version":1}\n', "'other'"),
        (b'{"format":"embedcomments","version":2}\n', "of version 2; this program reads version 1"),
        (b'{"format":"embedcomments","version":1}\n{"comment":{}}\n', "Line 2 .* before the first thread"),
        (b'{"format":"embedcomments","version":1}\n{"thread":{}}\n{"comment":{"author":1}}\n', "Line 3 "),
        (b'{"format":"embedcomments","version":1}\n5\n', "Line 2 "),
    ],
)
def test_what_is_no_export_is_told_by_its_line(data: bytes, sentence: str) -> None:
    with pytest.raises(InvalidRequest, match=sentence):
        read_own(BytesIO(data))


def test_plugins_are_not_asked_about_what_comes_back(
    new_instance: Callable[..., Instance], make_plugin: Callable[..., ModuleType]
) -> None:
    judged: list[str] = []
    instance = new_instance(make_plugin("judge", comment_check=lambda draft: judged.append(draft.text)))
    write(instance, "One")
    instance.parts.sites.add("copy")
    bring(instance, export(instance), "copy")
    assert judged == ["One"]
