"""The tables of links on either engine, and queries that do not grow with what is shown."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from queries import statements_to
from site_client import SiteClient

import embedcomments_pingback as plugin
from embedcomments.api import Author, CommentKind, Link
from embedcomments_pingback import incoming, pages_sent
from embedcomments_pingback.incoming import Told

ORIGIN = "https://blog.example"
POST = f"{ORIGIN}/post"


@pytest.fixture
def client(new_client: Callable[..., SiteClient], choose: Callable[..., None]) -> SiteClient:
    made = new_client(plugin)
    made.parts.sites.add_origin(made.parts.sites.get("default"), ORIGIN)
    choose(made, "pingback", per_host_per_hour=100)
    return made


def context(client: SiteClient) -> Any:
    site = client.parts.sites.get("default")
    return client.parts.contexts.of(client.parts.choices.find(site, "pingback"), site)


def test_twenty_who_tell_of_one_link_at_once_make_one_check(client: SiteClient) -> None:
    def tell(number: int) -> int:
        answer = client.app.test_client().post(
            "/p/pingback/default/webmention",
            data={"source": "https://other.example/", "target": POST},
            environ_base={"REMOTE_ADDR": f"198.51.100.{number}"},
        )
        return answer.status_code

    with ThreadPoolExecutor(8) as people:
        assert list(people.map(tell, range(20))) == [202] * 20
    assert [row.state for row in incoming.newest(context(client), 9)] == ["waiting"]
    assert 'embedcomments_jobs{state="waiting"} 1.0' in client.get("/metrics").text


def test_rows_that_are_there_are_changed_and_others_made(client: SiteClient) -> None:
    ctx = context(client)

    def write(*steps: Callable[[Any], Any]) -> list[Any]:
        return [ctx.tables.write(step) for step in steps]

    assert write(
        lambda c: pages_sent.add_page(c, ctx.site.id, POST, "seen", 1),
        lambda c: pages_sent.add_page(c, ctx.site.id, POST, "feed", 2),
    ) == [True, False]
    (page,) = pages_sent.newest_pages(ctx, 9)
    assert (page.why, page.seen_at) == ("seen", 1)
    target = "https://one.example/"
    write(
        lambda c: pages_sent.expect(c, ctx.site.id, POST, target, linked=True),
        lambda c: pages_sent.save_delivery(c, ctx.site.id, POST, target, state="sent", sent_at=7, endpoint="e"),
        lambda c: pages_sent.expect(c, ctx.site.id, POST, target, linked=False),
    )
    (row,) = pages_sent.newest(ctx, 9)
    assert (row.state, row.linked, row.endpoint, row.sent_at) == ("waiting", False, "e", 7)


def mention(ctx: Any, number: int, *, apart: bool) -> None:
    source = f"https://h{number}.example/{apart}"
    ctx.comments.submit_mention(
        key=POST, url=POST, title=None, kind=CommentKind.WEBMENTION, link=Link(url=source, title="A page"),
        author=Author(name=f"N{number}"), text="Words", apart=apart,
    )  # fmt: skip
    told = Told(kind=CommentKind.WEBMENTION, source=source, target=POST, key=POST)
    ctx.tables.write(lambda c: incoming.tell(c, ctx.site.id, told, now=number, due=number))
    incoming.settle(ctx, told.pair, incoming.TAKEN, type="like" if apart else "reply")


def test_a_page_takes_as_many_queries_for_thirty_links_as_for_one(client: SiteClient) -> None:
    ctx = context(client)
    engine = client.parts.database.engine
    counts = []
    for more in (1, 29):
        for number in range(more):
            mention(ctx, len(counts) * 100 + number, apart=True)
            mention(ctx, len(counts) * 100 + number, apart=False)
        (thread,) = ctx.comments.threads_of(ctx.comments.list(limit=1)).values()
        comments = [comment for comment in ctx.comments.list(limit=500) if not comment.is_apart]
        with statements_to(engine) as seen:
            apart = plugin.thread_fields(ctx, [thread], None)[thread.id]  # type: ignore[arg-type]
            types = plugin.comment_fields(ctx, comments, None)  # type: ignore[arg-type]
        counts.append((len(apart["faces"]), len(types), len(seen)))
    assert counts == [(1, 1, counts[0][2]), (30, 30, counts[0][2])]
    assert 0 < counts[0][2] <= 4
