"""The first words of a comment, for places that show no HTML."""

from __future__ import annotations

from html.parser import HTMLParser

_WITHIN_LINES = frozenset({"a", "abbr", "b", "bdi", "code", "del", "em", "i", "ins", "kbd", "mark", "q", "s", "samp"})
_WITHIN_LINES |= {"small", "span", "strong", "sub", "sup", "time", "u", "var"}


def excerpt(html: str, most: int) -> str:
    """Sanitized ``html`` as one line of at most ``most`` characters, cut between words where that is possible.

    Quotations are left out, since they are somebody else's words, unless there is nothing besides.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    text = " ".join("".join(reader.own).split()) or " ".join("".join(reader.quoted).split())
    if len(text) <= most:
        return text
    head = text[: most - 1]
    words = head.rpartition(" ")[0] if text[most - 1] != " " else head
    # A script without spaces, or a long address, is cut where it must be.
    return f"{words if len(words) > most // 2 else head}…"


class _Reader(HTMLParser):
    """``own`` and ``quoted``: pieces of text outside and inside of quotations."""

    def __init__(self) -> None:
        super().__init__()
        self.own: list[str] = []
        self.quoted: list[str] = []
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "blockquote":
            self._depth += 1
        self._add("" if tag in _WITHIN_LINES else " ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "blockquote":
            self._depth = max(0, self._depth - 1)
        self._add("" if tag in _WITHIN_LINES else " ")

    def handle_data(self, data: str) -> None:
        self._add(data)

    def _add(self, text: str) -> None:
        (self.quoted if self._depth else self.own).append(text)
