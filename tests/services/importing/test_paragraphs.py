"""WordPress' newlines become paragraphs, and nothing that is HTML already is harmed."""

import time

import pytest

from embedcomments.services.importing.paragraphs import add_paragraphs


@pytest.mark.parametrize(
    "text, html",
    [
        ("", ""),
        (" \n\n ", ""),
        ("One line", "<p>One line</p>"),
        ("One\r\ntwo", "<p>One<br>\ntwo</p>"),
        ("One<br />\ntwo", "<p>One<br>\ntwo</p>"),
        ("One\n \n\nTwo", "<p>One</p>\n<p>Two</p>"),
        ("<p>One\n\n<p>Two", "<p>One</p>\n<p>Two"),
        ("<p>One\n\nTwo</p>", "<p>One</p>\n<p>Two</p>"),
        ("A <em>b</em>\n\n<strong>c</strong> d", "<p>A <em>b</em></p>\n<p><strong>c</strong> d</p>"),
        (
            "He says:\n<blockquote>One\n\nTwo</blockquote>\nNo.",
            "<p>He says:</p>\n<blockquote><p>One</p>\n<p>Two</p>\n</blockquote>\n<p>No.</p>",
        ),
        ("<ul>\n<li>One</li>\n<li>Two\nlines</li>\n</ul>", "<ul><li>One</li>\n<li>Two<br>\nlines</li>\n</ul>"),
        ("<pre>a\n\n  <code>b</code>\nhttp://c.example</pre>", "<pre>a\n\n  <code>b</code>\nhttp://c.example</pre>"),
        ("<pre>a <p>b\n</pre>", "<pre>a <p>b\n</pre>"),
        ("stray</blockquote> end tag", "<p>stray</p>\n<p>end tag</p>"),
        ("1 < 2 and 3 > 2", "<p>1 < 2 and 3 > 2</p>"),
    ],
)
def test_newlines_become_paragraphs_and_breaks(text: str, html: str) -> None:
    assert add_paragraphs(text) == html


@pytest.mark.parametrize(
    "text, html",
    [
        (
            "See http://a.example/b?c=1&amp;d.",
            'See <a href="http://a.example/b?c=1&amp;d">http://a.example/b?c=1&amp;d</a>.',
        ),
        ("(http://a.example)", '(<a href="http://a.example">http://a.example</a>)'),
        ("&lt;http://a.example&gt;", '&lt;<a href="http://a.example">http://a.example</a>&gt;'),
        ('<a href="http://a.example">http://a.example</a>', '<a href="http://a.example">http://a.example</a>'),
        ("<code>http://a.example</code>", "<code>http://a.example</code>"),
        ("http:// is no address", "http:// is no address"),
    ],
)
def test_bare_addresses_become_links(text: str, html: str) -> None:
    assert add_paragraphs(text) == f"<p>{html}</p>"


@pytest.mark.parametrize(
    "piece", ["<", "<a ", "<p>", "</p>", "<li>", "\n", "\n\n ", "http://", "http://a&lt", "<br", "<pre>"]
)
def test_hostile_text_takes_time_in_proportion_to_its_length(piece: str) -> None:
    started = time.thread_time()
    add_paragraphs(piece * (200_000 // len(piece)))
    assert time.thread_time() - started < 2
