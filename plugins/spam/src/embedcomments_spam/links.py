"""Links in a text's source, be it Markdown or HTML, and the words beside them.

Every expression here is linear in the text's length: what may repeat excludes the character that
begins the next attempt, is bounded, or does not give back what it took (``++``, ``(?>…)``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# In the order in which they are taken out of the text, so that each link counts once.
_MARKDOWN = re.compile(r"!?\[[^\[\]]*\]\(\s*<?([^\s()<>\[]+)[^()\[]*\)?")
_REFERENCE = re.compile(r"\[[^\[\]]*\]:\s{0,4}<?([^\s<>]+)")
_HTML = re.compile(r"<(?:a|img)\b(?>[^<>]*?\b(?:href|src)\s*+=\s*+[\"']?)([^\s\"'<>]++)[^<>]*+>[^<>]*+", re.I)
_BBCODE = re.compile(r"\[(?:url|img)(?:=([^\[\]]+))?\]([^\[\]]*)", re.I)
_URL = re.compile(r"(?:https?://|\bwww\.)[^\s<>\"'()\[\]]+", re.I)
# A domain without a scheme. Of two-letter ends only those followed by a path count, or file.py would be one.
_DOMAIN = re.compile(
    r"(?<![\w.@/-])(?:[a-z0-9](?:[a-z0-9-]{0,62})\.){1,6}"
    r"(?:(?:com|net|org|info|biz|xyz|top|shop|site|online|store|club|live|click|link|casino|bet|app|ru|cn|su)\b(?:/[^\s<>\"'()\[\]]*)?"
    r"|[a-z]{2}/[^\s<>\"'()\[\]]*)",
    re.I,
)
_DOT = re.compile(r"\.[^\W\d_]")
_TAG = re.compile(r"<[^<>]*>")
_LETTERS = re.compile(r"[^\W\d_]+")

# Languages that write without spaces: about so many letters say what a word says.
_LETTERS_OF_A_WORD = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Linked:
    """``targets``: every link, as often as it stands there. ``words``: those outside of links."""

    targets: tuple[str, ...]
    words: int


def read_links(text: str) -> Linked:
    """The links of ``text`` and how many words stand beside them."""
    targets: list[str] = []
    for pattern in _patterns_for(text):
        text = pattern.sub(lambda match: _take(match, targets), text)
    runs = _LETTERS.findall(_TAG.sub(" ", text) if "<" in text else text)
    letters = sum(map(len, runs))
    return Linked(targets=tuple(targets), words=max(len(runs), letters // _LETTERS_OF_A_WORD))


def _patterns_for(text: str) -> Iterator[re.Pattern[str]]:
    """Those that could find something, by a character that each of them needs: most texts have no link."""
    if "[" in text:
        yield from (_MARKDOWN, _REFERENCE)
    if "<" in text:
        yield _HTML
    if "[" in text:
        yield _BBCODE
    if "://" in text or "www." in text.lower():
        yield _URL
    if _DOT.search(text):
        yield _DOMAIN


def _take(match: re.Match[str], targets: list[str]) -> str:
    target = next(filter(None, match.groups()), match.group(0)).strip().rstrip(".,;:!?")
    # Anchors and relative paths stay on the page's own site.
    if not target.startswith(("#", "/")) or target.startswith("//"):
        targets.append(target)
    return " "
