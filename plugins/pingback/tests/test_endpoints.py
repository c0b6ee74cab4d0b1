"""Where a page wants to be told: the 23 cases of webmention.rocks on pages of our own, and pingback's two ways."""

from __future__ import annotations

import time

import pytest

from embedcomments.api import Fetched
from embedcomments_pingback.endpoints import Endpoint, Protocol, find_endpoint

PAGE = "https://rocks.example/test/{}"
WEBMENTION, PINGBACK = Protocol.WEBMENTION, Protocol.PINGBACK


def fetched(html: str, *, url: str, kind: str = "text/html; charset=utf-8", **headers: str) -> Fetched:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fetched(url=url, status=200, headers={"content-type": kind, **named}, body=html.encode())


# Number, Link header (several are one, joined as HTTP has it), head, body, the endpoint.
CASES = [
    (1, "</test/1/webmention>; rel=webmention", "", "", "/test/1/webmention"),
    (2, "<https://rocks.example/test/2/webmention>; rel=webmention", "", "", "/test/2/webmention"),
    (3, "", '<link rel="webmention" href="/test/3/webmention">', "", "/test/3/webmention"),
    (4, "", '<link href="https://rocks.example/test/4/webmention" rel="webmention">', "", "/test/4/webmention"),
    (5, "", "", '<a rel="webmention" href="/test/5/webmention">here</a>', "/test/5/webmention"),
    (6, "", "", '<a href="https://rocks.example/test/6/webmention" rel="webmention">x</a>', "/test/6/webmention"),
    (7, "<https://rocks.example/test/7/webmention>; rel=webmention", "", "", "/test/7/webmention"),
    (8, '<https://rocks.example/test/8/webmention>; rel="webmention"', "", "", "/test/8/webmention"),
    (9, "", '<link rel="webmention somethingelse" href="/test/9/webmention">', "", "/test/9/webmention"),
    (10, '</test/10/webmention>; rel="webmention somethingelse"', "", "", "/test/10/webmention"),
    (11, '</test/11/webmention>; rel="webmention"', '<link rel="webmention" href="/error">',
     '<a href="/error" rel="webmention">x</a>', "/test/11/webmention"),
    (12, "", '<link rel="not-webmention" href="/error">', '<a href="/test/12/webmention" rel="webmention">x</a>',
     "/test/12/webmention"),
    (13, "", "", '<!-- <a href="/error" rel="webmention"></a> --><a href="/test/13/webmention" rel="webmention">x</a>',
     "/test/13/webmention"),
    (14, "", "", '<code>&lt;a href="/error" rel="webmention"&gt;&lt;/a&gt;</code>'
     '<a href="/test/14/webmention" rel="webmention">x</a>', "/test/14/webmention"),
    (15, "", '<link rel="webmention" href="">', "", "/test/15"),
    (16, "", "", '<a href="/test/16/webmention" rel="webmention">x</a><link rel="webmention" href="/error">',
     "/test/16/webmention"),
    (17, "", "", '<link rel="webmention" href="/test/17/webmention"><a href="/error" rel="webmention">x</a>',
     "/test/17/webmention"),
    (18, '</error>; rel="other", </test/18/webmention>; rel="webmention"', "", "", "/test/18/webmention"),
    (19, '</error>; rel="other",</test/19/webmention>;rel="webmention"', "", "", "/test/19/webmention"),
    (20, "", '<link rel="webmention">', '<a href="/test/20/webmention" rel="webmention">x</a>', "/test/20/webmention"),
    (21, "", '<link rel="webmention" href="/test/21/webmention?query=yes">', "", "/test/21/webmention?query=yes"),
    (22, "", '<link rel="webmention" href="22/webmention">', "", "/test/22/webmention"),
    # Asked for at /test/23/page, which redirects: the address is relative to where that ended.
    (23, "", '<link rel="webmention" href="webmention-endpoint/k">', "", "/test/23/page/webmention-endpoint/k"),
]  # fmt: skip


@pytest.mark.parametrize("number, link, head, body, endpoint", CASES, ids=[str(case[0]) for case in CASES])
def test_discovery_after_webmention_rocks(number: int, link: str, head: str, body: str, endpoint: str) -> None:
    url = PAGE.format(number) if number < 23 else PAGE.format("23/page/moved")
    html = f'<!doctype html><html><head><title>x</title>{head}</head><body><div class="e-content">{body}</div></body>'
    page = fetched(html, url=url, **({"link": link} if link else {}))
    assert find_endpoint(page) == Endpoint(protocol=WEBMENTION, url=f"https://rocks.example{endpoint}")


@pytest.mark.parametrize(
    "header, endpoint",
    [
        ('<a>; rel="x", <b>; title="a, b; rel=webmention"; rel="webmention"', "b"),
        ('<a?b=c,d;e>; rel="WebMention"', "a?b=c,d;e"),
        ('<a>; rel="not-webmention", <b>; rel="x webmention"', "b"),
        ('<a>; rel="x"; rel="webmention", <b> ; rel = webmention', "b"),
        ('<a>; anchor; rel="webmention"', "a"),
        ('<a>; title="\\"; rel=x"; rel=webmention', "a"),
        ("<a>; rel=webmention; x", "a"),
        ("a; rel=webmention", None),
        ("<a; rel=webmention", None),
        ('<a>; rel="webmention', None),
        ("<javascript:alert(1)>; rel=webmention", None),
        ("<>; rel=webmention", ""),
        (",,,", None),
        ('<a>; rel="webmention";', "a"),
        ("<a> ;; rel=webmention ;", "a"),
        (", ,<a>; rel=x;, , <b>; rel=webmention", "b"),
        ("no link, <a>; x=y z; rel=webmention, <b>; rel=webmention", "b"),
    ],
)
def test_link_headers_as_rfc_8288_has_them(header: str, endpoint: str | None) -> None:
    page = fetched("<p>x", url="https://rocks.example/", link=header)
    found = find_endpoint(page)
    assert (found and found.url) == (None if endpoint is None else f"https://rocks.example/{endpoint}")


PINGBACK_LINES = [
    ('<link rel="pingback" href="https://a.example/x?a=1&amp;b=2">', "https://a.example/x?a=1&b=2"),
    ('<link rel="pingback" href="https://a.example/x" />', "https://a.example/x"),
    ('<link rel="pingback" href="https://a.example/&amp;lt;" />', "https://a.example/&lt;"),
    ('<link href="https://a.example/x" rel="pingback">', None),
    ("<link rel='pingback' href='https://a.example/x'>", None),
    ('<link rel="pingback" href="/relative">', None),
    ('<link rel="pingback" href="ftp://a.example/">', None),
]


@pytest.mark.parametrize("line, endpoint", PINGBACK_LINES)
def test_a_pingback_line_is_that_of_the_specification(line: str, endpoint: str | None) -> None:
    found = find_endpoint(fetched(f"<head>{line}", url="https://a.example/"))
    assert found == (Endpoint(protocol=PINGBACK, url=endpoint) if endpoint else None)


def test_webmention_comes_before_pingback_and_headers_before_elements() -> None:
    lines = '<link rel="pingback" href="https://a.example/line">'
    page = fetched(lines, url="https://a.example/", x_pingback=" https://a.example/header ")
    assert find_endpoint(page) == Endpoint(protocol=PINGBACK, url="https://a.example/header")
    both = fetched(
        f'{lines}<a rel="webmention" href="/w">x</a>', url="https://a.example/", x_pingback="https://a.example/"
    )
    assert find_endpoint(both) == Endpoint(protocol=WEBMENTION, url="https://a.example/w")
    assert find_endpoint(fetched("<p>none", url="https://a.example/")) is None


def test_what_is_not_html_speaks_by_headers_alone() -> None:
    html = '<link rel="webmention" href="/w"><link rel="pingback" href="https://a.example/p">'
    assert find_endpoint(fetched(html, url="https://a.example/", kind="text/plain")) is None
    found = find_endpoint(fetched(html, url="https://a.example/", kind="image/png", link="</h>; rel=webmention"))
    assert found == Endpoint(protocol=WEBMENTION, url="https://a.example/h")


HEADERS = [
    "<a>" + ";" * 8_000,
    "<a>;" + " " * 8_000 + "!",
    "<a>;b=" + " " * 8_000 + "!",
    "<a>" + ";a=b" * 2_000 + "!",
    '<a>;a="' + "\\" * 8_000,
    "<a>;rel=webmentio," * 500,
    "<" * 8_000,
    "<," * 4_000,
    "<a>" + "; " * 4_000 + "!",
    '<a>;a=",' * 1_000,
    "<a>;" + "a" * 4_000 + " =" * 2_000,
]


@pytest.mark.parametrize("header", HEADERS, ids=range(len(HEADERS)))
def test_hostile_headers_end_somewhere(header: str) -> None:
    start = time.thread_time()
    assert find_endpoint(fetched("", url="https://a.example/", link=header)) is None
    assert time.thread_time() - start < 1.0
