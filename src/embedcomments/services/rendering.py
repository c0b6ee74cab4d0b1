"""From what people wrote to the HTML that is shown; done once, when the text changes."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Sequence
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from embedcomments.domain.comments import SourceFormat
from embedcomments.services.sanitizing import Sanitizer

_HEADINGS = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6", "h6": "h6"}
MAX_NESTING = 20
MAX_BARE_LINKS = 100

# Lines that begin with a letter and bear nothing that any rule of the parser starts from: no mark-up, no escape,
# no "/" and no "@", without which there is no link to find. White space is a single kind and never ends a line.
# The exception is emphasis at its simplest: between blanks, and of words that have no signs of it in them.
_PLAIN_CHARACTER = r"(?:[A-Za-z0-9 .,;:?!'\"()+=%$#-]|[^\x00-\x7f\s])"
_EMPHASIS = rf"(?<![^ \n])(?P<{{0}}>\*\*?)(?=[^\W_]){_PLAIN_CHARACTER}++(?<=[^\W_])(?P={{0}})(?=[ \n.,;:?!]|\Z)"
_PLAIN_LINE = rf"(?:[^\W\d_]|{_EMPHASIS.format('first')})(?:{_PLAIN_CHARACTER}|{_EMPHASIS.format('later')})*+(?<! )"
_PLAIN_TEXT = re.compile(rf"{_PLAIN_LINE}(?:\n+{_PLAIN_LINE.replace('first', 'next').replace('later', 'last')})*+")
_EMPHASIZED = re.compile(r"(\*\*?)([^*]+)\1")
_PARAGRAPHS_APART = re.compile(r"\n\n+")


class TextRenderer:
    """Renders Markdown (CommonMark, tables, strikethrough, bare links; a line break is a line break) and sanitizes.

    A text with more than a hundred bare links has none of them made clickable.

    Raw HTML is text. Images become links: no reader of a page should be made to call another server.
    ``configure``: changes by plugins to the parser. Safe to use from many threads: each has its own parser.
    """

    def __init__(self, sanitizer: Sanitizer, configure: Iterable[Callable[[MarkdownIt], object]] = ()) -> None:
        self._sanitizer = sanitizer
        self._configure = tuple(configure)
        self._local = threading.local()

    def html(self, text: str, source_format: SourceFormat) -> str:
        """The HTML of ``text``, not yet sanitized."""
        if source_format is SourceFormat.HTML:
            return text
        # Most comments have no mark-up: these need no parser, unless a plugin has changed what is mark-up.
        if not self._configure and _PLAIN_TEXT.fullmatch(text):
            return _paragraphs(text)
        # Finding bare links reads from each "://" to the end of the word: in a text made of them, quadratic work.
        linkify = text.count("://") <= MAX_BARE_LINKS
        parsers: dict[bool, MarkdownIt] | None = getattr(self._local, "parsers", None)
        if parsers is None:
            parsers = self._local.parsers = {}
        if linkify not in parsers:
            parsers[linkify] = self._new_parser(linkify)
        rendered: str = parsers[linkify].render(text)
        return rendered

    def clean(self, html: str) -> str:
        """``html`` reduced to what may be shown."""
        # Half a surrogate pair, which a plugin or an import may bring, is nothing that UTF-8 can hold.
        return self._sanitizer.clean(html.encode(errors="ignore").decode()).strip()

    def render(self, text: str, source_format: SourceFormat = SourceFormat.MARKDOWN) -> str:
        """Sanitized HTML of ``text``."""
        return self.clean(self.html(text, source_format))

    def plain(self, text: str) -> str:
        """Sanitized HTML of text that has no markup at all."""
        return self.clean("".join(f"<p>{escape(part, quote=False)}</p>" for part in text.split("\n\n") if part.strip()))

    def _new_parser(self, linkify: bool) -> MarkdownIt:
        options = {"html": False, "linkify": linkify, "breaks": True, "maxNesting": MAX_NESTING}
        parser = MarkdownIt("commonmark", options)
        parser.enable(["table", "strikethrough", *(["linkify"] if linkify else [])])
        if parser.linkify is not None:
            parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
        parser.add_render_rule("image", _image_as_link)
        parser.add_render_rule("heading_open", _smaller_heading)
        parser.add_render_rule("heading_close", _smaller_heading)
        for configure in self._configure:
            configure(parser)
        return parser


def _paragraphs(text: str) -> str:
    """What the parser makes of text that ``_PLAIN_TEXT`` matches."""
    marked = text.replace('"', "&quot;")
    if "*" in marked:
        marked = _EMPHASIZED.sub(_emphasis, marked)
    return "".join("<p>{}</p>\n".format(part.replace("\n", "<br />\n")) for part in _PARAGRAPHS_APART.split(marked))


def _emphasis(found: re.Match[str]) -> str:
    tag = "em" if found[1] == "*" else "strong"
    return f"<{tag}>{found[2]}</{tag}>"


def _image_as_link(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: object, env: object) -> str:
    token = tokens[index]
    href = escape(str(token.attrs.get("src", "")))
    return f'<a href="{href}">{escape(token.content) or href}</a>'


def _smaller_heading(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: object, env: object) -> str:
    token = tokens[index]
    return f"<{'/' if token.nesting < 0 else ''}{_HEADINGS[token.tag]}>"
