"""One pass over a page: its text in blocks, its links, and what its head and its microformats say."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urljoin

from justhtml import stream

from embedcomments_pingback.excerpts import clean_text
from embedcomments_pingback.outline import Item, Outline, Region

_MAX_LINKS = 5_000
_MAX_RELATIONS = 1_000
_CHECK_EVERY = 64
_MAX_LINE = 4_000
# What stands in these is not part of what readers see. Also followed: svg and math, whose elements may end themselves
# ("<style/>"), which the stream does not tell; the end of the whole drawing sets that right.
_HIDDEN = frozenset(
    {
        *("script", "style", "template", "noscript", "iframe", "noembed", "noframes", "xmp", "plaintext"),
        *("textarea", "title", "object", "video", "audio", "canvas"),
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


class Budget:
    """Processor time for one page. Parsing pages made for it (a hundred thousand comments) grows with the square of
    their length."""

    def __init__(self, cpu_s: float) -> None:
        self._end = time.thread_time() + cpu_s

    def check(self) -> None:
        """Raises PageTooTangled when it is used up."""
        if time.thread_time() > self._end:
            raise PageTooTangled


@dataclass(frozen=True, slots=True)
class Relation:
    """A ``<link>``, or an ``<a>`` with a relation, as it stands in the page. ``rels`` are in lower case."""

    tag: str
    rels: frozenset[str]
    href: str


@dataclass(slots=True)
class Anchor:
    """A link in the text: its words are ``blocks[block][first:last]``."""

    href: str
    rels: frozenset[str]
    region: Region
    entry: Item | None
    block: int
    first: int
    last: int = -1


@dataclass(slots=True)
class ReadPage:
    """What was gathered. A block is a run of text that no box interrupts."""

    url: str
    base: str | None = None
    titles: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    blocks: list[list[str]] = field(default_factory=lambda: [[]])
    anchors: list[Anchor] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    outline: Outline = field(default_factory=Outline)
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
        if name not in _FOLLOWED:
            self.outline.start(name, attributes)
        if name in ("a", "link"):
            self._start_link(name, attributes)
        elif name == "base" and self.base is None:
            self.base = attributes.get("href")
        elif name == "meta":
            key = (attributes.get("name") or attributes.get("property") or "").strip().lower()
            self.names.setdefault(key, attributes.get("content") or "")
        elif name in _BLOCKS:
            self._break()

    def _start_link(self, name: str, attributes: dict[str, str | None]) -> None:
        href = attributes.get("href")
        rels = frozenset((attributes.get("rel") or "").lower().split())
        if name == "a":
            self._end_anchor()
        if href is None:
            return
        if rels and len(self.relations) < _MAX_RELATIONS:
            self.relations.append(Relation(tag=name, rels=rels, href=href))
        if name == "a" and len(self.anchors) < _MAX_LINKS:
            anchor = Anchor(
                href=href,
                rels=rels,
                region=self.outline.region,
                entry=self.outline.entry,
                block=len(self.blocks) - 1,
                first=len(self.blocks[-1]),
            )
            self.anchors.append(anchor)

    def end(self, name: str) -> None:
        if name in _FOLLOWED:
            self._close(name)
            return
        if self.hidden:
            return
        self.outline.end(name)
        if name == "a":
            self._end_anchor()
        elif name in _BLOCKS:
            self._break()

    def text(self, text: str) -> None:
        if self.open == ["title"]:
            self.titles[-1] += text
        elif not self.hidden:
            self.blocks[-1].append(text)
            self.outline.text(text)

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

    @property
    def title(self) -> str:
        """The page's title in one line, "" when it has none."""
        return line(next(iter(self.titles), "")) or line(self.names.get("og:title", ""))

    def resolve(self, href: str) -> str | None:
        """``href`` as an absolute URL, or None."""
        return resolve(resolve(self.url, self.base) or self.url, href)

    def related(self, relation: str, tags: Sequence[str] = ("link", "a")) -> str | None:
        """The absolute URL of the first element of the page with that relation, or None."""
        found = next((item for item in self.relations if relation in item.rels and item.tag in tags), None)
        return None if found is None else self.resolve(found.href)


def read_page(html: str, url: str, budget: Budget) -> ReadPage:
    """The page at ``url``. What stands in comments, scripts, templates and what stands in for another element is not
    in it, for readers do not see that. Raises PageTooTangled."""
    page = ReadPage(url=url)
    for count, event in enumerate(stream(html)):
        if count % _CHECK_EVERY == 0:
            budget.check()
        if event[0] == "start":
            page.start(*event[1])
        elif event[0] == "end":
            page.end(event[1])
        elif event[0] == "text":
            page.text(event[1])
    page.outline.close()
    return page


def line(text: str) -> str:
    """``text`` in one line; of very long ones the beginning."""
    return clean_text(text[:_MAX_LINE])


def resolve(base: str, href: str | None) -> str | None:
    """An absolute URL, or None. Browsers drop blanks around an href and line breaks in it."""
    if href is None:
        return None
    try:
        return urljoin(base, href.strip().replace("\n", "").replace("\r", "").replace("\t", ""))
    except ValueError:
        return None
