"""Nothing but the allow list reaches a page."""

from __future__ import annotations

import json
import re
import threading
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from justhtml import JustHTML

from embedcomments.domain.comments import SourceFormat
from embedcomments.services.rendering import TextRenderer
from embedcomments.services.sanitizing import (
    ATTRIBUTES,
    CODE_CLASSES,
    LINK_RELATION,
    SCHEMES,
    TAGS,
    Sanitizer,
    is_harmless,
)

PAYLOADS = Path(__file__).parents[3] / "shared" / "data" / "xss" / "payloads.jsonl"
OWN = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>x</a>",
    "<a href=' jav&#x09;ascript:alert(1)'>x</a>", "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<svg onload=alert(1)>", "<p style='background:url(https://evil.example)'>x</p>", "<math><mi xlink:href='data:x'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>", "<q cite='javascript:alert(1)'>x</q>",
    "<form action=//evil.example><input name=a><button formaction='javascript:alert(1)'>", "<iframe srcdoc='<script>'>",
    "<table><td background='javascript:alert(1)'>", "<a href='vbscript:x' onclick=alert(1) id=x name=y class=z>x</a>",
    "<![CDATA[<script>alert(1)</script>]]>", "<!--><script>alert(1)</script>-->", "<?xml x='<script>'?>",
    "<style>@import '//evil.example'</style>", "<template><script>alert(1)</script></template>", "<code class='evil'>x",
    "</p></div></body><script>alert(1)</script>", "<a href='//evil.example' target=_top rel=opener>x</a>",
    "\0<scr\0ipt>",
]  # fmt: skip
_BLANKS = "".join(map(chr, range(0x21)))
ALLOWED = {tag: set(ATTRIBUTES.get(tag, ())) for tag in TAGS}
ALLOWED["a"].add("rel")
ALLOWED["code"].add("class")


def payloads() -> list[str]:
    given = [json.loads(line)["payload"] for line in PAYLOADS.read_text().splitlines()] if PAYLOADS.is_file() else []
    return OWN + given


class _Reader(HTMLParser):
    """A second, simpler parser: what one takes for text another must not take for an element."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def elements(html: str, *, thoroughly: bool = True) -> list[tuple[str, dict[str, str | None]]]:
    """Every element with its attributes, as one parser sees it or, thoroughly, as a browser's algorithm does too."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    found = list(reader.elements)
    waiting = [JustHTML(html, fragment=True, sanitize=False).root] if thoroughly else []
    while waiting:
        node = waiting.pop()
        waiting.extend(getattr(node, "children", None) or ())
        if not node.name.startswith(("#", "!")):
            found.append((node.name, dict(node.attrs or {})))
    return found


def assert_clean(html: str, *, thoroughly: bool = True) -> None:
    for tag, attributes in elements(html, thoroughly=thoroughly):
        assert tag in TAGS, (tag, html)
        assert set(attributes) <= ALLOWED[tag], (tag, attributes, html)
        if tag == "a":
            assert attributes["rel"] == LINK_RELATION
            # As browsers read it (WHATWG URL): controls and blanks before it go, tabs and breaks within it too.
            url = re.sub(r"[\t\n\r]", "", (attributes.get("href") or "").lstrip(_BLANKS))
            named = re.match(r"[a-z][a-z0-9+.-]*(?=:)", url.lower())
            assert named is None or named[0] in SCHEMES, attributes
        if "class" in attributes:
            assert set((attributes["class"] or "").split()) <= CODE_CLASSES


def test_every_hostile_text_is_clean_as_html_and_as_markdown() -> None:
    renderer = TextRenderer(Sanitizer())
    for payload in payloads():
        assert_clean(renderer.render(payload, SourceFormat.HTML))
        assert_clean(renderer.render(payload))
        assert_clean(renderer.plain(payload), thoroughly=False)
        assert_clean(
            renderer.render(f"[x]({payload}) ![y]({payload}) <{payload}> `{payload}`\n\n> {payload}"), thoroughly=False
        )


def test_what_is_clean_stays_as_it_is() -> None:
    sanitizer = Sanitizer()
    for payload in payloads():
        once = sanitizer.clean(payload)
        assert sanitizer.clean(once) == once


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="<>/\"'=&;:# \n\0abehijlnoprstvx-!?[]()*_`~|", max_size=80))
def test_no_text_makes_more_than_is_allowed(text: str) -> None:
    renderer = TextRenderer(Sanitizer())
    assert_clean(renderer.render(text, SourceFormat.HTML))
    assert_clean(renderer.render(text))


def test_words_are_kept_where_their_markup_is_not() -> None:
    cleaned = Sanitizer().clean("<div onclick=x>Read <blink>this</blink><script>not this</script>, <b>please</b></div>")
    assert cleaned == "Read this, <b>please</b>"


def test_plugins_may_widen_the_list() -> None:
    sanitizer = Sanitizer(
        tags={"details", "summary"},
        attributes={"details": {"open"}},
        classes={"span": {"note"}, "code": {"language-x"}},
    )
    html = '<details open="" onclick="x"><summary>s</summary></details><span class="note evil">n</span>'
    assert sanitizer.clean(html) == ('<details open=""><summary>s</summary></details><span class="note">n</span>')
    assert sanitizer.clean('<code class="language-x language-go y">c</code>') == (
        '<code class="language-x language-go">c</code>'
    )


@pytest.mark.parametrize(
    "tag, attributes, harmless",
    [
        ("details", ["open"], True),
        ("span", [], True),
        ("td", ["colspan", "rowspan"], True),
        ("SCRIPT", [], False),
        ("img", [], False),
        ("noscript", [], False),
        ("xmp", [], False),
        ("plaintext", [], False),
        ("foreignObject", [], False),
        ("span", ["onclick"], False),
        ("span", ["OnClick"], False),
        ("span", ["style"], False),
        ("span", ["class"], False),
        ("a", ["rel"], False),
        ("a", ["ping"], False),
        ("a", ["target"], False),
        ("td", ["background"], False),
        ("q", ["cite"], False),
        ("*", ["xlink:href"], False),
    ],
)
def test_a_plugin_cannot_widen_it_by_what_runs_or_loads(tag: str, attributes: list[str], harmless: bool) -> None:
    assert is_harmless(tag, attributes) is harmless


def test_many_threads_share_a_cleaner() -> None:
    sanitizer = Sanitizer()
    wrong: list[str] = []

    def work() -> None:
        for _ in range(50):
            cleaned = sanitizer.clean("<b onclick=x>b</b>")
            if cleaned != "<b>b</b>":
                wrong.append(cleaned)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
