"""What part of the queue is looked at: tabs, filters, pages, and the addresses that lead to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlencode

from embedcomments.api import CommentKind, CommentState, PluginRequest

HELD, REPORTED, SPAM, PUBLISHED, DELETED, ALL = "held", "reported", "spam", "published", "deleted", "all"
ELSEWHERE = "elsewhere"  # what waits of that which other sites sent
TABS: Mapping[str, str] = MappingProxyType(
    {
        HELD: "Held",
        ELSEWHERE: "Other sites",
        REPORTED: "Reported",
        SPAM: "Spam",
        PUBLISHED: "Published",
        DELETED: "Deleted",
    }
)
MENTIONS = (CommentKind.PINGBACK, CommentKind.WEBMENTION, CommentKind.TRACKBACK)
KINDS: Mapping[str, Sequence[CommentKind]] = MappingProxyType(
    {"": (), "comments": (CommentKind.COMMENT,), "mentions": MENTIONS}
)
LINKS: Mapping[str, bool | None] = MappingProxyType({"": None, "with": True, "without": False})
MAX_SEARCH = 200
_MAX_ID = 2**53


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """A tab with its filters. ``plugin`` was against publishing; ``author`` is an identity, ``page`` a thread's id;
    ``before`` is the id of the last comment of the page before. Empty means all."""

    tab: str = HELD
    search: str = ""
    plugin: str = ""
    kind: str = ""
    links: str = ""
    author: str = ""
    page: int | None = None
    before: str | None = None
    select_all: bool = False

    @property
    def states(self) -> Sequence[CommentState]:
        """The states shown, () for all."""
        if self.tab == ELSEWHERE:
            return (CommentState.HELD,)
        return () if self.tab in (REPORTED, ALL) else (CommentState(self.tab),)

    @property
    def kinds(self) -> Sequence[CommentKind]:
        """The kinds shown, () for all."""
        return MENTIONS if self.tab == ELSEWHERE else KINDS[self.kind]

    @property
    def state_shown(self) -> str:
        """The one state that comments of this view have, "" when they have several."""
        return self.states[0].value if self.states else ""

    @property
    def is_filtered(self) -> bool:
        """Whether it shows less than its tab."""
        chosen = self.search or self.plugin or self.kind or self.links or self.author or self.page is not None
        return bool(chosen) or self.tab == ELSEWHERE

    def filters(self) -> dict[str, Any]:
        """What ``ctx.queue.find`` is asked for."""
        return {
            "states": self.states,
            "kinds": self.kinds,
            "identity_id": self.author or None,
            "thread_id": self.page,
            "search": self.search,
            "has_link": LINKS[self.links],
            "judged_by": self.plugin,
        }

    @property
    def address(self) -> str:
        """Relative to the queue's own, never empty."""
        return f"?{urlencode(self.query())}"

    def query(self, **changes: str | int | None) -> dict[str, str]:
        """Its query parameters, with changes; None drops one. What is as by default is left out."""
        values: dict[str, str | int | None] = {
            "state": self.tab,
            "q": self.search,
            "plugin": self.plugin,
            "kind": self.kind,
            "links": self.links,
            "author": self.author,
            "page": self.page,
            "before": self.before,
        }
        values.update(changes)
        if values["state"] == HELD:
            values["state"] = None
        return {name: str(value) for name, value in values.items() if value not in (None, "")}


def read_view(request: PluginRequest) -> View:
    """The view that the query asks for; nonsense in it is as if it were not there."""
    query = request.query
    page = query.get("page", "")
    author = query.get("author", "") if query.get("author", "").isalnum() else ""
    # Python refuses to read very long numbers.
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 20 and int(page) < _MAX_ID else None
    tab = query.get("state", HELD)
    # Everything of every state is a list of one author or page, and of nothing else: it would have no index.
    if tab not in TABS and not (tab == ALL and (author or number is not None)):
        tab = HELD
    return View(
        tab=tab,
        search=query.get("q", "").strip()[:MAX_SEARCH],
        plugin=_name(query.get("plugin", "")),
        kind=query.get("kind", "") if query.get("kind") in KINDS else "",
        links=query.get("links", "") if query.get("links") in LINKS else "",
        author=author[:40],
        page=number,
        before=query.get("before") or None,
        select_all=query.get("select") == "all",
    )


def stored_view(values: Mapping[str, str]) -> View:
    """The view back from what ``query`` made of it."""
    return read_view(PluginRequest(method="GET", path="", url="", query=values, headers={}, body=b"", address=""))


def way_back(text: str, comment_id: str = "") -> str | None:
    """The path, relative to the queue's, to a view by its ``address``, at that comment; None when there is no address.
    It is read and written anew, so that it leads nowhere else whoever made it."""
    if not text.startswith("?"):
        return None
    query = urlencode(stored_view(dict(parse_qsl(text[1:]))).query())
    return (f"?{query}" if query else "") + (f"#c-{comment_id}" if comment_id else "")


def _name(text: str) -> str:
    """A plugin's name, or what might be one: nothing that means anything within a pattern."""
    return text if text.replace("-", "").isalnum() and text.isascii() and len(text) <= 40 else ""
