"""A link counts when readers can see it, and hostile pages cost little."""

from __future__ import annotations

import contextlib
import time

import pytest

from embedcomments_pingback.pages import Mention, PageTooTangled, read_mention

TARGET = "https://blog.example/post"
URL = "https://other.example/a/b.html"


def read(html: str, length: int = 200) -> Mention | None:
    return read_mention(html, URL, lambda url: url == TARGET, excerpt_length=length)


def test_a_page_gives_title_author_and_excerpt() -> None:
    html = f"""<!doctype html><html><head><title>Caf&eacute; &amp;
        more</title><meta name="Author" content="Anahit &lt;3"><style>p {{ x: "{TARGET}" }}</style></head>
        <body><nav><a href="/">Home</a></nav><p>Not this.</p><p>I read <em>all</em> of
        <a class=x href="{TARGET}">this &quot;post&quot;</a>, and&nbsp;it is good.<p>Nor this.</body>"""
    expected = Mention(title="Café & more", author="Anahit <3", excerpt='I read all of this "post", and it is good.')
    assert read(html) == expected


@pytest.mark.parametrize(
    "html",
    [
        f'<a href="{TARGET}">x</a>',
        f"<A HREF='{TARGET}'>x",
        f"<a href={TARGET}>x</a>",
        f'<a href=" {TARGET}\n">x</a>',
        '<a href="https&#58;//blog.example/post">x</a>',
        '<a href="https://blog.ex\nample/post">x</a>',
        '<a href="//blog.example/post">x</a>',
        '<base href="https://blog.example/"><a href="post">x</a>',
        '<a href="post">x</a><base href="https://blog.example/"><base href="https://none.example/">',
        '<base target=_top><base href="//blog.example/x/"><a href="../post">x</a>',
        f"<div><svg><style/></svg><a href={TARGET}>x</a>",
        f"<svg><a href={TARGET}><text>x</text></a></svg>",
        f"<template></template></template></script><a href={TARGET}>x</a>",
        f"<!-- --><!--><a href={TARGET}>x</a>",
        f"<a href={TARGET} href=https://none.example>x</a>",
        f"<table><a href={TARGET}>x</a></table>",
    ],
)
def test_real_links_are_found(html: str) -> None:
    mention = read(html)
    assert mention is not None
    assert mention.excerpt == "x"


@pytest.mark.parametrize(
    "html",
    [
        "",
        TARGET,
        f"<p>{TARGET}</p>",
        f"<!-- <a href='{TARGET}'>x</a> -->",
        f"<!-- <a href='{TARGET}'>x</a>",
        f"<script><a href='{TARGET}'>x</a></script>",
        f"<script><!--<script></script><a href='{TARGET}'>x</a>--></script>",
        f"<style><a href='{TARGET}'>x</a></style>",
        f"<template><p><a href='{TARGET}'>x</a></p></template>",
        f"<template><template></template><a href='{TARGET}'>x</a></template>",
        f"<noscript><a href='{TARGET}'>x</a></noscript>",
        f"<head><noscript><a href='{TARGET}'>x</a></noscript></head>",
        f"<iframe><a href='{TARGET}'>x</a></iframe>",
        f"<textarea><a href='{TARGET}'>x</a></textarea>",
        f"<title><a href='{TARGET}'>x</a></title>",
        f"<xmp><a href='{TARGET}'>x</a></xmp>",
        f"<plaintext><a href='{TARGET}'>x</a>",
        f"<object data=x.svg><a href='{TARGET}'>x</a></object>",
        f"<video><p><a href='{TARGET}'>x</a></p></video><audio><a href='{TARGET}'>x</a></audio>",
        f"<canvas><a href='{TARGET}'>x</a></canvas>",
        f"<svg><script><a href='{TARGET}'>x</a></script></svg>",
        f"<svg><![CDATA[<a href='{TARGET}'>x</a>]]></svg>",
        f"<? <a href='{TARGET}'>x</a> ?>".replace(">x</a>", ""),
        f"<link href='{TARGET}'><img src='{TARGET}'><area href='{TARGET}'><form action='{TARGET}'></form>",
        f"<a>{TARGET}</a><a name='{TARGET}'>x</a><a data-href='{TARGET}'>x</a>",
        f"<p title=\"<a href='{TARGET}'>x</a>\">y</p>",
        f"&lt;a href='{TARGET}'&gt;x&lt;/a&gt;",
        f"<a href='{TARGET}",
        f"<base href='https://none.example/'><a href='post'>x</a><a href='{TARGET}/more'>x</a>",
        "<a href='http://[::1'>x</a><a href='javascript:0'>x</a><a href='#'>x</a><base href='http://[x'>",
    ],
)
def test_what_readers_do_not_see_is_no_link(html: str) -> None:
    assert read(html) is None


def test_the_first_link_with_words_around_it_gives_the_excerpt() -> None:
    html = (
        f"<ul><li><a href={TARGET}><img></a></ul><p>Look at <a href={TARGET}>it</a> now.<p>And <a href={TARGET}>it</a>."
    )
    mention = read(html)
    assert mention is not None
    assert mention.excerpt == "Look at it now."


def test_without_a_title_element_the_shared_one_is_taken() -> None:
    mention = read(f'<svg><title>no</title></svg><meta property="og:title" content="Yes"><a href={TARGET}>x</a>')
    assert mention == Mention(title="Yes", author="", excerpt="x")


def test_long_titles_and_authors_are_cut() -> None:
    mention = read(f"<title>{'word ' * 100_000}</title><meta name=author content='{'A' * 500}'><a href={TARGET}>x</a>")
    assert mention is not None
    assert len(mention.title) <= 204
    assert len(mention.author) <= 104


SIZE = 262_144
LINK = f"<a href={TARGET}>"
PARTS = [
    *(
        "<div>",
        "<a>",
        "<b>",
        "<a><b><i>",
        "<a href=x>",
        "<a href=//blog.example/post>",
        "<table><tr><td>",
        "<!--",
        "<!---->",
    ),
    *(
        "<!----!>",
        "<!--x--!>",
        "&",
        "&lt",
        "&amp;",
        "<a ",
        "a ",
        "<script>",
        "<script><!--",
        "<script></script",
        "<title>",
    ),
    *(
        "<title></titl",
        "<svg>",
        "<svg><a>",
        "<svg><style/>",
        "</svg>",
        '<a href="',
        "</p>",
        "</a>",
        "<p><font>",
        "<template>",
    ),
    *(
        "<template></template>",
        "<nobr>",
        "<select><option>",
        "<math><mi><svg><desc>",
        "<svg><![CDATA[",
        "<svg><![CDATA[]]>",
    ),
    *(
        "<!x",
        "<style></style",
        "<",
        "</",
        "<?",
        "<base href=/x/>",
        "<meta name=author content=x>",
        "<textarea>",
        "\0",
        "\u0301",
    ),
    *(" ", "<br>", "<p>x", f"{LINK}x</a> ", f"<p>{LINK}", "<svg></template>", "<a href=../../../../../../../../x>"),
]


@pytest.mark.parametrize("part", PARTS)
def test_hostile_pages_are_read_in_bounded_time(part: str) -> None:
    start = time.thread_time()
    with contextlib.suppress(PageTooTangled):
        read((LINK + part * (SIZE // len(part)))[:SIZE])
    assert time.thread_time() - start < 1.5


def test_a_long_base_is_resolved_in_bounded_time() -> None:
    start = time.thread_time()
    with contextlib.suppress(PageTooTangled):
        read(f"<base href=/{'x/' * 60_000}>{'<a href=x>' * 13_000}")
    assert time.thread_time() - start < 1.5


def test_entries_that_do_much_to_a_long_base_are_read_in_bounded_time() -> None:
    does = "<a class='u-like-of u-repost-of u-in-reply-to u-bookmark-of' href=x></a>"
    entries = f"<div class=h-entry>{does * 20}</div>" * 50
    for long in ("/.." * 700, "/.." * 3_000, "/x" * 30_000):
        start = time.thread_time()
        with contextlib.suppress(PageTooTangled):
            read(f"<a href={TARGET}>x</a><base href=/{long}/>{entries}"[:SIZE])
        assert time.thread_time() - start < 1.5


def test_many_different_names_are_read_in_bounded_time() -> None:
    for html in (
        "<a " + " ".join(f"a{at}" for at in range(35_000)) + f" href={TARGET}>x",
        "".join(f"<x{at}>" for at in range(30_000)) + "".join(f"</x{at}>" for at in range(5_000)),
        "".join(f"<meta name={at} content=x>" for at in range(9_000)),
    ):
        start = time.thread_time()
        read(html[:SIZE])
        assert time.thread_time() - start < 1.5


def test_reading_stops_when_it_takes_too_long() -> None:
    with pytest.raises(PageTooTangled):
        read_mention("<!---->" * 37_000, URL, lambda _: False, excerpt_length=200, cpu_s=0.05)
