"""Markdown as people write it in comments."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from embedcomments.domain.comments import SourceFormat
from embedcomments.services.rendering import _PLAIN_TEXT, TextRenderer
from embedcomments.services.sanitizing import LINK_RELATION, Sanitizer

REL = f'rel="{LINK_RELATION}"'


@pytest.fixture(scope="module")
def renderer() -> TextRenderer:
    return TextRenderer(Sanitizer())


@pytest.mark.parametrize(
    "text, html",
    [
        ("Hello", "<p>Hello</p>"),
        ("one\ntwo\n\nthree", "<p>one<br>\ntwo</p>\n<p>three</p>"),
        ("*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <s>c</s> <code>d</code></p>"),
        ("# Big", "<h3>Big</h3>"),
        ("###### Small", "<h6>Small</h6>"),
        ("> q", "<blockquote>\n<p>q</p>\n</blockquote>"),
        ("3. x", '<ol start="3">\n<li>x</li>\n</ol>'),
        ("```python\nx < 1\n```", '<pre><code class="language-python">x &lt; 1\n</code></pre>'),
        ("```evil\nx\n```", '<pre><code class="">x\n</code></pre>'),
        ("<b>x</b> & <script>", "<p>&lt;b&gt;x&lt;/b&gt; &amp; &lt;script&gt;</p>"),
        ("https://a.example/x?y=1.", f'<p><a href="https://a.example/x?y=1" {REL}>https://a.example/x?y=1</a>.</p>'),
        ("a.example and me@a.example", "<p>a.example and me@a.example</p>"),
        ("[x](https://a.example \"t\")", f'<p><a href="https://a.example" title="t" {REL}>x</a></p>'),
        ("[x](javascript:alert)", "<p>[x](javascript:alert)</p>"),
        ("![alt & all](https://a.example/i.png)", f'<p><a href="https://a.example/i.png" {REL}>alt &amp; all</a></p>'),
        ("![](https://a.example/i.png)", f'<p><a href="https://a.example/i.png" {REL}>https://a.example/i.png</a></p>'),
        ("", ""),
    ],
)  # fmt: skip
def test_markdown_becomes_html(renderer: TextRenderer, text: str, html: str) -> None:
    assert renderer.render(text) == html


def test_a_table_is_a_table(renderer: TextRenderer) -> None:
    html = renderer.render("|a|b|\n|-|:-:|\n|1|2|")
    assert html.startswith("<table>")
    assert html.count("<td>") + html.count("<td ") == 2
    assert "style" not in html


def test_imported_html_is_kept_as_html(renderer: TextRenderer) -> None:
    assert renderer.render("<p>a <em>b</em></p>", SourceFormat.HTML) == "<p>a <em>b</em></p>"


def test_plain_text_has_paragraphs_and_no_markup(renderer: TextRenderer) -> None:
    assert renderer.plain("a *b* <i>\n\n c") == "<p>a *b* &lt;i&gt;</p><p> c</p>"


def test_plugins_change_the_parser() -> None:
    renderer = TextRenderer(Sanitizer(), [lambda parser: parser.disable("emphasis")])
    assert renderer.render("*a*") == "<p>*a*</p>"


@pytest.mark.parametrize(
    "part", ["> ", "[", "*a ", "![", "`", "- ", "[a](", "<", "\\", "&", "| a ", "_a*", "~~a", "**a_", "((", "https://a"]
)
def test_no_text_of_the_greatest_length_takes_long(renderer: TextRenderer, part: str) -> None:
    text = (part * 10_000)[:10_000]
    began = time.thread_time()
    renderer.render(text)
    assert time.thread_time() - began < 5  # measured: 1.3 at worst


def test_deep_nesting_is_no_deep_recursion(renderer: TextRenderer) -> None:
    for text in ("> " * 2000 + "x", "- " * 2000 + "x", "*" * 4000 + "x" + "*" * 4000, "[" * 4000 + "x" + "]" * 4000):
        renderer.render(text)


def test_each_thread_has_a_parser_of_its_own(together: Any) -> None:
    renderer = TextRenderer(Sanitizer())
    expected = renderer.render("*a* [b](https://b.example)")
    assert (
        together(lambda _: [renderer.render("*a* [b](https://b.example)") for _ in range(20)], 8)
        == [[expected] * 20] * 8
    )


def test_a_text_made_of_bare_links_is_read_in_linear_time() -> None:
    renderer = TextRenderer(Sanitizer())

    def cost_s(length: int) -> float:
        costs = []
        for _ in range(3):  # the least: a collection of garbage may fall into any of them
            began = time.thread_time()
            renderer.render("https://a" * (length // 9))
            costs.append(time.thread_time() - began)
        return max(min(costs), 0.005)

    renderer.render("https://a " * 101)  # the parser itself does not count
    assert cost_s(40_000) < 10 * cost_s(10_000)


def test_a_hundred_bare_links_are_links_and_more_are_text() -> None:
    renderer = TextRenderer(Sanitizer())
    assert renderer.render("https://a.example " * 100).count("<a ") == 100
    assert renderer.render("https://a.example " * 101).count("<a ") == 0


_LIKELY = st.text(alphabet="ab Éя文ʼ1.):;-+=#'\"!(/@hftpmailo\n\t\r\u00a0\u2028\u0085*_~`[]<>&\\|\0", max_size=40)
_PLAIN = st.lists(
    st.sampled_from(
        ["a", "Éя", "文", " ", "  ", "1.", "-", "=", '"', "'", ":", "#", "!", "(", ")", "\n", "\n\n", "\n\n\n"]
    )
)
_EMPHASIZED = st.lists(
    st.sampled_from(["a", "b c", " ", "*", "**", "*a*", "**b**", "**b c**", "文", "’", ".", "-", "\n", "1", "«a»"])
)


@given(st.one_of(st.text(max_size=60), _LIKELY, _PLAIN.map("".join), _EMPHASIZED.map("".join)))
@example("**a** b *c d*, e\n*f* g.\n\n**h**")
@example("a **b ***c** d")
@example("*a\nb*")
@example('Say "it":\nb - c\n\n\nd')
@example("a\n1. b")
@example("a\n---")
@example("a\u00a0\nb")
@example("http: //a and mailto: b")
@example("a  \nb")
def test_text_without_markup_becomes_what_the_parser_makes_of_it(text: str) -> None:
    changed_nothing = TextRenderer(Sanitizer(), configure=[lambda parser: None])
    assert TextRenderer(Sanitizer()).html(text, SourceFormat.MARKDOWN) == changed_nothing.html(
        text, SourceFormat.MARKDOWN
    )


def test_a_plugin_may_make_markup_of_any_text() -> None:
    renderer = TextRenderer(Sanitizer(), configure=[lambda parser: parser.add_render_rule("text", lambda *_: "hers")])
    assert renderer.render("mine") == "<p>hers</p>"


def test_a_long_text_without_markup_is_decided_in_one_pass(renderer: TextRenderer) -> None:
    # Were each way of reading it tried in turn, this would not end.
    assert _PLAIN_TEXT.fullmatch("word " * 200_000 + "\\") is None
    assert _PLAIN_TEXT.fullmatch("word\n" * 200_000 + "\\") is None
    assert _PLAIN_TEXT.fullmatch("**word** " * 100_000 + "\\") is None
    assert _PLAIN_TEXT.fullmatch("*word " * 100_000) is None


def test_simple_emphasis_needs_no_parser(renderer: TextRenderer) -> None:
    text = "It has **some** words, *a few*.\n\n**All** told"
    assert _PLAIN_TEXT.fullmatch(text)
    assert renderer.render(text) == (
        "<p>It has <strong>some</strong> words, <em>a few</em>.</p>\n<p><strong>All</strong> told</p>"
    )
