"""Links in readers' comments: told of where the site wishes it, and never else."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from embedcomments.api import CommentState
from embedcomments_pingback import pages_sent
from embedcomments_pingback.comments_sent import MAX_TARGETS, source_of

KEY = "https://blog.example/post"
THERE, ELSE = "https://there.example/a", "https://else.example/b"
ENDPOINTS = {THERE: "https://there.example/wm", ELSE: "https://else.example/wm"}


@pytest.fixture(autouse=True)
def world(blog: Any) -> None:
    blog.configure(send_comments=True)
    for page, endpoint in ENDPOINTS.items():
        blog.network.answer(page, "x", headers={"Link": f"<{endpoint}>; rel=webmention"})
        blog.network.answer(endpoint, "Thanks", status=202, content_type="text/plain")


def write(blog: Any, text: str) -> Any:
    body = {"thread": {"key": KEY, "title": "A post"}, "text": text, "author": {"name": "Vera"}}
    answer = blog.app.post("/api/v1/sites/default/comments", json=body)
    assert answer.status_code in (201, 202), answer.text
    return answer.json


def later(blog: Any, **by: float) -> None:
    for _ in range(3):
        blog.clock.advance(**(by or {"minutes": 3}))
        blog.work()


def sent(blog: Any) -> list[tuple[str, str, str]]:
    """(endpoint, source, target) of what was sent since the last call."""
    found = []
    for request in blog.network.requests:
        if request.method == "POST":
            form = parse_qs(request.body.decode())
            found.append((request.url, form["source"][0], form["target"][0]))
    blog.network.requests.clear()
    return found


def look(blog: Any, source: str) -> Any:
    parts = urlsplit(source)
    return blog.app.get(f"{parts.path}?{parts.query}")


def test_a_published_comment_tells_the_pages_that_it_links_to(blog: Any) -> None:
    written = write(blog, f"See [this]({THERE}), <{ELSE}> and [our own]({KEY}) <script>alert(1)</script>")
    source = source_of(blog.ctx, written["comment"]["id"])
    assert sent(blog) == []
    later(blog)
    assert sent(blog) == [(ENDPOINTS[THERE], source, THERE), (ENDPOINTS[ELSE], source, ELSE)]
    page = look(blog, source)
    assert (page.status_code, page.content_type) == (200, "text/html; charset=utf-8")
    assert all(f'href="{target}"' in page.text for target in (THERE, ELSE, KEY, f"{KEY}#comment-{source[-24:]}"))
    assert ('class="h-entry"' in page.text, "<script>" in page.text) == (True, False)
    later(blog)
    assert sent(blog) == []


def test_an_edit_tells_again_and_a_link_that_went_is_told_of_once_more(blog: Any) -> None:
    written = write(blog, f"See {THERE} and {ELSE}")
    comment = written["comment"]["id"]
    later(blog)
    sent(blog)
    blog.ctx.comments.edit(comment, f"See {THERE}")
    later(blog)
    source = source_of(blog.ctx, comment)
    assert sorted(sent(blog)) == sorted([(ENDPOINTS[THERE], source, THERE), (ENDPOINTS[ELSE], source, ELSE)])
    assert ELSE not in look(blog, source).text


@pytest.mark.parametrize("state", [CommentState.HELD, CommentState.SPAM, CommentState.DELETED])
def test_what_is_taken_from_the_public_is_taken_back_there(blog: Any, state: CommentState) -> None:
    comment = write(blog, f"See {THERE}")["comment"]["id"]
    later(blog)
    sent(blog)
    blog.ctx.comments.set_state(comment, state)
    later(blog)
    source = source_of(blog.ctx, comment)
    assert sent(blog) == [(ENDPOINTS[THERE], source, THERE)]
    assert look(blog, source).status_code == 410
    later(blog)
    assert sent(blog) == []


def test_nothing_is_sent_unless_the_site_says_so(blog: Any) -> None:
    blog.configure(send_comments=False)
    comment = write(blog, f"See {THERE}")["comment"]["id"]
    later(blog)
    assert (sent(blog), blog.fetched()) == ([], [])
    assert look(blog, source_of(blog.ctx, comment)).status_code == 410
    with blog.ctx.tables.read() as connection:
        assert pages_sent.targets_of(connection, blog.ctx.site.id, source_of(blog.ctx, comment)) == {}


def test_no_comment_tells_more_than_a_few(blog: Any) -> None:
    for number in range(3 * MAX_TARGETS):
        blog.network.answer(f"https://many.example/{number}", "x")
    write(blog, " ".join(f"https://many.example/{number}" for number in range(3 * MAX_TARGETS)))
    later(blog)
    assert len(blog.fetched()) == MAX_TARGETS


def test_of_no_comment_there_is_no_page(blog: Any) -> None:
    for wrong in ("", "x", "0" * 24, "../../etc"):
        assert look(blog, source_of(blog.ctx, wrong)).status_code == 410
