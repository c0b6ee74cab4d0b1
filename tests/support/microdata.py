"""What a search engine reads in a page: HTML microdata (HTML Living Standard, section 5), without itemref."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

_VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr"})
_ADDRESS = {"a": "href", "link": "href", "meta": "content", "data": "value", "time": "datetime"}


class Microdata(HTMLParser):
    """``items``: those at the top. An item has ``type``, ``id`` where it has one, and a list for each property."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.items: list[dict[str, Any]] = []
        # Of each open element: its name, the item it is of, and the property whose text it gathers.
        self._open: list[tuple[str, dict[str, Any] | None, list[Any] | None]] = []
        self.feed(html)
        self.close()
        assert [name for name, *_ in self._open] == [], "elements that nobody closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        around = next((item for _, item, _ in reversed(self._open) if item is not None), None)
        item: dict[str, Any] | None = None
        text: list[Any] | None = None
        if "itemscope" in values:
            item = {"type": values["itemtype"].removeprefix("https://schema.org/")}
            if "itemid" in values:
                item["id"] = values["itemid"]
            if "itemprop" not in values:
                self.items.append(item)
        for name in values.get("itemprop", "").split():
            assert around is not None, f"{name} is of no item"
            found = around.setdefault(name, [])
            if item is not None:
                found.append(item)
            elif tag in _ADDRESS:
                found.append(values[_ADDRESS[tag]])
            else:
                found.append("")
                text = found
        if tag not in _VOID:
            self._open.append((tag, item, text))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> without a beginning"
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        for _, item, text in reversed(self._open):
            if text is not None:
                text[-1] += data
            if item is not None:
                break
