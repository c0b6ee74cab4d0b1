"""What a site is: a name, the origins that may embed it, and its settings."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, get_args
from urllib.parse import urlsplit

from embedcomments.domain.comments import Comment, CommentKind
from embedcomments.domain.errors import InvalidRequest
from embedcomments.domain.threads import Thread

DEFAULT_SITE = "default"
OnFailedVerify = Literal["refuse", "hold"]
ON_FAILED_VERIFY: tuple[OnFailedVerify, ...] = get_args(OnFailedVerify)
ClosedThreads = Literal["show", "hide"]
CLOSED_THREADS: tuple[ClosedThreads, ...] = get_args(ClosedThreads)
MAX_NESTING = 12
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteSettings:
    """What the owner of a site chose. Plugins keep their own settings apart.

    ``policy`` is the discussion policy in Markdown, shown above the form.
    ``edit_window_s``: seconds in which authors may edit and delete.
    ``strip_parameters``: further query parameters that do not name another page.
    ``on_failed_verify``: what becomes of a submission when a plugin that verifies it fails (raises, hangs, rests):
    ``refuse`` it, or ``hold`` it for a moderator.
    ``count_mentions``: mentions in the conversation count as comments, too; those that stand apart never do.
    ``nesting``: how deep answers are shown below one another; deeper ones stand at the last level and name whom they
    answer. ``close_after_days``: threads take no comments so long after their first one, 0 means never.
    ``closed_threads``: whether readers still see those that are closed, by age or by hand: ``show`` or ``hide``.
    """

    policy: str = ""
    edit_window_s: int = 900
    max_length: int = 10_000
    strip_parameters: tuple[str, ...] = ()
    on_failed_verify: OnFailedVerify = "refuse"
    count_mentions: bool = False
    nesting: int = 4
    close_after_days: int = 0
    closed_threads: ClosedThreads = "show"

    def counts(self, comment: Comment) -> bool:
        """Whether the number of comments has it, once it is published."""
        if comment.kind is CommentKind.COMMENT:
            return True
        return self.count_mentions and not comment.is_apart

    def closes(self, thread: Thread, now: datetime) -> bool:
        """Whether a thread takes no comments, by hand or for its age."""
        age = now - thread.created_at
        return not thread.is_open or (self.close_after_days > 0 and age > timedelta(days=self.close_after_days))

    def hides(self, thread: Thread, now: datetime) -> bool:
        """Whether readers see nothing of a thread, for somebody hid it or for the site hides what is closed."""
        return thread.hidden or (self.closed_threads == "hide" and self.closes(thread, now))

    def seen(self, thread: Thread, now: datetime) -> Thread:
        """A thread as readers are told of it: closed when it takes no comments, empty and ``hidden`` when they see
        nothing of it."""
        closed, hidden = self.closes(thread, now), self.hides(thread, now)
        return replace(thread, closed=closed, hidden=hidden, count=0 if hidden else thread.count)


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """One site. ``rev`` grows when anything changes that a snapshot shows or a plugin reads."""

    id: int
    name: str
    title: str
    rev: int
    created_at: datetime
    origins: tuple[str, ...] = ()
    settings: SiteSettings = field(default_factory=SiteSettings)

    def accepts_origin(self, origin: str) -> bool:
        """Whether a page of ``origin`` (as browsers send it) may embed this site.

        Until an origin is registered, those of this machine may, so that trying it out needs no setup.
        """
        if self.origins:
            return origin in self.origins
        return is_local_origin(origin)


def is_local_origin(origin: str) -> bool:
    """Whether ``origin`` is http(s) on localhost, 127.0.0.1 or [::1], any port."""
    try:
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and parts.hostname in _LOCAL_HOSTS
    except ValueError:
        return False


def normalise_origin(value: str) -> str:
    """``value`` as browsers write an origin: scheme, host and a port that is not the default.

    Raises InvalidRequest when it is not one (a path, no scheme, a wildcard).
    """
    sentence = f"{value!r} is not an origin; it looks like https://example.com, without a path."
    try:
        parts = urlsplit(value.strip())
        port = parts.port
    except ValueError as error:
        raise InvalidRequest(sentence, errors={"origin": [sentence]}) from error
    host = parts.hostname
    wrong = parts.scheme not in ("http", "https") or not host or "*" in (host or "") or parts.username is not None
    if wrong or parts.path not in ("", "/") or parts.query or parts.fragment or not host:
        raise InvalidRequest(sentence, errors={"origin": [sentence]})
    try:
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError as error:
        raise InvalidRequest(sentence, errors={"origin": [sentence]}) from error
    host = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, default) else "")
