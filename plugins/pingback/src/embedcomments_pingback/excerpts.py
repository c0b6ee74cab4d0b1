"""A few words around a link."""

from __future__ import annotations

import unicodedata

ELLIPSIS = "[…]"
# Longer runs without a blank are not words but scripts that use none, and are cut between characters.
_MAX_WORD = 30
_JOINERS = frozenset("\u200c\u200d")


def clean_text(text: str) -> str:
    """``text`` in one line: runs of blanks become one, control characters go."""
    return " ".join("".join(" " if unicodedata.category(char) == "Cc" else char for char in text).split())


def cut_end(text: str, length: int) -> str:
    """At most ``length`` characters from the beginning, whole words, followed by […] when something is missing."""
    if len(text) <= length:
        return text
    return f"{text[: _end(text, length)].rstrip()} {ELLIPSIS}"


def cut_start(text: str, length: int) -> str:
    """At most ``length`` characters from the end, whole words, preceded by […] when something is missing."""
    if len(text) <= length:
        return text
    return f"{ELLIPSIS} {text[_start(text, len(text) - length) :].lstrip()}"


def excerpt_around(before: str, link: str, after: str, length: int) -> str:
    """About ``length`` characters of the three joined, with the link's words in the middle.

    What one side does not use the other gets.
    """
    before, link, after = _join(before, link, after)
    if len(link) >= length:
        text = cut_end(link, length)
        return clean_text(f"{ELLIPSIS} {text}" if before.strip() else text)
    room = length - len(link)
    left = min(len(before), max(room // 2, room - len(after)))
    right = min(len(after), room - left)
    return clean_text(cut_start(before, left) + link + cut_end(after, right))


def _join(before: str, link: str, after: str) -> tuple[str, str, str]:
    """The three with runs of blanks made one, keeping a blank at a seam where there was one."""
    before_text, link_text, after_text = clean_text(before), clean_text(link), clean_text(after)
    if before_text and (before[-1:].isspace() or link[:1].isspace()):
        before_text += " "
    if after_text and (after[:1].isspace() or link[-1:].isspace()):
        after_text = " " + after_text
    return before_text, link_text, after_text


def _end(text: str, at: int) -> int:
    """The place nearest below ``at`` where ``text`` may end."""
    for place in range(at, max(at - _MAX_WORD, 0), -1):
        if text[place].isspace():
            return place
    while at > 0 and _holds_together(text, at):
        at -= 1
    return at


def _start(text: str, at: int) -> int:
    """The place nearest above ``at`` where ``text`` may begin."""
    for place in range(at, min(at + _MAX_WORD, len(text))):
        if text[place - 1].isspace():
            return place
    while at < len(text) and _holds_together(text, at):
        at += 1
    return at


def _holds_together(text: str, at: int) -> bool:
    """Whether a cut before ``text[at]`` would part a letter from its marks, or an emoji."""
    char, previous = text[at], text[at - 1]
    is_modifier = "\U0001f3fb" <= char <= "\U0001f3ff"
    return unicodedata.category(char).startswith("M") or is_modifier or char in _JOINERS or previous in _JOINERS
