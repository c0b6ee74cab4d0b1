"""Writes a text without its profanity, and knows what must stay as it is."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from html import unescape

from embedcomments.api import SourceFormat
from embedcomments_profanity.matcher import Hit

# Not an asterisk: in Markdown those could turn what stands between two masked words into emphasis.
MASK_CHARACTER = "•"

# Addresses, with or without a scheme; the targets of Markdown's links and references.
_ADDRESSES = re.compile(r"(?:https?://|\bwww\.)[^\s<>]+|(?<=\]\()\s{0,4}<?[^\s()<>]+|(?<=\]:)\s{0,4}<?[^\s<>]+", re.I)
_TAGS = re.compile(r"<[^<>]*>")
_PIECES = re.compile(
    r"(?P<tag><(?P<close>/?)(?P<name>[a-zA-Z0-9]*)[^<>]*>)"
    r"|(?P<entity>&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|\w{1,31});)"
    r"|[^<&]+|[<&]"
)
# These do not part words: f<b>u</b>ck is one.
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "code", "del", "em", "i", "ins", "kbd", "mark", "q", "s", "samp", "small", "span",
     "strong", "sub", "sup", "u", "var", "wbr"}
)  # fmt: skip


def outside_of_addresses(hits: Sequence[Hit], text: str, source_format: SourceFormat) -> list[Hit]:
    """The hits that readers see as text: not in the middle of URLs and link targets, nor, in HTML, of tags."""
    if not hits:
        return []
    spans = [match.span() for match in _ADDRESSES.finditer(text)]
    if source_format is SourceFormat.HTML:
        spans = sorted(spans + [match.span() for match in _TAGS.finditer(text)])
    starts = [start for start, _ in spans]

    def is_inside(hit: Hit) -> bool:
        at = bisect_right(starts, hit.start) - 1
        return at >= 0 and hit.start < spans[at][1]

    return [hit for hit in hits if not is_inside(hit)]


def mask(text: str, hits: Iterable[Hit]) -> str:
    """``text`` with all but the first letter of each hit hidden. Its length stays the same."""
    pieces = []
    done = 0
    for hit in hits:
        pieces.append(text[done : hit.start + 1])
        pieces.append(MASK_CHARACTER * (hit.end - hit.start - 1))
        done = hit.end
    return "".join([*pieces, text[done:]])


def mask_html(html: str, hidden: Callable[[str, Sequence[tuple[int, int]]], Sequence[Hit]]) -> str:
    """``html`` with all but the first letter of each hit hidden, its tags as they are. ``hidden(text, quoted)`` says
    which, for the text that readers see and the spans of it that stand in quotations. Linear in the length."""
    shown: list[str] = []
    # Where each piece of the text begins, and where it stands in the HTML.
    offsets: list[int] = []
    spans: list[tuple[int, int]] = []
    quoted: list[tuple[int, int]] = []
    length = depth = began = 0
    for match in _PIECES.finditer(html):
        piece = match[0]
        if match["entity"]:
            piece = unescape(piece)[:1] or " "
        elif match["tag"]:
            name = match["name"].lower()
            if name == "blockquote":
                depth = max(0, depth - 1) if match["close"] else depth + 1
                if depth == 1 and not match["close"]:
                    began = length
                elif depth == 0 and match["close"]:
                    quoted.append((began, length))
            if name in _INLINE:
                continue
            piece = "\n"
        shown.append(piece)
        offsets.append(length)
        spans.append(match.span())
        length += len(piece)
    if depth:
        quoted.append((began, length))
    hits = hidden("".join(shown), quoted)
    if not hits:
        return html

    pieces: list[str] = []
    done = 0
    for hit in hits:
        for at in range(hit.start + 1, hit.end):
            number = bisect_right(offsets, at) - 1
            start, end = spans[number]
            if len(shown[number]) > 1:
                start += at - offsets[number]
                end = start + 1
            elif html[start] == "<" and end - start > 1:
                continue  # letters set apart by tags; these stay
            pieces += (html[done:start], MASK_CHARACTER)
            done = end
    return "".join([*pieces, html[done:]])
