"""Reads WordPress' own export, "WordPress eXtended RSS" (WXR)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import BinaryIO
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from embedcomments.domain.comments import Author, CommentKind, CommentState, Link, SourceFormat
from embedcomments.domain.errors import ImportFailed, InvalidRequest
from embedcomments.domain.importing import ImportedComment, ImportedThread
from embedcomments.domain.threads import normalise_key
from embedcomments.services.importing.paragraphs import add_paragraphs
from embedcomments.services.importing.xml_stream import read_elements

# The namespace carries the version of the format, and people's tools "secured" its scheme.
_WP = re.compile(r"\{https?://wordpress\.org/export/[0-9.]+/?\}(.+)")
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STATES = {
    "1": CommentState.PUBLISHED,
    "0": CommentState.HELD,
    "spam": CommentState.SPAM,
    "trash": CommentState.DELETED,
    "post-trashed": CommentState.DELETED,
}
_LINKBACKS = {"pingback": CommentKind.PINGBACK, "trackback": CommentKind.TRACKBACK}

# Post types that never have a page of their own: that these are "closed" is no news.
_PAGELESS = frozenset(
    (
        *("nav_menu_item", "revision", "custom_css", "customize_changeset", "oembed_cache", "user_request"),
        *("wp_block", "wp_template", "wp_template_part", "wp_global_styles", "wp_navigation"),
        *("wp_font_family", "wp_font_face"),
    )
)


def read_wordpress(file: BinaryIO) -> list[ImportedThread]:
    """One thread for every page with comments, and for every page where comments are closed.

    Takes any version of WXR. Every ``wp:comment`` becomes a comment: pingbacks and trackbacks with their
    link (None when the URL is no http(s) one), other types (reviews, of shops) as comments; trashed ones
    are ``DELETED`` and keep their text; an unknown approval is ``HELD``. Two items with one address become
    one thread. Reads as a stream: memory grows with the comments, not with the posts around them.

    Left behind on purpose: network addresses, user agents, ``wp:commentmeta`` (marks of spam filters).
    Where WordPress knows only local time, it is taken as UTC.

    Raises ImportFailed when the file is not a WordPress export; ``data`` has line and column if it is broken.
    """
    threads: dict[str, ImportedThread] = {}
    for item in _items(file):
        thread = item.thread()
        if not thread.comments and not item.tells_closed:
            continue
        earlier = threads.get(thread.key)
        threads[thread.key] = _merge(earlier, thread) if earlier else thread
    return list(threads.values())


@dataclass(slots=True)
class _Item:
    """One ``<item>``: a post, page or attachment. ``wp`` holds what WordPress adds to RSS, by its local name."""

    number: int
    rss: dict[str, str] = field(default_factory=dict)
    wp: dict[str, str] = field(default_factory=dict)
    comments: list[dict[str, str]] = field(default_factory=list)

    @property
    def tells_closed(self) -> bool:
        """Whether a page that can be visited has its comments closed."""
        return (
            self.wp.get("comment_status") == "closed"
            and self.wp.get("post_type", "post") not in _PAGELESS
            and _http_url(self.rss.get("link", "")) is not None
        )

    def thread(self) -> ImportedThread:
        """The item as a thread. Without a usable link its key is made of the post's id."""
        url = _http_url(self.rss.get("link", ""))
        try:
            key = normalise_key(url or self.rss.get("link", ""))
        except InvalidRequest:
            key, url = f"wordpress-{self.wp.get('post_id') or f'item-{self.number}'}", None
        posted = _first_date(self.wp, "post_date_gmt", "post_date") or _rss_date(self.rss.get("pubDate", "")) or _EPOCH
        return ImportedThread(
            key=key,
            url=url,
            title=_plain(self.rss.get("title", "")) or None,
            closed=self.wp.get("comment_status") == "closed",
            comments=_renamed([_comment(fields, posted) for fields in self.comments]),
        )


def _items(file: BinaryIO) -> Iterator[_Item]:
    count = 0
    item: _Item | None = None
    path: list[Element] = []
    is_wordpress = False
    for event, element in read_elements(file):
        if event == "start":
            is_wordpress = is_wordpress or _WP.fullmatch(element.tag) is not None
            if not path and element.tag != "rss":
                raise ImportFailed(f"This is not a WordPress export: it begins with <{element.tag}> instead of <rss>.")
            if element.tag == "item" and len(path) == 2:
                count += 1
                item = _Item(count)
            path.append(element)
            continue
        path.pop()
        if item is not None and len(path) == 3:
            _take(item, element)
        elif item is not None and len(path) == 2:
            yield item
            item = None
        if len(path) <= 3:
            element.clear()
            if path:
                path[-1].remove(element)
    if not is_wordpress:
        raise ImportFailed("This is an RSS feed, not a WordPress export: export with Tools, Export in WordPress.")


def _take(item: _Item, element: Element) -> None:
    match = _WP.fullmatch(element.tag)
    if match is None:
        if element.tag in ("title", "link", "pubDate"):
            item.rss[element.tag] = (element.text or "").strip()
    elif match[1] == "comment":
        item.comments.append(
            {inner[1]: (child.text or "").strip() for child in element if (inner := _WP.fullmatch(child.tag))}
        )
    else:
        item.wp[match[1]] = (element.text or "").strip()


def _comment(fields: dict[str, str], posted: datetime) -> ImportedComment:
    external_id, parent = fields.get("comment_id", ""), fields.get("comment_parent", "")
    kind = _LINKBACKS.get(fields.get("comment_type", ""), CommentKind.COMMENT)
    name, url = _plain(fields.get("comment_author", "")), _http_url(fields.get("comment_author_url", ""))
    return ImportedComment(
        external_id=external_id,
        parent_external_id=None if parent in ("", "0", external_id) else parent,
        kind=kind,
        state=_STATES.get(fields.get("comment_approved", ""), CommentState.HELD),
        created_at=_first_date(fields, "comment_date_gmt", "comment_date") or posted,
        author=Author(name=name, email=_email(fields.get("comment_author_email", "")), url=url),
        text=add_paragraphs(fields.get("comment_content", "")),
        source_format=SourceFormat.HTML,
        link=Link(url=url, title=name or url) if url and kind is not CommentKind.COMMENT else None,
    )


def _merge(one: ImportedThread, other: ImportedThread) -> ImportedThread:
    """The comments of both, one of each: a file that holds an item twice is the usual reason."""
    known = set(one.comments)
    new = [comment for comment in other.comments if comment not in known]
    return replace(one, closed=one.closed and other.closed, comments=_renamed([*one.comments, *new]))


def _renamed(comments: list[ImportedComment]) -> tuple[ImportedComment, ...]:
    """The same with ids of their own for comments that have none, or one that another bears already."""
    seen: set[str] = set()
    result = []
    for number, comment in enumerate(comments, 1):
        if not comment.external_id or comment.external_id in seen:
            comment = replace(comment, external_id=f"{comment.external_id or 'unnamed'}#{number}")
        seen.add(comment.external_id)
        result.append(comment)
    return tuple(result)


def _first_date(fields: dict[str, str], *names: str) -> datetime | None:
    """The first of the named fields that is a date; WordPress writes ``0000-00-00 00:00:00`` for none."""
    for name in names:
        try:
            return datetime.strptime(fields.get(name, ""), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _rss_date(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S %z").astimezone(UTC)
    except (ValueError, OverflowError):  # drafts say "Mon, 30 Nov -0001"
        return None


def _plain(text: str) -> str:
    """WordPress keeps titles and names as HTML: the text in it, on one line."""
    return " ".join(html.unescape(_MARKUP.sub("", text)).split())


def _email(text: str) -> str | None:
    return text if "@" in text and len(text) <= 254 and not any(c.isspace() for c in text) else None


def _http_url(text: str) -> str | None:
    """``text`` when it is an absolute http(s) URL with a host and nothing unprintable, else None."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return text if usable and text.isprintable() and " " not in text else None
