"""What other sites' robots.txt files say to us, and that we keep to it (RFC 9309)."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedcomments.api import OutboundError, OutboundForbidden
from embedcomments_pingback import incoming
from embedcomments_pingback.robots import Rule, parse

SOURCE, TARGET = "https://other.example/entry?p=1", "https://blog.example/post"
FILE = "https://other.example/robots.txt"
PAGE = f'<title>An entry</title><p>Have you seen <a href="{TARGET}">this</a>?'


def may(text: str, path: str) -> bool:
    return parse(text.encode()).allow(f"https://other.example{path}")


@pytest.mark.parametrize(
    "text, path, allowed",
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("user-AGENT : * # all\n disallow : /a # here", "/a/b", False),
        ("User-agent: *\nDisallow: /a", "/b", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nDisallow: /a/b\nAllow: /a", "/a/b/c", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
        ("User-agent: *\nDisallow: /\nUser-agent: embedcomments\nAllow: /", "/a", True),
        ("User-agent: EmbedComments/1.0\nDisallow: /\n\nUser-agent: *\nAllow: /", "/a", False),
        ("User-agent: embedcommentsx\nDisallow: /", "/a", True),
        ("User-agent: other\nUser-agent: embedcomments\nDisallow: /x\nUser-agent: third\nDisallow: /a", "/a", True),
        ("User-agent: other\nUser-agent: embedcomments\nDisallow: /x\nUser-agent: third\nDisallow: /a", "/x", False),
        ("User-agent: embedcomments\nDisallow: /x\nUser-agent: embedcomments\nDisallow: /y", "/y", False),
        ("Disallow: /", "/a", True),
        ("User-agent: *\nDisallow: /*.php$", "/a/b.php", False),
        ("User-agent: *\nDisallow: /*.php$", "/a/b.php5", True),
        ("User-agent: *\nDisallow: /a*b*c", "/aXXbYYcZZ", False),
        ("User-agent: *\nDisallow: /a*b*c", "/acb", True),
        ("User-agent: *\nDisallow: /$", "/", False),
        ("User-agent: *\nDisallow: /$", "/a", True),
        ("User-agent: *\nDisallow: /?p=", "/?p=1", False),
        ("User-agent: *\nDisallow: /%7Ejoe/", "/~joe/index.html", False),
        ("User-agent: *\nDisallow: /é", "/%C3%A9t%C3%A9", False),
        ("User-agent: *\nDisallow: /a%2Fb", "/a/b", True),
        ("User-agent: *\nDisallow: /a%2fb", "/a%2Fb", False),
        ("\ufeffUser-agent: *\r\nDisallow: /a\r\n", "/a", False),
        ("User-agent: *\nSitemap: https://x.example\nDisallow: /a", "/a", False),
        ("<!doctype html><p>User-agent: nothing: here", "/a", True),
        ("User-agent: *\nDisallow: /", "/robots.txt", True),
    ],
)
def test_a_file_is_read_as_the_standard_says(text: str, path: str, allowed: bool) -> None:
    assert may(text, path) is allowed


@given(st.text(alphabet="ab*$/", max_size=12), st.text(alphabet="ab/", max_size=12))
def test_patterns_match_as_a_regular_expression_would(pattern: str, path: str) -> None:
    import re  # only here: what the code itself must not use

    body, end = (pattern[:-1], r"\Z") if pattern.endswith("$") else (pattern, "")
    said = ".*".join(re.escape(part) for part in body.split("*")) + end
    assert Rule(pattern=pattern, allows=False).matches(path) is (re.match(said, path, re.S) is not None)


def test_hostile_patterns_take_no_time() -> None:
    text = "User-agent: *\n" + ("Disallow: /" + "a*" * 400 + "b$\n") * 5_000
    url = "/" + "a" * 1_900
    start = time.process_time()
    assert may(text, url)
    assert time.process_time() - start < 5.0  # a regular expression would still be at the first of them


def test_a_file_that_names_thousands_of_programs_takes_no_time() -> None:
    text = "".join(f"User-agent: {number:x}\n" for number in range(12_000)) + "Disallow: /a\n" * 20_000
    start = time.process_time()
    assert may(text, "/a")
    assert not may(text + "User-agent: *\nDisallow: /a", "/a")
    assert time.process_time() - start < 2.0  # each rule for each of them would be 240 million


def test_bytes_of_any_kind_are_read() -> None:
    assert parse(b"\xff\x00User-agent: *\nDisallow: /\xff\n").allow("https://a.example/x")
    assert parse(b"").allow("https://a.example")


def told(blog: Any) -> list[tuple[str, str]]:
    return [(row.state, row.detail) for row in incoming.newest(blog.ctx, 10)]


def asked(blog: Any) -> list[str]:
    return [request.url for request in blog.network.requests]


def test_a_page_that_programs_shall_not_read_is_not_read(blog: Any) -> None:
    blog.network.answer(SOURCE, PAGE)
    blog.network.answer(FILE, "User-agent: *\nDisallow: /entry", content_type="text/plain")
    assert blog.mention(SOURCE) == 202
    blog.work()
    assert (blog.stored(), asked(blog)) == ([], [FILE])
    assert told(blog) == [("refused", "other.example asks programs not to read that page (robots.txt).")]
    blog.network.answer("https://other.example/about", "x")
    assert blog.mention("https://other.example/about") == 202
    blog.work()
    assert asked(blog) == [FILE, "https://other.example/about"]  # the file is asked for once in an hour
    blog.clock.advance(hours=1, minutes=1)
    blog.network.answer(FILE, "", status=404)
    assert blog.mention(SOURCE) == 202
    blog.work()
    assert [comment.link.url for comment in blog.stored()] == [SOURCE]


def test_a_site_may_choose_not_to_ask(blog: Any) -> None:
    blog.configure(robots=False)
    blog.network.answer(SOURCE, PAGE)
    blog.network.answer(FILE, "User-agent: *\nDisallow: /", content_type="text/plain")
    blog.mention(SOURCE)
    blog.work()
    assert (len(blog.stored()), asked(blog)) == (1, [SOURCE])


@pytest.mark.parametrize("trouble", [503, 429, OutboundError("No answer.")])
def test_while_the_file_cannot_be_had_nothing_is_read(blog: Any, trouble: Any) -> None:
    blog.network.answer(SOURCE, PAGE)
    if isinstance(trouble, int):
        blog.network.answer(FILE, "", status=trouble)
    else:
        ask = blog.network.get

        def get(url: str, **how: Any) -> Any:
            if url == FILE:
                raise trouble
            return ask(url, **how)

        blog.network.get = get
    blog.mention(SOURCE)
    blog.work()
    assert blog.stored() == []
    assert [state for state, _ in told(blog)] == ["failed"]
    blog.network.get = blog.network.__class__.get.__get__(blog.network)
    blog.network.answer(FILE, "", status=404)
    blog.clock.advance(hours=2)
    blog.work()
    assert len(blog.stored()) == 1


def test_a_forbidden_place_is_refused_at_its_file_already(blog: Any) -> None:
    blog.network.answer(SOURCE, PAGE)
    blog.network.fail(FILE, OutboundForbidden("This server does not call that address."))
    ask = blog.network.__class__.get.__get__(blog.network)
    blog.network.get = ask
    blog.mention(SOURCE)
    blog.work()
    assert (blog.stored(), asked(blog)) == ([], [FILE])
    assert told(blog) == [("refused", "This server does not call that address.")]


def test_pages_that_shall_not_be_read_are_not_told_of_our_links(blog: Any) -> None:
    there = "https://there.example/a"
    blog.network.answer(TARGET, f'<article><p>See <a href="{there}">it</a></p></article>')
    blog.network.answer(there, "x", headers={"Link": "<https://there.example/wm>; rel=webmention"})
    blog.network.answer("https://there.example/robots.txt", "User-agent: *\nDisallow: /a", content_type="text/plain")
    blog.ctx.jobs.enqueue("send", {"url": TARGET, "why": "asked"}, after=timedelta(0))
    blog.work()
    blog.clock.advance(minutes=1)
    blog.work()
    assert asked(blog) == [TARGET, "https://there.example/robots.txt"]
