"""What elements say of the text within them: microformats, and which part of a page it stands in.

Our own, because the libraries for microformats build a tree first, with parsers that blow up on hostile pages. Read
are h-entry, h-card and h-cite with the properties that a mention is shown by (microformats2 parsing specification).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

MAX_TEXT = 20_000
_MAX_DEPTH = 256
_MAX_ITEMS = 50
_MAX_OPEN_PROPERTIES = 12
_MAX_VALUES = 20
_VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905 - HTML's own list
)
_ROOTS = frozenset({"h-entry", "h-card", "h-cite"})
_WANTED = frozenset(
    {
        *("author", "name", "url", "content", "summary"),
        *("like-of", "repost-of", "in-reply-to", "bookmark-of", "published"),
    }
)
_CHROME = frozenset({"nav", "aside", "footer", "form", "embed-comments"})


class Region(IntEnum):
    """Where text stands, from what is surely not the page's own words to what surely is."""

    CHROME = 0
    PAGE = 1
    MAIN = 2
    ARTICLE = 3
    CONTENT = 4


@dataclass(slots=True, eq=False)
class Item:
    """A microformat. Values are text as it stands in the page; URLs are not resolved."""

    kind: str
    values: dict[str, list[str]] = field(default_factory=dict)
    authors: list[Item] = field(default_factory=list)
    href: str | None = None
    words: list[str] = field(default_factory=list)
    size: int = 0

    def first(self, name: str) -> str:
        """The first value of a property, "" when there is none."""
        return next(iter(self.values.get(name, ())), "")

    def add(self, name: str, value: str) -> None:
        """One more value of a property."""
        values = self.values.setdefault(name, [])
        if value.strip() and len(values) < _MAX_VALUES:
            values.append(value)

    @property
    def text(self) -> str:
        """All words within it, its name where it has none."""
        return "".join(self.words)


@dataclass(slots=True, eq=False)
class _Property:
    """A property whose value is the text of an element that is still open."""

    item: Item
    name: str
    words: list[str] = field(default_factory=list)
    size: int = 0


@dataclass(slots=True)
class _Frame:
    """An open element."""

    tag: str
    region: Region
    item: Item | None = None
    of: tuple[Item, tuple[str, ...]] | None = None
    properties: list[_Property] = field(default_factory=list)


@dataclass(slots=True)
class Outline:
    """Follows the elements of a page as they open and close.

    End tags that HTML implies are not known here: an element ends with that of the same name, or with one around it.
    """

    items: list[Item] = field(default_factory=list)
    _open: list[_Frame] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)
    _properties: list[_Property] = field(default_factory=list)
    _within: list[Item] = field(default_factory=list)
    _made: int = 0

    @property
    def region(self) -> Region:
        """Where what comes next stands."""
        return self._open[-1].region if self._open else Region.PAGE

    @property
    def entry(self) -> Item | None:
        """The h-entry around what comes next, the outermost of several."""
        return next((item for item in self._within if item.kind == "h-entry"), None)

    def entries(self) -> Iterator[Item]:
        """The page's h-entries."""
        return (item for item in self.items if item.kind == "h-entry")

    def start(self, tag: str, attributes: dict[str, str | None]) -> None:
        """An element opens."""
        if len(self._open) >= _MAX_DEPTH:
            return
        classes = (attributes.get("class") or "").split() if "class" in attributes else []
        frame = _Frame(tag=tag, region=self._region(tag, classes, attributes))
        root = next((name for name in classes if name in _ROOTS), None)
        around = self._item()
        wanted = [name for name in classes if name[:2] in ("p-", "u-", "e-") and name[2:] in _WANTED]
        wanted += [name for name in classes if name == "dt-published"]
        if root is not None and self._made < _MAX_ITEMS:
            self._made += 1
            frame.item = Item(kind=root, href=_link(tag, attributes))
            if wanted and around is not None:
                frame.of = (around, tuple(name.partition("-")[2] for name in wanted))
            else:
                self.items.append(frame.item)
        elif around is not None:
            for name in wanted:
                self._property(frame, around, name, tag, attributes)
        if tag in _VOID:
            self._finish(frame, was_open=False)
            return
        self._open.append(frame)
        self._counts[tag] += 1
        if frame.item is not None:
            self._within.append(frame.item)

    def end(self, tag: str) -> None:
        """An element closes, and those within it that were left open."""
        if not self._counts[tag]:
            return
        closed = ""
        while closed != tag:
            frame = self._open.pop()
            closed = frame.tag
            self._counts[closed] -= 1
            self._finish(frame)

    def text(self, text: str) -> None:
        """Words that readers see."""
        for item in self._properties:
            if item.size < MAX_TEXT:
                item.words.append(text)
                item.size += len(text)
        around = self._item()
        if around is not None and around.size < MAX_TEXT:
            around.words.append(text)
            around.size += len(text)

    def close(self) -> None:
        """The page has ended."""
        while self._open:
            self._finish(self._open.pop())

    def _item(self) -> Item | None:
        return self._within[-1] if self._within else None

    def _region(self, tag: str, classes: list[str], attributes: dict[str, str | None]) -> Region:
        around = self.region
        if around is Region.CHROME or tag in _CHROME or attributes.get("id") == "comments":
            return Region.CHROME
        if "e-content" in classes:
            return Region.CONTENT
        own = {"article": Region.ARTICLE, "main": Region.MAIN}.get(tag, Region.PAGE)
        return max(around, own)

    def _property(self, frame: _Frame, item: Item, name: str, tag: str, attributes: dict[str, str | None]) -> None:
        prefix, _, short = name.partition("-")
        value = _value(prefix, tag, attributes)
        if short == "author" and prefix == "p" and value is None:
            # An author without an h-card: the words are the name, and a link is theirs.
            author = Item(kind="h-card", href=_link(tag, attributes))
            item.authors.append(author)
            item, short = author, "name"
        if value is not None:
            item.add(short, value)
        elif len(self._properties) < _MAX_OPEN_PROPERTIES:
            opened = _Property(item=item, name=short)
            frame.properties.append(opened)
            self._properties.append(opened)

    def _finish(self, frame: _Frame, *, was_open: bool = True) -> None:
        for opened in frame.properties:
            opened.item.add(opened.name, "".join(opened.words))
            self._properties.remove(opened)
        if frame.item is None:
            return
        if was_open:
            self._within.pop()
        if frame.of is not None:
            around, names = frame.of
            for name in names:
                if name == "author":
                    around.authors.append(frame.item)
                else:
                    around.add(name, frame.item.first("url") or frame.item.href or "")
        outer = self._item()
        if outer is not None and outer.size < MAX_TEXT:
            outer.words.extend(frame.item.words)
            outer.size += frame.item.size


def _link(tag: str, attributes: dict[str, str | None]) -> str | None:
    return attributes.get("href") if tag in ("a", "area", "link") else None


def _value(prefix: str, tag: str, attributes: dict[str, str | None]) -> str | None:
    """The value that an element's attributes give a property, None when it is the element's text."""
    if prefix == "u":
        return _link(tag, attributes) or attributes.get("src")
    if prefix == "dt":
        return attributes.get("datetime")
    if prefix == "p":
        named = {"abbr": "title", "data": "value", "img": "alt", "area": "alt"}.get(tag)
        return (attributes.get(named) or "") if named else None
    return None
