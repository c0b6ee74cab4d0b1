"""What services need from the floors above them, as Protocols."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from embedcomments.domain.comments import Comment
from embedcomments.domain.drafts import Draft
from embedcomments.domain.events import Hint, Listener
from embedcomments.domain.identities import Actor, Identity
from embedcomments.domain.sites import Site
from embedcomments.domain.threads import Thread
from embedcomments.domain.verdicts import Decision, Refusal, Verdict

T = TypeVar("T")


class Clock(Protocol):
    """Tells the time, so that tests can set it."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class Publisher(Protocol):
    """Carries hints to whoever watches threads, here and in other processes."""

    def publish(self, hint: Hint) -> None:
        """Tell that a thread changed. Called after the commit; must not block or raise."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """Another server's answer. ``url`` is the last one after redirects; header names are in lower case;
    ``body`` is at most as long as asked for, and ``truncated`` says whether there was more."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    truncated: bool = False

    @property
    def content_type(self) -> str:
        """The media type in lower case without parameters, "" when none was sent."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


class Outbound(Protocol):
    """Talks to other servers, and only to public ones."""

    def get(
        self, url: str, *, max_bytes: int = 262_144, timeout_s: float = 10.0, headers: Mapping[str, str] | None = None
    ) -> Fetched:
        """Fetch an absolute http(s) URL, following at most 3 redirects, checking each address before connecting.

        Raises OutboundForbidden (final) for an address or port this server does not talk to,
        OutboundError for anything that failed on the way.
        """
        ...

    def post(
        self,
        url: str,
        body: bytes,
        *,
        content_type: str,
        max_bytes: int = 65_536,
        timeout_s: float = 10.0,
        headers: Mapping[str, str] | None = None,
    ) -> Fetched:
        """Send ``body``; the same rules as ``get``, and redirects are followed for 307 and 308 only."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class WidgetModule:
    """A script of a plugin for the widget. ``when``: ``form``, ``thread``, ``fields`` or ``menu``; ``url`` begins with
    /embed/. ``setting``: the plugin's setting without which a site does not get it."""

    plugin: str
    url: str
    when: str
    setting: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WidgetParts:
    """What the enabled plugins of a site add to the widget: configuration by plugin, and modules."""

    config: Mapping[str, Any] = field(default_factory=dict)
    modules: Sequence[WidgetModule] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonalData:
    """What plugins know of a person, by plugin name. ``incomplete``: names of those that could not tell."""

    known: Mapping[str, Any] = field(default_factory=dict)
    incomplete: Sequence[str] = ()


class Extensions(Protocol):
    """The plugins of a site, as services see them. No method raises because a plugin did."""

    def conduct(self, work: Callable[[], T]) -> T:
        """The answer of ``work``, which asks plugins several things. Raises what it raises.

        Asked so, they cost one handover to the thread they run on instead of one for each. When a plugin hangs,
        ``work`` is run again from its beginning, with the answers that were given: it must have no other effect."""
        ...

    def verify(self, site: Site, draft: Draft, proofs: Mapping[str, Any]) -> Refusal | Verdict | None:
        """The first refusal, or None. ``proofs`` is ``extensions`` of the request.

        A Verdict that holds stands for a plugin that failed on a site which lets such submissions pass to be held."""
        ...

    def transform(self, site: Site, draft: Draft) -> Draft:
        """The draft after all plugins changed it in turn."""
        ...

    def check(self, site: Site, draft: Draft) -> Decision:
        """All verdicts, combined."""
        ...

    def html(self, site: Site, html: str, draft: Draft) -> str:
        """The rendered text after all plugins changed it; the caller sanitizes."""
        ...

    def comment_fields(self, site: Site, comments: Sequence[Comment], viewer: Actor) -> Mapping[str, Mapping[str, Any]]:
        """By comment id: plugin name to JSON. Comments without fields are absent."""
        ...

    def thread_fields(self, site: Site, threads: Sequence[Thread], viewer: Actor) -> Mapping[int, Mapping[str, Any]]:
        """By thread id: plugin name to JSON."""
        ...

    def permits(self, site: Site, actor: Actor, action: str, comments: Sequence[Comment]) -> Mapping[str, bool]:
        """By comment id: whether plugins let ``actor`` do ``action``; one entry for each comment."""
        ...

    def widget(self, site: Site) -> WidgetParts:
        """Configuration and modules for the site's widget."""
        ...

    def discovery_links(self, site: Site, thread: Thread | None) -> Sequence[tuple[str, str]]:
        """Pairs of (relation, absolute URL) for pages and answers of the site."""
        ...

    def page_seen(self, site: Site, url: str) -> None:
        """A reader's browser has opened the page ``url`` (normalised) of an origin of the site. Tells plugins once for
        each page and process."""
        ...

    def event_listeners(self, site: Site) -> Sequence[Listener]:
        """The enabled plugins that listen to events: each gets a job of its own."""
        ...

    def export_personal_data(self, site: Site, identity: Identity) -> PersonalData:
        """What plugins know of a person."""
        ...

    def erase_personal_data(self, site: Site, identity: Identity) -> Sequence[str]:
        """Have plugins forget a person; the names of those that did not (they failed, or are switched off)."""
        ...
