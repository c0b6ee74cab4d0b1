"""What a page that links to ours says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from embedcomments_pingback.excerpts import clean_text, cut_end, excerpt_around
from embedcomments_pingback.outline import Item
from embedcomments_pingback.reading import Anchor, Budget, PageTooTangled, ReadPage, line, read_page

__all__ = ["Mention", "MentionType", "PageTooTangled", "read_mention"]

MAX_TITLE_LENGTH = 200
MAX_AUTHOR_LENGTH = 100
# A page may link to the target thousands of times within 256 KB; so many places and characters are looked at.
_MAX_PLACES = 10
_MAX_CONTEXT = 4_000


class MentionType(StrEnum):
    """What a page does with ours (IndieWeb response types)."""

    MENTION = "mention"
    REPLY = "reply"
    LIKE = "like"
    REPOST = "repost"
    BOOKMARK = "bookmark"


# In the order in which they win.
_PROPERTIES = {
    "repost-of": MentionType.REPOST,
    "like-of": MentionType.LIKE,
    "in-reply-to": MentionType.REPLY,
    "bookmark-of": MentionType.BOOKMARK,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """What a linking page says. ``title`` and ``author`` may be ""; all are plain text in one line. ``author_url`` is
    absolute and of whatever scheme, or ""."""

    title: str
    author: str
    excerpt: str
    type: MentionType = MentionType.MENTION
    author_url: str = ""


def read_mention(
    html: str, url: str, is_target: Callable[[str], bool], *, excerpt_length: int, cpu_s: float = 1.0
) -> Mention | None:
    """What the page at ``url`` says around its link to the target, or None when it has no such link.

    ``is_target`` gets absolute URLs (resolved against ``<base>``). A link is an ``<a href>`` that readers
    can see: none in a comment, a script, a template or what stands in for another element.
    Of several the first with words around it is taken. An h-entry around it, or the page's only one, tells the
    author and what is done to the target.
    Raises PageTooTangled after about ``cpu_s`` seconds of processor time.
    """
    budget = Budget(cpu_s)
    page = read_page(html, url, budget)
    anchors = _to_target(page, is_target, budget)
    if not anchors:
        return None
    parts = [_parts(page.blocks[anchor.block], anchor) for anchor in anchors]
    before, link, after = next((each for each in parts if clean_text(each[0] + each[2])), parts[0])
    excerpt = excerpt_around(before, link, after, excerpt_length)
    entry, what = _entry(page, anchors, is_target, budget)
    title, author, author_url = page.title, line(page.names.get("author", "")), ""
    if entry is not None:
        title = line(entry.first("name")) or title
        author, author_url = _author(page, entry) or (author, "")
        if what is MentionType.REPLY and (said := line(entry.first("content") or entry.first("summary"))):
            excerpt = cut_end(said, excerpt_length)
    return Mention(
        title=cut_end(title, MAX_TITLE_LENGTH),
        author=cut_end(author, MAX_AUTHOR_LENGTH),
        excerpt=excerpt,
        type=what,
        author_url=author_url,
    )


def _to_target(page: ReadPage, is_target: Callable[[str], bool], budget: Budget) -> list[Anchor]:
    anchors = []
    for anchor in page.anchors:
        budget.check()
        absolute = page.resolve(anchor.href)
        if absolute and is_target(absolute):
            anchors.append(anchor)
            if len(anchors) == _MAX_PLACES:
                break
    return anchors


def _entry(
    page: ReadPage, anchors: list[Anchor], is_target: Callable[[str], bool], budget: Budget
) -> tuple[Item | None, MentionType]:
    """The h-entry that speaks of the target, and what it does to it."""
    entries = list(page.outline.entries())
    for entry in entries:
        for name, what in _PROPERTIES.items():
            for value in entry.values.get(name, ()):
                budget.check()
                absolute = page.resolve(value)
                if absolute and is_target(absolute):
                    return entry, what
    around = next((anchor.entry for anchor in anchors if anchor.entry is not None), None)
    return around or (entries[0] if len(entries) == 1 else None), MentionType.MENTION


def _author(page: ReadPage, entry: Item) -> tuple[str, str] | None:
    """Name and URL of the author whom an entry names, or else the page's first h-card that stands alone."""
    cards = entry.authors or [item for item in page.outline.items if item.kind == "h-card"]
    for card in cards:
        name = line(card.first("name") or card.text)
        if name:
            href = card.first("url") or card.href
            return name, (page.resolve(href) or "") if href else ""
    return None


def _parts(block: list[str], anchor: Anchor) -> tuple[str, str, str]:
    last = anchor.last if anchor.last >= 0 else len(block)
    before, link, after = "".join(block[: anchor.first]), "".join(block[anchor.first : last]), "".join(block[last:])
    return before[-_MAX_CONTEXT:], link[:_MAX_CONTEXT], after[:_MAX_CONTEXT]
