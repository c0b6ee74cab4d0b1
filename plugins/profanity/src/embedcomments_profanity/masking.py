"""Writes a text without its profanity, and knows what must stay as it is."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from embedcomments.api import SourceFormat
from embedcomments_profanity.matcher import Hit

# Not an asterisk: in Markdown those could turn what stands between two masked words into emphasis.
MASK_CHARACTER = "•"

# Addresses, with or without a scheme; the targets of Markdown's links and references.
_ADDRESSES = re.compile(r"(?:https?://|\bwww\.)[^\s<>]+|(?<=\]\()\s{0,4}<?[^\s()<>]+|(?<=\]:)\s{0,4}<?[^\s<>]+", re.I)
_TAGS = re.compile(r"<[^<>]*>")


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
