"""What a page that claims to link to ours really says."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin

from justhtml import stream

from embedcomments_pingback.excerpts import clean_text, cut_end, excerpt_around

MAX_TITLE_LENGTH = 200
MAX_AUTHOR_LENGTH = 100
_MAX_LINKS = 5_000
_CHECK_EVERY = 64
# A page may link to the target thousands of times within 256 KB; so many places and characters are looked at.
_MAX_PLACES = 10
_MAX_CONTEXT = 4_000
# What stands in these is not part of what readers see. Also followed: svg and math, whose elements may end themselves
# ("<style/>"), which the stream does not tell; the end of the whole drawing sets that right.
_HIDDEN = frozenset(
    {
        *("script", "style", "template", "noscript", "iframe", "noembed", "noframes", "xmp", "plaintext"),
        *("textarea", "title"),
    }
)
_FOLLOWED = _HIDDEN | {"svg", "math"}
_BLOCKS = frozenset(
    {
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "body",
            "br",
            "caption",
            "center",
            "dd",
            "details",
            "dialog",
            "div",
        ),
        *("dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head"),
        *(
            "header",
            "hr",
            "html",
            "legend",
            "li",
            "main",
            "menu",
            "nav",
            "ol",
            "p",
            "pre",
            "search",
            "section",
            "summary",
        ),
        *("table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    }
)


class PageTooTangled(Exception):
    """Reading the page took more time than any honest page does."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """What a linking page says. ``title`` and ``author`` may be ""; all are plain text in one line."""

    title: str
    author: str
    excerpt: str


@dataclass(slots=True)
class _Anchor:
    """A link in the text: its words are ``blocks[block][first:last]``."""

    href: str
    block: int
    first: int
    last: int = -1


@dataclass(slots=True)
class _Reading:
    """What is gathered in one pass over the page. A block is a run of text that no box interrupts."""

    base: str | None = None
    titles: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    blocks: list[list[str]] = field(default_factory=lambda: [[]])
    anchors: list[_Anchor] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    open_counts: Counter[str] = field(default_factory=Counter)
    hidden: int = 0

    def start(self, name: str, attributes: dict[str, str | None]) -> None:
        if name == "title" and not self.open:
            self.titles.append("")
        if not self.hidden:
            self._start_visible(name, attributes)
        if name in _FOLLOWED:
            self.open.append(name)
            self.open_counts[name] += 1
            self.hidden += name in _HIDDEN

    def _start_visible(self, name: str, attributes: dict[str, str | None]) -> None:
        if name == "a":
            self._end_anchor()
            href = attributes.get("href")
            if href is not None and len(self.anchors) < _MAX_LINKS:
                self.anchors.append(_Anchor(href=href, block=len(self.blocks) - 1, first=len(self.blocks[-1])))
        elif name == "base" and self.base is None:
            self.base = attributes.get("href")
        elif name == "meta":
            key = (attributes.get("name") or attributes.get("property") or "").strip().lower()
            self.names.setdefault(key, attributes.get("content") or "")
        elif name in _BLOCKS:
            self._break()

    def end(self, name: str) -> None:
        if name in _FOLLOWED:
            self._close(name)
        elif self.hidden:
            return
        elif name == "a":
            self._end_anchor()
        elif name in _BLOCKS:
            self._break()

    def text(self, text: str) -> None:
        if self.open == ["title"]:
            self.titles[-1] += text
        elif not self.hidden:
            self.blocks[-1].append(text)

    def _close(self, name: str) -> None:
        if self.open_counts[name]:
            closed = ""
            while closed != name:
                closed = self.open.pop()
                self.open_counts[closed] -= 1
                self.hidden -= closed in _HIDDEN

    def _break(self) -> None:
        if self.blocks[-1]:
            self.blocks.append([])

    def _end_anchor(self) -> None:
        if self.anchors and self.anchors[-1].last < 0:
            anchor = self.anchors[-1]
            anchor.last = len(self.blocks[anchor.block])


def read_mention(
    html: str, url: str, is_target: Callable[[str], bool], *, excerpt_length: int, cpu_s: float = 1.0
) -> Mention | None:
    """What the page at ``url`` says around its link to the target, or None when it has no such link.

    ``is_target`` gets absolute URLs (resolved against ``<base>``). A link is an ``<a href>`` that readers
    can see: none in a comment, a script, a template or what stands in for another element.
    Of several the first with words around it is taken.
    Raises PageTooTangled after about ``cpu_s`` seconds of processor time: parsing pages made for it
    (a hundred thousand comments) grows with the square of their length.
    """
    end = time.thread_time() + cpu_s
    reading = _Reading()
    for count, event in enumerate(stream(html)):
        if count % _CHECK_EVERY == 0 and time.thread_time() > end:
            raise PageTooTangled
        if event[0] == "start":
            reading.start(*event[1])
        elif event[0] == "end":
            reading.end(event[1])
        elif event[0] == "text":
            reading.text(event[1])
    base = _resolve(url, reading.base) or url
    anchors = []
    for anchor in reading.anchors:
        if time.thread_time() > end:
            raise PageTooTangled
        absolute = _resolve(base, anchor.href)
        if absolute and is_target(absolute):
            anchors.append(anchor)
            if len(anchors) == _MAX_PLACES:
                break
    if not anchors:
        return None
    parts = [_parts(reading.blocks[anchor.block], anchor) for anchor in anchors]
    before, link, after = next((each for each in parts if clean_text(each[0] + each[2])), parts[0])
    title = _line(next(iter(reading.titles), "")) or _line(reading.names.get("og:title", ""))
    return Mention(
        title=cut_end(title, MAX_TITLE_LENGTH),
        author=cut_end(_line(reading.names.get("author", "")), MAX_AUTHOR_LENGTH),
        excerpt=excerpt_around(before, link, after, excerpt_length),
    )


def _parts(block: list[str], anchor: _Anchor) -> tuple[str, str, str]:
    last = anchor.last if anchor.last >= 0 else len(block)
    before, link, after = "".join(block[: anchor.first]), "".join(block[anchor.first : last]), "".join(block[last:])
    return before[-_MAX_CONTEXT:], link[:_MAX_CONTEXT], after[:_MAX_CONTEXT]


def _line(text: str) -> str:
    return clean_text(text[:_MAX_CONTEXT])


def _resolve(base: str, href: str | None) -> str | None:
    """An absolute URL, or None. Browsers drop blanks around an href and line breaks in it."""
    if href is None:
        return None
    try:
        return urljoin(base, href.strip().replace("\n", "").replace("\t", ""))
    except ValueError:
        return None
