"""Microformats are read from the page as it is written."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest

from embedcomments.testing import make_site
from embedcomments_pingback.outgoing import links_of
from embedcomments_pingback.pages import Mention, MentionType, read_mention
from embedcomments_pingback.reading import Budget, PageTooTangled, read_page

TARGET = "https://blog.example/post"
URL = "https://other.example/a/b.html"
LINK = f'<a href="{TARGET}">it</a>'


def read(html: str) -> Mention:
    mention = read_mention(html, URL, lambda url: url == TARGET, excerpt_length=200)
    assert mention is not None
    return mention


@pytest.mark.parametrize(
    "author, name, url",
    [
        ('<a class="p-author h-card" href="/ani">Ani <b>B.</b></a>', "Ani B.", "https://other.example/ani"),
        ('<span class="p-author">Ani</span>', "Ani", ""),
        ('<a class="p-author" href="https://ani.example">Ani</a>', "Ani", "https://ani.example"),
        ('<div class="p-author h-card"><p class="p-name">Ani<a class="u-url" href="//ani.example/">x</a></div>',
         "Anix", "https://ani.example/"),
        ('<div class="p-author h-card"><img class="u-photo" src="x"><abbr class="p-name" title="Ani">A.</abbr></div>',
         "Ani", ""),
        ('<span class="p-author h-card">Ani</span><span class="p-author h-card">Vera</span>', "Ani", ""),
        ("", "Meta", ""),
    ],
)  # fmt: skip
def test_the_author_of_an_entry(author: str, name: str, url: str) -> None:
    mention = read(f'<meta name=author content=Meta><div class="h-entry">{author}<p>See {LINK}</div>')
    assert (mention.author, mention.author_url) == (name, url)


@pytest.mark.parametrize(
    "html, what",
    [
        (f'<a class="u-like-of" href="{TARGET}">x</a>', MentionType.LIKE),
        (f'<a class="u-repost-of u-like-of" href="{TARGET}">x</a>', MentionType.REPOST),
        (f'<p class="u-in-reply-to h-cite"><a class="u-url" href="{TARGET}">x</a></p>', MentionType.REPLY),
        (f'<a class="u-in-reply-to h-cite" href="{TARGET}">x</a>', MentionType.REPLY),
        ('<a class="u-bookmark-of" href="../post">x</a><base href="https://blog.example/a/">', MentionType.BOOKMARK),
        (f'<a class="u-like-of" href="https://none.example/">x</a>{LINK}', MentionType.MENTION),
        (f'<a class="like-of" href="{TARGET}">x</a>', MentionType.MENTION),
        (f'<!-- <a class="u-like-of" href="{TARGET}">x</a> -->{LINK}', MentionType.MENTION),
    ],
)  # fmt: skip
def test_what_an_entry_does(html: str, what: MentionType) -> None:
    assert read(f'<article class="h-entry">{html}</article>').type is what


def test_properties_outside_of_an_entry_say_nothing() -> None:
    assert read(f'<a class="u-like-of" href="{TARGET}">x</a>').type is MentionType.MENTION
    assert read(f'<p class="h-card"><a class="u-like-of" href="{TARGET}">x</a></p>').type is MentionType.MENTION


def test_the_entry_around_the_link_speaks_and_no_other() -> None:
    other = '<div class="h-entry"><span class="p-author">Vera</span><p class="p-name">Hers</p></div>'
    mine = f'<div class="h-entry"><span class="p-author">Ani</span><p class="p-name">Mine</p><p>{LINK}</p></div>'
    mention = read(f'<title>All</title><div class="h-feed">{other}{mine}</div>')
    assert (mention.author, mention.title) == ("Ani", "Mine")
    loose = read(f"<title>All</title>{other}{other}<p>{LINK}</p>")
    assert (loose.author, loose.title) == ("", "All")


def test_a_reply_is_shown_by_its_own_words() -> None:
    html = (
        f'<div class="h-entry"><a class="u-in-reply-to" href="{TARGET}">x</a><p class="e-content">I&amp;I <b>agree</b>'
    )
    assert read(html).excerpt == "I&I agree"
    assert read(html.replace("e-content", "p-summary")).excerpt == "I&I agree"


def test_deep_and_endless_classes_are_bounded() -> None:
    for part in (
        '<div class="h-entry p-author h-card">',
        '<div class="h-card p-name e-content p-summary">x',
        '<a class="p-author h-card" href=x>',
        '<div class="' + "h-entry " * 2_000 + '">',
        '<p class="e-content">x',
    ):
        html = (f'<div class="h-entry">{LINK}' + part * (262_144 // len(part)))[:262_144]
        with suppress(PageTooTangled):  # on a machine that is slow just now
            assert read(html).excerpt != ""


SITE = make_site(name="blog", title="", origins=("https://blog.example",))


def links(html: str) -> tuple[str, ...]:
    return links_of(read_page(html, "https://blog.example/post", Budget(5)), SITE).targets


def test_links_of_the_content_are_told_and_no_others() -> None:
    rest = """<header><a href="https://a.example/">a</a></header><nav><a href="https://nav.example/">n</a></nav>
        <aside><a href="https://side.example/">s</a></aside><footer><a href="https://foot.example/">f</a></footer>
        <div id="comments"><a href="https://reader.example/">r</a></div>
        <embed-comments><a href="https://widget.example/">r</a></embed-comments>"""
    body = """<p><a href="https://one.example/#part">1</a> <a href=" https://one.example/ ">again</a>
        <a href="/own">own</a> <a href="https://blog.example/x">own</a> <a href="mailto:a@b.example">m</a>
        <a rel="ugc nofollow" href="https://ugc.example/">u</a> <a rel="Sponsored" href="https://ad.example/">u</a>
        <a href="http://two.example:8080/?a=b&amp;c">2</a>"""
    wanted = ("https://one.example/#part", "http://two.example:8080/?a=b&c")
    assert links(f"{rest}<main><article><div class='h-entry'><div class='e-content'>{body}") == wanted
    assert links(f"{rest}<main>x<article>{body}</article></main>{rest}") == wanted
    assert links(f"{rest}<main>{body}</main>") == wanted
    assert links(f"<nav><a href='https://nav.example/'>n</a></nav>{body}") == wanted
    assert links("<p>none") == ()


def test_a_page_of_a_thousand_links_tells_fifty() -> None:
    found = links("".join(f'<a href="https://x{at}.example/">x</a> ' for at in range(1_000)))
    assert (len(found), found[49]) == (50, "https://x49.example/")


def test_the_digest_follows_the_words_around_links() -> None:
    def digest(html: str) -> str:
        return links_of(read_page(html, TARGET, Budget(5)), SITE).digest

    page = "<title>T</title><nav>{}</nav><p>See <a href='https://a.example/'>{}</a></p><p>{}</p>"
    first = digest(page.format("x", "it", "rest"))
    assert digest(page.format("y", "it", "other rest")) == first
    assert digest(page.format("x", "that", "rest")) != first


@pytest.mark.parametrize(
    "html, at",
    [
        ("<div class=h-entry><time class=dt-published datetime=2026-01-02T03:04:05Z>x</time>", (2026, 1, 2, 3, 4, 5)),
        ("<div class=h-entry><time class=dt-published>2026-01-02</time>", (2026, 1, 2)),
        ('<meta property="article:published_time" content="2026-01-02T03:04:05+00:00">', (2026, 1, 2, 3, 4, 5)),
        ("<meta name=date content=yesterday>", None),
    ],
)
def test_the_day_of_publication(html: str, at: tuple[int, ...] | None) -> None:
    found = links_of(read_page(html, TARGET, Budget(5)), SITE).published
    assert found == (datetime(*at, tzinfo=UTC) if at else None)  # type: ignore[arg-type]
