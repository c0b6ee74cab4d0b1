"""The first words of a comment."""

import pytest

from embedcomments.services.excerpts import excerpt


@pytest.mark.parametrize(
    "html, text",
    [
        ("<p>One</p>\n<p>Two<br>three</p>", "One Two three"),
        ("<p>A <strong>bold</strong>er <em>word</em></p>", "A bolder word"),
        ("<ul><li>a</li><li>b</li></ul>", "a b"),
        ("<p>1 &lt; 2 &amp;&amp; &lt;b&gt;</p>", "1 < 2 && <b>"),
        ('<p><a href="https://a.example/?a>b" rel="x">a link</a>, then</p>', "a link, then"),
        ("<blockquote><p>theirs</p><blockquote>older</blockquote></blockquote><p>mine</p>", "mine"),
        ("<blockquote><p>theirs</p></blockquote>", "theirs"),
        ("", ""),
    ],
)
def test_an_excerpt_is_one_line_without_html_and_quotations(html: str, text: str) -> None:
    assert excerpt(html, 100) == text


@pytest.mark.parametrize(
    "source, text",
    [
        ("one two three", "one two three"),
        ("one two three four", "one two…"),
        ("one two thre four", "one two thre…"),
        ("https://example.com/", "https://exam…"),
        ("这家老印刷厂终于重新开放了真希望", "这家老印刷厂终于重新开放…"),
    ],
)
def test_a_long_one_is_cut_between_words_where_that_is_possible(source: str, text: str) -> None:
    assert excerpt(f"<p>{source}</p>", 13) == text
