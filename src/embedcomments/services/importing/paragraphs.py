"""HTML from texts that hold paragraphs as blank lines, as WordPress stores comments."""

from __future__ import annotations

import re

# Neither pattern can run over a second "<", so hostile text costs no more than its length.
_TAG = re.compile(r"(</?[a-zA-Z][^<>]*>)")
_NAME = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)")
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_LINE_END = re.compile(r"(?:<br ?/?>)?\n")
_BARE_URL = re.compile(r"\bhttps?://\w(?:(?!&(?:lt|gt|quot);)[^\s<>\"])*")
_URL_TAIL = ".,;:!?)'"

_PARAGRAPHED = frozenset(("blockquote", "div", "section", "article", "figure"))
_BLOCKS = frozenset(
    (
        *_PARAGRAPHED,
        *("p", "pre", "ul", "ol", "li", "dl", "dt", "dd", "address", "hr", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("table", "caption", "colgroup", "thead", "tbody", "tfoot", "tr", "td", "th"),
    )
)
_UNLINKED = frozenset(("a", "code", "pre"))


def add_paragraphs(text: str) -> str:
    """``text`` with ``<p>`` for what blank lines part, ``<br>`` for single line ends, and bare URLs as links.

    Existing block elements stay as they are: what is in ``<pre>`` is untouched, lists and tables get no
    stray breaks. The result is not sanitized, and its inline elements are as unbalanced as they were.
    Source: WordPress' ``wpautop`` and ``make_clickable``, which it applies whenever it shows a comment.
    """
    return _Paragrapher().run(text.replace("\r\n", "\n").replace("\r", "\n"))


class _Paragrapher:
    """One pass over tags and the texts between them."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._inline: list[str] = []
        self._open: list[str] = []
        self._unlinked = 0

    def run(self, text: str) -> str:
        for number, token in enumerate(_TAG.split(text)):
            if number % 2 == 0:
                self._inline.append(token if self._unlinked else _BARE_URL.sub(_link, token))
                continue
            match = _NAME.match(token)
            name = match[1].lower() if match else ""
            closing = token.startswith("</")
            if name in _UNLINKED:
                self._unlinked = max(0, self._unlinked + (-1 if closing else 1))
            if name in _BLOCKS and (self._container != "pre" or name == "pre"):
                self._block(name, token, closing)
            else:
                self._inline.append(token)
        self._flush()
        return "".join(self._out).strip("\n")

    @property
    def _container(self) -> str:
        return self._open[-1] if self._open else "div"

    def _block(self, name: str, token: str, closing: bool) -> None:
        self._flush()
        if closing:
            if name in self._open:  # a stray end tag would open an empty element in browsers
                while self._open.pop() != name:
                    pass
                self._out.append(f"{token}\n")
            return
        if self._container == "p":  # no block stands in a paragraph: HTML ends it here
            self._open.pop()
            self._out.append("</p>\n")
        self._out.append(token)
        if name != "hr":
            self._open.append(name)

    def _flush(self) -> None:
        text, container = "".join(self._inline), self._container
        self._inline.clear()
        if container == "pre":
            self._out.append(text)
            return
        parts = [_LINE_END.sub("<br>\n", part.strip()) for part in _BLANK_LINES.split(text) if part.strip()]
        if container == "p":
            self._out.append("</p>\n<p>".join(parts))
        elif container in _PARAGRAPHED or len(parts) > 1:
            self._out.extend(f"<p>{part}</p>\n" for part in parts)
        else:
            self._out.extend(parts)


def _link(match: re.Match[str]) -> str:
    url = match[0].rstrip(_URL_TAIL)
    return f'<a href="{url}">{url}</a>{match[0][len(url) :]}'
